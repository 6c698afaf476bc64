// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/names"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Believed is whom the Hub took the client for in one request: the token that
// says so, where it was seen, and the address found behind its hash.
type Believed struct {
	Token     login.Token
	Step      *login.Step // nil when no token was seen
	Recovered iprecovery.Result
	Logged    string // the address in the Hub's own log; "" without one
	Computed  string // the one that the fields of its own hop lead to; "" where that was not seen

	// Within is the address that the Hub saw where it hashes a network that holds it
	// (JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS): from its log, or from the fields of its own hop if
	// no setting could make another of them. "" for others, or if it is not known.
	Within string
}

// Case is one failed login and everything that is known about it.
type Case struct {
	Attempt      *login.Attempt
	Form, Submit Believed

	// ClientAddresses are the client's own, as the user gave them.
	ClientAddresses []string
	Names           *names.Directory
	Relays          []string // addresses that were seen to hand requests on
	Secret          []byte   // the Hub's cookie secret; nil when not given

	// TrustedDownstream is JupyterHub's trusted_downstream_ips, as text.
	TrustedDownstream []string

	// Proxied is what shows who answered the submit; may be nil.
	Proxied *proxied.Case

	// ForeignSecret says that Secret was given and is not this Hub's.
	ForeignSecret bool

	// Setter says who set an _xsrf cookie that is not the Hub's; may be nil.
	Setter func(login.Token) (login.Setter, bool)

	believedAtSubmit string // see Remark

	// Pseudonym stands in for a token value in evidence.
	Pseudonym func(raw string) string
}

// submit is the exchange that submitted the form.
func (c *Case) submit() *login.Step { return c.Attempt.Submit }

// form is the decoded token of the submitted form; ok is false when there is
// none that can be decoded.
func (c *Case) form() (login.Token, bool) {
	f := c.submit().Form
	return f, !f.IsZero() && f.Err == nil
}

// given is the decoded token of the answer.
func (c *Case) given() (login.Token, bool) {
	g := c.submit().Given()
	return g, !g.IsZero() && g.Err == nil
}

// identitiesKnown reports whether both tokens are signed identities that can be
// held against each other.
func (c *Case) identitiesKnown() bool {
	f, g := c.Form.Token, c.Submit.Token
	return c.Form.Step != nil && c.Submit.Step != nil && f.XSRF.IsSigned() && g.XSRF.IsSigned()
}

// addressHashesDiffer reports whether the Hub took the client for two different
// ones: two anonymous identities whose hashes differ.
func (c *Case) addressHashesDiffer() bool {
	return c.identitiesKnown() && c.Form.Token.XSRF.HasDigest && c.Submit.Token.XSRF.HasDigest &&
		c.Form.Token.XSRF.Digest != c.Submit.Token.XSRF.Digest
}

// sameIdentity reports whether the answer's token was minted for the identity of
// the submitted form.
func (c *Case) sameIdentity() bool {
	f, fOK := c.form()
	g, gOK := c.given()
	return fOK && gOK && f.XSRF.SameIdentity(g.XSRF)
}

// addresses returns both addresses that the Hub believed, recovered from the tokens
// or read in its log; ok is false unless both are known.
func (c *Case) addresses() (form, submit string, ok bool) {
	form, submit = c.Form.address(), c.Submit.address()
	return form, submit, form != "" && submit != ""
}

func (b Believed) address() string {
	if b.Within != "" {
		return b.Within
	}
	if b.Recovered.Found {
		return b.Recovered.Address
	}
	return b.Logged
}

// userAgents compares what the two requests sent. A recovered address proves the
// User-Agent too, since both were hashed together.
func (c *Case) userAgents() (form, submit string, known bool) {
	form, submit, formState, submitState := c.Attempt.UserAgents()
	if c.Form.Recovered.Found {
		form, formState = c.Form.Recovered.UserAgent, exchange.Known
	}
	if c.Submit.Recovered.Found {
		submit, submitState = c.Submit.Recovered.UserAgent, exchange.Known
	}
	return strings.TrimSpace(form), strings.TrimSpace(submit), formState != exchange.Unknown && submitState != exchange.Unknown
}

