// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Claims are what the payload of a JSON Web Token says (RFC 7519 section 4.1).
// Texts are "" and times zero when absent; see Has.
type Claims struct {
	Issuer, Subject, ID          string // iss, sub, jti
	Audience                     []string
	Expires, NotBefore, IssuedAt time.Time // exp, nbf, iat, by the clock of the issuer

	// Scope is the one claim that is not registered there but says what a token is
	// for (RFC 8693 section 4.2); "" if it is not text.
	Scope string

	Names []string // of all claims, in order
	Other []string // of those that have no field above, in order
}

// Has reports whether a claim is there, whatever its value.
func (c Claims) Has(name string) bool { return slices.Contains(c.Names, name) }

// Lifetime is the time from iat to exp, 0 if either is absent.
func (c Claims) Lifetime() time.Duration {
	if c.Expires.IsZero() || c.IssuedAt.IsZero() {
		return 0
	}
	return c.Expires.Sub(c.IssuedAt)
}

// member is a name in a JSON object, with what stands there.
type member struct {
	name  string
	value jsontext.Value
}

var errNoObject = errors.New("it does not begin with {")

// readMembers reads an object as far as it goes, duplicates and all.
func readMembers(data []byte) ([]member, error) {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	if d.PeekKind() != '{' {
		return nil, errNoObject
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, plain(err)
	}
	var list []member
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return list, plain(err)
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return list, plain(err)
		}
		list = append(list, member{key, value.Clone()})
	}
	if _, err := d.ReadToken(); err != nil {
		return list, plain(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return list, errors.New("something follows it")
	}
	return list, nil
}

// plain says where JSON breaks off, and quotes nothing of it.
func plain(err error) error {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return fmt.Errorf("it breaks off or is damaged at byte %d", syntax.ByteOffset)
	}
	return errors.New("it breaks off")
}

func has(members []member, name string) bool {
	return slices.ContainsFunc(members, func(m member) bool { return m.name == name })
}

func (t *JWS) noteDuplicates(where string, members []member) {
	seen := map[string]bool{}
	for _, m := range members {
		if seen[m.name] {
			t.problem(ProblemDuplicate, "%q stands twice in the %s: readers differ in which one they take", clip(m.name), where)
		}
		seen[m.name] = true
	}
}

func (t *JWS) readHeader(members []member, readable bool) {
	h := &t.Header
	for _, m := range members {
		switch m.name {
		case "alg":
			t.text(m, &h.Algorithm)
		case "kid":
			t.text(m, &h.KeyID)
		case "typ":
			t.text(m, &h.Type)
		case "cty":
			t.text(m, &h.ContentType)
		default:
			h.unencoded = h.unencoded || m.name == "b64" && m.value.Kind() == 'f'
			h.encrypted = h.encrypted || m.name == "enc"
			h.Other = append(h.Other, m.name)
		}
	}
	t.noteDuplicates("header", members)
	if readable && !h.encrypted && len(t.segments) != 5 {
		t.checkAlgorithm()
	}
}

func (t *JWS) checkAlgorithm() {
	algorithm := t.Header.Algorithm
	_, fixed := signatureSizes[algorithm]
	switch {
	case algorithm == "":
		t.problem(ProblemAlgorithm, "the header names no algorithm (alg)")
	case strings.EqualFold(algorithm, "none"):
		t.problem(ProblemAlgNone, "alg is none: nobody signed it")
	case !fixed && !slices.Contains(rsaAlgorithms, algorithm):
		t.problem(ProblemAlgorithm, "alg %q is none that logintrace knows", clip(algorithm))
	}
}

func (t *JWS) readClaims(members []member) {
	c := &t.Claims
	for _, m := range members {
		c.Names = append(c.Names, m.name)
		switch m.name {
		case "iss":
			t.text(m, &c.Issuer)
		case "sub":
			t.text(m, &c.Subject)
		case "jti":
			t.text(m, &c.ID)
		case "scope":
			c.Scope, _ = unquote(m.value)
		case "aud":
			t.audience(m)
		case "exp":
			t.time(m, &c.Expires)
		case "nbf":
			t.time(m, &c.NotBefore)
		case "iat":
			t.time(m, &c.IssuedAt)
		default:
			c.Other = append(c.Other, m.name)
		}
	}
	t.noteDuplicates("payload", members)
}

// text reads a string. Of duplicates the last one counts, as for most readers.
func (t *JWS) text(m member, into *string) {
	s, ok := unquote(m.value)
	if !ok {
		t.problem(ProblemMember, "%s is not text", m.name)
		return
	}
	*into = s
}

func unquote(v jsontext.Value) (string, bool) {
	if v.Kind() != '"' {
		return "", false
	}
	s, err := jsontext.AppendUnquote(nil, v)
	return string(s), err == nil
}

// audience is one text or a list of them (RFC 7519 section 4.1.3).
func (t *JWS) audience(m member) {
	if s, ok := unquote(m.value); ok {
		t.Claims.Audience = []string{s}
		return
	}
	list, ok := unquoteList(m.value)
	if !ok {
		t.problem(ProblemMember, "aud is neither text nor a list of texts")
	}
	t.Claims.Audience = list
}

func unquoteList(v jsontext.Value) (list []string, ok bool) {
	d := jsontext.NewDecoder(bytes.NewReader(v))
	if v.Kind() != '[' {
		return nil, false
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	for d.PeekKind() == '"' {
		entry, err := d.ReadToken()
		if err != nil {
			return list, false
		}
		list = append(list, entry.String())
	}
	return list, d.PeekKind() == ']'
}

// maxDate is the end of the year 9999; what is later was not meant in seconds.
const maxDate = 253402300799

// time reads a NumericDate: seconds since 1970, maybe with a fraction (RFC 7519
// section 2). Microseconds are kept, more a float64 does not hold.
func (t *JWS) time(m member, into *time.Time) {
	seconds, err := strconv.ParseFloat(string(m.value), 64)
	switch {
	case m.value.Kind() != '0' || err != nil:
		t.problem(ProblemMember, "%s is not a number of seconds", m.name)
		return
	case seconds < 0 || seconds > maxDate:
		t.problem(ProblemMember, "%s is not a time: it is expected in seconds since 1970", m.name)
		return
	}
	whole, fraction := math.Modf(seconds)
	*into = time.Unix(int64(whole), int64(math.Round(fraction*1e6))*int64(time.Microsecond)).UTC()
}
