// SPDX-License-Identifier: Apache-2.0

package exchanges

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/logintrace/logintrace/capture/exchange"
	report "github.com/logintrace/logintrace/reports/json"
)

// SchemaName is in every line of NDJSON.
const SchemaName = "logintrace.exchange/v1"

// Schema is the JSON Schema of a line of NDJSON.
//
//go:embed exchange.schema.json
var Schema []byte

// NDJSON writes one JSON object for each exchange, on a line of its own. Members
// that are unknown are left out.
type NDJSON struct {
	// Compute is asked for whom the application took for the client; may be nil.
	Compute ComputeClient

	out io.Writer
}

// ComputeClient is asked for each exchange, in order, whom the application took for the
// client and by which rule; both are "" where that is not known.
type ComputeClient func(*exchange.Exchange) (address, rule string)

// NewNDJSON returns an NDJSON that writes to out.
func NewNDJSON(out io.Writer) *NDJSON { return &NDJSON{out: out} }

// Write writes an exchange.
func (n *NDJSON) Write(x *exchange.Exchange) error {
	r := newRecord(x)
	if n.Compute != nil {
		if address, rule := n.Compute(x); rule != "" {
			r.ComputedClient = &computed{address, rule}
		}
	}
	line, err := json.Marshal(r, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	_, err = io.WriteString(n.out, report.Printable(string(line))+"\n")
	return err
}

// Close does nothing: captures are described in the log.
func (n *NDJSON) Close([]*exchange.Capture) error { return nil }

type record struct {
	Schema  string `json:"schema"`
	Capture string `json:"capture"`

	Entry              *int `json:"entry,omitzero"`
	Line               int  `json:"line,omitzero"`
	Frame              int  `json:"frame,omitzero"`
	FirstFrame         int  `json:"first_frame,omitzero"`
	ResponseFrame      int  `json:"response_frame,omitzero"`
	ResponseFirstFrame int  `json:"response_first_frame,omitzero"`

	// FirstCapture and so on are the files of the frames above where that is not
	// Capture.
	FirstCapture         string `json:"first_capture,omitzero"`
	ResponseCapture      string `json:"response_capture,omitzero"`
	ResponseFirstCapture string `json:"response_first_capture,omitzero"`

	Interface  string     `json:"interface,omitzero"`
	Connection string     `json:"connection,omitzero"`
	Client     endpoint   `json:"client,omitzero"`
	Server     endpoint   `json:"server,omitzero"`
	Announced  *announced `json:"announced,omitzero"`

	ComputedClient *computed `json:"computed_client,omitzero"`

	Logged   *logged `json:"logged,omitzero"`
	Time     string  `json:"time,omitzero"`
	Answered string  `json:"answered,omitzero"`

	Method     string `json:"method"`
	URL        string `json:"url"`
	Status     int    `json:"status,omitzero"`
	NoResponse string `json:"no_response,omitzero"`
	Silence    string `json:"silence,omitzero"`
	Ended      *ended `json:"ended,omitzero"`

	Request  message  `json:"request"`
	Response *message `json:"response,omitzero"`
	Gaps     []gap    `json:"gaps"`
}

// computed is whom the application took for the client; the value is "" if it had no
// address for it.
type computed struct {
	Value string `json:"value"`
	Rule  string `json:"rule"`
}

type endpoint struct {
	Address string `json:"address,omitzero"`
	Port    int    `json:"port,omitzero"`
}

type message struct {
	Protocol   string  `json:"protocol,omitzero"`
	Reason     string  `json:"reason,omitzero"`
	Fields     []field `json:"fields"`
	Incomplete bool    `json:"incomplete"`
	Body       body    `json:"body"`
}

type field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type body struct {
	State     string `json:"state"`
	Length    *int   `json:"length,omitzero"`
	Truncated bool   `json:"truncated,omitzero"`
	MediaType string `json:"media_type,omitzero"`
}

type gap struct {
	Where  string `json:"where"`
	Length *int64 `json:"length,omitzero"`
}

func newRecord(x *exchange.Exchange) *record {
	q := &x.Request
	r := &record{
		Schema:    SchemaName,
		Interface: x.Vantage.Interface, Connection: x.Connection,
		Client: endpoint(x.Client), Server: endpoint(x.Server),
		Time: stamp(x.Started), Answered: stamp(x.Answered),
		Method: q.Method, URL: target(q), NoResponse: noResponse(x), Silence: string(x.Silence),
		Request: newMessage(q.Proto, "", q.Fields, q.Body),
		Gaps:    newGaps(x.Gaps),
	}
	r.locate(x)
	r.announce(x)
	r.Ended = newEnded(x, r.Capture)
	r.log(x)
	if s := x.Response; s != nil {
		response := newMessage(s.Proto, s.Reason, s.Fields, s.Body)
		r.Response, r.Status = &response, s.Status
	}
	return r
}

// locate says where the exchange can be seen: frames are numbered within their
// file, as tshark does, and of a capture in several files an exchange may be in two.
func (r *record) locate(x *exchange.Exchange) {
	c := x.Ref.Capture
	switch {
	case x.Ref.HasEntry:
		r.Entry = &x.Ref.Entry
		r.Capture, _ = c.Locate(0)
		return
	case x.Ref.HasLine:
		r.Line = x.Ref.Line
		r.Capture, _ = c.Locate(0)
		return
	}
	elsewhere := func(frame int) (name string, local int) {
		if name, local = c.Locate(frame); name == r.Capture {
			name = ""
		}
		return name, local
	}
	r.Capture, r.Frame = c.Locate(x.Ref.Frame)
	r.FirstCapture, r.FirstFrame = elsewhere(x.Ref.FirstFrame)
	if s := x.Response; s != nil {
		r.ResponseCapture, r.ResponseFrame = elsewhere(s.Ref.Frame)
		r.ResponseFirstCapture, r.ResponseFirstFrame = elsewhere(s.Ref.FirstFrame)
	}
}

func newMessage(proto, reason string, fields exchange.Fields, content exchange.Body) message {
	m := message{
		Protocol: proto, Reason: reason, Incomplete: fields.Incomplete,
		Fields: make([]field, len(fields.Lines)),
		Body:   body{State: content.State.String(), Truncated: content.Truncated, MediaType: content.MediaType},
	}
	for i, line := range fields.Lines {
		m.Fields[i] = field(line)
	}
	if content.State == exchange.Known {
		length := cmp.Or(content.Replaced, len(content.Bytes))
		m.Body.Length = &length
	}
	return m
}

func newGaps(gaps []exchange.Gap) []gap {
	list := make([]gap, len(gaps))
	for i, g := range gaps {
		list[i].Where = g.Where
		if g.Length >= 0 {
			list[i].Length = &g.Length
		}
	}
	return list
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
