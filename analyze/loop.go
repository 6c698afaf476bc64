// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/logintrace/logintrace/analyze/causes/hub"
	"github.com/logintrace/logintrace/analyze/finding"
)

// A loop is at least so many rounds, each begun within so short a time after the one
// before it: the pages of Airflow take one to two seconds for a round.
const (
	leastRounds = 3
	nextRound   = time.Minute
)

// loops are the findings on clients that were given one token after another and could
// use none. Nobody was asked for a password in most rounds: a script that asks for a
// token by itself goes round for another reason.
func loops(logins []finding.Login) []finding.Finding {
	var list []finding.Finding
	for _, rounds := range looping(logins) {
		first, last := rounds[0], rounds[len(rounds)-1]
		seen := hub.LoopSeen{
			Rounds: len(rounds), Took: last.Steps[0].Time.Sub(first.Steps[0].Time.Time),
			Origin: finding.Origin{Kind: finding.OriginUnknown},
		}
		if f := first.CauseFinding(); f != nil {
			seen.Origin, seen.Cause = f.Origin, f.Code
		}
		for _, l := range rounds[:min(len(rounds), mostCited)] {
			issued := l.Steps[0]
			seen.Evidence = append(seen.Evidence, finding.Evidence{
				Ref: issued.Ref, Field: l.ID, Value: fmt.Sprint(issued.Status), Note: "gave out a token that was of no use",
			})
		}
		list = append(list, hub.Loop(seen))
	}
	return list
}

// looping are the runs of rounds that are loops.
func looping(logins []finding.Login) [][]*finding.Login {
	return slices.DeleteFunc(roundsOf(logins), func(rounds []*finding.Login) bool {
		return len(rounds) < leastRounds || unasked(rounds) < leastRounds-1
	})
}

// sentRound counts the clients that went round in loops, and how often they did. Behind a
// proxy that hides its clients several may look like one, and none is counted.
func sentRound(logins []finding.Login) (clients, rounds int) {
	known := map[string]bool{}
	for _, run := range looping(logins) {
		if first := run[0]; first.Client == "" && first.Steps[0].Ref.Entry == nil {
			continue
		}
		known[clientOf(run[0])] = true
		rounds += len(run)
	}
	return len(known), rounds
}

// clientOf tells clients apart.
func clientOf(l *finding.Login) string {
	return cmp.Or(l.Client, l.Steps[0].Ref.Capture) + " " + l.Steps[0].UserAgent
}

// roundsOf sorts the logins of each client whose tokens were seen to be given out, and
// to be of no use, into runs without a long pause and without a login that worked.
func roundsOf(logins []finding.Login) [][]*finding.Login {
	var order []string
	runs := map[string][][]*finding.Login{}
	byTime := slices.DeleteFunc(pointers(logins), func(l *finding.Login) bool {
		return len(l.Steps) == 0 || l.Steps[0].Role != finding.RoleTokenIssued || l.Outcome == finding.OutcomeUnknown
	})
	slices.SortStableFunc(byTime, func(a, b *finding.Login) int { return a.Steps[0].Time.Compare(b.Steps[0].Time.Time) })
	for _, l := range byTime {
		client := clientOf(l)
		if runs[client] == nil {
			order = append(order, client)
			runs[client] = [][]*finding.Login{nil}
		}
		own := runs[client]
		run := &own[len(own)-1]
		paused := len(*run) > 0 && l.Steps[0].Time.Sub((*run)[len(*run)-1].Steps[0].Time.Time) > nextRound
		switch {
		case l.Outcome != finding.Failed:
			runs[client] = append(own, nil)
		case paused:
			runs[client] = append(own, []*finding.Login{l})
		default:
			*run = append(*run, l)
		}
	}
	var all [][]*finding.Login
	for _, client := range order {
		all = append(all, runs[client]...)
	}
	return all
}

// unasked counts the rounds in which a redirect gave the token out, and no form or
// program asked for it.
func unasked(rounds []*finding.Login) (n int) {
	for _, l := range rounds {
		if s := l.Steps[0]; s.Method == "GET" && s.Status >= 300 && s.Status < 400 {
			n++
		}
	}
	return n
}
