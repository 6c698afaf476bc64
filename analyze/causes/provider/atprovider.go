// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// redirectWords are how providers name a redirect URI that they do not know: Keycloak,
// oidc-provider and Google; GitHub in a callback; Entra.
var redirectWords = []string{"redirect_uri", "redirect uri", "redirect-uri", "reply url", "callback url", "aadsts50011"}

func speaksOfRedirect(p oauth.Problem) bool {
	text := strings.ToLower(p.Words())
	return slices.ContainsFunc(redirectWords, func(word string) bool { return strings.Contains(text, word) })
}

// redirectMismatch matches when the provider says that it will not send anybody to
// the redirect URI that the Hub asked for; without its words, when it refused, and that
// URI is not of the site at which the login began.
func redirectMismatch(c *Case) causes.Answer {
	a := c.Attempt
	if refused := a.RefusedAtProvider(); refused != nil {
		odd := c.oddRedirect()
		switch {
		case speaksOfRedirect(refused.Problem):
			return causes.Matched(c.redirectMatch(refused, refused.Problem, finding.Proven))
		case !refused.Problem.IsZero():
			return causes.Excluded("the provider's page names another error")
		case odd.why != "":
			m := c.redirectMatch(refused, refused.Problem, finding.Likely)
			m.Missing = append(m.Missing, causes.Missing("the provider's words", causes.HowToKeepBodies))
			return causes.Matched(m)
		}
		return causes.Open(causes.Missing("the words of the provider's error page", causes.HowToKeepBodies))
	}
	if s := a.Callback(); s != nil && speaksOfRedirect(s.Problem) {
		return causes.Matched(c.redirectMatch(s, s.Problem, finding.Proven))
	}
	if a.Token != nil && a.Token.Status >= 400 && speaksOfRedirect(a.Token.Problem) {
		return causes.Matched(c.redirectMatch(a.Token, a.Token.Problem, finding.Proven))
	}
	return causes.Excluded("the provider sent the browser back to the Hub")
}

func (c *Case) redirectMatch(refused *oauth.Step, said oauth.Problem, confidence finding.Confidence) causes.Match {
	odd := c.oddRedirect()
	m := causes.Match{
		Confidence: confidence, Origin: odd.origin, Detail: odd.why, Fixes: odd.fixes, Seen: []causes.Example{{Text: causes.ExampleCallback, Seen: odd.callback}},
		Summary: "the identity provider does not send anybody to the Hub's callback " + c.Attempt.Asked(),
		Evidence: []finding.Evidence{
			causes.PointAt(refused.Ref, "redirect_uri", c.Attempt.Asked(), "asked for"),
			causes.PointAt(refused.Ref, "answer", strings.TrimSpace(fmt.Sprintf("%d %s", refused.Status, said.Words())), "of the provider"),
		},
	}
	m.Evidence = append(m.Evidence, odd.evidence...)
	if odd.why == "" {
		m.Missing = append(m.Missing, causes.Missing("which addresses the provider knows for this client", "compare them, character for character, with "+c.Attempt.Asked()))
	}
	if odd.unseen != "" {
		m.Missing = append(m.Missing, causes.Missing(odd.unseen, howToCaptureCallback))
	}
	return m
}

// odd is what is strange about a redirect URI, and whose doing it is.
type odd struct {
	why, unseen string
	callback    string // at the address at which the login began; "" if that was not seen
	fixes       []string
	origin      finding.Origin
	evidence    []finding.Evidence
}

// oddRedirect holds the redirect URI against the address at which the login began.
func (c *Case) oddRedirect() odd {
	unknown := odd{origin: finding.Origin{Kind: finding.OriginUnknown}, fixes: []string{fixNameCallback, fixRegister}}
	start := c.Attempt.Start
	asked, err := url.Parse(c.Attempt.Asked())
	if start == nil || err != nil || asked.Host == "" {
		return unknown
	}
	outer := start.Outermost()
	scheme, host := schemeOf(start), outer.Host
	o := unknown
	switch {
	case host != "" && !sameHost(host, asked.Host):
		o = c.otherHost(start, host, asked.Host)
	case scheme == "https" && asked.Scheme == "http":
		o = c.plainScheme(start)
	}
	o.callback = callbackAt(scheme, host, asked.Path)
	return o
}

// callbackAt is the callback at the address that users open, where scheme and host are known.
func callbackAt(scheme, host, path string) string {
	if scheme == "" || host == "" {
		return ""
	}
	return scheme + "://" + host + path
}

// schemeOf is the scheme by which the browser came, as far as it was seen.
func schemeOf(s *oauth.Step) string {
	for _, seen := range s.Seen {
		if seen.Scheme != "" {
			return seen.Scheme
		}
	}
	if len(s.Hops) == 0 {
		return ""
	}
	from, _ := roles.Of(s.Hops, 0)
	switch {
	case s.Hops[0].Encrypted():
		return "https"
	case from == finding.HopClient: // whose own connection can be read
		return "http"
	}
	return ""
}

