// SPDX-License-Identifier: Apache-2.0

// Package finding is the contract between the analysis and everything that
// reads its results: the report, its logins, findings and their evidence.
//
// It holds values only. Nothing here looks at traffic (see package analyze) and
// nothing here knows how a report is shown (see package reports). The JSON form
// is described by report.schema.json beside this file.
package finding

import (
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Schema names the JSON form of Report.
const Schema = "logintrace.report/v1"

// Report is everything that one run concluded. Every list is in a fixed order,
// so that the same input gives the same bytes.
type Report struct {
	Schema   string    `json:"schema"`
	Tool     Tool      `json:"tool"`
	Options  Options   `json:"options"`
	Verdict  Verdict   `json:"verdict"`
	Summary  string    `json:"summary"`
	Captures []Capture `json:"captures"`
	Logins   []Login   `json:"logins"`
	Findings []Finding `json:"findings"` // across logins, or tied to none

	// Owners are the names that were given for addresses of this report.
	Owners []Owner `json:"owners,omitzero"`

	// PassedOver are the inputs that are of a kind which is not read.
	PassedOver []PassedOver `json:"passed_over,omitzero"`
}

// PassedOver is an input that is not in the report, though nothing is wrong with it.
type PassedOver struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Owner is who has an address, as the user's file of names says; an address can have
// several. Kind is host, pod, service or node; Node is the one that a pod runs on.
type Owner struct {
	Address string `json:"address"`
	Kind    string `json:"kind"`
	Name    string `json:"name"` // with the namespace, if it has one
	Node    string `json:"node,omitzero"`
}

// String is the owner as users of kubectl write it: "pod ingress-nginx/x on node-2".
func (o Owner) String() string {
	words := o.Name
	if o.Kind != "host" {
		words = o.Kind + " " + words
	}
	if o.Node != "" {
		words += " on " + o.Node
	}
	return words
}

// Tool says which program wrote the report.
type Tool struct {
	Version string `json:"version"`
}

// Options are the choices of the user that can change a conclusion.
type Options struct {
	Recover         string   `json:"recover,omitzero"`
	ClientAddresses []string `json:"client_addresses,omitzero"`
	Names           int      `json:"names,omitzero"`            // how many names were loaded
	SecretGiven     bool     `json:"secret_given,omitzero"`     // signatures could be checked
	RecoveryStopped bool     `json:"recovery_stopped,omitzero"` // interrupted, or its time ran out
	App             string   `json:"app,omitzero"`              // how the application computes the client's address

	// Selection is nil if the report is about all logins.
	Selection *Selection `json:"selection,omitzero"`
}

// Selection is what logins were selected by. The name of a user is not kept.
type Selection struct {
	Clients []string `json:"clients,omitzero"`
	User    bool     `json:"user,omitzero"` // by the user's name
	Host    string   `json:"host,omitzero"`
	Since   Time     `json:"since,omitzero"`
	Until   Time     `json:"until,omitzero"`
	Logins  []string `json:"logins,omitzero"`
	Failed  bool     `json:"failed,omitzero"` // those that failed only
	Of      int      `json:"of"`              // how many logins there are
}

// Verdict is the one answer for a run.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)

// Capture is what a reader of the report must know about one input.
type Capture struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Kind       exchange.Kind   `json:"kind"`
	Creator    string          `json:"creator,omitzero"`
	Node       string          `json:"node,omitzero"`
	Interfaces []string        `json:"interfaces,omitzero"`
	Parts      []Part          `json:"parts,omitzero"` // if there are several files
	FirstTime  Time            `json:"first_time"`
	LastTime   Time            `json:"last_time"`
	Removed    []string        `json:"removed,omitzero"` // field names the recorder left out
	Clock      Clock           `json:"clock"`
	Ledger     exchange.Ledger `json:"ledger"`
	Notes      []Note          `json:"notes,omitzero"`
}

// Part is one file of a packet capture that was recorded into several. Frames are
// counted through all of them; FirstFrame is the one that is number 1 in this file.
type Part struct {
	Name       string `json:"name"`
	FirstFrame int    `json:"first_frame"`
	Packets    int    `json:"packets"`
}

// Locate returns the file in which a frame is, and its number there; ok is false
// if there is one file only.
func (c *Capture) Locate(frame int) (name string, local int, ok bool) {
	for i := len(c.Parts) - 1; i >= 0; i-- {
		if part := c.Parts[i]; frame >= part.FirstFrame {
			return part.Name, frame - part.FirstFrame + 1, true
		}
	}
	return c.Name, frame, false
}

