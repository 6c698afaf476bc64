// SPDX-License-Identifier: Apache-2.0

package xsrf_test

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/xsrf"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/names"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The recordings of the lab decide what is right (see TestDiagnosisEqualsTruth
// in package analyze). The attempts below are made by hand to the facts of
// JupyterHub's source, for situations that the lab does not record yet, each
// beside a twin that differs in one thing and must not be accused of the same.

const (
	userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	phone     = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/605.1.15"
	session   = "0123456789abcdef0123456789abcdef"
	ingressA  = "10.244.3.17"
	ingressB  = "10.244.5.42"
	client    = "198.51.100.23"
)

var (
	secret = []byte("0123456789abcdef0123456789abcdef")
	opened = time.Date(2026, 11, 22, 7, 28, 2, 0, time.UTC)
)

// attempt is a login form fetched and submitted, as a browser's recording shows it.
type attempt struct {
	version                string
	path                   string // of the form; the login form's if ""
	formAgent, submitAgent string
	form                   string   // the submitted _xsrf; "" for none
	cookies                []string // the _xsrf cookies that were sent
	noCookieHeader         bool     // the recording leaves cookies out
	set                    string   // the _xsrf cookie of the answer; "" for none
	words                  string   // of the 403 page
	age                    time.Duration
	pageToken              string // of the login page; the submitted one if ""
	pageFields             []exchange.Field
	pageSets               string // the _xsrf cookie that the page sets; the one it holds if ""
	otherCookie            bool   // the submit sent a cookie of another name too
	captured               exchange.Kind
	hubsHop                bool // what comes from configurable-http-proxy
	status                 int  // of the answer; 403 if 0
	pageSecure             bool
	withoutPage            bool
	site                   string // address of the site
	clientAddresses        []string
	names                  string
	secret                 []byte
}

// healthyUntilRefused is the plain case: everything fits, and yet a 403.
func healthyUntilRefused() attempt {
	t := signed(anonymous(token.VariantA, ingressA, userAgent), opened)
	return attempt{
		version: "4.1.6", formAgent: userAgent, submitAgent: userAgent, form: t, cookies: []string{t},
		words: "XSRF cookie does not match POST argument", age: 5 * time.Second, site: "203.0.113.80",
	}
}

func anonymous(v token.Variant, address, agent string) string {
	digest := v.Digest(address, agent)
	return "None:" + base64.URLEncoding.EncodeToString(digest[:])
}

func signed(identity string, at time.Time) string { return signedWith(secret, identity, at) }

func signedWith(key []byte, identity string, at time.Time) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(identity))
	text := fmt.Sprintf("2|1:0|10:%d|5:_xsrf|%d:%s|", at.Unix(), len(encoded), encoded)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString([]byte(text + hex.EncodeToString(mac.Sum(nil))))
}

func (a attempt) decide(t *testing.T) causes.Decision {
	t.Helper()
	c := &exchange.Capture{ID: "c1", Name: "x.har", Kind: exchange.KindHAR}
	if a.captured != "" {
		c.Kind = a.captured
	}
	var steps []*login.Step
	if !a.withoutPage {
		steps = append(steps, login.NewStep(a.page(c)))
	}
	steps = append(steps, login.NewStep(a.submit(c)))
	if a.noCookieHeader { // which a reader knows only once it has read everything
		c.Removed = []string{"cookie", "set-cookie", "authorization"}
	}
	attempts, _ := login.Assemble(steps)
	if len(attempts) != 1 || attempts[0].Outcome() != finding.Failed {
		t.Fatalf("%d attempts, outcome %s", len(attempts), attempts[0].Outcome())
	}
	return xsrf.Decide(a.toCase(t, attempts[0]))
}