// AddressMatters reports whether the address that the Hub saw can have decided a
// failed login: not if the form held no token, nor if the token was accepted and
// the password refused.
func AddressMatters(c *Case) bool {
	s := c.submit()
	refused := s.Status == 200 || s.PasswordRefused() || s.LoginFailed != nil || c.tokenAccepted()
	return !refused && s.FormState != exchange.Absent
}

// isGivenClient reports whether an address is one that the user called the client's.
func (c *Case) isGivenClient(address string) bool {
	return slices.ContainsFunc(c.ClientAddresses, func(own string) bool { return hops.SameAddress(own, address) })
}

// isClient reports whether an address is the client's own: by the word of the user
// or, if that was not given, by the path of a request.
func (c *Case) isClient(address string) bool {
	if len(c.ClientAddresses) > 0 {
		return c.isGivenClient(address)
	}
	for _, s := range []*login.Step{c.Attempt.Form, c.submit()} {
		if s == nil || s == c.Attempt.Form && !c.Attempt.Confirmed() {
			continue
		}
		if own, ok := roles.ClientOn(s.Hops); ok && hops.SameAddress(own, address) {
			return true
		}
	}
	return false
}

// clientMoved reports whether the path of each request begins at the address that
// the Hub believed, and not both at the same.
func (c *Case) clientMoved(form, submit string) bool {
	if c.Attempt.Form == nil || !c.Attempt.Confirmed() || len(c.ClientAddresses) > 0 {
		return false
	}
	first, ok1 := roles.ClientOn(c.Attempt.Form.Hops)
	second, ok2 := roles.ClientOn(c.submit().Hops)
	return ok1 && ok2 && hops.SameAddress(first, form) && hops.SameAddress(second, submit)
}

// siteIsPublic reports whether the capture shows that the client reached the
// site at a public address.
func (c *Case) siteIsPublic() bool {
	for _, step := range c.Attempt.Steps() {
		if _, err := netip.ParseAddr(step.ServerAddress); err == nil && !iprecovery.IsInternal(step.ServerAddress) {
			return true
		}
	}
	return false
}

// tokenEvidence points at a token and says what it holds, without the token.
func (c *Case) tokenEvidence(s *login.Step, field string, t login.Token, note string) finding.Evidence {
	return causes.PointAt(s.Ref, field, c.describe(t), note)
}

func (c *Case) describe(t login.Token) string {
	if t.Err != nil {
		return c.Pseudonym(t.Raw) + " (not a token of JupyterHub or tornado)"
	}
	minted := ""
	if !t.XSRF.Minted.IsZero() {
		minted = ", minted " + t.XSRF.Minted.UTC().Format("15:04:05Z")
	}
	return fmt.Sprintf("%s (%s%s)", c.Pseudonym(t.Raw), t.XSRF.Shape, minted)
}

// answerEvidence points at the answer in the application's own words.
func (c *Case) answerEvidence() finding.Evidence {
	s := c.submit()
	note := ""
	if s.HubVersion != "" {
		note = "X-JupyterHub-Version: " + s.HubVersion
	}
	return causes.PointAt(s.Ref, "answer", strings.TrimSpace(fmt.Sprintf("%d %s", s.Status, s.Words())), note)
}

// believedEvidence points at the tokens behind both addresses, and at the page
// that gave out the first.
func (c *Case) believedEvidence() []finding.Evidence {
	var list []finding.Evidence
	if page := c.Attempt.Form; page != nil && c.Attempt.Confirmed() {
		list = append(list, causes.PointAt(page.Ref, "login page", "", string(c.Attempt.Link)))
	}
	if c.Form.Step != nil {
		list = append(list, c.tokenEvidence(c.Form.Step, c.formField(), c.Form.Token, "made for "+c.Form.words()))
	}
	if c.Submit.Step != nil {
		list = append(list, c.tokenEvidence(c.Submit.Step, "_xsrf of the answer", c.Submit.Token, "made for "+c.Submit.words()))
	}
	return list
}

// formField says where the form's token was read.
func (c *Case) formField() string {
	if c.Form.Step == c.submit() {
		return "submitted _xsrf"
	}
	return "_xsrf of the page"
}

func (b Believed) words() string {
	if b.Within != "" {
		return b.Within + ", hashed as the network " + b.Recovered.Address
	}
	if address := b.address(); address != "" {
		return address
	}
	return "an address that was not found"
}
