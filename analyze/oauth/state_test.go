// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// A cookie and an address of OAuthenticator 16.3 with the state id below, signed with 32
// zero bytes by tornado 6.4.
const (
	stateID     = "0123456789abcdef0123456789abcdef"
	urlState    = "eyJzdGF0ZV9pZCI6ICIwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZiJ9"
	cookieState = "2|1:0|10:1750000000|20:oauthenticator-state|136:ZXlKemRHRjBaVjlwWkNJNklDSXdNVEl6TkRVMk56ZzVZV0pqWkdWbU1ERXlNelExTmpjNE9XRmlZMlJsWmlJc0lDSnVaWGgwWDNWeWJDSTZJQ0l2YUhWaUwyaHZiV1VpZlE9PQ==|475c9d712a95da115f8d23b16d21370a56d25203f434997c81c0e6c658c23e0d"
)

func TestReadState(t *testing.T) {
	whole := base64.URLEncoding.EncodeToString([]byte(`{"state_id": "` + stateID + `", "next_url": "/hub/home"}`))
	for text, want := range map[string]string{
		urlState:                        stateID,
		whole:                           stateID, // before OAuthenticator 16.1 in URLs, too
		strings.TrimRight(whole, "="):   stateID,
		"opaque-value-of-another-kind":  "opaque-value-of-another-kind",
		"":                              "",
		"[secret]":                      "", // as a Hub writes it into its log
		"***":                           "",
		strings.Repeat("A", maxState+1): "",
	} {
		if got := ReadState(text); got.ID != want {
			t.Errorf("ReadState(%.40q) = %q, want %q", text, got.ID, want)
		}
	}
}

func TestSentCookies(t *testing.T) {
	fields := func(lines ...string) exchange.Fields {
		var f exchange.Fields
		for _, line := range lines {
			f.Lines = append(f.Lines, exchange.Field{Name: "Cookie", Value: line})
		}
		return f
	}
	for name, test := range map[string]struct {
		fields exchange.Fields
		state  exchange.Knowledge
		ids    []string
	}{
		"quoted, beside others":     {fields(`_xsrf=2|abc; oauthenticator-state="` + cookieState + `"; a=b`), exchange.Known, []string{stateID}},
		"bare":                      {fields("oauthenticator-state=" + cookieState), exchange.Known, []string{stateID}},
		"two of them":               {fields("oauthenticator-state="+cookieState, "oauthenticator-state="+urlState), exchange.Known, []string{stateID, stateID}},
		"others only":               {fields("_xsrf=2|abc"), exchange.Absent, nil},
		"no field":                  {fields(), exchange.Absent, nil},
		"a mark in their place":     {fields("[redacted]"), exchange.Unknown, nil},
		"a mark in its value":       {fields("oauthenticator-state=[REDACTED]"), exchange.Unknown, nil},
		"an incomplete head":        {exchange.Fields{Incomplete: true}, exchange.Unknown, nil},
		"not signed, and no base64": {fields("oauthenticator-state=%00%ff"), exchange.Known, []string{"%00%ff"}},
	} {
		got, state := sentCookies(test.fields, (&Step{}).stateCookie())
		if state != test.state || len(got) != len(test.ids) {
			t.Errorf("%s: %v, %d cookies; want %v, %d", name, state, len(got), test.state, len(test.ids))
			continue
		}
		for i, id := range test.ids {
			if got[i].State.ID != id {
				t.Errorf("%s: state %q, want %q", name, got[i].State.ID, id)
			}
		}
	}
}

func TestSetCookies(t *testing.T) {
	now := time.Date(2025, 6, 15, 15, 6, 40, 0, time.UTC)
	for name, test := range map[string]struct {
		line           string
		set, deleted   bool
		loggedIn, lost bool
	}{
		"set":             {line: `oauthenticator-state="` + cookieState + `"; expires=Mon, 16 Jun 2025 15:06:40 GMT; HttpOnly; Path=/`, set: true},
		"deleted":         {line: `oauthenticator-state=""; expires=Sat, 15 Jun 2024 15:06:40 GMT; Path=/`, deleted: true, lost: true},
		"by its age":      {line: `oauthenticator-state=x; Max-Age=0; Path=/`, deleted: true, lost: true},
		"logged in":       {line: `jupyterhub-hub-login="2|1:0|10:1|20:jupyterhub-hub-login|4:YWI=|ab"; Path=/hub/`, loggedIn: true, lost: true},
		"another's":       {line: `session=1`, lost: true},
		"not a cookie":    {line: `;;;`, lost: true},
		"a mark in place": {line: `oauthenticator-state=[redacted]`},
	} {
		got := readSetCookies(exchange.Fields{Lines: []exchange.Field{{Name: "Set-Cookie", Value: test.line}}}, now, false)
		if (got.set != nil) != test.set || got.deleted != test.deleted || got.loggedIn != test.loggedIn || (got.state == exchange.Absent) != test.lost {
			t.Errorf("%s: %+v", name, got)
		}
		if got.set != nil && (got.set.State.ID != stateID || got.set.Path != "/" || got.set.Secure) {
			t.Errorf("%s: %+v", name, *got.set)
		}
	}
}

// What providers say is shown, and what they repeat of the request is not.
func TestWordsHideStates(t *testing.T) {
	for text, want := range map[string]string{
		"redirect_uri did not match any of the client's registered redirect_uris": "redirect_uri did not match any of the client's registered redirect_uris",
		"state : " + urlState: "state : …",
		"see https://idp.example.test/login?state=" + urlState:                 "see …",
		"The redirect URI http://hub.example.test/hub/oauth_callback is wrong": "The redirect URI http://hub.example.test/hub/oauth_callback is wrong",
	} {
		if got := words(text); got != want {
			t.Errorf("words(%q) = %q, want %q", text, got, want)
		}
	}
}
