// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/names"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The checks of this file explain one observation: the form's token and the
// answer's were made for two different anonymous clients. The Hub tells clients
// apart by address and User-Agent (JupyterHub 4.1.0 on, _xsrf_utils.py).

const sameClient = "both requests were taken to come from the same client"

func userAgentChanged(c *Case) causes.Answer {
	form, submit, known := c.userAgents()
	formAddress, submitAddress, addressesKnown := c.addresses()
	switch {
	case c.sameIdentity() || c.identitiesKnown() && !c.addressHashesDiffer():
		return causes.Excluded(sameClient)
	case !c.addressHashesDiffer() && known && form == submit:
		return causes.Excluded("same User-Agent")
	case !c.addressHashesDiffer() && c.mayBeTwo():
		return c.lacking(true, false, true)
	case !c.addressHashesDiffer():
		return causes.Answer{}
	case !known:
		return causes.Open(c.formsPage("the User-Agent of the request that fetched the form"))
	case form == submit:
		return causes.Excluded("same User-Agent")
	case addressesKnown && !hops.SameAddress(formAddress, submitAddress):
		return causes.Excluded("the User-Agent changed, but so did the address: either would do")
	case !c.ownPage(form):
		return causes.Open(c.formsPage(pageOfAnother))
	}
	m := causes.Match{
		Confidence: finding.Likely,
		Origin:     finding.Origin{Kind: finding.OriginClient},
		Evidence:   c.believedEvidence(),
	}
	if c.Attempt.Form != nil {
		m.Evidence = append(m.Evidence, causes.PointAt(c.Attempt.Form.Ref, "User-Agent", form, "with the form's request"))
	}
	m.Evidence = append(m.Evidence, causes.PointAt(c.submit().Ref, "User-Agent", submit, "with the submit"))
	switch {
	case addressesKnown && c.proxies(formAddress) && !c.clientSeen():
		m.Missing = []finding.Missing{causes.Missing("whether both requests are of one client: to the Hub all have the address "+formAddress, causes.HowToRecordWhole)}
	case addressesKnown:
		m.Confidence = finding.Proven
		m.Detail = fmt.Sprintf("The Hub saw the address %s both times; the User-Agent alone made the difference.", submitAddress)
	default:
		m.Missing = []finding.Missing{causes.Missing("whether the address changed as well", howToNameAddresses)}
	}
	return causes.Matched(m)
}

// ownPage reports whether the page of the form was seen to be fetched with a
// User-Agent, and by the client that submitted it: in the recording of one browser,
// or from one address. Without that the page may be another client's, from a cache.
func (c *Case) ownPage(userAgent string) bool {
	page := c.Attempt.Form
	if page == nil || !c.Attempt.Confirmed() {
		return false
	}
	return sent(page, userAgent) && samePeer(page, c.submit())
}

// clientSeen reports whether both requests were seen where the client sent them.
func (c *Case) clientSeen() bool {
	for _, s := range []*login.Step{c.Attempt.Form, c.submit()} {
		if s == nil || len(s.Hops) == 0 {
			return false
		}
		if from, _ := roles.Of(s.Hops, 0); from != finding.HopClient {
			return false
		}
	}
	return samePeer(c.Attempt.Form, c.submit())
}

// samePeer reports whether two requests came from one client, or from one proxy.
func samePeer(a, b *login.Step) bool {
	for _, s := range a.Sightings() {
		for _, t := range b.Sightings() {
			switch {
			case s.ClientAddress != "" && hops.SameAddress(s.ClientAddress, t.ClientAddress):
				return true
			case s.ClientAddress == "" && s.Ref.Capture == t.Ref.Capture: // of one browser
				return true
			}
		}
	}
	return false
}

