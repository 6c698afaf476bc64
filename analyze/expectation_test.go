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
}

// inputs are the recordings that every fixture holds, and cut copies of them.
var inputs = []input{
	{name: "playwright", file: "client.playwright.har", setCookies: true, pages: true},
	{name: "devtools", file: "client.devtools.har", setCookies: true},
	{name: "devtools-sanitized", file: "client.devtools-sanitized.har"},
	{name: "playwright-post-only", file: "client.playwright.har", onlyPost: true, setCookies: true, pages: true},
	{name: "devtools-post-only", file: "client.devtools.har", onlyPost: true, setCookies: true},
	{name: "devtools-sanitized-post-only", file: "client.devtools-sanitized.har", onlyPost: true},
}

// expectation is what a report on an input must say. An empty address must not
// be named, and an empty cause must not be claimed.
type expectation struct {
	outcome      finding.Outcome
	cause        finding.Code
	form, submit string
}

// expect is the one rule that says which part of the truth an input carries.
// clientGiven says that the user named the client's address.
func expect(truth fixtures.Truth, in input, clientGiven bool) expectation {
	login := truth.Logins[0]
	want := expectation{outcome: finding.Outcome(login.Outcome), cause: finding.Code(login.Cause)}

	// The User-Agent of the form's request stands in that request alone, unless
	// the submit sent the same one.
	formUserAgent := !in.onlyPost || login.Form.UserAgent == login.Submit.UserAgent
	if !formUserAgent && want.cause == finding.XSRFUserAgentChanged {
		want.cause = ""
	}
	if login.Form.Identity == "" && login.Submit.Identity == "" {
		return want // up to 4.0 a token knows no address
	}
	// Whom the form was made for stands in the submitted token, or else in the
	// page and the cookie that came with it.
	formToken := want.cause != finding.XSRFFieldMissing || !in.onlyPost && (in.pages || in.setCookies)
	searched := login.Outcome == string(finding.Failed) &&
		want.cause != finding.LoginRefused && want.cause != finding.XSRFFieldMissing
	if formToken && formUserAgent && named(login.Form, searched, clientGiven) {
		want.form = login.Form.ClientIP.AppSaw
	}
	if named(login.Submit, searched, clientGiven) {
		want.submit = login.Submit.ClientIP.AppSaw
	}
	return want
}

// named reports whether an address can be recovered: a private one by search,
// which is made for a login that failed over an identity, and any that the user
// named.
func named(step fixtures.TruthStep, searched, clientGiven bool) bool {
	saw := step.ClientIP.AppSaw
	return searched && iprecovery.IsInternal(saw) || clientGiven && saw == step.ClientIP.True
}
