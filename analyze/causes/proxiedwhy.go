// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// haproxyHead is how long a head HAProxy takes by default: tune.bufsize of 16384 less
// tune.maxrewrite of 1024 (HAProxy 2.6, configuration.txt, 3.2).
const haproxyHead = 16384 - 1024

// headerTooLarge matches on the word of a log, on nginx' page that says it, on 431,
// which says nothing else (RFC 6585, 5), and on HAProxy's 400 to a head that is longer
// than it takes.
func headerTooLarge(c *ProxyCase) answer {
	status := c.Request.Status()
	length, at := c.Request.HeadLength()
	m := match{origin: c.origin(), confidence: finding.Proven}
	if at != nil {
		m.evidence = []finding.Evidence{{Ref: finding.NewRef(at.Ref), Field: "header", Value: fmt.Sprintf("%d bytes", length)}}
	}
	_, logged := c.Request.Statement(exchange.SaidHeadTooLarge)
	switch {
	case logged, c.Request.Told() == answers.TooLarge, status == 431:
	case status == 400 && c.made && c.maker.Program == string(party.HAProxy) && length > haproxyHead:
		m.confidence = finding.Likely
		m.detail = fmt.Sprintf("HAProxy answers so to whatever it cannot read; this header has %d bytes, and by default it takes %d.", length, haproxyHead)
	case status == 400 && c.made && c.maker.Program == string(party.HAProxy):
		return open(missing("how long the header of the request is", "a capture in front of HAProxy; or echo \"show errors\" | socat stdio /var/run/haproxy.sock"))
	default:
		return excluded(fmt.Sprintf("the answer %d does not complain of the header", status))
	}
	m.summary = fmt.Sprintf("%s refused %s with %d because the header is too large%s", c.who(), c.what(), status, ofBytes(length))
	return matched(m)
}

func ofBytes(length int) string {
	if length == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d bytes)", length)
}

// rateLimited matches on the word of a log and on 429, which says nothing else (RFC
// 6585, 4). nginx answers 503 unless it is told otherwise, and then only its log tells.
func rateLimited(c *ProxyCase) answer {
	status := c.Request.Status()
	said, logged := c.Request.Statement(exchange.SaidRateLimited)
	m := match{origin: c.origin(), confidence: c.confidence()}
	switch {
	case logged:
		m.confidence = finding.Proven
		m.detail = "Its log says: " + clip(said.Values.Reason) + "."
	case status == 429:
	case c.unexplained503():
		return open(missing("what nginx says in its error log", howToReadNginx))
	default:
		return excluded(fmt.Sprintf("the answer %d is not that of a limit, and no log tells of one", status))
	}
	m.summary = fmt.Sprintf("%s held %s back with %d, because too many came%s", c.who(), c.what(), status, c.unseen())
	return matched(m)
}

// unexplained503 reports whether nginx answered 503 and does not say why: a limit, a
// Service without endpoints (ingress-nginx), or a rule of the configuration. That a
// server did not answer it says with 502 or 504.
func (c *ProxyCase) unexplained503() bool {
	_, failed := c.Request.Statement(exchange.SaidUpstreamFailed)
	_, limited := c.Request.Statement(exchange.SaidRateLimited)
	nginx := c.maker.Program == string(party.Nginx) || c.maker.Program == string(party.IngressNginx)
	return c.Request.Status() == 503 && c.made && nginx && !failed && !limited && !c.silent() && c.Request.Told() == ""
}

// appUnavailable matches on the word of a log, on a request that was handed on and not
// answered, on 502 and 504, which only gateways give (RFC 9110, 15.6.3 and 15.6.5), and
// on what 503 and 404 mean of some programs.
func appUnavailable(c *ProxyCase) answer {
	status := c.Request.Status()
	said, logged := c.Request.Statement(exchange.SaidUpstreamFailed)
	m := match{origin: c.target(), confidence: c.confidence()}
	switch {
	case logged:
		m.confidence = finding.Proven
	case status == 404 && c.noRoute():
		m.origin = c.origin()
		m.summary = fmt.Sprintf("%s has no route for %s (404)", c.who(), c.what())
		m.fixes = []string{fixStartHub, fixServerUp}
		return matched(m)
	case status == 502 || status == 504:
	case status == 503 && (c.silent() || c.refused()), status == 503 && c.Request.Told() == answers.NoServer, c.made && c.serversSide(), status == 503 && c.byAppProxy():
	case c.unexplained503():
		return open(missing("what nginx says in its error log, and whether the Service has endpoints", howToReadNginx+"; kubectl get endpoints"))
	case status == 503:
		return open(missing("who answered 503, and why", howToSeeMaker))
	default:
		return excluded(fmt.Sprintf("the answer %d does not say that the application cannot be reached", status))
	}
	m.summary, m.fixes = c.unavailable(said), c.reaching(m.origin, said)
	if status == 503 && !logged && c.refused() && c.maker.Program == "" {
		m.confidence = finding.Likely // programs answer so for other reasons, too
	}
	if c.maker.Bare && !logged {
		m.detail = "Two bare words are all of the answer, as of configurable-http-proxy when it reaches neither the Hub nor the Hub's page for that. Another program on Node.js could answer so."
	}
	switch {
	case m.origin.Kind != finding.OriginUnknown:
	case c.silent():
		m.missing = []finding.Missing{missing("what "+c.maker.Asked.HostPort()+" did with the request", "capture there as well, and its log")}
	default:
		m.missing = []finding.Missing{missing("whether the server is down or the proxy is set up for a wrong one", howToSeeServers)}
	}
	return matched(m)
}

