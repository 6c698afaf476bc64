// SPDX-License-Identifier: Apache-2.0

package djangologin_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/djangologin"
	"github.com/logintrace/logintrace/capture/exchange"
)

const page = "<title>403 Forbidden</title><p>CSRF verification failed. Request aborted.</p>"

func submission(status int, cookie, origin, content, answer string) *exchange.Exchange {
	x := &exchange.Exchange{
		Started: time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC),
		Request: exchange.Request{
			Method: "POST", URL: exchange.URL{Path: "/admin/login/"},
			Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Host", Value: "shop.example.test"}}},
			Body:   exchange.Body{State: exchange.Known, Bytes: []byte(content)},
		},
		Response: &exchange.Response{Status: status, Body: exchange.Body{State: exchange.Known, Bytes: []byte(answer)}},
	}
	for name, value := range map[string]string{"Cookie": cookie, "Origin": origin} {
		if value != "" {
			x.Request.Fields.Lines = append(x.Request.Fields.Lines, exchange.Field{Name: name, Value: value})
		}
	}
	return x
}

func TestMatters(t *testing.T) {
	for name, test := range map[string]struct {
		x    *exchange.Exchange
		want bool
	}{
		"refused":                {submission(403, "", "", "", page), true},
		"another 403":            {submission(403, "", "", "", "<title>403 Forbidden</title>nginx"), false},
		"a redirect, no session": {submission(302, "", "", "csrfmiddlewaretoken=x", ""), false},
		"wrong password":         {submission(200, "", "", "csrfmiddlewaretoken=x", "<form>"), false},
	} {
		if got := djangologin.Matters(test.x); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	s := djangologin.NewStep(submission(403, "", "", "", page))
	if s.OriginState != exchange.Absent || s.CookieState != exchange.Absent || s.ProtoState != exchange.Absent || !s.Refused {
		t.Errorf("%+v", s)
	}
}

// Whatever is on the wire, a step is made of it.
func FuzzStep(f *testing.F) {
	f.Add("csrftoken=abcdefghijklmnopqrstuvwxyzABCDEF", "https://shop.example.test", "csrfmiddlewaretoken=x&password=y", page)
	f.Fuzz(func(t *testing.T, cookie, origin, content, answer string) {
		x := submission(403, cookie, origin, content, answer)
		if !djangologin.Matters(x) {
			return
		}
		s := djangologin.NewStep(x)
		if forms := djangologin.Assemble([]*djangologin.Step{s}, nil); len(forms) != 1 || forms[0].Taken {
			t.Errorf("%d forms", len(forms))
		}
	})
}
