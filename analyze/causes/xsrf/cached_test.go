// SPDX-License-Identifier: Apache-2.0

package xsrf_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/causes/xsrf"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// visit is a page of the login form that was asked for, or its submit, in seconds
// after the form was opened.
type visit struct {
	from         string
	asked, took  float64
	minted       string   // the token that is handed out
	sent         []string // _xsrf cookies
	form         string   // submitted; "" for a page
	date         float64  // of the Date field
	proxysClock  float64  // by how much the clock that wrote it is ahead
	otherCapture bool
}

func (v visit) step(n int, captures [2]*exchange.Capture) *login.Step {
	c := captures[0]
	if v.otherCapture {
		c = captures[1]
	}
	at := func(seconds float64) time.Time { return opened.Add(time.Duration(seconds * float64(time.Second))) }
	x := &exchange.Exchange{
		Ref: exchange.Ref{Capture: c, Frame: n + 1}, Client: exchange.Endpoint{Address: v.from, Port: 4711 + n}, Server: exchange.Endpoint{Address: ingressA, Port: 80},
		TCP: exchange.TCP{Sequence: uint32(n), Known: true}, Started: at(v.asked), Answered: at(v.asked + v.took),
		Request: exchange.Request{Method: "GET", URL: exchange.URL{Path: "/hub/login", Host: "hub.example.test"}},
	}
	x.Request.Fields = exchange.Fields{Origin: c, Lines: []exchange.Field{{Name: "User-Agent", Value: userAgent}}}
	for _, cookie := range v.sent {
		x.Request.Fields.Lines = append(x.Request.Fields.Lines, exchange.Field{Name: "Cookie", Value: "_xsrf=" + cookie})
	}
	page, status := `<form><input type="hidden" name="_xsrf" value="`+v.minted+`"><input type="password" name="password"></form>`, 200
	if v.form != "" {
		x.Request.Method, status = "POST", 403
		x.Request.Body = exchange.Body{State: exchange.Known, MediaType: "application/x-www-form-urlencoded", Bytes: []byte(url.Values{"_xsrf": {v.form}, "username": {"alice"}}.Encode())}
		page = "<h1>403 : Forbidden</h1><p>XSRF cookie does not match POST argument</p>"
	}
	x.Response = &exchange.Response{Status: status, Body: exchange.Body{State: exchange.Known, Bytes: []byte(page)}, Fields: exchange.Fields{Origin: c, Lines: []exchange.Field{
		{Name: "X-JupyterHub-Version", Value: "4.1.6"}, {Name: "Set-Cookie", Value: "_xsrf=" + v.minted + "; Path=/hub/"},
		{Name: "Date", Value: at(v.date + v.proxysClock).Format(http.TimeFormat)},
	}}}
	return login.NewStep(x)
}

func mint(at float64, from string) string {
	return signed(anonymous(token.VariantA, from, userAgent), opened.Add(time.Duration(at*float64(time.Second))))
}