func sameHost(a, b string) bool {
	return strings.EqualFold((&url.URL{Host: a}).Hostname(), (&url.URL{Host: b}).Hostname())
}

// otherHost is a redirect URI to another host than the browser's: a proxy may have
// changed Host, from which the Hub makes its callback, or the Hub was told a callback.
func (c *Case) otherHost(start *oauth.Step, host, asked string) odd {
	o := odd{
		why:      fmt.Sprintf("The login began at %s, and the callback is at %s.", host, asked),
		origin:   finding.Origin{Kind: finding.OriginUnknown},
		evidence: []finding.Evidence{causes.PointAt(start.Outermost().Ref, "Host", host, "where the login began")},
		unseen:   "with which Host the request reached the Hub",
		fixes:    []string{fixNameCallback, fixHandHostOn},
	}
	for i := range start.Hops {
		here := start.At(i)
		if i > 0 && start.Hops.Adjacent(i) && !start.Hops.Translated(i) && sameHost(here.Host, asked) && sameHost(start.At(i-1).Host, host) {
			o.origin = roles.OriginAt(start.Hops, i)
			o.evidence = append(o.evidence, causes.PointAt(here.Ref, "Host", here.Host, "as sent on"))
			o.unseen, o.fixes = "", []string{fixHandHostOn, fixNameCallback}
			return o
		}
	}
	last := len(start.Hops) - 1
	if last >= 0 && start.Hops.ByAppProxy(last) && start.At(last).Host != "" && !sameHost(start.At(last).Host, asked) {
		o.origin = finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub", Address: start.Hops[last].To.Address}
		o.why += " No proxy made that of Host, so the Hub is set up with it (oauth_callback_url)."
		o.evidence = append(o.evidence, causes.PointAt(start.At(last).Ref, "Host", start.At(last).Host, "as it reached the Hub"))
		// Registered there, it would lose the cookie of the state, which stays where the login began.
		o.unseen, o.fixes = "", []string{fixNameCallback}
	}
	if o.unseen != "" && ofInside(asked) {
		o.why += " Users do not open that one: it may be how a proxy calls the Hub, and sends it as Host where it does not hand on the browser's."
		o.fixes = []string{fixHandHostOn, fixNameCallback}
	}
	return o
}

// ofInside reports whether a host is an address or a name that a site has for itself
// alone: private, without a dot, or of a cluster.
func ofInside(host string) bool {
	name := strings.ToLower(hostname(host))
	if address, err := netip.ParseAddr(name); err == nil {
		return address.IsPrivate() || address.IsLoopback()
	}
	return name != "" && !strings.Contains(name, ".") || strings.HasSuffix(name, ".svc") || strings.HasSuffix(name, ".cluster.local")
}

// plainScheme is a redirect URI with http where the browser came by https: the proxy
// that ends TLS did not tell the Hub, or not so that it got there.
func (c *Case) plainScheme(start *oauth.Step) odd {
	o := odd{
		why:      "The browser came by https, and the Hub takes it for http, because nothing that it believes says otherwise.",
		origin:   finding.Origin{Kind: finding.OriginUnknown},
		evidence: []finding.Evidence{causes.PointAt(start.Outermost().Ref, "scheme", "https", "where the login began")},
		unseen:   "what the proxy that ends TLS tells the Hub of the scheme",
		fixes:    []string{fixTellScheme, fixNameCallback},
	}
	last := len(start.Hops) - 1
	if last < 0 || !start.Hops.ByAppProxy(last) || start.Hops[last].Head().Incomplete {
		return o
	}
	told := start.Hops[last].Head().First("X-Forwarded-Proto")
	if scheme := start.Hops[last].Head().First("X-Scheme"); scheme != "" {
		o.evidence = append(o.evidence, causes.PointAt(start.At(last).Ref, "X-Scheme", scheme, "as it reached the Hub"))
		return o
	}
	o.evidence = append(o.evidence, causes.PointAt(start.At(last).Ref, "X-Forwarded-Proto", told, "as it reached the Hub, without X-Scheme"))
	first, _, appended := strings.Cut(told, ",")
	if !appended || strings.TrimSpace(first) != "https" || last == 0 {
		o.unseen = "who ends TLS, and what it tells the next"
		return o
	}
	o.why = "The proxy told of https in X-Forwarded-Proto, configurable-http-proxy put its own http behind that, and the Hub reads the last one."
	if in := start.Hops[last-1]; start.Hops.Adjacent(last) && strings.TrimSpace(in.Head().First("X-Forwarded-Proto")) == "https" {
		// As with X-Forwarded-For: configurable-http-proxy cannot but append.
		o.origin = roles.OriginAt(start.Hops, last-1)
		o.evidence = append(o.evidence, causes.PointAt(start.At(last-1).Ref, "X-Forwarded-Proto", "https", "as it reached configurable-http-proxy"))
		o.unseen = ""
	}
	return o
}

