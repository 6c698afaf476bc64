// SPDX-License-Identifier: Apache-2.0

package proxied

import (
	"fmt"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/causes"
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
func headerTooLarge(c *Case) causes.Answer {
	status := c.Request.Status()
	length, at := c.Request.HeadLength()
	m := causes.Match{Origin: c.origin(), Confidence: finding.Proven}
	if at != nil {
		m.Evidence = []finding.Evidence{{Ref: finding.NewRef(at.Ref), Field: "header", Value: fmt.Sprintf("%d bytes", length)}}
	}
	_, logged := c.Request.Statement(exchange.SaidHeadTooLarge)
	switch {
	case logged, c.Request.Told() == answers.TooLarge, status == 431:
	case status == 400 && c.made && c.maker.Program == string(party.HAProxy) && length > haproxyHead:
		m.Confidence = finding.Likely
		m.Detail = fmt.Sprintf("HAProxy answers so to whatever it cannot read; this header has %d bytes, and by default it takes %d.", length, haproxyHead)
	case status == 400 && c.made && c.maker.Program == string(party.HAProxy):
		return causes.Open(causes.Missing("how long the header of the request is", "a capture in front of HAProxy; or echo \"show errors\" | socat stdio /var/run/haproxy.sock"))
	case status == 400 && !c.Request.PageSeen():
		return causes.Open(causes.Missing("whether the header is too large: the proxy's page, or its error log, says so", howToSeePage))
	default:
		return causes.Excluded(fmt.Sprintf("the answer %d does not complain of the header", status))
	}
	m.Summary = fmt.Sprintf("%s refused %s with %d because the header is too large%s", c.who(), c.what(), status, ofBytes(length))
	return causes.Matched(m)
}

func ofBytes(length int) string {
	if length == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d bytes)", length)
}

// rateLimited matches on the word of a log and on 429, which says nothing else (RFC
// 6585, 4). nginx answers 503 unless it is told otherwise, and then only its log tells.
func rateLimited(c *Case) causes.Answer {
	status := c.Request.Status()
	said, logged := c.Request.Statement(exchange.SaidRateLimited)
	m := causes.Match{Origin: c.origin(), Confidence: c.confidence()}
	switch {
	case logged:
		m.Confidence = finding.Proven
		m.Detail = "Its log says: " + causes.Clip(said.Values.Reason) + "."
	case status == 429:
	case c.unexplained503():
		return causes.Open(causes.Missing("what nginx says in its error log", howToReadNginx))
	default:
		return causes.Excluded(fmt.Sprintf("the answer %d is not that of a limit, and no log tells of one", status))
	}
	m.Summary = fmt.Sprintf("%s held %s back with %d, because too many came%s", c.who(), c.what(), status, c.unseen())
	return causes.Matched(m)
}

// unexplained503 reports whether nginx answered 503 and does not say why: a limit, a
// Service without endpoints (ingress-nginx), or a rule of the configuration. That a
// server did not answer it says with 502 or 504.
func (c *Case) unexplained503() bool {
	_, failed := c.Request.Statement(exchange.SaidUpstreamFailed)
	_, limited := c.Request.Statement(exchange.SaidRateLimited)
	nginx := c.maker.Program == string(party.Nginx) || c.maker.Program == string(party.IngressNginx)
	return c.Request.Status() == 503 && c.made && nginx && !failed && !limited && !c.silent() && c.Request.Told() == ""
}

// appUnavailable matches on the word of a log, on a request that was handed on and not
// answered, on 502 and 504, which only gateways give (RFC 9110, 15.6.3 and 15.6.5), and
// on what 503 and 404 mean of some programs.
func appUnavailable(c *Case) causes.Answer {
	status := c.Request.Status()
	said, logged := c.Request.Statement(exchange.SaidUpstreamFailed)
	m := causes.Match{Origin: c.target(), Confidence: c.confidence()}
	switch {
	case logged:
		m.Confidence = finding.Proven
	case status == 404 && c.noRoute():
		m.Origin = c.origin()
		m.Summary = fmt.Sprintf("%s has no route for %s (404)", c.who(), c.what())
		m.Fixes = []string{fixStartHub, fixServerUp}
		return causes.Matched(m)
	case status == 502 || status == 504:
	case status == 503 && (c.silent() || c.refused()), status == 503 && c.Request.Told() == answers.NoServer, c.made && c.serversSide(), status == 503 && c.byAppProxy():
	case c.unexplained503():
		return causes.Open(causes.Missing("what nginx says in its error log, and whether the Service has endpoints", howToReadNginx+"; kubectl get endpoints"))
	case status == 503:
		return causes.Open(WhoMade(c.Request, "who answered 503, and why"))
	default:
		return causes.Excluded(fmt.Sprintf("the answer %d does not say that the application cannot be reached", status))
	}
	m.Summary, m.Fixes = c.unavailable(said), c.reaching(m.Origin, said)
	if status == 503 && !logged && c.refused() && c.maker.Program == "" {
		m.Confidence = finding.Likely // programs answer so for other reasons, too
	}
	if c.maker.Bare && !logged {
		m.Detail = "Two bare words are all of the answer, as of configurable-http-proxy when it reaches neither the Hub nor the Hub's page for that. Another program on Node.js could answer so."
	}
	switch {
	case m.Origin.Kind != finding.OriginUnknown:
	case c.silent():
		m.Missing = []finding.Missing{causes.Missing("what "+c.maker.Asked.HostPort()+" did with the request", "capture there as well, and its log")}
	case c.late(said):
		m.Missing = []finding.Missing{causes.Missing("which server was late, and what it waited for", howToSeeServers)}
	case status == 504 && said.Code == "":
		m.Missing = []finding.Missing{causes.Missing("whether the server was late or down, or the proxy is set up for a wrong one", howToSeeServers)}
	default:
		m.Missing = []finding.Missing{causes.Missing("whether the server is down or the proxy is set up for a wrong one", howToSeeServers)}
	}
	return causes.Matched(m)
}

