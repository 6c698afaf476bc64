// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/fixtures"
)

// expectation is what a report must say of a login. An empty address must not be
// named, and an empty cause must not be claimed.
type expectation struct {
	outcome      finding.Outcome
	cause        finding.Code
	origin       string // kind and addresses of the cause's origin
	form, submit string // the addresses that the Hub believed
	client       string
	notes        string // codes and origins of the other findings
}

// evidence is one login of a fixture, as an input shows it.
type evidence struct {
	fixtures.TruthLogin
	truth        fixtures.Truth
	in           input
	form, submit sightings
}

func newEvidence(truth fixtures.Truth, login fixtures.TruthLogin, in input) evidence {
	method := "GET"
	if login.Form.Status == 403 {
		method = "POST" // the page on which a refused form is shown again
	}
	return evidence{login, truth, in, in.of(login.Form, method), in.of(login.Submit, "POST")}
}

// expect is the one rule that says which part of the truth an input carries. Of the
// input of everything it asks the whole truth, with these exceptions: where the hop
// to the ingress is encrypted nobody shows who handed the client's address on, so
// the origin is unknown; and a page from a cache says less if it is hardly older
// than the request (see pageTooOld).
func expect(truth fixtures.Truth, login fixtures.TruthLogin, in input) expectation {
	e := newEvidence(truth, login, in)
	want := expectation{outcome: finding.Outcome(login.Outcome), cause: e.cause(), client: e.client(), notes: e.notes()}
	if want.cause != "" {
		want.origin = strings.TrimSpace(e.origin(want.cause))
	}
	if e.formNamed() {
		want.form = login.Form.ClientIP.AppSaw
	}
	if e.submitNamed() {
		want.submit = login.Submit.ClientIP.AppSaw
	}
	return want
}

// weaker are the codes that say less than a cause, and nothing wrong: the Hub took
// the two requests for two clients, and why is not shown.
var weaker = map[finding.Code][]finding.Code{
	finding.XSRFProxyIPChanged:    {finding.XSRFIdentityChanged},
	finding.XSRFClientIPChanged:   {finding.XSRFIdentityChanged},
	finding.XSRFIPSpelling:        {finding.XSRFIdentityChanged},
	finding.XSRFForwardingMixed:   {finding.XSRFIdentityChanged},
	finding.XSRFForwardingInvalid: {finding.XSRFForwardingMixed, finding.XSRFIdentityChanged},
	finding.XSRFPageCached:        {finding.XSRFIdentityChanged},
}

// cause is the code that an input carries.
func (e evidence) cause() finding.Code {
	code := finding.Code(e.Cause)
	switch code {
	case "", finding.XSRFFieldMissing:
		return code // in the Hub's own words
	case finding.LoginRefused, finding.XSRFAlreadyLoggedIn, finding.XSRFSessionChanged:
		return e.given(code, e.answerToken())
	case finding.XSRFFormExpired, finding.XSRFCookieDuplicate, finding.XSRFSigningRace:
		return e.given(code, e.cookiesKnown())
	case finding.XSRFCookieNotSent:
		// The browser may have sent the cookie and a proxy taken it out: that shows
		// behind the proxy.
		return e.given(code, e.cookiesKnown() && e.submit.any(func(r request) bool { return !r.cookie }))
	case finding.XSRFSecretChanged:
		// In front of the Hub it looks the same as a cookie that was taken out.
		return e.given(code, e.cookiesKnown() && e.atHub(e.submit))
	case finding.XSRFFormStale:
		return e.given(code, e.cookiesKnown() && e.twoPages())
	}
	if !e.answerToken() || !e.userAgentKnown() {
		return ""
	}
	if code == finding.XSRFUserAgentChanged {
		return code
	}
	return e.changedIdentity(code)
}

func (e evidence) given(code finding.Code, ok bool) finding.Code {
	if !ok {
		return ""
	}
	return code
}

