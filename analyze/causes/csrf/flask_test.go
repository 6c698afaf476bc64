// SPDX-License-Identifier: Apache-2.0

package csrf

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/flasklogin"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

func formCase(submit flasklogin.Step, page *flasklogin.Step) *FlaskCase {
	submit.Method = "POST"
	return &FlaskCase{Attempt: &flasklogin.Attempt{Submit: &submit, Page: page}, Pseudonym: func(string) string { return "session-1" }}
}

// Sentences that are not about a session name no cause, and say what they mean.
func TestOtherRefusalsStayUndecided(t *testing.T) {
	for _, reason := range []string{flasklogin.FieldMissing, flasklogin.Expired, flasklogin.Invalid, flasklogin.RefererMissing, flasklogin.RefererMismatch} {
		d := DecideFlask(formCase(flasklogin.Step{Reason: reason, Status: 400}, nil))
		if d.Finding != nil || d.Undecided == nil || !strings.Contains(d.Undecided.Why, strings.TrimSuffix(reason, ".")) {
			t.Errorf("%s: %+v", reason, d)
		}
	}
}

// What was not seen accuses nobody.
func TestUnknownCookieAccusesNobody(t *testing.T) {
	d := DecideFlask(formCase(flasklogin.Step{Reason: flasklogin.SessionMissing, Status: 400, SentState: exchange.Unknown}, nil))
	if d.Finding == nil || d.Finding.Origin.Kind != finding.OriginUnknown || len(d.Finding.Missing) == 0 {
		t.Errorf("%+v", d.Finding)
	}
}

// Another answer that replaced the session is the client's doing only if it was seen.
func TestReplacedSession(t *testing.T) {
	page := &flasklogin.Step{Method: "GET", Set: &flasklogin.Session{Raw: "a"}}
	for _, test := range []struct {
		sent string
		want finding.OriginKind
	}{{"a", finding.OriginUnknown}, {"b", finding.OriginClient}, {"", finding.OriginUnknown}} {
		submit := flasklogin.Step{Reason: flasklogin.NotEqual, Status: 400, SentState: exchange.Known}
		if test.sent != "" {
			submit.Sent = []flasklogin.Session{{Raw: test.sent}}
		}
		if d := DecideFlask(formCase(submit, page)); d.Finding == nil || d.Finding.Code != finding.CSRFSessionLost || d.Finding.Origin.Kind != test.want {
			t.Errorf("sent %q: %+v", test.sent, d.Finding)
		}
	}
}

// Behind a proxy that may end TLS, plain http to port 80 does not show that the site is
// reached so: whoever is in front may have taken a Secure cookie out.
func TestSecureSessionBehindProxyAccusesNobody(t *testing.T) {
	for _, test := range []struct {
		from string
		want finding.OriginKind
		sure finding.Confidence
	}{
		{"203.0.113.7", finding.OriginApplication, finding.Proven},
		{"10.0.0.2", finding.OriginUnknown, finding.Likely},
	} {
		path := func() hops.Path {
			return hops.Path{{From: exchange.Endpoint{Address: test.from}, To: exchange.Endpoint{Address: "10.0.0.3", Port: 80}, Sightings: []*hops.Sighting{{Ref: exchange.Ref{Capture: &exchange.Capture{}}}}}}
		}
		set := &flasklogin.Session{Raw: "a", Cookie: &http.Cookie{Secure: true}}
		page := &flasklogin.Step{Sighting: &hops.Sighting{}, Method: "GET", Set: set, Hops: path()}
		page.Seen = []*flasklogin.Step{page}
		submit := flasklogin.Step{Reason: flasklogin.SessionMissing, Status: 400, SentState: exchange.Absent, Hops: path()}
		d := DecideFlask(formCase(submit, page))
		if d.Finding == nil || d.Finding.Origin.Kind != test.want || d.Finding.Confidence != test.sure {
			t.Errorf("from %s: %+v", test.from, d.Finding)
		}
	}
}

// Of a session that was found the text does not say that none was, and the page that set it
// is among the evidence.
func TestReplacedSessionMeaning(t *testing.T) {
	page := &flasklogin.Step{Method: "GET", Set: &flasklogin.Session{Raw: "a"}}
	other := &flasklogin.Step{Method: "GET", Set: &flasklogin.Session{Raw: "b"}, Ref: exchange.Ref{Capture: &exchange.Capture{}, Frame: 7}}
	c := formCase(flasklogin.Step{Reason: flasklogin.NotEqual, Status: 400, SentState: exchange.Known, Sent: []flasklogin.Session{{Raw: "b"}}}, page)
	c.Attempt.Other = other
	f := DecideFlask(c).Finding
	if f == nil || strings.Contains(f.Explanation, "no such session") || !strings.Contains(f.Explanation, "did find a session") {
		t.Fatalf("%+v", f)
	}
	if len(f.Evidence) < 3 || f.Evidence[1].Field != "Set-Cookie session" || f.Evidence[1].Ref != finding.NewRef(other.Ref) {
		t.Errorf("%+v", f.Evidence)
	}
}

// Where packets were lost, what came in with the cookie and what went on without it may be
// two submissions.
func TestLossProvesNoTaking(t *testing.T) {
	at := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	for _, loss := range []bool{false, true} {
		capture := &exchange.Capture{}
		if loss {
			capture.Lose(exchange.Span{From: at, To: at})
		}
		sighting := func() *hops.Sighting {
			return &hops.Sighting{Ref: exchange.Ref{Capture: capture}, Time: at, AnsweredAt: at}
		}
		in := &flasklogin.Step{Sighting: sighting(), SentState: exchange.Known, Sent: []flasklogin.Session{{Raw: "a"}}}
		out := flasklogin.Step{Sighting: sighting(), SentState: exchange.Absent, Reason: flasklogin.SessionMissing, Status: 400}
		out.Hops = hops.Path{
			{From: exchange.Endpoint{Address: "198.51.100.23"}, To: exchange.Endpoint{Address: "10.0.0.2", Port: 80}, Sightings: []*hops.Sighting{in.Sighting}},
			{From: exchange.Endpoint{Address: "10.0.0.2"}, To: exchange.Endpoint{Address: "10.0.0.3"}, Connection: 1, Sightings: []*hops.Sighting{out.Sighting}},
		}
		c := formCase(out, nil)
		s := c.Attempt.Submit
		s.Seen = []*flasklogin.Step{in, s}
		page := &flasklogin.Step{Method: "GET", Set: &flasklogin.Session{Raw: "a", Cookie: &http.Cookie{Secure: true}}, Hops: out.Hops}
		page.Seen, c.Attempt.Page = []*flasklogin.Step{page}, page
		if f := DecideFlask(c).Finding; f == nil || (f.Confidence == finding.Proven) == loss || (f.Origin.Kind == finding.OriginUnknown) != loss {
			t.Errorf("loss %v: %+v", loss, f)
		}
	}
}