// Clock is how far a capture's clock is from the reference, in milliseconds.
// Samples is 0 when nothing was compared.
type Clock struct {
	OffsetMS      float64 `json:"offset_ms"`
	UncertaintyMS float64 `json:"uncertainty_ms"`
	Samples       int     `json:"samples"`
}

// Note is a remark on a capture: damage, removed values, secrets, limits.
type Note struct {
	Code exchange.NoteCode `json:"code"`
	Text string            `json:"text"`
}

// Outcome is what became of a login, apart from why.
type Outcome string

// The outcomes.
const (
	Succeeded      Outcome = "succeeded"
	Failed         Outcome = "failed"
	OutcomeUnknown Outcome = "unknown"
)

// Login is one login attempt: the exchanges from the form to its answer.
type Login struct {
	ID          string      `json:"id"`
	Time        Time        `json:"time"`
	Client      string      `json:"client"`
	Application Application `json:"application"`
	Outcome     Outcome     `json:"outcome"`
	// Cause is the ID of the finding that explains the outcome; nil when it
	// succeeded or the cause is undecided, and then Undecided may say more.
	Cause     *string    `json:"cause"`
	Undecided *Undecided `json:"undecided,omitzero"`
	Steps     []Step     `json:"steps"`
	Findings  []Finding  `json:"findings"`
}

// ByTask reports whether a login is none: a token that Airflow made for a task, which
// shows it where tasks report to (Airflow 3.0, execution API).
func (l *Login) ByTask() bool {
	return len(l.Steps) > 0 && !slices.ContainsFunc(l.Steps, func(s Step) bool {
		return s.Role != RoleTokenUse || !strings.Contains(s.URL, "/execution/")
	})
}

// CauseFinding returns the finding that Cause names, or nil.
func (l *Login) CauseFinding() *Finding {
	if l.Cause == nil {
		return nil
	}
	for i := range l.Findings {
		if l.Findings[i].ID == *l.Cause {
			return &l.Findings[i]
		}
	}
	return nil
}

// Undecided says why no cause (or no outcome) is named and what would decide it.
type Undecided struct {
	Why      string     `json:"why"`
	Between  []Code     `json:"between,omitzero"` // the causes that remain possible
	Rejected []Rejected `json:"rejected,omitzero"`
	Missing  []Missing  `json:"missing"`
}

// Application is what answered the login.
type Application struct {
	Name     string     `json:"name"` // "" when it was not recognised
	Version  string     `json:"version"`
	Evidence []Evidence `json:"evidence,omitzero"`
}

// Role is the part a step plays in a login.
type Role string

// The roles.
const (
	RoleForm        Role = "form"
	RoleSubmit      Role = "submit"
	RoleRedirect    Role = "redirect"
	RoleCallback    Role = "callback"
	RoleTokenIssued Role = "token-issued"
	RoleTokenUse    Role = "token-use"
)

// Step is one exchange of a login. URL holds no query values. Status is 0 when
// no response was captured.
type Step struct {
	Role      Role     `json:"role"`
	Method    string   `json:"method"`
	URL       string   `json:"url"`
	Status    int      `json:"status"`
	Answer    string   `json:"answer,omitzero"` // the application's own words, shortened; without a status how the connection ended
	Time      Time     `json:"time"`
	UserAgent string   `json:"user_agent"`
	Ref       Ref      `json:"ref"`
	ClientIP  ClientIP `json:"client_ip"`
	Hops      []Hop    `json:"hops,omitzero"`

	// RoundTrip is set for the steps of a login by an identity provider.
	RoundTrip *RoundTrip `json:"round_trip,omitzero"`
}

// RoundTrip is what a step tells of a login by an identity provider. States are
// pseudonyms; "" is not known.
type RoundTrip struct {
	At          Place      `json:"at"`
	RedirectURI string     `json:"redirect_uri,omitzero"` // where the provider is asked to send the browser
	State       string     `json:"state,omitzero"`        // in the address, or in that to which the answer leads
	Cookie      CookieFate `json:"cookie,omitzero"`
	CookieState string     `json:"cookie_state,omitzero"` // in the cookie that was set or sent
	Error       string     `json:"error,omitzero"`        // in the provider's words, shortened
}

// Place is where a step of a round trip takes place.
type Place string

// The places.
const (
	AtHub      Place = "hub"
	AtProvider Place = "provider"
	BehindHub  Place = "hub-to-provider" // the Hub asks the provider, without the browser

	AtServer     Place = "server"        // a user's server or a service, which has the Hub for its provider
	BehindServer Place = "server-to-hub" // it asks the Hub, without the browser
)

