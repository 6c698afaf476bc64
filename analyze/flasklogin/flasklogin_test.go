// SPDX-License-Identifier: Apache-2.0

package flasklogin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/flasklogin"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A CSRF token of Flask-WTF, its session, and the id of a session that the server keeps.
const (
	csrf      = "ImRhMzlhM2VlNWU2YjRiMGQzMjU1YmZlZjk1NjAxODkwYWZkODA3MDki.aE7hgA.4D39aBDYm_zFog5AWeIAB54Ow9Y"
	session   = "eyJfZnJlc2giOmZhbHNlLCJjc3JmX3Rva2VuIjoiZGEzOWEzZWU1ZTZiNGIwZDMyNTViZmVmOTU2MDE4OTBhZmQ4MDcwOSJ9.aE7hgA.aTm_jkvTaWdBbgROfSUgqLWyIaY"
	sessionID = "0f8fad5b-d9cb-469f-a165-70867728950e.9nttsCEOVj0GH6w_Qj9UoINT2Nw"
)

var capture = &exchange.Capture{ID: "c1", Kind: exchange.KindHAR}

func form(method, cookie, content, page, set string, status, entry int) *exchange.Exchange {
	at := time.Date(2026, 11, 28, 2, 0, entry, 0, time.UTC)
	x := &exchange.Exchange{
		Ref: exchange.Ref{Capture: capture, Entry: entry, HasEntry: true}, Vantage: exchange.Vantage{Capture: capture},
		Started: at, Answered: at.Add(time.Millisecond),
		Request: exchange.Request{
			Method: method, URL: exchange.URL{Scheme: "http", Host: "airflow.example.test", Path: "/auth/login/"},
			Body: exchange.Body{State: exchange.Known, Bytes: []byte(content)},
		},
		Response: &exchange.Response{Status: status, Body: exchange.Body{State: exchange.Known, Bytes: []byte(page)}},
	}
	x.Request.Fields.Origin, x.Response.Fields.Origin = capture, capture
	if cookie != "" {
		x.Request.Fields.Lines = []exchange.Field{{Name: "Cookie", Value: cookie}}
	}
	if set != "" {
		x.Response.Fields.Lines = []exchange.Field{{Name: "Set-Cookie", Value: "session=" + set + "; HttpOnly; Path=/"}}
	}
	return x
}

func page(token string) string {
	return `<form><input id="csrf_token" name="csrf_token" type="hidden" value="` + token + `"><input type="password"></form>`
}

func refused(reason string) string {
	return "<!doctype html><title>400 Bad Request</title><h1>Bad Request</h1><p>" + reason + "</p>"
}

func assemble(t *testing.T, list ...*exchange.Exchange) []*flasklogin.Attempt {
	t.Helper()
	var steps []*flasklogin.Step
	for _, x := range list {
		if flasklogin.Matters(x) {
			steps = append(steps, flasklogin.NewStep(x))
		}
	}
	return flasklogin.Assemble(steps, []*exchange.Capture{capture})
}

func TestPageBelongsToItsSubmission(t *testing.T) {
	values := url.Values{"csrf_token": {csrf}, "username": {"alice"}}.Encode()
	attempts := assemble(t,
		form("GET", "", "", page("another"), "", 200, 0),
		form("GET", "", "", page(csrf), sessionID, 200, 1),
		form("POST", "a=b; session="+sessionID, values, refused(flasklogin.SessionMissing), session, 400, 2),
		form("POST", "session="+sessionID, values, "", "", 302, 3), // was taken
		form("POST", "", "x=y", refused("something else"), "", 400, 4),
	)
	if len(attempts) != 1 {
		t.Fatalf("%d attempts", len(attempts))
	}
	a := attempts[0]
	if a.Page == nil || a.Page.Set == nil || a.Page.Set.SessionID == "" || a.Page.Set.Raw != a.Submit.Sent[0].Raw {
		t.Errorf("page %+v", a.Page)
	}
	if a.Submit.Reason != flasklogin.SessionMissing || !a.Page.Token.SameCSRF(a.Submit.Token) || a.Submit.Set.CSRF != a.Submit.Token.CSRF {
		t.Errorf("submit %+v", a.Submit)
	}
}

func TestWhatIsNotKnown(t *testing.T) {
	x := form("POST", "", "", refused(flasklogin.SessionMissing), "", 400, 0)
	x.Request.Fields.Incomplete, x.Request.Body.State = true, exchange.Unknown
	s := flasklogin.NewStep(x)
	if s.SentState != exchange.Unknown || s.TokenState != exchange.Unknown {
		t.Errorf("cookies %v, token %v: what was not seen is not absent", s.SentState, s.TokenState)
	}
	if s := flasklogin.NewStep(form("POST", "", "x=y", refused(flasklogin.FieldMissing), "", 400, 0)); s.SentState != exchange.Absent || s.TokenState != exchange.Absent {
		t.Errorf("cookies %v, token %v: both are absent", s.SentState, s.TokenState)
	}
}

// Whatever is on the wire, a step is made of it, and holds nothing that was typed.
func FuzzStep(f *testing.F) {
	f.Add("session="+session, "csrf_token="+csrf+"&password=verysecret", page(csrf), session)
	f.Add("session=\"", "%zz", "<input name=csrf_token value=", "x; Path")
	f.Fuzz(func(t *testing.T, cookie, content, answer, set string) {
		for _, x := range []*exchange.Exchange{
			form("GET", cookie, "", answer, set, 200, 0), form("POST", cookie, content, refused(flasklogin.SessionMissing)+answer, set, 400, 1),
		} {
			if !flasklogin.Matters(x) {
				continue
			}
			s := flasklogin.NewStep(x)
			if len(s.TokenRaw) > 0 && !strings.HasSuffix(s.TokenRaw, s.Token.Signature()) {
				t.Errorf("%q is not what was decoded", s.TokenRaw)
			}
			if len(flasklogin.Assemble([]*flasklogin.Step{s}, nil)) > 1 {
				t.Error("one step, several attempts")
			}
		}
	})
}

// The page that set the session which was sent is known, if it is not that of the form.
func TestPageOfAnotherSession(t *testing.T) {
	values := url.Values{"csrf_token": {csrf}}.Encode()
	for sent, want := range map[string]bool{session: true, sessionID: false, "unseen": false} {
		attempts := assemble(t,
			form("GET", "", "", page(csrf), sessionID, 200, 0),
			form("GET", "", "", page("another"), session, 200, 1),
			form("POST", "session="+sent, values, refused(flasklogin.NotEqual), "", 400, 2),
		)
		if len(attempts) != 1 {
			t.Fatalf("%d attempts", len(attempts))
		}
		if other := attempts[0].Other; (other != nil) != want || other != nil && other.Ref.Entry != 1 {
			t.Errorf("sent %s: other page %+v", sent, other)
		}
	}
}
