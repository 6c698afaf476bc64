// SPDX-License-Identifier: Apache-2.0

package exchanges_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/exchanges"
)

// hostile is what an attacker may write into any field that is printed.
const hostile = "\x1b]0;owned\x07\r\n\u202Eevil\u2066\u009b31m\xff\x00\U000E0041"

// hostileExchange has hostile text wherever text can come from a capture.
func hostileExchange() *exchange.Exchange {
	c := &exchange.Capture{ID: "c1", Name: "dir/" + hostile}
	fields := exchange.Fields{Incomplete: true, Lines: []exchange.Field{{Name: hostile, Value: hostile}}}
	return &exchange.Exchange{
		Ref: exchange.Ref{Capture: c, Frame: 12, FirstFrame: 11}, Vantage: exchange.Vantage{Capture: c, Interface: hostile},
		Connection: hostile,
		Client:     exchange.Endpoint{Address: hostile}, Server: exchange.Endpoint{Address: hostile, Port: 80},
		Request: exchange.Request{
			Method: hostile, Proto: hostile, Fields: fields,
			URL:  exchange.URL{Scheme: hostile, Host: hostile, Path: "/" + hostile, RawQuery: hostile},
			Body: exchange.Body{MediaType: hostile},
		},
		Announced: &exchange.ProxyHeader{
			Version: 2, Source: exchange.Endpoint{Address: hostile}, Destination: exchange.Endpoint{Address: hostile},
			Authority: hostile, UniqueID: hostile, Problem: hostile, Frame: 1,
		},
		NoResponse: hostile,
		Gaps:       []exchange.Gap{{Where: hostile, Length: -1}},
	}
}

// answered is an exchange with everything that a packet capture shows.
func answered() *exchange.Exchange {
	c := &exchange.Capture{ID: "c1", Name: "hub.pcap"}
	return &exchange.Exchange{
		Ref: exchange.Ref{Capture: c, Frame: 12, FirstFrame: 11}, Connection: "3",
		Client: exchange.Endpoint{Address: "10.244.1.9", Port: 34362}, Server: exchange.Endpoint{Address: "2001:db8::20", Port: 8081},
		Started: time.Date(2026, 11, 22, 7, 28, 7, 5e6, time.UTC),
		Request: exchange.Request{Method: "GET", URL: exchange.URL{Host: "hub.example.test", Path: "/hub/login", RawQuery: "v=0123456789abcdef01234&next=%2F"}},
		Response: &exchange.Response{
			Ref: exchange.Ref{Capture: c, Frame: 15, FirstFrame: 14}, Status: 200,
			Fields: exchange.Fields{Incomplete: true},
		},
		Gaps: []exchange.Gap{{Where: "response content", Length: 1460}, {Where: "response head", Length: -1}},
	}
}

type writer interface {
	Write(*exchange.Exchange) error
	Close([]*exchange.Capture) error
}

