// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/party"
)

// The titles of fixes of tokens and forms that fit some of a code's cases only.
const (
	cureNewerAirflow  = "run the FAB provider 2.0.2 and Airflow 3.0.1, or later ones"
	cureAirflowHTTPS  = "serve Airflow by https only"
	cureLeaveCookie   = "leave the cookie as Airflow set it"
	cureNewerKeycloak = "run the Keycloak provider 0.9.0 or later"
	cureSmallerToken  = "make the token smaller"

	cureSendToken    = "send the token"
	cureNginxHandsOn = "let nginx hand on Authorization"
	cureProxyHandsOn = "let the proxy hand on Authorization"

	cureSendUnchanged = "send the token as it was given out"
	cureForgetKept    = "forget what the browser has kept"
	cureHandOnAsCame  = "hand on Authorization as it came"

	cureKubernetesTime = "let the nodes keep time"
	cureHostsTime      = "let the hosts keep time"
	cureForgiveMore    = "forgive more until the clocks are right"

	cureChartSecret    = "give the chart one secret that stays"
	cureOldChartSecret = "hand the secret to the pods of an old chart"
	cureSameJWTSecret  = "set the same jwt_secret in all components"

	cureSameIssuer     = "set the same jwt_issuer in all components"
	cureSameIssuerPods = "set the same jwt_issuer in all pods"
	cureLogInAgain     = "log in again"
	cureBothSections   = "set the audience in both sections"
	cureChartSections  = "set the audience in both sections, by the chart"
	cureOneSection     = "set it in section api_auth alone"
	cureTokenForTheAPI = "send a token that was made for the API"
	cureSameFormKey    = "give all servers the same secret_key"
	cureChartFormKey   = "name the Secret of the chart"
	cureHandSessionOn  = "hand the session cookie on"
	cureOpenPageAgain  = "open the page again"
	curePlainSession   = "leave cookie_secure off while the site has plain http"
	cureDjangoBelieves = "let Django believe X-Forwarded-Proto"
	cureTrustedOrigin  = "name the site as a trusted origin"
)

// taskAudience is what Airflow writes into tokens of tasks ([execution_api] jwt_audience).
const taskAudience = "urn:airflow.apache.org:task"

// forgivable is how far clocks may be apart where a larger leeway is advice: what its fix
// sets, less what passes between two requests.
const forgivable = 80 * time.Second

// handOn are the fixes for the proxy that took a token out.
func handOn(origin finding.Origin) []string {
	switch {
	case strings.HasPrefix(origin.Party, string(party.Nginx)), origin.Party == string(party.IngressNginx):
		return []string{cureNginxHandsOn}
	case origin.Party != "":
		return []string{cureProxyHandsOn}
	}
	return []string{cureNginxHandsOn, cureProxyHandsOn}
}

// sendWhole are the fixes for a damaged token of which nobody saw who damaged it. What names
// itself as a program is no page of the UI.
func sendWhole(userAgent string) []string {
	if userAgent != "" && !byPage(userAgent) {
		return []string{cureSendUnchanged, cureHandOnAsCame}
	}
	return []string{cureSendUnchanged, cureForgetKept, cureHandOnAsCame}
}

// byPage reports whether a User-Agent is one that browsers have, each of which begins so.
func byPage(userAgent string) bool { return strings.HasPrefix(userAgent, "Mozilla/") }

// oneIssuer are the fixes for an issuer that is not what the server asks for. Servers that
// disagree now refuse a new token as well, but one that took the token before was changed.
func oneIssuer(taken, bySameServer bool) []string {
	switch {
	case bySameServer:
		return []string{cureLogInAgain, cureSameIssuer, cureSameIssuerPods}
	case taken:
		return []string{cureSameIssuer, cureSameIssuerPods}
	}
	return []string{cureSameIssuer, cureSameIssuerPods, cureLogInAgain}
}

// inTime are the fixes for clocks that are so far apart. A larger leeway is none where it
// would have to be many times what Airflow forgives.
func inTime(apart time.Duration) []string {
	if apart.Abs() > forgivable {
		return []string{cureKubernetesTime, cureHostsTime}
	}
	return []string{cureKubernetesTime, cureHostsTime, cureForgiveMore}
}

// firstRelease reports whether a token is of Airflow 3.0, or can be: from 3.1.0 on each has
// an id (airflow-core 3.0.0 to 3.3.2, api_fastapi/auth/tokens.py, JWTGenerator.generate).
func firstRelease(t bearer.Token) bool { return !t.Claims.Has("jti") }

// keepCookie are the fixes for a cookie that came marked Secure or with a path, set by
// whom. Where that was not seen it may be either.
func keepCookie(secure, first bool, by finding.OriginKind) []string {
	switch {
	case by == finding.OriginIngress && secure:
		return []string{cureLeaveCookie, cureAirflowHTTPS}
	case by == finding.OriginIngress:
		return []string{cureLeaveCookie}
	case by == finding.OriginApplication && secure && first:
		return []string{cureNewerAirflow, cureAirflowHTTPS}
	case by == finding.OriginApplication && secure:
		return []string{cureAirflowHTTPS}
	case secure:
		return []string{cureNewerAirflow, cureAirflowHTTPS, cureLeaveCookie}
	}
	return []string{cureLeaveCookie}
}

// oneKey are the fixes for servers of which some made a key of their own. Where none is
// known to have done that, a restart may be all that is missing.
func oneKey(own int) []string {
	if own == 0 {
		return nil
	}
	return []string{cureChartSecret, cureOldChartSecret, cureSameJWTSecret}
}
