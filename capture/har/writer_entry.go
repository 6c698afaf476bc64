// SPDX-License-Identifier: Apache-2.0

package har

import (
	"cmp"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

type creatorOut struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// entryOut is one element of log.entries as it is written.
type entryOut struct {
	Started    string      `json:"startedDateTime"`
	Time       float64     `json:"time"`
	Request    requestOut  `json:"request"`
	Response   responseOut `json:"response"`
	Cache      struct{}    `json:"cache"`
	Timings    timingsOut  `json:"timings"`
	Address    string      `json:"serverIPAddress,omitzero"`
	Port       int         `json:"_serverPort,omitzero"`
	Connection string      `json:"_connectionId,omitzero"`

	ClientAddress string        `json:"_clientIPAddress,omitzero"`
	ClientPort    int           `json:"_clientPort,omitzero"`
	Announced     *announcedOut `json:"_announced,omitzero"`
	Capture       string        `json:"_capture,omitzero"`
	Interface     string        `json:"_interface,omitzero"`
	Entry         *int          `json:"_entry,omitzero"`
	Frame         int           `json:"_frame,omitzero"`
	ResponseFrame int           `json:"_responseFrame,omitzero"`

	// ResponseCapture is the file of the response if it is in another one.
	ResponseCapture string `json:"_responseCapture,omitzero"`

	Gaps []gapOut `json:"_gaps,omitzero"`
}

type gapOut struct {
	Where  string `json:"where"`
	Length int64  `json:"length"` // -1: unknown, as everywhere in HAR
}

// timingsOut has all the time in wait, for a capture does not divide it up.
type timingsOut struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

func newEntryOut(x *exchange.Exchange) *entryOut {
	e := &entryOut{
		Request:  newRequestOut(&x.Request),
		Response: newResponseOut(x),
		Timings:  timingsOut{Wait: -1},
		Address:  x.Server.Address, Port: x.Server.Port,
		Connection:    connectionOut(x),
		ClientAddress: x.Client.Address, ClientPort: x.Client.Port,
		Announced: newAnnouncedOut(x.Announced),
		Interface: x.Vantage.Interface,
	}
	e.locate(x)
	for _, gap := range x.Gaps {
		e.Gaps = append(e.Gaps, gapOut(gap))
	}
	e.setTimes(x.Started, x.Answered)
	return e
}

// locate says in which file and where in it the exchange can be seen.
func (e *entryOut) locate(x *exchange.Exchange) {
	e.Capture, e.Frame = x.Ref.Capture.Locate(x.Ref.Frame)
	if x.Ref.HasEntry {
		e.Entry = &x.Ref.Entry
	}
	if x.Response == nil {
		return
	}
	name, frame := x.Ref.Capture.Locate(x.Response.Ref.Frame)
	e.ResponseFrame = frame
	if name != e.Capture {
		e.ResponseCapture = name
	}
}

func (e *entryOut) setTimes(started, answered time.Time) {
	if started.IsZero() {
		return
	}
	e.Started = started.UTC().Format(time.RFC3339Nano)
	if !answered.IsZero() && !answered.Before(started) {
		e.Timings.Wait = float64(answered.Sub(started)) / float64(time.Millisecond)
		e.Time = e.Timings.Wait
	}
}

// connectionOut keeps connections of several captures apart, which the captures
// themselves may number alike. "0" means no connection to Chromium.
func connectionOut(x *exchange.Exchange) string {
	const first = "c1"
	id := first
	if x.Ref.Capture != nil {
		id = cmp.Or(x.Ref.Capture.ID, first)
	}
	if x.Connection == "" || id == first && x.Connection != "0" {
		return x.Connection
	}
	return id + "-" + x.Connection
}

// urlOut makes the absolute URL that HAR wants. Where the scheme is not known the
// exchange was read unencrypted off the wire: it was http on that hop, whatever
// it was elsewhere. A host that is not known is not made up.
func urlOut(r *exchange.Request) string {
	u := r.URL
	if r.Method == "CONNECT" && u.Path == "" {
		return u.Host
	}
	if u.Path == "*" { // RFC 9112, 3.3
		u.Path = ""
	}
	if u.Path != "" && u.Path[0] != '/' || u.Path == "" && u.Host == "" {
		u.Path = "/" + u.Path
	}
	if u.Host != "" && u.Scheme == "" {
		u.Scheme = "http"
	}
	return strings.ReplaceAll(u.String(), "#", "%23") // readers take it for a fragment
}

// pairOut is a field, a cookie or a parameter.
type pairOut struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Comment string `json:"comment,omitzero"`
}

// headersOut lists the fields. HAR cannot say that lines may be missing; a line
// without a name says so to people, and to Read.
func headersOut(f exchange.Fields) []pairOut {
	list := make([]pairOut, len(f.Lines), len(f.Lines)+1)
	for i, line := range f.Lines {
		list[i] = pairOut{Name: line.Name, Value: line.Value}
	}
	if f.Incomplete {
		list = append(list, pairOut{Comment: "this head is incomplete: lines may be missing"})
	}
	return list
}

// cookiesOut lists the cookies of the lines called name, for viewers that show no
// others. first says that only the first pair of a line is a cookie.
func cookiesOut(f exchange.Fields, name string, first bool) []pairOut {
	list := []pairOut{}
	lines, _ := f.Values(name)
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			list = append(list, pairOut{Name: name, Value: value})
			if first {
				break
			}
		}
	}
	return list
}