// CookieFate is what became of the state's cookie in one step; "" is not known.
type CookieFate string

// The fates.
const (
	CookieSet     CookieFate = "set"
	CookieNotSet  CookieFate = "not-set"
	CookieSent    CookieFate = "sent"
	CookieNotSent CookieFate = "not-sent"
	CookieLost    CookieFate = "lost" // set or sent, and not handed on to the other side
)

// ClientIP keeps apart what was observed about the client and what the
// application took it for. Addresses are raw text.
type ClientIP struct {
	True   TrueIP `json:"true"`
	AppSaw AppSaw `json:"app_saw"`
}

// TrueIP is the client's own address and how it is known.
type TrueIP struct {
	Value string `json:"value"`
	How   string `json:"how"`
}

// AppSaw is the address the application took for the client, by each of the
// ways in which it can be known. Value is empty while none of them knows.
type AppSaw struct {
	Value     string      `json:"value"`
	Computed  ComputedIP  `json:"computed"`
	Recovered RecoveredIP `json:"recovered"`
	Logged    LoggedIP    `json:"logged"`
}

// ComputedIP follows from the fields of the application's own hop by its rule.
type ComputedIP struct {
	Value string `json:"value"`
	Rule  string `json:"rule"`
}

// RecoveredIP was found behind the hash in a token. Scope says which addresses
// were tried until it was found, or all that were tried in vain.
type RecoveredIP struct {
	Value   string `json:"value"`
	Variant string `json:"variant"`
	Scope   string `json:"scope"`
}

// LoggedIP stands in the application's own log.
type LoggedIP struct {
	Value string `json:"value"`
}

// Hop is one exchange between two neighbours on the path of a request, outermost
// first. From and To are "" where the captures do not tell.
type Hop struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Party string `json:"party"` // who sends this hop; "" if not recognised

	// FromRole and ToRole are what stands at both ends; "" if that is not known.
	FromRole HopRole `json:"from_role"`
	ToRole   HopRole `json:"to_role"`

	// LosesClient says that the party which sends this hop, or translates its
	// address, keeps the client's address from the application.
	LosesClient bool `json:"loses_client,omitzero"`

	// Connection is the same for two hops that are one connection: then somebody
	// translated an address of it between them, and the second says Translated.
	Connection string `json:"connection"`
	Translated bool   `json:"translated,omitzero"`

	// Announced is the client that the connection's PROXY protocol header names; ""
	// if there was none.
	Announced string `json:"announced,omitzero"`

	// Gap says that parties which no capture shows may stand between the hop before
	// and this one.
	Gap bool `json:"gap,omitzero"`

	// Ends says that the receiver answered the request by itself: it went no further.
	Ends bool `json:"ends,omitzero"`

	Sightings []Ref      `json:"sightings"`
	Fields    []HopField `json:"fields"`
}

// HopRole is what stands at an end of a hop.
type HopRole string

// The roles. The ingress is the proxy in front of the application, or of the proxy
// that is a part of the application.
const (
	HopClient      HopRole = "client"
	HopOuterProxy  HopRole = "outer-proxy"
	HopIngress     HopRole = "ingress"
	HopAppProxy    HopRole = "app-proxy"
	HopApplication HopRole = "application"
)

// HopField is a field at a hop, and what became of it since the hop before.
type HopField struct {
	Name   string   `json:"name"`
	Lines  []string `json:"lines"`  // as they were on the wire
	Change string   `json:"change"` // seen, added, kept, appended, overwritten, dropped, unknown
	By     string   `json:"by"`     // who made the change
}

// Time is a time that is written in UTC with milliseconds, or as "" when it is
// not known.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000Z"

// MarshalText writes the time; see Time.
func (t Time) MarshalText() ([]byte, error) {
	if t.IsZero() {
		return nil, nil
	}
	return []byte(t.UTC().Format(timeLayout)), nil
}

// MarshalJSON writes the time as a JSON string; see Time.
func (t Time) MarshalJSON() ([]byte, error) {
	text, err := t.MarshalText()
	return append(append([]byte{'"'}, text...), '"'), err
}

// UnmarshalText reads what MarshalText wrote.
func (t *Time) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = Time{}
		return nil
	}
	parsed, err := time.Parse(time.RFC3339Nano, string(text))
	t.Time = parsed
	return err
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Time) UnmarshalJSON(data []byte) error {
	if len(data) < 2 || data[0] != '"' {
		return &time.ParseError{Layout: timeLayout, Value: string(data)}
	}
	return t.UnmarshalText(data[1 : len(data)-1])
}