// changedIdentity is what can be said if the Hub took two requests for two clients.
func (e evidence) changedIdentity(code finding.Code) finding.Code {
	named := e.formNamed() && e.submitNamed()
	switch code {
	case finding.XSRFPageCached:
		if e.birthSeen() || e.linked() && e.pageTooOld() {
			return code
		}
	case finding.XSRFProxyIPChanged:
		if named && (e.in.publicSite() || e.in.received(plain(e.Form.ClientIP.AppSaw)) || e.in.received(plain(e.Submit.ClientIP.AppSaw))) {
			return code
		}
	case finding.XSRFClientIPChanged:
		moved := e.form.from(e.Form.ClientIP.True) && e.submit.from(e.Submit.ClientIP.True)
		if named && (moved || len(e.in.told) > 1) {
			return code
		}
	case finding.XSRFIPSpelling:
		if named {
			return code
		}
	case finding.XSRFForwardingInvalid:
		// One hop before the Hub's peer, which it believed, the field is the same.
		if named && (e.atHub(e.submit) || e.submit.to(e.Submit.ClientIP.AppSaw)) {
			return code
		}
		if named && e.onlyOneIsProxys() {
			return finding.XSRFForwardingMixed
		}
	case finding.XSRFForwardingMixed:
		if named && e.onlyOneIsProxys() {
			return code
		}
	}
	return finding.XSRFIdentityChanged
}

// onlyOneIsProxys reports whether an input shows that one of the addresses is the
// client's and the other is not.
func (e evidence) onlyOneIsProxys() bool {
	client, proxy := e.Form.ClientIP.True, e.Form.ClientIP.AppSaw
	if proxy == client {
		proxy = e.Submit.ClientIP.AppSaw
	}
	own := e.form.from(client) || e.submit.from(client) || slices.Contains(e.in.told, client)
	// Who comes with a field that names somebody may be a proxy, and no client.
	named := e.submit.any(func(r request) bool {
		return r.from == client && bytes.Contains(bytes.ToLower(r.data), []byte("x-real-ip:"))
	})
	return own && (!named || slices.Contains(e.in.told, client)) && (e.in.publicSite() || e.in.received(proxy))
}

// answerToken reports whether the answer's token, or its words, are in the input.
func (e evidence) answerToken() bool {
	return e.submit.any(func(r request) bool { return r.setCookie || r.page })
}

func (e evidence) cookiesKnown() bool {
	return e.submit.any(func(r request) bool { return r.anyCookies })
}

func (e evidence) atHub(s sightings) bool { return s.to(hostAddress(e.truth, "hub")) }

// linked reports whether the page is known to be the one of the form: it holds the
// token, or was answered in the second in which the token was made.
func (e evidence) linked() bool {
	made := finding.Code(e.Cause) != finding.XSRFPageCached
	return e.form.any(func(r request) bool { return r.page || r.setCookie || made })
}

// userAgentKnown: it stands in the form's request, and an address that was found
// behind a hash proves it.
func (e evidence) userAgentKnown() bool { return e.linked() || e.formFound() }

// twoPages reports whether an input shows answers that gave out two tokens.
func (e evidence) twoPages() bool {
	return sightings(e.in.requests).any(func(a request) bool {
		return a.method == "GET" && sightings(e.in.requests).any(func(b request) bool {
			return b.method == "GET" && b.file == a.file && b.time.Sub(a.time) > 200*time.Millisecond
		})
	})
}

// birthSeen reports whether the page of a cache is shown when it was made, for
// another client.
func (e evidence) birthSeen() bool {
	other := sightings(e.in.requests).any(func(r request) bool { return r.method == "GET" && r.from == e.Form.ClientIP.AppSaw })
	return other && e.form.from(e.Form.ClientIP.True)
}

var logTime = regexp.MustCompile(`^\[\w (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)`)

// pageTooOld reports whether the token of a page was made so long before the page
// was asked for that it shows: what compares whole seconds of two clocks must leave
// three of them.
func (e evidence) pageTooOld() bool {
	words := logTime.FindStringSubmatch(e.Log[0])
	if words == nil {
		return false
	}
	made, err := time.Parse(time.DateTime, words[1])
	return err == nil && e.Form.Time.Truncate(time.Second).Sub(made) > 3*time.Second
}

// signed reports whether the tokens of the Hub know an address: not up to 4.0.
func (e evidence) signed() bool { return e.Form.Identity != "" || e.Submit.Identity != "" }