// ipSpelling matches when both addresses mean the same and are written in two
// ways: the Hub hashes text.
func ipSpelling(c *Case) causes.Answer {
	form, submit, known := c.addresses()
	switch {
	case known && form != submit && hops.SameAddress(form, submit) && c.mayBeTwo():
		return c.lacking(true, false, true)
	case !known || !c.addressHashesDiffer():
		return c.addressesOpen()
	case form == submit || !hops.SameAddress(form, submit):
		return causes.Answer{}
	}
	m := causes.Match{
		Confidence: finding.Proven,
		Origin:     finding.Origin{Kind: finding.OriginUnknown, Address: form + ", " + submit},
		Summary:    fmt.Sprintf("the Hub saw one client as %s and as %s", form, submit),
		Evidence:   c.believedEvidence(),
	}
	if c.spelledByRealIP(form, submit) {
		m.Without = []string{fixRealIP, fixProxyListens}
	}
	if writer, proof, ok := c.speller(form, submit); ok {
		m.Origin = writer
		m.Evidence = append(m.Evidence, proof...)
	}
	return causes.Matched(m)
}

// twoAddresses is the common ground of the checks on named addresses: both were
// recovered, they differ, and nothing else does.
func (c *Case) twoAddresses() (form, submit string, ok bool) {
	form, submit, known := c.addresses()
	userAgentForm, userAgentSubmit, _ := c.userAgents()
	ok = known && c.addressHashesDiffer() && !hops.SameAddress(form, submit) && userAgentForm == userAgentSubmit
	return form, submit, ok
}

// clientIPChanged matches when both addresses are the client's own, by the word
// of the user. Nothing else in a browser's recording can tell.
func clientIPChanged(c *Case) causes.Answer {
	form, submit, ok := c.twoAddresses()
	switch {
	case !ok:
		return c.addressesOpen()
	case c.isGivenClient(form) && c.isGivenClient(submit):
		return causes.Matched(causes.Match{
			Confidence: finding.Proven,
			Origin:     finding.Origin{Kind: finding.OriginClient, Address: form + ", " + submit},
			Summary:    fmt.Sprintf("the client itself moved from %s to %s", form, submit),
			Evidence:   c.believedEvidence(),
		})
	case c.clientMoved(form, submit):
		return causes.Matched(causes.Match{
			Confidence: finding.Likely, // a proxy that leaves no field in front of all that was captured would look alike
			Origin:     finding.Origin{Kind: finding.OriginClient, Address: form + ", " + submit},
			Summary:    fmt.Sprintf("the client itself moved from %s to %s", form, submit),
			Evidence:   c.believedEvidence(),
		})
	case len(c.ClientAddresses) > 0:
		return causes.Excluded("the addresses are not those given for the client")
	case c.proxies(form, submit):
		return causes.Excluded("the addresses are a proxy's")
	case bothInternal(form, submit) && c.siteIsPublic():
		// Through a VPN a client can have them all the same.
		return causes.Open(causes.Missing("the client's own addresses", howToNameAddresses))
	case c.proxies(form) || c.proxies(submit):
		return causes.Excluded("one of the addresses is a proxy's")
	}
	return causes.Open(causes.Missing("the client's own addresses", howToNameAddresses))
}

// proxyIPChanged matches when neither address can be the client's.
func proxyIPChanged(c *Case) causes.Answer {
	form, submit, ok := c.twoAddresses()
	if !ok {
		return c.addressesOpen()
	}
	m := causes.Match{
		Summary:  fmt.Sprintf("the Hub believed %s when it served the form, and %s when it was submitted", form, submit),
		Evidence: c.believedEvidence(),
		Missing:  c.whose(form, submit),
	}
	given := len(c.ClientAddresses) > 0
	switch {
	case given && !c.isClient(form) && !c.isClient(submit) && bothInternal(form, submit) && c.siteIsPublic(), c.proxies(form, submit):
		m.Confidence = finding.Proven
	case !given && bothInternal(form, submit) && (c.siteIsPublic() || c.proxies(form) || c.proxies(submit)):
		m.Confidence = finding.Likely
	default:
		return causes.Open(causes.Missing("whether these are a proxy's addresses or the client's own", howToNameAddresses))
	}
	c.locate(&m, form, submit)
	if m.Confidence == finding.Likely {
		m.Detail = strings.TrimSpace(m.Detail + " " + c.onlyLikely(form, submit))
	}
	return causes.Matched(m)
}