func (a attempt) toCase(t *testing.T, at *login.Attempt) *xsrf.Case {
	t.Helper()
	c := &xsrf.Case{Attempt: at, ClientAddresses: a.clientAddresses, Secret: a.secret, Pseudonym: func(string) string { return "xsrf-n" }}
	if a.names != "" {
		directory, err := names.Load(strings.NewReader(a.names))
		if err != nil {
			t.Fatal(err)
		}
		c.Names = directory
	}
	c.Form.Token, c.Form.Step = at.FormIdentity()
	c.Submit.Token, c.Submit.Step = at.SubmitIdentity()
	candidates := append([]string{ingressA, ingressB, client, "192.0.2.200"}, a.clientAddresses...)
	for _, b := range []*xsrf.Believed{&c.Form, &c.Submit} {
		agents := []string{at.Submit.UserAgent}
		if b == &c.Form && at.Form != nil {
			agents = []string{at.Form.UserAgent, at.Submit.UserAgent}
		}
		results, err := iprecovery.Recover(t.Context(), []iprecovery.Target{{
			Digest: b.Token.XSRF.Digest, UserAgents: agents, Variants: token.VariantsFor(at.HubVersion), Scope: iprecovery.Seen,
		}}, candidates, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.Recovered = results[0]
	}
	return c
}

func (a attempt) page(c *exchange.Capture) *exchange.Exchange {
	held := a.pageToken
	if held == "" {
		held = a.form
	}
	x := a.exchange(c, "GET", a.formAgent, opened)
	x.Ref.Entry = 0
	fields := append([]exchange.Field{{Name: "X-JupyterHub-Version", Value: a.version}}, a.pageFields...)
	if len(a.pageFields) == 0 {
		set := a.pageSets
		if set == "" {
			set = held
		}
		line := "_xsrf=" + set + "; Max-Age=3600; Path=/hub/"
		if a.pageSecure {
			line += "; Secure"
		}
		fields = append(fields, exchange.Field{Name: "Set-Cookie", Value: line})
	}
	page := `<form><input type="hidden" name="_xsrf" value="` + held + `"><input type="password" name="password"></form>`
	x.Response = &exchange.Response{
		Status: 200, Fields: exchange.Fields{Lines: fields, Origin: c},
		Body: exchange.Body{State: exchange.Known, Bytes: []byte(page)},
	}
	return x
}

func (a attempt) submit(c *exchange.Capture) *exchange.Exchange {
	at := opened.Add(a.age)
	x := a.exchange(c, "POST", a.submitAgent, at)
	x.Ref.Entry = 1
	form := url.Values{"username": {"alice"}, "password": {"x"}}
	if a.form != "" {
		form.Set("_xsrf", a.form)
	}
	x.Request.Body = exchange.Body{State: exchange.Known, Bytes: []byte(form.Encode()), MediaType: "application/x-www-form-urlencoded"}
	var cookies []string
	for _, cookie := range a.cookies {
		cookies = append(cookies, "_xsrf="+cookie)
	}
	if a.otherCookie {
		cookies = append(cookies, "other=1")
	}
	if !a.noCookieHeader && len(cookies) > 0 {
		x.Request.Fields.Lines = append(x.Request.Fields.Lines, exchange.Field{Name: "Cookie", Value: strings.Join(cookies, "; ")})
	}
	if a.hubsHop {
		for i, line := range x.Request.Fields.Lines {
			x.Request.Fields.Lines[i].Name = strings.ToLower(line.Name)
		}
		for _, name := range []string{"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-forwarded-host"} {
			x.Request.Fields.Lines = append(x.Request.Fields.Lines, exchange.Field{Name: name, Value: "-"})
		}
	}
	fields := []exchange.Field{
		{Name: "X-JupyterHub-Version", Value: a.version},
		{Name: "Date", Value: at.Format("Mon, 02 Jan 2006 15:04:05 GMT")},
	}
	page := "<h1>403 : Forbidden</h1><p>" + a.words + "</p>"
	if a.set != "" && !a.noCookieHeader {
		fields = append(fields, exchange.Field{Name: "Set-Cookie", Value: "_xsrf=" + a.set + "; Path=/hub/"})
	}
	if a.set != "" {
		page += `<script>jhdata = {xsrf_token: "` + a.set + `"}</script>`
	}
	x.Response = &exchange.Response{
		Status: cmp.Or(a.status, 403), Fields: exchange.Fields{Lines: fields, Origin: c},
		Body: exchange.Body{State: exchange.Known, Bytes: []byte(page)},
	}
	if a.words == "" && a.set == "" {
		x.Response.Body = exchange.Body{} // the page is not in the recording
	}
	return x
}

func (a attempt) exchange(c *exchange.Capture, method, agent string, at time.Time) *exchange.Exchange {
	return &exchange.Exchange{
		Ref: exchange.Ref{Capture: c, HasEntry: true}, Vantage: exchange.Vantage{Capture: c},
		Server: exchange.Endpoint{Address: a.site, Port: 80}, Started: at, Answered: at,
		Request: exchange.Request{
			Method: method,
			URL:    exchange.URL{Scheme: "http", Host: "hub.example.test", Path: cmp.Or(a.path, "/hub/login")},
			Fields: exchange.Fields{Origin: c, Lines: []exchange.Field{{Name: "Host", Value: "hub.example.test"}, {Name: "User-Agent", Value: agent}}},
		},
	}
}

// decision is a case and what must be said of it: a code, or "" for undecided
// with the codes between which it stays.
type decision struct {
	name       string
	change     func(*attempt)
	code       finding.Code
	confidence finding.Confidence
	between    []finding.Code
}

func TestDecide(t *testing.T) {
	later := opened.Add(5 * time.Second)
	atHub := func(a *attempt) { a.captured, a.hubsHop = exchange.KindPcap, true }
	moved := func(from, to string) func(*attempt) {
		return func(a *attempt) {
			a.form = signed(anonymous(token.VariantA, from, userAgent), opened)
			a.cookies = []string{a.form}
			a.set = signed(anonymous(token.VariantA, to, userAgent), later)
		}
	}
	both := func(changes ...func(*attempt)) func(*attempt) {
		return func(a *attempt) {
			for _, change := range changes {
				change(a)
			}
		}
	}
	sameAgain := func(a *attempt) { a.set = signed(anonymous(token.VariantA, ingressA, userAgent), later) }
	clientIs := func(addresses ...string) func(*attempt) {
		return func(a *attempt) { a.clientAddresses = addresses }
	}
	noCookie := func(a *attempt) { a.cookies = nil }
	others := func(a *attempt) { a.otherCookie = true }
	sanitized := func(a *attempt) { a.noCookieHeader = true }
	hour := func(a *attempt) { a.age = 61 * time.Minute }

	for _, d := range []decision{
		{"two internal addresses, public site", moved(ingressA, ingressB), finding.XSRFProxyIPChanged, finding.Likely, nil},
		{"the same, client named", both(moved(ingressA, ingressB), clientIs(client)), finding.XSRFProxyIPChanged, finding.Proven, nil},
		{"the same, internal site: could be the client's own network",
			both(moved(ingressA, ingressB), func(a *attempt) { a.site = "10.9.9.9" }), finding.XSRFIdentityChanged, finding.Proven, nil},
		{"the same, internal site, addresses are pods",
			both(moved(ingressA, ingressB), func(a *attempt) {
				a.site = "10.9.9.9"
				a.names = `{"items":[{"kind":"Pod","metadata":{"name":"a"},"status":{"podIP":"10.244.3.17"}},{"kind":"Pod","metadata":{"name":"b"},"status":{"podIP":"10.244.5.42"}}]}`
			}), finding.XSRFProxyIPChanged, finding.Proven, nil},
		{"both addresses are the client's", both(moved(client, "192.0.2.200"), clientIs(client, "192.0.2.200")), finding.XSRFClientIPChanged, finding.Proven, nil},
		{"two public addresses, nobody named the client", moved(client, "192.0.2.200"), finding.XSRFIdentityChanged, finding.Proven, nil},
		{"client once, ingress once", both(moved(client, ingressB), clientIs(client)), finding.XSRFForwardingMixed, finding.Likely, nil},
		{"one address in two spellings", moved(ingressA, "::ffff:"+ingressA), finding.XSRFIPSpelling, finding.Proven, nil},
		{"addresses that nobody can name", moved("2001:db8::1", "2001:db8::2"), finding.XSRFIdentityChanged, finding.Proven, nil},

		{"another User-Agent, same address", func(a *attempt) {
			a.submitAgent = phone
			a.set = signed(anonymous(token.VariantA, ingressA, phone), later)
		}, finding.XSRFUserAgentChanged, finding.Proven, nil},
		{"another User-Agent and another address", func(a *attempt) {
			a.submitAgent = phone
			a.set = signed(anonymous(token.VariantA, ingressB, phone), later)
		}, finding.XSRFIdentityChanged, finding.Proven, nil},
		{"another User-Agent, addresses unknown", func(a *attempt) {
			a.form = signed(anonymous(token.VariantA, "2001:db8::1", userAgent), opened)
			a.cookies = []string{a.form}
			a.submitAgent = phone
			a.set = signed(anonymous(token.VariantA, "2001:db8::1", phone), later)
		}, finding.XSRFUserAgentChanged, finding.Likely, nil},
		{"the submit alone, form hashed with something unknown", func(a *attempt) {
			a.withoutPage = true
			a.submitAgent = phone
			a.set = signed(anonymous(token.VariantA, ingressA, phone), later)
		}, "", "", []finding.Code{finding.XSRFUserAgentChanged}},

		{"session cookie gone", func(a *attempt) {
			a.form = signed(session+anonymous(token.VariantA, ingressA, userAgent)[4:], opened)
			a.cookies = []string{a.form}
			a.set = signed(anonymous(token.VariantA, ingressA, userAgent), later)
		}, finding.XSRFSessionChanged, finding.Proven, nil},
		{"logged in meanwhile", func(a *attempt) { a.set = signed(session+":"+session, later) }, finding.XSRFAlreadyLoggedIn, finding.Proven, nil},

		{"no cookie sent, others were", both(noCookie, sameAgain, others), finding.XSRFCookieNotSent, finding.Proven, nil},
		{"no cookie sent, on the wire", both(noCookie, sameAgain, func(a *attempt) { a.captured = exchange.KindPcap }), finding.XSRFCookieNotSent, finding.Proven, nil},
		{"no cookie at all in a browser's recording", both(noCookie, sameAgain), finding.XSRFCookieNotSent, finding.Likely, nil},
		{"cookies masked by somebody", both(sameAgain, func(a *attempt) { a.cookies = []string{"[REDACTED]"} }), "", "", []finding.Code{finding.XSRFCookieNotSent}},
		{"token masked by somebody", both(sameAgain, func(a *attempt) { a.form, a.pageToken = "[redacted]", "x" }), "", "", nil},
		{"no cookie sent, and the answer's token unseen", noCookie, finding.XSRFCookieNotSent, finding.Likely, nil},
		{"no cookie sent and the address moved", both(moved(ingressA, ingressB), noCookie), finding.XSRFProxyIPChanged, finding.Likely, nil},
		{"cookies left out of the recording", both(sameAgain, sanitized), "", "",
			[]finding.Code{finding.XSRFCookieNotSent, finding.XSRFCookieDuplicate, finding.XSRFCookieForeign, finding.XSRFSecretChanged}},
		{"form left open for an hour", both(noCookie, sameAgain, others, hour), finding.XSRFFormExpired, finding.Proven, nil},
		{"old token, but the page was loaded and set it again a moment ago", both(noCookie, sameAgain, others, func(a *attempt) {
			a.form = signed(anonymous(token.VariantA, ingressA, userAgent), opened.Add(-2*time.Hour))
		}), finding.XSRFCookieNotSent, finding.Proven, nil},
		{"the same in a sanitized export", both(noCookie, sameAgain, sanitized, hour), "", "", []finding.Code{finding.XSRFFormExpired, finding.XSRFCookieNotSent}},
		{"an old form whose cookie was renewed and sent", both(sameAgain, atHub, hour), finding.XSRFSecretChanged, finding.Likely, nil},

		{"the form's cookie second", both(sameAgain, func(a *attempt) {
			a.cookies = []string{signed(anonymous(token.VariantA, ingressB, userAgent), opened), a.form}
		}), finding.XSRFCookieDuplicate, finding.Likely, nil},
		{"the form's cookie second, with the key at hand", both(sameAgain, func(a *attempt) {
			a.cookies = []string{signed(anonymous(token.VariantA, ingressB, userAgent), opened), a.form}
			a.secret = secret
		}), finding.XSRFCookieDuplicate, finding.Proven, nil},
		{"a cookie of another application", both(sameAgain, func(a *attempt) { a.cookies = []string{"2|d6b491b6|d6a5b38592e1f7c15e2d3b0d1a697f49|1716000000"} }),
			finding.XSRFCookieForeign, finding.Likely, nil},
		{"form and cookie signed one second apart, by one answer", both(sameAgain, func(a *attempt) {
			a.cookies = []string{signed(anonymous(token.VariantA, ingressA, userAgent), opened.Add(time.Second))}
			a.pageSets = a.cookies[0]
		}), finding.XSRFSigningRace, finding.Proven, nil},
		{"form and cookie of two page loads one second apart", both(sameAgain, func(a *attempt) {
			a.cookies = []string{signed(anonymous(token.VariantA, ingressA, userAgent), opened.Add(time.Second))}
		}), "", "", []finding.Code{finding.XSRFPageCached}},
		{"one second apart, the page not seen", both(sameAgain, func(a *attempt) {
			a.withoutPage = true
			a.cookies = []string{signed(anonymous(token.VariantA, ingressA, userAgent), opened.Add(time.Second))}
		}), finding.XSRFSigningRace, finding.Possible, nil},
		{"form and cookie signed two seconds apart", both(sameAgain, func(a *attempt) {
			a.cookies = []string{signed(anonymous(token.VariantA, ingressA, userAgent), opened.Add(2*time.Second))}
		}), "", "", []finding.Code{finding.XSRFPageCached}},
		{"login page from a cache", both(sameAgain, func(a *attempt) {
			a.cookies = []string{signed(anonymous(token.VariantA, ingressA, userAgent), opened.Add(-time.Minute))}
			a.pageFields = []exchange.Field{{Name: "Age", Value: "300"}}
		}), finding.XSRFPageCached, finding.Likely, nil},

		{"all fits at the Hub, refused: the secret", both(sameAgain, atHub), finding.XSRFSecretChanged, finding.Likely, nil},
		{"all fits at the browser, refused", sameAgain, "", "", []finding.Code{finding.XSRFCookieNotSent, finding.XSRFSecretChanged}},
		{"all fits, refused, and the key shows it", both(sameAgain, func(a *attempt) {
			a.form = signedWith([]byte("old"), anonymous(token.VariantA, ingressA, userAgent), opened)
			a.cookies = []string{a.form}
			a.secret = secret
		}), finding.XSRFSecretChanged, finding.Proven, nil},
		{"all fits, refused, and the key made both", both(sameAgain, func(a *attempt) { a.secret = secret }), "", "", nil},
		{"all fits, refused, answer's token unseen", func(*attempt) {}, "", "", []finding.Code{finding.XSRFSecretChanged}},

		{"field not in the form", func(a *attempt) {
			a.form, a.words = "", "&#39;_xsrf&#39; argument missing from POST"
		}, finding.XSRFFieldMissing, finding.Proven, nil},
		{"field not in the form, and only the form says so", func(a *attempt) {
			a.form, a.words = "", ""
			a.set = signed(anonymous(token.VariantA, ingressA, userAgent), later)
		}, finding.XSRFFieldMissing, finding.Likely, nil},
		{"field not in the form of a version without the check", func(a *attempt) {
			a.form, a.words, a.version = "", "", "3.1.1"
		}, "", "", nil},
		{"field not in the recording, but the Hub compared one", func(a *attempt) { a.form = "" }, "", "", nil},
		{"5.3 and later: token accepted, page not in the recording", func(a *attempt) {
			a.version, a.words = "5.5.4", ""
		}, finding.LoginRefused, finding.Likely, nil},
		{"the same of an earlier version", func(a *attempt) { a.words = "" }, "", "", []finding.Code{finding.XSRFSecretChanged}},
		{"a translated page and two identities", both(moved(ingressA, ingressB), func(a *attempt) {
			a.words = `</p><p class="login_error">Formulaire expiré`
		}), finding.XSRFProxyIPChanged, finding.Likely, nil},
		{"answered 500", func(a *attempt) { a.status = 500 }, "", "", nil},
		{"a secret of another Hub", both(sameAgain, atHub, func(a *attempt) { a.secret = []byte("another") }), finding.XSRFSecretChanged, finding.Likely, nil},
		{"4.1.1: the last cookie counts", both(sameAgain, func(a *attempt) {
			a.version = "4.1.1"
			a.cookies = []string{a.form, signed(anonymous(token.VariantA, ingressB, userAgent), opened)}
		}), finding.XSRFCookieDuplicate, finding.Likely, nil},
		{"4.1.2: the first cookie counts", both(sameAgain, atHub, func(a *attempt) {
			a.version = "4.1.2"
			a.cookies = []string{a.form, signed(anonymous(token.VariantA, ingressB, userAgent), opened)}
		}), finding.XSRFSecretChanged, finding.Likely, nil},
		{"client named, internal site", both(moved(ingressA, ingressB), clientIs(client), func(a *attempt) { a.site = "10.9.9.9" }),
			finding.XSRFIdentityChanged, finding.Proven, nil},
		{"client once, its other address the other time", both(moved(client, "192.0.2.200"), clientIs(client)),
			finding.XSRFIdentityChanged, finding.Proven, nil},
		{"refused in the words of somebody else", func(a *attempt) { a.words = "You shall not pass" }, "", "", nil},
	} {
		t.Run(d.name, func(t *testing.T) {
			a := healthyUntilRefused()
			d.change(&a)
			got := a.decide(t)
			if d.code == "" {
				holdUndecided(t, got, d.between)
				return
			}
			if got.Finding == nil {
				t.Fatalf("undecided between %v, want %s", got.Undecided.Between, d.code)
			}
			if got.Finding.Code != d.code || got.Finding.Confidence != d.confidence {
				t.Errorf("got %s (%s), want %s (%s)", got.Finding.Code, got.Finding.Confidence, d.code, d.confidence)
			}
			if len(got.Finding.Evidence) == 0 || len(got.Finding.Fixes) == 0 {
				t.Errorf("%d places of evidence, %d fixes", len(got.Finding.Evidence), len(got.Finding.Fixes))
			}
		})
	}
}

func holdUndecided(t *testing.T, got causes.Decision, between []finding.Code) {
	t.Helper()
	if got.Finding != nil {
		t.Fatalf("accuses %s (%s), want undecided", got.Finding.Code, got.Finding.Confidence)
	}
	for _, code := range between {
		if !slices.Contains(got.Undecided.Between, code) {
			t.Errorf("%s is not among the possible causes %v", code, got.Undecided.Between)
		}
	}
	if len(got.Undecided.Missing) == 0 || got.Undecided.Why == "" {
		t.Errorf("does not say why and what is missing: %+v", got.Undecided)
	}
}

// Names decide between the branches that a browser's recording leaves open.
func TestOriginFromNames(t *testing.T) {
	pod := `{"kind":"Pod","metadata":{"name":"%s"},"status":{"podIP":"%s"}}`
	node := `{"kind":"Node","metadata":{"name":"%s"},"status":{"addresses":[{"address":"%s"}]}}`
	list := func(objects ...string) string { return `{"items":[` + strings.Join(objects, ",") + `]}` }
	for name, c := range map[string]struct {
		names string
		want  finding.OriginKind
	}{
		"pods":               {list(fmt.Sprintf(pod, "a", ingressA), fmt.Sprintf(pod, "b", ingressB)), finding.OriginIngress},
		"nodes":              {list(fmt.Sprintf(node, "a", ingressA), fmt.Sprintf(node, "b", ingressB)), finding.OriginNodeSNAT},
		"a pod and a node":   {list(fmt.Sprintf(pod, "a", ingressA), fmt.Sprintf(node, "b", ingressB)), finding.OriginUnknown},
		"pods on host ports": {list(fmt.Sprintf(pod, "a", ingressA), fmt.Sprintf(node, "n", ingressA), fmt.Sprintf(pod, "b", ingressB)), finding.OriginUnknown},
		"a hosts file":       {ingressA + " ingress-a\n" + ingressB + " ingress-b\n", finding.OriginUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			a := healthyUntilRefused()
			a.set = signed(anonymous(token.VariantA, ingressB, userAgent), opened.Add(5*time.Second))
			a.names = c.names
			got := a.decide(t)
			if got.Finding == nil || got.Finding.Code != finding.XSRFProxyIPChanged {
				t.Fatalf("got %+v", got)
			}
			if got.Finding.Origin.Kind != c.want {
				t.Errorf("origin %s, want %s", got.Finding.Origin.Kind, c.want)
			}
			if asks := len(got.Finding.Missing) > 0; asks != (c.want == finding.OriginUnknown) {
				t.Errorf("asks for more evidence: %v", asks)
			}
		})
	}
}