func write(t *testing.T, w writer, captures []*exchange.Capture, list ...*exchange.Exchange) {
	t.Helper()
	for _, x := range list {
		if err := w.Write(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(captures); err != nil {
		t.Fatal(err)
	}
}

func TestText(t *testing.T) {
	x := answered()
	unanswered := answered()
	unanswered.Response, unanswered.NoResponse, unanswered.Gaps = nil, "the server closed the connection without a response", nil
	unanswered.Request.Method, unanswered.Request.URL.RawQuery = "POST", ""
	x.Ref.Capture.Ledger = exchange.Ledger{Packets: 20, Exchanges: 2, NotHTTP: 3, Encrypted: 4, Duplicate: 5, Undecodable: 6, Gaps: 7}
	x.Ref.Capture.AddNote(exchange.NoteDamaged, "the capture ends in the middle of a packet")
	var out bytes.Buffer
	write(t, exchanges.NewText(&out, 0), []*exchange.Capture{x.Ref.Capture}, x, unanswered)
	const want = `hub.pcap, 2026-11-22 UTC
frame  time          client → server                            request
12→15  07:28:07.005  10.244.1.9 → [2001:db8::20]:8081  200 GET  hub.example.test/hub/login?v=…&next=%2F
    gap in the response content: 1460 bytes
    gap in the response head: length unknown
    the response head is incomplete: fields may be missing
12     07:28:07.005  10.244.1.9 → [2001:db8::20]:8081  -   POST hub.example.test/hub/login
    the server closed the connection without a response

hub.pcap: 20 packets, 2 exchanges, 3 not HTTP, 4 encrypted, 5 seen twice, 6 unreadable, 7 gaps
    ! the capture ends in the middle of a packet
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestTextFitsTheTerminal(t *testing.T) {
	x := answered()
	x.Gaps = nil
	x.Request.URL.Path = "/hub/" + strings.Repeat("é", 100)
	var out bytes.Buffer
	write(t, exchanges.NewText(&out, 100), nil, x)
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 100 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if !strings.Contains(out.String(), "…\n") {
		t.Errorf("nothing was cut off:\n%s", out.String())
	}
}

// Lines are handed on as they come, or memory would grow with the list.
func TestTextIsAStream(t *testing.T) {
	var out bytes.Buffer
	w := exchanges.NewText(&out, 0)
	for range 1000 {
		if err := w.Write(answered()); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "10.244.1.9"); n < 700 || strings.Count(out.String(), "UTC") != 1 {
		t.Errorf("only %d of 1000 lines were written before the end", n)
	}
}

func TestHostileTextIsHarmless(t *testing.T) {
	x := hostileExchange()
	c := x.Ref.Capture
	c.AddNote(exchange.NoteLimit, hostile)
	var text, ndjson bytes.Buffer
	write(t, exchanges.NewText(&text, 0), []*exchange.Capture{c}, x, x)
	write(t, exchanges.NewNDJSON(&ndjson), []*exchange.Capture{c}, x)
	for _, out := range []string{text.String(), ndjson.String()} {
		if !strings.Contains(out, "owned") {
			t.Fatal("the text is not there at all")
		}
		for _, r := range out {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Fatalf("the list holds %U", r)
			}
		}
	}
	for line := range strings.Lines(text.String()) {
		if strings.HasPrefix(line, "evil") {
			t.Errorf("a value begins a line: %q", line)
		}
	}
	if strings.Count(ndjson.String(), "\n") != 1 {
		t.Error("one exchange has several lines")
	}
	validate(t, ndjson.Bytes())
}

// Every line of every recording follows the schema.
func TestSchema(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/jupyterhub/*/*.*a[rp]")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	var out bytes.Buffer
	w := exchanges.NewNDJSON(&out)
	loader := &capture.Loader{
		Bodies: exchange.BodyPolicy{MaxBytes: 100, WantRequest: func(*exchange.Request) bool { return true }},
		Emit: func(x *exchange.Exchange) {
			if err := w.Write(x); err != nil {
				t.Fatal(err)
			}
		},
	}
	for _, file := range files {
		if err := loader.Load(t.Context(), file); err != nil {
			t.Fatal(err)
		}
	}
	loader.Close()
	write(t, w, nil, answered(), hostileExchange())
	for line := range bytes.Lines(out.Bytes()) {
		validate(t, line)
	}
}

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(exchanges.Schema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("schema.json")
})

// violation says how a line breaks the schema.
func violation(t *testing.T, line []byte) error {
	t.Helper()
	compiled, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return compiled.Validate(value)
}

func validate(t *testing.T, line []byte) {
	t.Helper()
	if err := violation(t, line); err != nil {
		t.Errorf("%v: %s", err, line)
	}
}

// A schema that lets everything through would prove nothing.
func TestSchemaRefuses(t *testing.T) {
	for _, line := range []string{
		`{}`,
		`{"schema":"logintrace.exchange/v1","capture":"c","frame":1,"first_frame":1,"method":"GET","url":"/","request":{"fields":[],"incomplete":false,"body":{"state":"unknown"}},"gaps":[]}`,
		`{"schema":"logintrace.exchange/v1","capture":"c","entry":1,"frame":1,"method":"GET","url":"/","no_response":"x","request":{"fields":[],"incomplete":false,"body":{"state":"unknown"}},"gaps":[]}`,
		`{"schema":"logintrace.exchange/v1","capture":"c","entry":1,"method":"GET","url":"/","no_response":"x","request":{"fields":[],"incomplete":false,"body":{"state":"known"}},"gaps":[]}`,
	} {
		if violation(t, []byte(line)) == nil {
			t.Errorf("accepted %s", line)
		}
	}
}
