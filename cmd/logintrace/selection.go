// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/capture/exchange"
)

// selectionFlags say which logins or exchanges are wanted.
type selectionFlags struct {
	analyze.Selection

	first      time.Time // of the exchanges
	seen, kept int
}

// declare declares the flags that logins and exchanges can be selected by.
func (s *selectionFlags) declare(flags *pflag.FlagSet, what string) {
	flags.StringSliceVar(&s.Clients, "client", nil, "only "+what+" of the client `ADDRESS` (repeatable)")
	flags.StringVar(&s.Host, "host", "", "only "+what+" to the site `NAME`")
	const times = ": RFC 3339, or HH:MM[:SS] in UTC on the day of the recording"
	flags.Var(moment{&s.Since}, "since", "only "+what+" from a `TIME` on"+times)
	flags.Var(moment{&s.Until}, "until", "only "+what+" up to a `TIME`")
}

// declareLogins declares the flags that select logins alone.
func (s *selectionFlags) declareLogins(flags *pflag.FlagSet) {
	flags.StringVar(&s.User, "user", "", "only logins whose form holds the user `NAME`")
	flags.Var(loginNumbers{&s.Logins}, "login", "only login `N` of the report on all (repeatable)")
	flags.BoolVar(&s.Failed, "failed", false, "only logins that failed")
	flags.Lookup("since").Usage += ", or how long before its end, such as 10m"
}

func (s *selectionFlags) check() error { return checkAddresses("client", s.Clients) }

// passes reports whether an exchange is wanted. Times of day are meant of the day of the
// first exchange.
func (s *selectionFlags) passes(x *exchange.Exchange) bool {
	if s.IsZero() {
		return true
	}
	if s.first.IsZero() {
		s.first = x.Started
	}
	s.seen++
	fits := s.FitsExchange(x, s.first)
	if fits {
		s.kept++
	}
	return fits
}

// log says how many exchanges were selected: a list of a part must not look whole.
func (s *selectionFlags) log(log zerolog.Logger) {
	if s.IsZero() {
		return
	}
	event := log.Info()
	if s.kept == 0 {
		event = log.Warn()
	}
	event.Int("selected", s.kept).Int("seen", s.seen).Msg("exchanges were selected")
}

// moment is a flag that takes a time.
type moment struct{ value *analyze.Moment }

func (m moment) Type() string { return "TIME" }

// String is empty: there is no default to show.
func (m moment) String() string { return "" }

func (m moment) Set(s string) error {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		*m.value = analyze.Moment{At: at}
		return nil
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil {
			hour := at.Sub(time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC))
			*m.value = analyze.Moment{IsHour: true, Hour: hour}
			return nil
		}
	}
	if before, err := time.ParseDuration(s); err == nil && before > 0 {
		*m.value = analyze.Moment{Before: before}
		return nil
	}
	return fmt.Errorf("expected a time such as 2026-11-22T14:30:00Z, 14:30, 14:30:05, or 10m before the end")
}

// loginNumbers is a flag that takes the number of a login, as 3 or as login-3.
type loginNumbers struct{ value *[]int }

func (l loginNumbers) Type() string   { return "N" }
func (l loginNumbers) String() string { return "" }

func (l loginNumbers) Set(s string) error {
	for word := range strings.SplitSeq(s, ",") {
		number, err := strconv.Atoi(strings.TrimPrefix(word, "login-"))
		if err != nil || number < 1 {
			return fmt.Errorf("expected the number of a login, such as 3 or login-3")
		}
		*l.value = append(*l.value, number)
	}
	return nil
}