// onlyLikely says why it is no more than likely that neither address is the client's.
func (c *Case) onlyLikely(form, submit string) string {
	for _, pair := range [][2]string{{form, submit}, {submit, form}} {
		if c.proxies(pair[0]) {
			return fmt.Sprintf("%s is a proxy's; that %s is none of the client's either is likely, and not shown.", pair[0], pair[1])
		}
	}
	return "What follows is likely, and not shown: both addresses are internal and the site is public. A client that comes through a VPN can have such addresses, too."
}

// identityChanged says what is certain when the addresses cannot be named or
// told apart: the Hub took the two requests for two clients.
func identityChanged(c *Case) causes.Answer {
	userAgentForm, userAgentSubmit, known := c.userAgents()
	form, submit, addressesKnown := c.addresses()
	switch {
	case !c.addressHashesDiffer() || !known && !(addressesKnown && !hops.SameAddress(form, submit)):
		return causes.Answer{}
	case userAgentForm != userAgentSubmit && (!addressesKnown || hops.SameAddress(form, submit)):
		return causes.Answer{}
	}
	m := causes.Match{
		Confidence: finding.Proven,
		Origin:     finding.Origin{Kind: finding.OriginUnknown},
		Evidence:   c.believedEvidence(),
		Missing:    []finding.Missing{causes.Missing("which addresses the Hub saw", howToNameAddresses)},
	}
	if addressesKnown {
		m.Origin.Address = form + ", " + submit
		m.Summary = fmt.Sprintf("the Hub saw %s and then %s, and the capture does not tell whose these are", form, submit)
		m.Missing = c.whose(form, submit)
	}
	return causes.Matched(m)
}

// sessionChanged matches when the session half of the identity differs and the
// rest does not.
func sessionChanged(c *Case) causes.Answer {
	f, g := c.Form.Token.XSRF, c.Submit.Token.XSRF
	switch {
	case !c.identitiesKnown():
		return c.sessionOpen()
	case f.Shape == token.ShapeHubUserNoSession && f.Shape == g.Shape:
		return causes.Excluded("no session cookie either time")
	case f.Right == g.Right && f.Left != g.Left:
		return causes.Matched(causes.Match{
			Confidence: finding.Proven,
			Origin:     finding.Origin{Kind: finding.OriginClient},
			Summary:    sessionChange(f, g, c.submit().SessionID),
			Evidence: []finding.Evidence{
				c.tokenEvidence(c.Form.Step, "_xsrf", c.Form.Token, "made for "+sessionWords(f)),
				c.tokenEvidence(c.Submit.Step, "_xsrf", c.Submit.Token, "made for "+sessionWords(g)),
			},
		})
	}
	if f.Left != g.Left {
		return causes.Answer{}
	}
	return causes.Excluded("same session")
}

// sessionChange says what became of the session cookie between page and submit. A Hub
// from 5.5 on gives a new one to a user who comes without.
func sessionChange(form, submit token.XSRF, sent exchange.Knowledge) string {
	had, has := hadSession(form), hadSession(submit)
	switch {
	case had && (!has || sent == exchange.Absent):
		return "the session cookie of the page was gone when the form was submitted"
	case !had && has && sent != exchange.Absent:
		return "there was no session cookie when the page was made, and one when the form was submitted"
	case had && has && sent == exchange.Known:
		return "the session cookie was another one when the form was submitted than for the page"
	}
	return "the session cookie came, went or changed between page and submit"
}

func hadSession(x token.XSRF) bool {
	return x.Left != "None" && x.Left != "" && x.Shape != token.ShapeHubUserNoSession
}

func sessionWords(x token.XSRF) string {
	if !hadSession(x) {
		return "a client without a session cookie"
	}
	return "a client with a session cookie"
}

func bothInternal(a, b string) bool { return internal(a) && internal(b) }

// internal is IsInternal, also of a network that the Hub hashes in place of an address:
// its first and last address are, and so is what lies between.
func internal(text string) bool {
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return iprecovery.IsInternal(text)
	}
	last := network.Masked().Addr().AsSlice()
	for i := network.Bits(); i < 8*len(last); i++ {
		last[i/8] |= 1 << (7 - i%8)
	}
	end, _ := netip.AddrFromSlice(last)
	return iprecovery.IsInternal(network.Masked().Addr().String()) && iprecovery.IsInternal(end.String()) && network.Bits() >= 7
}