// idpError matches when the provider reports an error, to the browser or to the Hub.
func idpError(c *Case) causes.Answer {
	a := c.Attempt
	s := a.Callback()
	if refused := a.RefusedAtProvider(); refused != nil {
		switch {
		case speaksOfRedirect(refused.Problem):
			return causes.Excluded("the provider complains of redirect_uri")
		case !refused.Problem.IsZero():
			return causes.Matched(causes.Match{
				Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown},
				Summary:  "the identity provider refused the Hub's request",
				Evidence: []finding.Evidence{causes.PointAt(refused.Ref, "answer", fmt.Sprintf("%d %s", refused.Status, refused.Problem.Words()), "of the provider")},
			})
		}
		return causes.Open(causes.Missing("the words of the provider's error page", causes.HowToKeepBodies))
	}
	if s == nil {
		if m, ok := c.refusedBehind(nil); ok {
			return causes.Matched(m)
		}
		return causes.Answer{}
	}
	if !s.Problem.IsZero() {
		return causes.Matched(c.errorInCallback(s))
	}
	if m, ok := c.refusedBehind(s); ok {
		return causes.Matched(m)
	}
	if s.Status >= 500 {
		return causes.Open(causes.Missing("what the provider answered to the Hub", howToCaptureHub), causes.Missing("the reason in the Hub's own log", causes.HowToReadOAuthLog))
	}
	return causes.Excluded("the provider reported no error")
}

func (c *Case) errorInCallback(s *oauth.Step) causes.Match {
	m := causes.Match{
		Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginIdP},
		Summary:  fmt.Sprintf("the identity provider sent the browser back with the error %s", s.Problem.Code),
		Evidence: append([]finding.Evidence{causes.PointAt(s.Ref, "error", s.Problem.Words(), "in the address of the callback")}, c.answered(s)...),
	}
	if s.Problem.Code == "access_denied" {
		m.Fixes = []string{fixGoOn, fixLetUserUse}
		m.Detail = "Somebody said no there: the user, by cancelling, or the provider, because this user may not use this client."
		if saysCancelled(s.Problem) {
			m.Fixes = []string{fixGoOn}
			m.Detail = "By its words the user went back or refused there."
		}
	}
	for _, step := range append([]*oauth.Step{c.Attempt.Return}, c.Attempt.Authorize...) {
		if step != nil && len(step.Hops) > 0 {
			m.Origin.Address = step.Hops[len(step.Hops)-1].To.Address
			break
		}
	}
	return m
}

// cancelledWords are how providers say that it was the user: oidc-provider, GitHub, Entra.
var cancelledWords = []string{"aborted", "cancel", "user has denied", "user denied"}

func saysCancelled(p oauth.Problem) bool {
	text := strings.ToLower(p.Words())
	return slices.ContainsFunc(cancelledWords, func(word string) bool { return strings.Contains(text, word) })
}

// refusedBehind matches when the provider refused what the Hub itself asked for.
func (c *Case) refusedBehind(s *oauth.Step) (causes.Match, bool) {
	m := causes.Match{Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginUnknown}}
	problem := oauth.Problem{}
	for _, step := range []*oauth.Step{c.Attempt.Token, c.Attempt.UserInfo} {
		if step != nil && step.Status >= 400 {
			problem = step.Problem
			m.Evidence = append(m.Evidence, causes.PointAt(step.Ref, "answer", strings.TrimSpace(fmt.Sprintf("%d %s", step.Status, problem.Words())), "of the provider to the Hub"))
		}
	}
	said := problem.Code
	if s != nil {
		line, logged := s.Line(exchange.SaidProviderError)
		if logged {
			m.Evidence = append(m.Evidence, causes.PointAtLine(line))
		}
		if len(m.Evidence) == 0 && !s.NoTokenSaid() {
			return causes.Match{}, false
		}
		m.Evidence = append(m.Evidence, c.answered(s)...)
		said += " " + line.Text + " " + s.Message
	}
	if len(m.Evidence) == 0 {
		return causes.Match{}, false
	}
	m.Summary = "the identity provider refused to tell the Hub who the user is"
	if strings.Contains(said, "invalid_client") {
		m.Fixes = []string{fixPresentSecret}
		m.Summary = "the identity provider does not take the Hub's client_id and client_secret"
		m.Origin, m.Detail = c.application(), "The provider does not take client_id and client_secret as the Hub sends them."
	}
	return m, true
}
