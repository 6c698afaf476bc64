// SPDX-License-Identifier: Apache-2.0

// Package proxied decides why a proxy answered in the place of the application.
package proxied

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Case is one request of a login that failed, and whatever shows that somebody
// on the way to the application answered it.
type Case struct {
	Request *answers.Request
	Witness *answers.Witness

	// Late is the line of the application's own log for an answer that came when the
	// proxy had given up; its Ref is zero if there is none.
	Late       exchange.Ref
	LateStatus int

	// Application is whom the request was for, as far as is known: "the Hub".
	Application string

	// Served says that the application answered this client a short time before.
	Served bool

	maker answers.Maker
	made  bool
}

// family is the order from what an answer names most exactly to what is left: a
// refusal is all that is none of the others.
var family = causes.Family[*Case]{
	{Code: finding.HeaderTooLarge, Run: headerTooLarge},
	{Code: finding.RateLimited, Run: rateLimited},
	{Code: finding.AppUnavailable, Run: appUnavailable},
	{Code: finding.RefusedByProxy, Run: refusedByProxy},
}

// Decide says why a request was answered by somebody on the way. ok is false if
// an application made the answer: then this family has nothing to say.
func Decide(c *Case) (d causes.Decision, ok bool) {
	if c == nil || c.Request == nil || c.Request.Status() < 400 || c.Request.Application() != nil {
		return causes.Decision{}, false
	}
	c.maker, c.made = c.Request.Maker(c.Witness)
	r := family.Rule(c)
	switch {
	case r.Match != nil && len(r.Between) == 0:
		return causes.Decision{Finding: c.finding(r.Code, r.Match, r.Rejected)}, true
	case !c.made:
		return causes.Decision{}, false
	}
	u := r.Undecided()
	u.Why = c.undecided()
	return causes.Decision{Undecided: u}, true
}

func (c *Case) undecided() string {
	if c.made {
		return fmt.Sprintf("%s answered %d by itself, and does not say why", c.who(), c.Request.Status())
	}
	return fmt.Sprintf("somebody in front of the application answered %d", c.Request.Status())
}

func (c *Case) finding(code finding.Code, m *causes.Match, rejected []finding.Rejected) *finding.Finding {
	text, _ := causes.Lookup(code)
	if rejected == nil {
		rejected = []finding.Rejected{}
	}
	lacking := m.Missing
	if c.maker.Address == "" && c.maker.How < answers.Logged {
		lacking = causes.AppendMissing(lacking, WhoMade(c.Request, "which of the proxies it was"))
	}
	if lacking == nil {
		lacking = []finding.Missing{}
	}
	return &finding.Finding{
		Code: code, Severity: text.Severity, Confidence: m.Confidence, Origin: m.Origin, Summary: m.Summary,
		Explanation: causes.Explanation(m.Detail, text), Evidence: append(m.Evidence, c.evidence()...), Rejected: rejected, Missing: lacking,
		Fixes: c.curing(causes.General(text.Fixes), m.Fixes), NotCures: text.NoHelp,
	}
}

// confidence is how sure it is that the maker is not the application.
func (c *Case) confidence() finding.Confidence {
	if c.maker.Sure {
		return finding.Proven
	}
	return finding.Likely
}

// origin is the party that answered.
func (c *Case) origin() finding.Origin {
	o := finding.Origin{Kind: finding.OriginUnknown, Address: c.maker.Address, Party: c.program()}
	switch {
	case strings.HasPrefix(c.maker.Program, string(exchange.ProgramCHP)) || c.Witness.IsAppProxy(c.maker.Address):
		o.Kind = finding.OriginAppProxy
	case c.maker.Address == "" || c.Witness.IsUnclear(c.maker.Address):
	case c.Witness.IsOuter(c.maker.Address):
		o.Kind = finding.OriginOuterProxy
	default:
		o.Kind = finding.OriginIngress
	}
	return o
}

func (c *Case) program() string {
	return strings.TrimSpace(c.maker.Program + " " + c.maker.Version)
}