func (c *ProxyCase) unavailable(said exchange.Statement) string {
	status, at := c.Request.Status(), c.maker.Asked.HostPort()
	if at == "" {
		at = "a server behind it"
		if l := c.maker.Line; l != nil && l.Log.PassedTo != "" {
			at = clip(l.Log.PassedTo)
		}
	}
	switch {
	case c.silent():
		return fmt.Sprintf("%s answered %s with %d, because %s took it and did not answer %s", c.who(), c.what(), status, at, c.within())
	case said.Code == "" && c.maker.Refused != nil:
		return fmt.Sprintf("%s answered %s with %d, because %s refused the connection", c.who(), c.what(), status, at)
	case said.Code != "":
		return fmt.Sprintf("%s answered %s with %d, because it got nothing from %s (%s)", c.who(), c.what(), status, at, clip(said.Values.Reason))
	}
	why := "it could not reach " + at
	switch status {
	case 502:
		why = "it got no good answer from " + at
	case 504:
		why = "no answer came in time from " + at
	}
	return fmt.Sprintf("%s answered %s with %d: %s", c.who(), c.what(), status, why)
}

// within says how long the proxy waited.
func (c *ProxyCase) within() string {
	at := c.maker.At
	if at == nil || at.AnsweredAt.IsZero() || at.Time.IsZero() {
		return "in time"
	}
	return fmt.Sprintf("within %.1f s", at.AnsweredAt.Sub(at.Time).Seconds())
}

// refused reports whether a server refused the proxy a connection while the request
// waited. What nginx says with 503 is something else: see unexplained503.
func (c *ProxyCase) refused() bool {
	return c.maker.Refused != nil && !c.unexplained503()
}

func (c *ProxyCase) byAppProxy() bool { return c.made && c.origin().Kind == finding.OriginAppProxy }

// noRoute reports whether configurable-http-proxy answered 404, which it does to what
// it has no route for (5.3.0, lib/configproxy.js).
func (c *ProxyCase) noRoute() bool { return c.byAppProxy() }

// serversSide reports whether HAProxy's termination state blames the server's side.
func (c *ProxyCase) serversSide() bool {
	l := c.maker.Line
	return l != nil && l.Log.Termination != "" && (l.Log.Termination[0] == 'S' || l.Log.Termination[0] == 's')
}

// refusedByProxy matches what a proxy refused, for 401 and 403, and of which is known
// that a proxy did.
func refusedByProxy(c *ProxyCase) answer {
	status := c.Request.Status()
	_, forbidden := c.Request.Statement(exchange.SaidForbiddenByRule)
	switch {
	case status != 401 && status != 403 && !forbidden:
		return excluded(fmt.Sprintf("the answer %d is no refusal", status))
	case !c.made:
		return open(missing("who made this answer", howToSeeMaker))
	case c.silent():
		return excluded("the request was handed on")
	}
	m := match{origin: c.origin(), confidence: c.confidence()}
	if forbidden {
		m.confidence = finding.Proven
		m.detail = `nginx' error log says "access forbidden by rule": a deny, satisfy or limit_except of its configuration.`
		m.fixes = []string{fixAllowList, fixIngressAllowList}
	}
	if g, ok := c.Witness.Gateway(c.maker, status); ok {
		m.detail = fmt.Sprintf("It asked %s first, which said %d.", g.Server.HostPort(), g.Status)
		m.fixes = []string{fixGateway, fixIngressGateway, fixMiddleware}
		m.evidence = []finding.Evidence{{Ref: finding.NewRef(g.Ref), Field: "answer of " + g.Server.HostPort(), Value: fmt.Sprint(g.Status), Note: "GET " + clip(g.Path)}}
	}
	m.summary = fmt.Sprintf("%s refused %s with %d%s", c.who(), c.what(), status, c.unseen())
	if c.maker.How > answers.Signed {
		m.summary = fmt.Sprintf("%s itself refused %s with %d%s", c.who(), c.what(), status, c.unseen())
	}
	return matched(m)
}

const howToReadNginx = "kubectl logs -n ingress-nginx deploy/ingress-nginx-controller, or /var/log/nginx/error.log, at the time of the request"

const howToSeeServers = "the log of the server, and kubectl get pods,endpoints -A -o wide"
