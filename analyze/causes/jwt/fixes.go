// SPDX-License-Identifier: Apache-2.0

package jwt

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/party"
)

// The titles of fixes of tokens and forms that fit some of a code's cases only.
const (
	fixNewerAirflow       = "run the FAB provider 2.0.2 and Airflow 3.0.1, or later ones"
	fixLeaveAirflowCookie = "leave the cookie as Airflow set it"
	fixNewerKeycloak      = "run the Keycloak provider 0.9.0 or later"
	fixSmallerToken       = "make the token smaller"

	fixSendToken     = "send the token"
	fixNginxHandsOn  = "let nginx hand on Authorization"
	fixProxyHandsOn  = "let the proxy hand on Authorization"
	fixSendUnchanged = "send the token as it was given out"
	fixForgetKept    = "forget what the browser has kept"
	fixHandOnAsCame  = "hand on Authorization as it came"

	fixKubernetesTime = "let the nodes keep time"
	fixHostsTime      = "let the hosts keep time"
	fixForgiveMore    = "forgive more until the clocks are right"

	fixChartSecret    = "give the chart one secret that stays"
	fixOldChartSecret = "hand the secret to the pods of an old chart"
	fixRestartReaders = "restart everything that read the old secret"
	fixSameJWTSecret  = "set the same jwt_secret in all components"

	fixSameIssuer     = "set the same jwt_issuer in all components"
	fixSameIssuerPods = "set the same jwt_issuer in all pods"
	fixLogInAgain     = "log in again"
	fixBothSections   = "set the audience in both sections"
	fixChartSections  = "set the audience in both sections, by the chart"
	fixOneSection     = "set it in section api_auth alone"
	fixTokenForTheAPI = "send a token that was made for the API"
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
		return []string{fixNginxHandsOn}
	case origin.Party != "":
		return []string{fixProxyHandsOn}
	}
	return []string{fixNginxHandsOn, fixProxyHandsOn}
}

// sendWhole are the fixes for a damaged token of which nobody saw who damaged it. What names
// itself as a program is no page of the UI.
func sendWhole(userAgent string) []string {
	if userAgent != "" && !byPage(userAgent) {
		return []string{fixSendUnchanged, fixHandOnAsCame}
	}
	return []string{fixSendUnchanged, fixForgetKept, fixHandOnAsCame}
}

// byPage reports whether a User-Agent is one that browsers have, each of which begins so.
func byPage(userAgent string) bool { return strings.HasPrefix(userAgent, "Mozilla/") }

// oneIssuer are the fixes for an issuer that is not what the server asks for. Servers that
// disagree now refuse a new token as well, but one that took the token before was changed.
func oneIssuer(taken, bySameServer bool) []string {
	switch {
	case bySameServer:
		return []string{fixLogInAgain, fixSameIssuer, fixSameIssuerPods}
	case taken:
		return []string{fixSameIssuer, fixSameIssuerPods}
	}
	return []string{fixSameIssuer, fixSameIssuerPods, fixLogInAgain}
}

// inTime are the fixes for clocks that are so far apart. A larger leeway is none where it
// would have to be many times what Airflow forgives.
func inTime(apart time.Duration) []string {
	if apart.Abs() > forgivable {
		return []string{fixKubernetesTime, fixHostsTime}
	}
	return []string{fixKubernetesTime, fixHostsTime, fixForgiveMore}
}

// firstRelease reports whether a token is of Airflow 3.0, or can be: from 3.1.0 on each has
// an id (airflow-core 3.0.0 to 3.3.2, api_fastapi/auth/tokens.py, JWTGenerator.generate).
func firstRelease(t bearer.Token) bool { return !t.Claims.Has("jti") }

// keepCookie are the fixes for a cookie that came marked Secure or with a path, set by
// whom. Where that was not seen it may be either.
func keepCookie(secure, first bool, by finding.OriginKind) []string {
	switch {
	case by == finding.OriginIngress && secure:
		return []string{fixLeaveAirflowCookie, causes.FixAirflowHTTPS}
	case by == finding.OriginIngress:
		return []string{fixLeaveAirflowCookie}
	case by == finding.OriginApplication && secure && first:
		return []string{fixNewerAirflow, causes.FixAirflowHTTPS}
	case by == finding.OriginApplication && secure:
		return []string{causes.FixAirflowHTTPS}
	case secure:
		return []string{fixNewerAirflow, causes.FixAirflowHTTPS, fixLeaveAirflowCookie}
	}
	return []string{fixLeaveAirflowCookie}
}

// oneKey are the fixes for servers of which some made a key of their own; where none is
// known to have done that, a restart may be all that is missing. The chart's come first
// where something shows Kubernetes.
func oneKey(own int, kubernetes bool) []string {
	chart := []string{fixChartSecret, fixOldChartSecret}
	if own == 0 {
		chart = []string{fixChartSecret, fixRestartReaders, fixOldChartSecret}
	}
	if kubernetes {
		return append(chart, fixSameJWTSecret)
	}
	return append([]string{fixSameJWTSecret}, chart...)
}