// kinds name the parties in the middle of a sentence.
var kinds = map[finding.OriginKind]string{
	finding.OriginOuterProxy: "the outer proxy",
	finding.OriginIngress:    "the ingress",
	finding.OriginAppProxy:   "the application's own proxy",
}

// who is the maker in the middle of a sentence: "the ingress (nginx 10.244.3.17)".
func (c *Case) who() string {
	words := kinds[c.origin().Kind]
	if c.maker.How == answers.Signed && words == "" {
		return "the " + c.maker.Program + " on the way, not " + c.application() + ","
	}
	details := strings.TrimSpace(c.maker.Program + " " + c.maker.Address)
	switch {
	case words == "" && c.maker.Program == "":
		return "a proxy on the way"
	case c.maker.Program == "" && c.origin().Kind == finding.OriginIngress:
		return "the proxy at " + c.maker.Address // which of the proxies it is, nobody said
	case words == "":
		return "the " + c.maker.Program + " on the way"
	case details == "":
		return words
	}
	return words + " (" + details + ")"
}

// what is the request in the middle of a sentence.
func (c *Case) what() string { return RequestWords(c.Request) }

// RequestWords name a request by its part in a login, or by its path.
func RequestWords(r *answers.Request) string {
	s := r.First()
	switch s.Part {
	case answers.Submit:
		return "the submitted form"
	case answers.Form:
		return "the login page"
	case answers.Callback:
		return callbackWords(s.Path)
	case answers.Token:
		return "the request for a token"
	}
	return s.Method + " " + causes.Clip(s.Path)
}

// callbackWords name a part of a round trip by its path.
func callbackWords(path string) string {
	switch {
	case strings.HasSuffix(path, "/oauth_login"):
		return "the way to the identity provider"
	case strings.HasSuffix(path, "/oauth2/authorize"):
		return "the way from a server to the Hub"
	case strings.HasSuffix(path, "/oauth_callback") && !strings.HasSuffix(path, "/hub/oauth_callback"):
		return "the way back from the Hub"
	}
	return "the way back from the identity provider"
}

// unseen says, behind a sentence, that the application is not to blame, where who has
// not said so already.
func (c *Case) unseen() string {
	if !c.made || c.maker.How == answers.Signed {
		return ""
	}
	return "; " + c.application() + " never saw it"
}

func (c *Case) application() string {
	if c.Application == "" {
		return "the application"
	}
	return c.Application
}

// evidence points at the request as it came in, at what came of it, and at the lines
// of logs.
func (c *Case) evidence() []finding.Evidence {
	m, status := c.maker, c.Request.Status()
	var list []finding.Evidence
	answered := fmt.Sprintf("%d", status)
	if m.At != nil && !m.At.Ref.HasLine {
		note := ""
		switch {
		case m.How == answers.Signed:
			note = "the page is one that " + m.Program + " writes"
		case m.AskedAt != nil:
			note = "came in at " + m.Address
		case m.Hop >= 0:
			note = "came in at " + m.Address + ", and did not go on from there"
			if m.How == answers.Logged && !c.keptBack() {
				note = "came in at " + m.Address
			}
		}
		list = append(list, finding.Evidence{Ref: finding.NewRef(m.At.Ref), Field: "answer", Value: answered, Note: note})
	} else if s := c.Request.First(); !s.Ref.HasLine {
		list = append(list, finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "answer", Value: answered})
	}
	if m.AskedAt != nil {
		list = append(list, finding.Evidence{Ref: finding.NewRef(m.AskedAt.Ref), Field: "from " + m.AskedAt.Client.Address,
			Note: "handed on to " + m.Asked.HostPort() + ", which did not answer"})
	}
	if refused := m.Refused; refused != nil {
		list = append(list, finding.Evidence{Ref: finding.NewRef(refused.Ref), Field: "connection", Value: "RST",
			Note: refused.Client.Address + " asked " + refused.Server.HostPort() + " for a connection, and was refused"})
	}
	if refused, n := c.refusing(); n > 0 {
		list = append(list, finding.Evidence{Ref: finding.NewRef(refused.Ref), Field: "connection", Value: "RST", Note: refusedWords(refused, n)})
	}
	if c.Late.HasLine {
		list = append(list, finding.Evidence{Ref: finding.NewRef(c.Late), Field: "log", Value: fmt.Sprint(c.LateStatus), Note: "the application's answer, when nobody waited any more"})
	}
	if m.Said.Code != "" {
		list = append(list, finding.Evidence{Ref: finding.NewRef(m.Said.Ref), Field: "log", Value: saidWords(m.Said)})
	}
	if m.Line != nil {
		list = append(list, finding.Evidence{Ref: finding.NewRef(m.Line.Ref), Field: "log", Value: c.lineWords(m.Line)})
	}
	if len(list) == 0 { // a line of a log that says no more than the status
		list = append(list, finding.Evidence{Ref: finding.NewRef(c.Request.First().Ref), Field: "answer", Value: answered})
	}
	return list
}