func (c *Case) unavailable(said exchange.Statement) string {
	status, at := c.Request.Status(), c.maker.Asked.HostPort()
	if at == "" {
		at = "a server behind it"
		if l := c.maker.Line; l != nil && l.Log.PassedTo != "" {
			at = causes.Clip(l.Log.PassedTo)
		}
	}
	switch {
	case c.silent():
		return fmt.Sprintf("%s answered %s with %d, because %s took it and did not answer %s", c.who(), c.what(), status, at, c.within())
	case said.Code == "" && c.maker.Refused != nil:
		return fmt.Sprintf("%s answered %s with %d, because %s refused the connection", c.who(), c.what(), status, at)
	case said.Code != "":
		return fmt.Sprintf("%s answered %s with %d, because it got nothing from %s (%s)", c.who(), c.what(), status, at, causes.Clip(said.Values.Reason))
	}
	why := "it could not reach " + at
	if refused, n := c.refusing(); n > 0 {
		why += "; " + refusedWords(refused, n)
	}
	switch status {
	case 502:
		why = "it got no good answer from " + at
	case 504:
		why = "no answer came in time from " + at
	}
	return fmt.Sprintf("%s answered %s with %d: %s", c.who(), c.what(), status, why)
}

// within says how long the proxy waited.
func (c *Case) within() string {
	at := c.maker.At
	if at == nil || at.AnsweredAt.IsZero() || at.Time.IsZero() {
		return "in time"
	}
	return fmt.Sprintf("within %.1f s", at.AnsweredAt.Sub(at.Time).Seconds())
}

// refused reports whether a server refused the proxy a connection while the request
// waited. What nginx says with 503 is something else: see unexplained503.
func (c *Case) refused() bool {
	return c.maker.Refused != nil && !c.unexplained503()
}

func (c *Case) byAppProxy() bool { return c.made && c.origin().Kind == finding.OriginAppProxy }

// noRoute reports whether configurable-http-proxy answered 404, which it does to what
// it has no route for (5.3.0, lib/configproxy.js).
func (c *Case) noRoute() bool { return c.byAppProxy() }

// serversSide reports whether HAProxy's termination state blames the server's side.
func (c *Case) serversSide() bool {
	l := c.maker.Line
	return l != nil && l.Log.Termination != "" && (l.Log.Termination[0] == 'S' || l.Log.Termination[0] == 's')
}

// refusedByProxy matches what a proxy refused, for 401 and 403, and of which is known
// that a proxy did.
func refusedByProxy(c *Case) causes.Answer {
	status := c.Request.Status()
	_, forbidden := c.Request.Statement(exchange.SaidForbiddenByRule)
	_, tooLarge := c.Request.Statement(exchange.SaidHeadTooLarge)
	switch {
	case status == 400 && !forbidden && !tooLarge && c.Request.Told() == "":
		return causes.Answer{} // a rule may answer so, and what else may is asked before
	case status != 401 && status != 403 && !forbidden:
		return causes.Excluded(fmt.Sprintf("the answer %d is no refusal", status))
	case !c.made:
		return causes.Open(WhoMade(c.Request, "who made this answer"))
	case c.silent():
		return causes.Excluded("the request was handed on")
	}
	m := causes.Match{Origin: c.origin(), Confidence: c.confidence(), Fixes: c.lettingPass()}
	if forbidden {
		m.Confidence = finding.Proven
		m.Detail = `nginx' error log says "access forbidden by rule": a deny, satisfy or limit_except of its configuration.`
		m.Fixes = []string{fixAllowList, fixIngressAllowList}
	}
	if g, ok := c.Witness.Gateway(c.maker, status); ok {
		m.Detail = fmt.Sprintf("It asked %s first, which said %d.", g.Server.HostPort(), g.Status)
		m.Fixes = []string{fixGateway, fixIngressGateway, fixMiddleware}
		m.Evidence = []finding.Evidence{{Ref: finding.NewRef(g.Ref), Field: "answer of " + g.Server.HostPort(), Value: fmt.Sprint(g.Status), Note: "GET " + causes.Clip(g.Path)}}
	}
	m.Summary = fmt.Sprintf("%s refused %s with %d%s", c.who(), c.what(), status, c.unseen())
	if c.maker.How > answers.Signed {
		m.Summary = fmt.Sprintf("%s itself refused %s with %d%s", c.who(), c.what(), status, c.unseen())
	}
	return causes.Matched(m)
}

// nginx writes that a header is too large at level info (1.22, ngx_http_request.c).
const howToSeePage = "a HAR of the browser with contents, a capture in front of the proxy, or nginx' error log at level info"

const howToReadNginx = "kubectl logs -n ingress-nginx deploy/ingress-nginx-controller, or /var/log/nginx/error.log, at the time of the request"

const howToSeeServers = "the log of the server, and kubectl get pods,endpoints -A -o wide"