// candidate reports whether an address is tried for a hash: it is in the input, or
// internal (the tests give the internal ones, which a search would find after
// seconds), or was named by the user.
func (e evidence) candidate(address string) bool {
	address = plain(address)
	return iprecovery.IsInternal(address) || e.in.shows(address) || slices.Contains(e.in.told, address)
}

// plain is an address without the prefix that a dual-stack socket gives it.
func plain(address string) string { return strings.TrimPrefix(address, "::ffff:") }

// formFound reports whether the address that a form was made for is found behind
// its token: the one that is submitted, or else the one of the page.
func (e evidence) formFound() bool {
	token := finding.Code(e.Cause) != finding.XSRFFieldMissing || e.form.any(func(r request) bool { return r.setCookie || r.page })
	agent := len(e.form) > 0 || e.Form.UserAgent == e.Submit.UserAgent
	return e.signed() && token && agent && e.candidate(e.Form.ClientIP.AppSaw)
}

// formNamed and submitNamed report whether an address that the Hub believed is
// known: from the Hub's own hop, or from a token.
func (e evidence) formNamed() bool { return e.atHub(e.form) || e.formFound() }

func (e evidence) submitNamed() bool {
	accepted := e.Outcome == string(finding.Succeeded)
	loggedIn := e.Submit.Identity != "" && !strings.HasSuffix(e.Submit.Identity, "=") // that token knows the user, and no address
	token := accepted || e.answerToken() && !loggedIn
	return e.atHub(e.submit) || e.signed() && token && e.candidate(e.Submit.ClientIP.AppSaw)
}

// client is the client's address where the user named one, or a hop that comes from
// it is shown.
func (e evidence) client() string {
	if len(e.in.told) == 1 {
		return e.in.told[0]
	}
	if e.submit.from(e.Submit.ClientIP.True) {
		return e.Submit.ClientIP.True
	}
	return ""
}

// ingress is the address of the ingress of which an input shows both sides.
func (e evidence) ingress(s sightings) string {
	for _, name := range []string{"ingress-a", "ingress-b"} {
		if address := hostAddress(e.truth, name); s.through(address) {
			return address
		}
	}
	return ""
}

// loser is the address of the party that kept the client's address from the Hub, if
// an input shows the request come to it from the client and go on. kind is that of
// the truth.
func (e evidence) loser(s sightings, step fixtures.TruthStep, kind finding.OriginKind) string {
	address := plain(step.ClientIP.AppSaw)
	if kind == finding.OriginIngress && address != hostAddress(e.truth, "balancer") {
		address = e.ingress(s)
	}
	own := s.from(step.ClientIP.True) || address == plain(step.ClientIP.AppSaw) && s.any(func(r request) bool {
		// In a field of a proxy in front; or a node stands in the client's place.
		told := strings.Contains(string(r.data), step.ClientIP.True) || strings.HasPrefix(hostAt(e.truth, r.from), "node-")
		return r.to == address && told
	})
	shown := own && s.from(address) && (kind == finding.OriginNodeSNAT || s.to(address))
	// What went on with the client's address in a field did not lose it there: the
	// next proxy did not hand it on, and that shows behind it.
	told := s.any(func(r request) bool {
		return r.from == address && kind != finding.OriginNodeSNAT && strings.Contains(string(r.data), step.ClientIP.True)
	})
	if step.ClientIP.AppSaw == step.ClientIP.True || !shown || told && !e.atHub(s) {
		return ""
	}
	return address
}