func (c *Case) keptBack() bool { return c.Witness.KeptBack(c.Request, c.maker) }

// saidWords is what the line says and of which request; the rest of it repeats what
// the request itself shows.
func saidWords(said exchange.Statement) string {
	v := said.Values
	if v.Reason == "" || v.Method == "" {
		return causes.Clip(said.Text)
	}
	path, _, _ := strings.Cut(v.Target, "?")
	return causes.Clip(v.Method + " " + path + ": " + v.Reason)
}

// lineWords is what the line of a log says of who answered.
func (c *Case) lineWords(s *answers.Step) string {
	words := fmt.Sprintf("%s %s %d", s.Method, causes.Clip(s.Path), s.Status)
	switch {
	case s.Log.Termination != "":
		words += ", termination state " + s.Log.Termination
	case s.Log.AskedNobody:
		words += `, no server was asked ("-")`
	}
	return words
}

// Ended is the proxy at which the request came to its end, and what that is; ok is
// false if it is not known, or if somebody further in was asked.
func (c *Case) Ended() (address string, role finding.HopRole, ok bool) {
	if c == nil || !c.made || c.maker.Address == "" || c.maker.AskedAt != nil {
		return "", "", false
	}
	return c.maker.Address, roles.OfKind(c.origin().Kind), true
}

// silent reports whether somebody further in took the request and did not answer.
func (c *Case) silent() bool { return c.maker.AskedAt != nil }

// target is whom a proxy could not get an answer from. A server that nobody has seen
// to answer may be down, or the proxy may be set up for a wrong one.
func (c *Case) target() finding.Origin {
	at := c.maker.Asked.Address
	if at == "" && c.origin().Kind == finding.OriginAppProxy {
		at = c.Witness.ApplicationBehind(c.maker.Address)
	}
	byAppProxy := c.origin().Kind == finding.OriginAppProxy || c.silent() && hops.WrittenByAppProxy(c.maker.AskedAt.Head)
	switch {
	case at == "":
	case c.Witness.IsApplication(at) || byAppProxy:
		o := finding.Origin{Kind: finding.OriginApplication, Address: at}
		if c.Application == TheHub {
			o.Party = "jupyterhub"
		}
		return o
	case c.Witness.IsAppProxy(at) && !c.mayGoOn(at):
		return finding.Origin{Kind: finding.OriginAppProxy, Party: string(exchange.ProgramCHP), Address: at}
	}
	return finding.Origin{Kind: finding.OriginUnknown}
}

// mayGoOn reports whether a server that was asked in vain may have handed the request on
// unseen: packets of the time were lost where it was seen to arrive, or it is not seen
// there, and nginx was waiting for its answer (1.22.1, ngx_http_upstream.c).
func (c *Case) mayGoOn(at string) bool {
	arrived, lacks := c.Request.ArrivedAt(at)
	return lacks || !arrived && strings.HasSuffix(c.maker.Said.Values.Reason, "while reading response header from upstream")
}

// TheHub names JupyterHub in the middle of a sentence.
const TheHub = "the Hub"
