// SPDX-License-Identifier: Apache-2.0

package finding

import "github.com/logintrace/logintrace/capture/exchange"

// Finding is what was concluded, how sure that is, and the places in the
// captures where a reader can see it with their own eyes.
type Finding struct {
	ID          string     `json:"id"`
	Code        Code       `json:"code"`
	Severity    Severity   `json:"severity"`
	Confidence  Confidence `json:"confidence"`
	Origin      Origin     `json:"origin"`
	Summary     string     `json:"summary"`
	Explanation string     `json:"explanation"`
	Evidence    []Evidence `json:"evidence"`
	Rejected    []Rejected `json:"rejected"`
	Missing     []Missing  `json:"missing"`
	Fixes       []Fix      `json:"fixes"`
	NotCures    []string   `json:"not_cures,omitzero"` // what is often tried and does not help
	Experiments []string   `json:"experiments"`
}

// Severity is how bad a finding is if it is true.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "note"
)

// Confidence is how sure a finding is. Proven means that bytes or a key in the
// evidence leave no other explanation.
type Confidence string

// The levels of confidence.
const (
	Proven   Confidence = "proven"
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// Origin is where the cause lies, which says whose job the cure is.
type Origin struct {
	Kind    OriginKind `json:"kind"`
	Party   string     `json:"party"`
	Address string     `json:"address"` // several are joined by ", "
}

// OriginKind is the kind of party at which the cause lies.
type OriginKind string

// The kinds of origin.
const (
	OriginClient      OriginKind = "client"
	OriginOuterProxy  OriginKind = "outer-proxy"
	OriginNodeSNAT    OriginKind = "node-snat"
	OriginIngress     OriginKind = "ingress"
	OriginAppProxy    OriginKind = "app-proxy"
	OriginApplication OriginKind = "application"
	OriginIdP         OriginKind = "identity-provider"
	OriginUnknown     OriginKind = "unknown"
)

// Ref points into a capture: either Frame and FirstFrame (from 1, as tshark
// numbers them) or Entry (from 0, an index into a HAR's entries) is present.
type Ref struct {
	Capture    string `json:"capture"` // the ID of a capture of the report
	Frame      int    `json:"frame,omitzero"`
	FirstFrame int    `json:"first_frame,omitzero"`
	Entry      *int   `json:"entry,omitzero"`
	Line       int    `json:"line,omitzero"` // of a log, counted from 1
}

// NewRef is the report's form of a reference into a capture.
func NewRef(r exchange.Ref) Ref {
	ref := Ref{Frame: r.Frame, FirstFrame: r.FirstFrame, Line: r.Line}
	if r.Capture != nil {
		ref.Capture = r.Capture.ID
	}
	if r.HasEntry {
		entry := r.Entry
		ref.Entry = &entry
	}
	return ref
}

// Evidence is one value, seen at one place. Value is never a secret: tokens
// appear as pseudonyms ("xsrf-1"), in order of first appearance.
type Evidence struct {
	Ref   Ref    `json:"ref"`
	Field string `json:"field"`
	Value string `json:"value"`
	Note  string `json:"note"`
}

// Rejected is a cause that was considered and ruled out, and by what.
type Rejected struct {
	Code Code   `json:"code"`
	Why  string `json:"why"`
}

// Missing is evidence that is not in the captures, and how to get it.
type Missing struct {
	What string `json:"what"`
	How  string `json:"how"`
}

// Fix is a change that cures the cause. When names the condition under which it
// is the right one; it is empty when it always is. Since is the first version,
// "MAJOR.MINOR", of the application that knows the setting.
type Fix struct {
	Title string `json:"title"`
	For   string `json:"for"` // which program is configured
	Does  Does   `json:"does,omitzero"`
	When  string `json:"when,omitzero"`
	Since string `json:"since,omitzero"`

	// Tried names the programs with which the lab has applied the fix to a failing
	// login, which then passed. Empty is a fix that nobody has tried.
	Tried  string `json:"tried,omitzero"`
	Config string `json:"config"`
	WhatIf string `json:"what_if"`
}

// Trial is what every report says of a fix: what it was tried with, or that it was not
// tried. It is empty for one that changes nothing, and so cannot cure.
func (f Fix) Trial() string {
	switch {
	case f.Does.Looks():
		return ""
	case f.Tried == "":
		return "not tried in the lab"
	}
	return "tried with: " + f.Tried
}

// Does is what a fix changes on the path of a request, if what would follow from
// that can be computed, or what it needs.
type Does string

// The effects of fixes.
const (
	DoesSetRealIP  Does = "set-x-real-ip"   // one X-Real-IP, with the peer's address
	DoesKeepSource Does = "keep-source"     // no translation of source addresses
	DoesTrustOuter Does = "trust-outer"     // the client is taken from what the proxy in front tells
	DoesKeepRealIP Does = "keep-x-real-ip"  // the X-Real-IP of the proxy in front goes on as it came
	DoesAnnounce   Does = "announce-client" // the PROXY protocol tells of the client
	DoesReadHubLog Does = "read-hub-log"    // changes nothing: a look into the Hub's own log
	DoesLook       Does = "look-further"    // changes nothing: it tells more of the cause
)

// Looks reports whether a fix only tells more of the cause.
func (d Does) Looks() bool { return d == DoesReadHubLog || d == DoesLook }

// Code is a stable name of a cause or situation; `logintrace explain` knows all
// of them.
type Code string

// The codes of the xsrf and login families that this version can conclude.
const (
	XSRFProxyIPChanged    Code = "xsrf-proxy-ip-changed"
	XSRFClientIPChanged   Code = "xsrf-client-ip-changed"
	XSRFIdentityChanged   Code = "xsrf-identity-changed"
	XSRFForwardingMixed   Code = "xsrf-forwarding-inconsistent"
	XSRFIPSpelling        Code = "xsrf-ip-spelling"
	XSRFForwardingInvalid Code = "xsrf-forwarding-invalid"
	XSRFUserAgentChanged  Code = "xsrf-user-agent-changed"
	XSRFSessionChanged    Code = "xsrf-session-changed"
	XSRFAlreadyLoggedIn   Code = "xsrf-already-logged-in"
	XSRFFormExpired       Code = "xsrf-form-expired"
	XSRFPageCached        Code = "xsrf-page-cached"
	XSRFCookieDuplicate   Code = "xsrf-cookie-duplicate"
	XSRFCookieForeign     Code = "xsrf-cookie-foreign"
	XSRFCookieNotSent     Code = "xsrf-cookie-not-sent"
	XSRFFieldMissing      Code = "xsrf-field-missing"
	XSRFSecretChanged     Code = "xsrf-secret-changed"
	XSRFSigningRace       Code = "xsrf-signing-race"
	XSRFFormStale         Code = "xsrf-form-stale"
	ClientIPHidden        Code = "client-ip-hidden"
	ClientIPSpoofable     Code = "client-ip-spoofable"
	ProxyProtocolMismatch Code = "proxy-protocol-mismatch"
	JWTKeyMismatch        Code = "jwt-key-mismatch"
	JWTExpired            Code = "jwt-expired"
	JWTClockSkew          Code = "jwt-clock-skew"
	JWTWrongAudience      Code = "jwt-wrong-audience"
	JWTWrongIssuer        Code = "jwt-wrong-issuer"
	JWTClaimMissing       Code = "jwt-claim-missing"
	JWTMalformed          Code = "jwt-malformed"
	JWTNotSent            Code = "jwt-not-sent"
	JWTCookieDropped      Code = "jwt-cookie-dropped"
	LoginRefused          Code = "login-refused"
)

// The codes of logins that go round, and of what Airflow's servers say of themselves.
const (
	LoginLoop          Code = "login-loop"
	JWTSecretGenerated Code = "jwt-secret-generated"
	JWTSecretMissing   Code = "jwt-secret-missing"
	CSRFSessionLost    Code = "csrf-session-lost"
	CSRFOriginMismatch Code = "csrf-origin-mismatch"
)

// The codes of applications behind proxies that want a field for themselves, or drop
// or rewrite one.
const (
	AuthorizationOverwritten Code = "authorization-overwritten"
	TokenExposed             Code = "token-exposed"
	HostNotForwarded         Code = "host-not-forwarded"
	UpgradeNotForwarded      Code = "upgrade-not-forwarded"
)

// The codes of settings of the Hub, and of those before it, that do not fit each other.
const (
	BaseURLMismatch       Code = "base-url-mismatch"
	SchemeMismatch        Code = "scheme-mismatch"
	ProxyAPITokenMismatch Code = "proxy-api-token-mismatch"
)

// APITokenRefused is the code of a user's server or a service whose API token the Hub
// does not know.
const APITokenRefused Code = "api-token-refused"

// SpawnRefused is the code of a user who logged in, and whose server the Hub did not start.
const SpawnRefused Code = "spawn-refused"

// The codes of what a proxy answered by itself.
const (
	RefusedByProxy Code = "refused-by-proxy"
	HeaderTooLarge Code = "header-too-large"
	RateLimited    Code = "rate-limited"
	AppUnavailable Code = "app-unavailable"
)

// The codes of logins by an identity provider, and of users whom no rule lets in.
const (
	LoginNotAllowed       Code = "login-not-allowed"
	OAuthStateMismatch    Code = "oauth-state-mismatch"
	OAuthRedirectMismatch Code = "oauth-redirect-mismatch"
	IdPError              Code = "idp-error"
)
