// SPDX-License-Identifier: Apache-2.0

package jwt

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/causestest"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/token"
)

// Browsers count name and value, and keep 4096 bytes of them.
func TestCookieUnfit(t *testing.T) {
	for name, test := range map[string]struct {
		cookie       http.Cookie
		value        int
		scheme, path string
		want         string
	}{
		"as long as can be":  {http.Cookie{Name: "_token", Path: "/"}, 4090, "http", "/ui/config", ""},
		"a byte too long":    {http.Cookie{Name: "_token", Path: "/"}, 4091, "http", "/ui/config", "is 4097 bytes long"},
		"attributes are not": {http.Cookie{Name: "_token", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}, 4090, "http", "/", ""},
		"secure over http":   {http.Cookie{Name: "_token", Secure: true}, 500, "http", "/", "is marked Secure"},
		"secure over https":  {http.Cookie{Name: "_token", Secure: true}, 500, "https", "/", ""},
		"another path":       {http.Cookie{Name: "_token", Path: "/auth/"}, 500, "https", "/ui/config", "has the path /auth/"},
	} {
		given := bearer.Token{Raw: strings.Repeat("e", test.value), Cookie: &test.cookie}
		got := cookieUnfit(given, &bearer.Step{Scheme: test.scheme, Path: test.path})
		if !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// What is proven leaves out the fixes of the other sub-causes.
func TestFixesOfSubCauses(t *testing.T) {
	nginx, traefik := finding.Origin{Party: "nginx 1.22.1"}, finding.Origin{Party: "Traefik"}
	for name, test := range map[string]struct{ got, want []string }{
		"Secure by Airflow 3.0":      {keepCookie(true, true, finding.OriginApplication), []string{fixNewerAirflow, causes.FixAirflowHTTPS}},
		"Secure by a later one":      {keepCookie(true, false, finding.OriginApplication), []string{causes.FixAirflowHTTPS}},
		"Secure by a proxy":          {keepCookie(true, true, finding.OriginIngress), []string{fixLeaveAirflowCookie, causes.FixAirflowHTTPS}},
		"Secure, and nobody saw who": {keepCookie(true, true, finding.OriginUnknown), []string{fixNewerAirflow, causes.FixAirflowHTTPS, fixLeaveAirflowCookie}},
		"path by a proxy":            {keepCookie(false, true, finding.OriginIngress), []string{fixLeaveAirflowCookie}},
		"taken out by nginx":         {handOn(nginx), []string{fixNginxHandsOn}},
		"taken out by Traefik":       {handOn(traefik), []string{fixProxyHandsOn}},
		"taken out by somebody":      {handOn(finding.Origin{}), []string{fixNginxHandsOn, fixProxyHandsOn}},
		"damaged, by a script":       {sendWhole("curl/7.88.1"), []string{fixSendUnchanged, fixHandOnAsCame}},
		"damaged, by a browser":      {sendWhole("Mozilla/5.0 (X11)"), []string{fixSendUnchanged, fixForgetKept, fixHandOnAsCame}},
		"damaged, by somebody":       {sendWhole(""), []string{fixSendUnchanged, fixForgetKept, fixHandOnAsCame}},
		"two issuers":                {oneIssuer(true, false), []string{fixSameIssuer, fixSameIssuerPods}},
		"an issuer that was changed": {oneIssuer(true, true), []string{fixLogInAgain, fixSameIssuer, fixSameIssuerPods}},
		"another issuer":             {oneIssuer(false, false), []string{fixSameIssuer, fixSameIssuerPods, fixLogInAgain}},
		"a minute ahead":             {inTime(time.Minute), []string{fixKubernetesTime, fixHostsTime, fixForgiveMore}},
		"a minute behind":            {inTime(-time.Minute), []string{fixKubernetesTime, fixHostsTime, fixForgiveMore}},
		"a day ahead":                {inTime(25 * time.Hour), []string{fixKubernetesTime, fixHostsTime}},
		"made its own key":           {oneKey(1, false), []string{fixSameJWTSecret, fixChartSecret, fixOldChartSecret}},
		"the same in pods":           {oneKey(1, true), []string{fixChartSecret, fixOldChartSecret, fixSameJWTSecret}},
		"another key, nobody's own":  {oneKey(0, false), []string{fixSameJWTSecret, fixChartSecret, fixRestartReaders, fixOldChartSecret}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: %v, want %v", name, test.got, test.want)
		}
	}
	if with := (bearer.Token{JWS: token.JWS{Claims: token.Claims{Names: []string{"jti"}}}}); firstRelease(with) || !firstRelease(bearer.Token{}) {
		t.Error("a token with an id is of 3.1.0 or later")
	}
}

func TestFixesAreInTheTexts(t *testing.T) {
	causestest.InTexts(t, map[finding.Code][]string{
		finding.JWTCookieDropped: {fixNewerAirflow, causes.FixAirflowHTTPS, fixLeaveAirflowCookie, fixNewerKeycloak, fixSmallerToken},
		finding.JWTNotSent:       {fixSendToken, fixNginxHandsOn, fixProxyHandsOn},
		finding.JWTMalformed:     {fixSendUnchanged, fixForgetKept, fixHandOnAsCame},
		finding.JWTClockSkew:     {fixKubernetesTime, fixHostsTime, fixForgiveMore},
		finding.JWTKeyMismatch:   {fixChartSecret, fixRestartReaders, fixOldChartSecret, fixSameJWTSecret},
		finding.JWTWrongIssuer:   {fixSameIssuer, fixSameIssuerPods, fixLogInAgain},
		finding.JWTWrongAudience: {fixBothSections, fixChartSections, fixOneSection, fixTokenForTheAPI},
	})
}