// origin is the kind and the addresses of the origin, as far as an input shows them.
func (e evidence) origin(code finding.Code) string {
	kind := finding.OriginKind(e.Origin.Kind)
	seen := func(address string) string {
		if address == "" {
			return string(finding.OriginUnknown)
		}
		return string(kind) + " " + address
	}
	switch code {
	case finding.XSRFIdentityChanged:
		return string(finding.OriginUnknown) + " " + e.believed(false)
	case finding.XSRFProxyIPChanged, finding.XSRFForwardingMixed:
		var losers []string
		for _, loser := range []string{e.loser(e.form, e.Form, kind), e.loser(e.submit, e.Submit, kind)} {
			if loser != "" && !slices.Contains(losers, loser) {
				losers = append(losers, loser)
			}
		}
		if len(losers) == 0 || code != finding.Code(e.Cause) {
			return string(finding.OriginUnknown) + " " + e.believed(true)
		}
		return string(kind) + " " + strings.Join(losers, ", ")
	case finding.XSRFClientIPChanged:
		return string(kind) + " " + e.believed(false)
	case finding.XSRFIPSpelling:
		writer := e.ingress(e.submit)
		if kind == finding.OriginAppProxy {
			writer = ""
			if chp := hostAddress(e.truth, "chp"); e.submit.through(chp) {
				writer = chp
			}
		}
		if writer != "" {
			return seen(writer)
		}
		return string(finding.OriginUnknown) + " " + e.believed(false)
	case finding.XSRFForwardingInvalid:
		return seen(e.ingress(e.submit))
	case finding.XSRFPageCached:
		cache := e.ingress(e.submit)
		if !e.form.to(cache) {
			cache = ""
		}
		return seen(cache)
	case finding.XSRFCookieNotSent:
		if e.submit.any(func(r request) bool { return r.framed }) {
			if !e.form.any(func(r request) bool { return r.setCookie }) {
				return string(finding.OriginUnknown) // what the cookie lets browsers do is not shown
			}
			break
		}
		return seen(e.cookieLoser(kind))
	case finding.XSRFCookieDuplicate:
		return e.setter()
	case finding.XSRFFieldMissing:
		if !e.form.any(func(r request) bool { return r.page }) {
			return string(finding.OriginUnknown) // the page would show that the field is not in it
		}
	}
	switch kind {
	case finding.OriginClient:
		if e.submit.from(e.Submit.ClientIP.True) {
			return string(kind) + " " + e.Submit.ClientIP.True
		}
	case finding.OriginApplication:
		if e.atHub(e.submit) {
			return string(kind) + " " + hostAddress(e.truth, "hub")
		}
	}
	return string(kind)
}

// believed lists the addresses that the Hub believed if both are known; those that
// are not the client's if asked so.
func (e evidence) believed(notClients bool) string {
	if !e.formNamed() || !e.submitNamed() {
		return ""
	}
	var list []string
	for _, step := range []fixtures.TruthStep{e.Form, e.Submit} {
		if !notClients || step.ClientIP.AppSaw != step.ClientIP.True {
			list = append(list, step.ClientIP.AppSaw)
		}
	}
	return strings.Join(list, ", ")
}

// cookieLoser is who kept a cookie from coming back: an ingress, of which both sides
// of the page or of the submit are shown, or the Hub's own page.
func (e evidence) cookieLoser(kind finding.OriginKind) string {
	stripped := e.submit.any(func(r request) bool { return r.cookie })
	switch {
	case kind == finding.OriginApplication && e.atHub(e.form):
		return hostAddress(e.truth, "hub")
	case kind == finding.OriginIngress && stripped:
		return e.ingress(e.submit)
	case kind == finding.OriginIngress:
		return e.ingress(e.form)
	}
	return ""
}

// setter is the other application that set an _xsrf cookie, if its own answer is
// shown; from farther out its address does not show.
func (e evidence) setter() string {
	address := hostAddress(e.truth, "other-app")
	switch {
	case slices.Contains(e.in.setters, address):
		return string(finding.OriginApplication) + " " + address
	case len(e.in.setters) > 0:
		return string(finding.OriginApplication)
	}
	return string(finding.OriginUnknown)
}

// notes are the codes and origins of what is worth a remark although the login
// succeeded.
func (e evidence) notes() string {
	var list []string
	for _, note := range e.Notes {
		origin := ""
		switch finding.Code(note) {
		case finding.ClientIPHidden:
			origin = e.hider()
		case finding.ClientIPSpoofable:
			origin = e.believer()
		case finding.XSRFCookieForeign:
			// A Hub up to 4.0 makes tokens as other applications do: what tells them
			// apart is who set them.
			if e.cookiesKnown() && (e.signed() || len(e.in.setters) > 0) {
				origin = e.setter()
			}
		}
		if origin != "" {
			list = append(list, strings.TrimSpace(note+" "+origin))
		}
	}
	return strings.Join(list, ", ")
}

