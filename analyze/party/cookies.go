// SPDX-License-Identifier: Apache-2.0

package party

import (
	"regexp"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// stickyCookie is one by which a balancer finds a browser's server again.
type stickyCookie struct {
	by          Name
	name, value *regexp.Regexp // value may be nil: any
	sure        Confidence
}

// None is Certain: an application can choose such a name, too.
var cookieTable = []stickyCookie{
	// ingress-nginx 1.15.1, rootfs/etc/nginx/lua/balancer/sticky.lua
	{IngressNginx, regexp.MustCompile(`^(INGRESSCOOKIE|route)$`), regexp.MustCompile(`^[0-9a-z.]+\|[0-9a-f]{32}$`), Likely},
	// Traefik 2.11 and 3.7, pkg/server/cookie/cookie.go
	{Traefik, regexp.MustCompile(`^_[0-9a-f]{5}$`), nil, Likely},
	// openshift/router 4b401a8, pkg/router/template/router.go
	{OpenShiftRouter, regexp.MustCompile(`^[0-9a-f]{32}$`), regexp.MustCompile(`^[0-9a-f]{32}$`), Likely},
	// projectcontour/contour 31c4bb3, internal/envoy/v3/route.go
	{Contour, regexp.MustCompile(`^X-Contour-Session-Affinity$`), nil, Likely},
	// Elastic Load Balancing, "Sticky sessions": the names are reserved
	{AWSALB, regexp.MustCompile(`^AWSALB(CORS|TG|TGCORS|APP-[0-9])?$`), nil, Likely},
	{AWSELB, regexp.MustCompile(`^AWSELB(CORS)?$`), nil, Likely},
	// Application Gateway, "Cookie-based affinity"
	{AzureAppGateway, regexp.MustCompile(`^ApplicationGatewayAffinity(CORS)?$`), nil, Likely},
	// hearsay
	{GCPLoadBalancer, regexp.MustCompile(`^GCI?LB$`), nil, Possible},
	{Cloudflare, regexp.MustCompile(`^(__cflb|__cf_bm)$`), nil, Possible},
}

// cookies looks for sticky cookies among those that the intermediary set.
func cookies(s view) []mark {
	if s.AnswerOut == nil {
		return nil
	}
	var found []mark
	set, _ := s.AnswerOut.Values("Set-Cookie")
	for _, text := range set {
		name, value := cookie(text)
		by := setBy(s, name)
		for _, sticky := range cookieTable {
			if by == handedOn || !sticky.name.MatchString(name) || sticky.value != nil && !sticky.value.MatchString(value) {
				continue
			}
			// The value may be worth keeping secret: the name is shown.
			m := mark{name: sticky.by, elsewhere: by == somewhere, Sign: Sign{
				Where: InAnswer, Field: "Set-Cookie: " + clip(name), Says: "the name and form of a sticky cookie of " + string(sticky.by), Confidence: sticky.sure,
			}}
			if m.elsewhere {
				m.Confidence = Possible
				m.Says += "; what came from inside is not known, so a server further in may have set it"
			}
			found = append(found, m)
		}
	}
	return found
}

func setBy(s view, name string) maker {
	if s.OwnAnswer {
		return itself
	}
	if s.AnswerIn == nil {
		return somewhere
	}
	before, state := s.AnswerIn.Values("Set-Cookie")
	if state == exchange.Unknown || s.AnswerIn.Incomplete {
		return somewhere
	}
	for _, text := range before {
		if was, _ := cookie(text); was == name || text == "" {
			return handedOn
		}
	}
	return itself
}

func cookie(text string) (name, value string) {
	pair, _, _ := strings.Cut(text, ";")
	name, value, _ = strings.Cut(pair, "=")
	return strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"`)
}