// proxies reports whether every address is known not to be a client's: it was
// seen to hand requests on, or the names say that it is a pod's or a node's.
func (c *Case) proxies(addresses ...string) bool {
	for _, address := range addresses {
		if !c.relay(address) && c.kindOf(address) == "" {
			return false
		}
	}
	return true
}

// relay reports whether an address was seen to take requests in or to hand them on.
func (c *Case) relay(address string) bool {
	return slices.ContainsFunc(c.Relays, func(relay string) bool { return hops.SameAddress(relay, address) })
}

// kindOf is what an address belongs to, if the names leave no doubt: a pod in
// the host network has its node's address, and then it could be either.
func (c *Case) kindOf(address string) names.Kind {
	kind := names.Kind("")
	for _, owner := range c.Names.Lookup(address) {
		switch {
		case owner.Kind != names.KindPod && owner.Kind != names.KindNode:
			return ""
		case kind != "" && kind != owner.Kind:
			return "mixed"
		}
		kind = owner.Kind
	}
	return kind
}

// originOf says whose the addresses are. The path of a request cannot be seen
// from a browser, so without names the origin stays unknown.
func (c *Case) originOf(addresses ...string) finding.Origin {
	origin := finding.Origin{Kind: finding.OriginUnknown, Address: strings.Join(addresses, ", ")}
	kind := c.kindOf(addresses[0])
	var owners []string
	for _, address := range addresses {
		if c.kindOf(address) != kind {
			kind = "mixed"
		}
		owners = append(owners, ownerNames(c.Names.Lookup(address)))
	}
	if !slices.Contains(owners, "") {
		origin.Party = strings.Join(owners, ", ")
	}
	switch kind {
	case names.KindPod:
		origin.Kind = finding.OriginIngress
	case names.KindNode:
		origin.Kind = finding.OriginNodeSNAT
	}
	return origin
}

func ownerNames(owners []names.Name) string {
	texts := make([]string, len(owners))
	for i, owner := range owners {
		texts[i] = owner.String()
	}
	return strings.Join(texts, " or ")
}

// whose asks for the owners of addresses, unless they are known.
func (c *Case) whose(addresses ...string) []finding.Missing {
	if kind := c.originOf(addresses...).Kind; kind != finding.OriginUnknown {
		return nil
	}
	var patterns []string
	networks := 0
	for _, address := range addresses {
		switch {
		case strings.Contains(address, "/"):
			networks++ // kubectl does not list them
		case iprecovery.IsInternal(address): // pods and nodes have no others inside a cluster
			patterns = append(patterns, "-e "+strings.TrimPrefix(address, "::ffff:"))
		}
	}
	switch {
	case len(patterns) > 0:
		return []finding.Missing{causes.Missing(podsOrNodes(patterns), listed(patterns))}
	case networks > 0:
		return []finding.Missing{causes.Missing("which addresses of these networks the Hub saw", "read them in the Hub's own log: kubectl -n jupyterhub logs deploy/hub")}
	}
	return []finding.Missing{causes.Missing("whose "+both(addresses)+" are: of clients, or of a proxy or router of yours with public addresses", howToCaptureAtIngress)}
}

func podsOrNodes(patterns []string) string {
	if len(patterns) == 1 {
		return "whether " + strings.TrimPrefix(patterns[0], "-e ") + " is an ingress pod (then fix the ingress) or a node (then the Service in front of it)"
	}
	return "whether these are ingress pods (then fix the ingress) or nodes (then the Service in front of it)"
}

// listed is the command that shows whose addresses these are. A shell reads on behind a
// bar at the end of a line.
func listed(patterns []string) string {
	const list, most = "kubectl get pods,nodes -A -o wide |", 66
	search := "grep -wF " + strings.Join(patterns, " ")
	if len(list)+len(search) < most {
		return list + " " + search
	}
	return list + "\n  " + search
}

const (
	howToNameAddresses = "give the addresses to try: --client-ip ADDR, or --names with kubectl get pods,svc,nodes -A -o json"
)
