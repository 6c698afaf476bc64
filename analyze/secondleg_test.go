// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

const (
	tornadoPage = "<html><title>403: Forbidden</title><body>403: Forbidden</body></html>"
	nginxPage   = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"

	toServer = "client_id=jupyterhub-user-alice&redirect_uri=%2Fuser%2Falice%2Foauth_callback&response_type=code&state="
)

// backAt is a callback of alice's server; its own pages name no Hub.
func backAt(status int, state, cookie, page string) visit {
	if cookie != "" {
		cookie = "jupyterhub-user-alice-oauth-state=" + cookie
	} else {
		cookie = "_xsrf=1"
	}
	return visit{url: "/user/alice/oauth_callback?code=c-" + state[20:30] + "&state=" + state, status: status, cookie: cookie, page: page, proxys: true}
}

func askedFor(status int, state, location, page string) visit {
	return visit{url: "/hub/api/oauth2/authorize?" + toServer + state, status: status, location: location, page: page}
}

// What a server answers has no sign of the Hub and mostly no words; a proxy's answer
// accuses nobody of a lost state.
func TestSecondLegs(t *testing.T) {
	begun := visit{url: "/user/alice/lab", status: 302, location: "/hub/api/oauth2/authorize?" + toServer + stateA, set: "jupyterhub-user-alice-oauth-state=" + stateA + "; Path=/user/alice/; Max-Age=600"}
	toLogin := askedFor(302, stateA, "/hub/login?next=x", "")
	let := backAt(302, stateA, stateA, "")
	let.location = "/user/alice/lab"
	moved := backAt(301, stateA, stateA, "")
	moved.location = "https://hub.example.test/user/alice/oauth_callback?code=1&state=" + stateA
	noAccess := "<h1>403 : Forbidden</h1><p>You do not have permission to access Server at /user/alice/</p>"
	byProxy := askedFor(403, stateA, "", nginxPage)
	byProxy.proxys = true
	for _, test := range []struct {
		name       string
		visits     []visit
		removed    []string
		outcome    finding.Outcome
		code       finding.Code
		confidence finding.Confidence
	}{
		{"let in", []visit{begun, toLogin, let}, nil, finding.Succeeded, "", ""},
		{"sent to the Hub's login, and no further", []visit{begun, toLogin}, nil, "", "", ""},
		{"sent on to https, and not seen there", []visit{moved}, nil, "", "", ""},
		{"no cookie", []visit{begun, backAt(403, stateA, "", tornadoPage)}, nil, finding.Failed, finding.OAuthStateMismatch, finding.Proven},
		{"no cookie, and a proxy's page", []visit{begun, backAt(403, stateA, "", nginxPage)}, nil, finding.Failed, finding.RefusedByProxy, finding.Likely},
		{"no cookie, and no page", []visit{begun, backAt(403, stateA, "", "")}, nil, finding.Failed, "", ""},
		{"the cookie of another login", []visit{begun, backAt(403, stateA, stateB, tornadoPage)}, nil, finding.Failed, finding.OAuthStateMismatch, finding.Proven},
		{"the right cookie", []visit{begun, backAt(403, stateA, stateA, tornadoPage)}, nil, finding.Failed, "", ""},
		{"cookies not recorded", []visit{begun, backAt(403, stateA, "", tornadoPage)}, []string{"Cookie", "Set-Cookie"}, finding.Failed, finding.OAuthStateMismatch, finding.Likely},
		{"a 500 without words", []visit{begun, backAt(500, stateA, stateA, "")}, nil, finding.Failed, "", ""},
		{"no access", []visit{begun, askedFor(403, stateA, "", noAccess)}, nil, finding.Failed, finding.LoginNotAllowed, finding.Proven},
		{"a 403 of the Hub without words", []visit{begun, askedFor(403, stateA, "", "")}, nil, finding.Failed, "", ""},
		{"a 403 of a proxy on the way to the Hub", []visit{begun, byProxy}, nil, finding.Failed, finding.RefusedByProxy, finding.Likely},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := browse(t, test.visits, test.removed...)
			if test.outcome == "" {
				if len(report.Logins) != 0 {
					t.Fatalf("%d logins, want none", len(report.Logins))
				}
				return
			}
			if len(report.Logins) != 1 {
				t.Fatalf("%d logins, want one", len(report.Logins))
			}
			if code, confidence := causeOf(report); report.Logins[0].Outcome != test.outcome || code != test.code || confidence != test.confidence {
				t.Errorf("%s, %s (%s); want %s, %s (%s)", report.Logins[0].Outcome, code, confidence, test.outcome, test.code, test.confidence)
			}
		})
	}
}