// hider is the party that hides clients from the Hub. A note is made only where its
// part is shown.
func (e evidence) hider() string {
	believed := e.Submit.ClientIP.AppSaw
	kind := finding.OriginIngress
	switch host := hostAt(e.truth, believed); {
	case strings.HasPrefix(host, "node"):
		kind = finding.OriginNodeSNAT
	case host == "chp": // it came to that because a field that the ingress wrote is of no use
		address := e.ingress(e.submit)
		broken := func(s sightings) bool { return e.atHub(s) || s.to(believed) } // seen behind who wrote it
		if address == "" || !broken(e.submit) || !e.submit.from(e.Submit.ClientIP.True) {
			return ""
		}
		if first := e.ingress(e.form); first != "" && first != address && broken(e.form) {
			address = first + ", " + address
		}
		return string(kind) + " " + address
	}
	address := e.loser(e.submit, e.Submit, kind)
	if address == "" || !e.submit.from(e.Submit.ClientIP.True) {
		return ""
	}
	// The ingress is the innermost proxy that is shown, apart from the Hub's own. With
	// nothing but the capture of a balancer, that is the balancer.
	if hostAt(e.truth, believed) == "balancer" && e.ingress(e.submit) != "" {
		kind = finding.OriginOuterProxy
	}
	return string(kind) + " " + address
}

// believer is the proxy that hands on what a browser wrote. That it was the browser
// shows in its own recording only.
func (e evidence) believer() string {
	browser := e.submit.any(func(r request) bool { return r.from == "" })
	if !browser || !e.submitNamed() {
		return ""
	}
	if address := e.ingress(e.submit); address != "" {
		return string(finding.OriginIngress) + " " + address
	}
	return string(finding.OriginUnknown)
}

// accusations are what a report says of a login and is not so, whatever the input:
// there is no excuse for these.
func accusations(truth fixtures.Truth, login fixtures.TruthLogin, says expectation) []string {
	var wrong []string
	cause := finding.Code(login.Cause)
	if says.cause != "" && says.cause != cause && !slices.Contains(weaker[cause], says.cause) {
		wrong = append(wrong, "the cause is "+login.Cause+", and not "+string(says.cause))
	}
	if says.outcome != finding.OutcomeUnknown && says.outcome != finding.Outcome(login.Outcome) {
		wrong = append(wrong, "the login "+login.Outcome)
	}
	kind, addresses, _ := strings.Cut(says.origin, " ")
	allowed := append([]string{login.Form.ClientIP.AppSaw, login.Submit.ClientIP.AppSaw}, login.Origin.Addresses...)
	if kind != "" && kind != string(finding.OriginUnknown) {
		if kind != login.Origin.Kind {
			wrong = append(wrong, "the origin is the "+login.Origin.Kind+", and not the "+kind)
		}
		allowed = login.Origin.Addresses
		if len(allowed) == 0 {
			allowed = []string{hostAddress(truth, "hub")} // what the Hub itself decided
		}
	}
	for address := range strings.SplitSeq(addresses, ", ") {
		if address != "" && !slices.ContainsFunc(allowed, func(one string) bool { return isOrHolds(address, one) }) {
			wrong = append(wrong, "the origin is not at "+address)
		}
	}
	for _, side := range [][2]string{{says.form, login.Form.ClientIP.AppSaw}, {says.submit, login.Submit.ClientIP.AppSaw}} {
		if side[0] != "" && !isOrHolds(side[0], side[1]) {
			wrong = append(wrong, "the Hub did not believe "+side[0])
		}
	}
	return wrong
}

// isOrHolds reports whether what was said is the address, or the network that the Hub
// hashes in its place (JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS).
func isOrHolds(said, address string) bool {
	return said == address || iprecovery.Holds(said, address)
}

// expectFindings is what is wrong apart from any login, as far as an input shows it.
func expectFindings(truth fixtures.Truth, in input) []string {
	var list []string
	seen := sightings(in.others)
	for _, f := range truth.Findings {
		address := f.Origin.Addresses[0]
		// A header that is not expected shows on the way from who sends it to who gets
		// it. That one is expected shows only by who gets nothing, whatever it asks.
		if f.Origin.Kind == string(finding.OriginIngress) && seen.to(address) || f.Origin.Kind == string(finding.OriginOuterProxy) && seen.through(address) {
			list = append(list, f.Code+" "+f.Origin.Kind+" "+address)
		}
	}
	return list
}
