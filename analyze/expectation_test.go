// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/fixtures"
)

// input is one way in which a login was recorded, and what such a recording
// carries by its nature.
type input struct {
	name string
	file string

	onlyPost   bool // nothing but the entry of the submit
	setCookies bool // Set-Cookie fields are kept
	pages      bool // the content of the login page is kept

	clientSeen bool // the client's address is in the recording, or was named by the user
	atHub      bool // the Hub's own hop is in the recording, with the fields it judged by
	proxySeen  bool // that the addresses are not a client's can be seen
}

// browser are the properties that every browser's recording has: the site's
// address is a public one, so internal addresses behind it are a proxy's.
func browser(in input) input {
	in.proxySeen = true
	return in
}

// inputs are the recordings that every fixture holds, and cut copies of them.
var inputs = []input{
	browser(input{name: "playwright", file: "client.playwright.har", setCookies: true, pages: true}),
	browser(input{name: "devtools", file: "client.devtools.har", setCookies: true}),
	browser(input{name: "devtools-sanitized", file: "client.devtools-sanitized.har"}),
	browser(input{name: "playwright-post-only", file: "client.playwright.har", onlyPost: true, setCookies: true, pages: true}),
	browser(input{name: "devtools-post-only", file: "client.devtools.har", onlyPost: true, setCookies: true}),
	browser(input{name: "devtools-sanitized-post-only", file: "client.devtools-sanitized.har", onlyPost: true}),
}

// expectation is what a report on an input must say. An empty address must not
// be named, and an empty cause must not be claimed.
type expectation struct {
	outcome      finding.Outcome
	cause        finding.Code
	form, submit string
}

// expect is the one rule that says which part of the truth an input carries.
func expect(truth fixtures.Truth, in input) expectation {
	login := truth.Logins[0]
	want := expectation{outcome: finding.Outcome(login.Outcome), cause: finding.Code(login.Cause)}

	// The User-Agent of the form's request stands in that request alone, unless
	// the submit sent the same one.
	formUserAgent := !in.onlyPost || login.Form.UserAgent == login.Submit.UserAgent
	if !formUserAgent && want.cause == finding.XSRFUserAgentChanged {
		want.cause = ""
	}
	if want.cause == finding.XSRFProxyIPChanged && !in.proxySeen {
		want.cause = finding.XSRFIdentityChanged
	}
	if in.atHub {
		want.submit = login.Submit.ClientIP.AppSaw
		if !in.onlyPost {
			want.form = login.Form.ClientIP.AppSaw
		}
	}
	if login.Form.Identity == "" && login.Submit.Identity == "" {
		return want // up to 4.0 a token knows no address
	}
	// Whom the form was made for stands in the submitted token, or else in the
	// page and the cookie that came with it.
	formToken := want.cause != finding.XSRFFieldMissing || !in.onlyPost && (in.pages || in.setCookies)
	searched := login.Outcome == string(finding.Failed) &&
		want.cause != finding.LoginRefused && want.cause != finding.XSRFFieldMissing
	if formToken && formUserAgent && named(login.Form, searched, in.clientSeen) {
		want.form = login.Form.ClientIP.AppSaw
	}
	if named(login.Submit, searched, in.clientSeen) {
		want.submit = login.Submit.ClientIP.AppSaw
	}
	return want
}

// named reports whether an address can be recovered: a private one by search,
// which is made for a login that failed over an identity, and the client's own if
// it is in the recording or was named by the user.
func named(step fixtures.TruthStep, searched, clientSeen bool) bool {
	saw := step.ClientIP.AppSaw
	return searched && iprecovery.IsInternal(saw) || clientSeen && saw == step.ClientIP.True
}