// A token that is older than its page, or was somebody else's, and what looks alike.
func TestPageCached(t *testing.T) {
	old, fresh, later := mint(-300, ingressA), mint(0, ingressA), mint(10, ingressB)
	submit := func(form string) visit {
		return visit{from: client, asked: 10, took: 0.2, form: form, sent: []string{form}, minted: later, date: 10}
	}
	with := func(v visit, change func(*visit)) visit { change(&v); return v }
	for _, c := range []struct {
		name   string
		visits []visit
		want   finding.Code
	}{
		{"the token is five minutes old when the page is asked for",
			[]visit{{from: client, took: 0.1, minted: old}, submit(old)}, finding.XSRFPageCached},
		{"a fresh one", []visit{{from: client, took: 0.1, minted: fresh}, submit(fresh)}, ""},
		{"the request sent that very token, which is handed out again",
			[]visit{{from: client, took: 0.1, minted: old, sent: []string{old}}, submit(old)}, ""},
		{"the Hub's clock is five minutes behind",
			[]visit{{from: client, took: 0.1, minted: old}, with(submit(old), func(v *visit) { v.minted = mint(-290, ingressB) })}, ""},
		{"the proxy of the page has a clock that is five minutes ahead of that of the submit's",
			[]visit{{from: client, took: 0.1, minted: fresh, proxysClock: 300}, submit(fresh)}, ""},
		{"the Hub was moved to a node whose clock is five minutes ahead",
			[]visit{{from: client, took: 0.1, minted: old, date: -300}, submit(old)}, ""},
		{"a Hub that takes ten seconds for the page",
			[]visit{{from: client, took: 10, minted: fresh, date: 10}, with(submit(fresh), func(v *visit) { v.asked, v.date, v.minted = 12, 12, mint(12, ingressB) })}, ""},
		{"a Hub that takes ten seconds for the submit",
			[]visit{{from: client, took: 0.1, minted: fresh}, with(submit(fresh), func(v *visit) { v.took, v.date, v.minted = 10, 20, mint(20, ingressB) })}, ""},
		{"the submit in another capture, so that no clock saw both",
			[]visit{{from: client, took: 0.1, minted: old}, with(submit(old), func(v *visit) { v.otherCapture = true })}, ""},
		{"the back button after an hour: no new request for a page",
			[]visit{{from: client, asked: -3600, took: 0.1, minted: mint(-3600, ingressA), date: -3600}, submit(mint(-3600, ingressA))}, ""},
		{"the answer handed out what was sent, so nothing was minted for it",
			[]visit{{from: client, took: 0.1, minted: old}, with(submit(old), func(v *visit) { v.sent = []string{later}; v.minted = later })}, ""},

		{"given to somebody else a minute before",
			[]visit{{from: "198.51.100.24", asked: -60, took: 0.1, minted: mint(-60, ingressA), date: -60}, {from: client, took: 0.1, minted: mint(-60, ingressA), date: -60}, submit(mint(-60, ingressA))}, finding.XSRFPageCached},
		{"two clients behind one address in one second get equal tokens",
			[]visit{{from: "198.51.100.24", asked: -0.3, took: 0.1, minted: fresh}, {from: client, took: 0.1, minted: fresh}, submit(fresh)}, ""},
		{"and through proxies whose clocks are a minute apart",
			[]visit{{from: "198.51.100.24", asked: -0.3, took: 0.1, minted: fresh, proxysClock: -60}, {from: client, took: 0.1, minted: fresh}, submit(fresh)}, ""},
		{"and the first of them waits long for its answer",
			[]visit{{from: "198.51.100.24", asked: -9, took: 9.5, minted: fresh}, {from: client, took: 0.1, minted: fresh}, submit(fresh)}, ""},
		{"the same user reloads it at another address, and sends the cookie",
			[]visit{{from: "198.51.100.24", asked: -60, took: 0.1, minted: mint(-60, ingressA), date: -60}, {from: client, took: 0.1, minted: mint(-60, ingressA), sent: []string{mint(-60, ingressA)}}, submit(mint(-60, ingressA))}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			captures := [2]*exchange.Capture{{ID: "c1", Kind: exchange.KindPcap}, {ID: "c2", Kind: exchange.KindPcap}}
			var steps []*login.Step
			for i, v := range c.visits {
				steps = append(steps, v.step(i, captures))
			}
			attempts, _ := login.Assemble(steps)
			if len(attempts) != 1 || attempts[0].Form == nil {
				t.Fatalf("%d attempts", len(attempts))
			}
			got := finding.Code("")
			if f := xsrf.Decide(attempt{}.toCase(t, attempts[0])).Finding; f != nil && f.Code == finding.XSRFPageCached {
				got = f.Code
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The page of another client, with another User-Agent, is not the submitter's own: that
// nothing shows whether a cache gave it to them is no proof of a changed User-Agent.
func TestPageOfAnotherClient(t *testing.T) {
	other := signed(anonymous(token.VariantA, "198.51.100.24", phone), opened)
	for _, c := range []struct {
		name, from string
		together   bool
		want       finding.Code
	}{
		{"the page of another client in another capture", "198.51.100.24", false, ""},
		{"the client's own page", client, true, finding.XSRFUserAgentChanged},
	} {
		t.Run(c.name, func(t *testing.T) {
			captures := [2]*exchange.Capture{{ID: "c1", Kind: exchange.KindPcap}, {ID: "c2", Kind: exchange.KindPcap}}
			form := other
			if c.together {
				form = signed(anonymous(token.VariantA, "198.51.100.24", phone), opened)
			}
			page := visit{from: c.from, took: 0.1, minted: form}.step(0, captures)
			page.UserAgent, page.UserAgentState = phone, exchange.Known
			submit := visit{from: client, asked: 10, took: 0.2, form: form, sent: []string{form}, minted: signed(anonymous(token.VariantA, "192.0.2.77", userAgent), opened), date: 10, otherCapture: !c.together}
			attempts, _ := login.Assemble([]*login.Step{page, submit.step(1, captures)})
			if len(attempts) != 1 {
				t.Fatalf("%d attempts", len(attempts))
			}
			decision := xsrf.Decide(attempt{}.toCase(t, attempts[0]))
			got := finding.Code("")
			if decision.Finding != nil && decision.Finding.Code == finding.XSRFUserAgentChanged {
				got = decision.Finding.Code
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
