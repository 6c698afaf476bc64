// SPDX-License-Identifier: Apache-2.0

package har_test

import (
	"bytes"
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/har"
)

func everything() exchange.BodyPolicy {
	return exchange.BodyPolicy{
		MaxBytes:     1 << 20,
		WantRequest:  func(*exchange.Request) bool { return true },
		WantResponse: func(*exchange.Request, *exchange.Response) bool { return true },
	}
}

// write is the document of exchanges, which must be JSON.
func write(t *testing.T, captures []*exchange.Capture, exchanges ...*exchange.Exchange) []byte {
	t.Helper()
	var out bytes.Buffer
	w := har.NewWriter(&out, "test")
	for _, x := range exchanges {
		if err := w.Write(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(captures); err != nil {
		t.Fatal(err)
	}
	if !jsontext.Value(out.Bytes()).IsValid() {
		t.Fatalf("no JSON: %q", out.Bytes())
	}
	for _, r := range out.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("the document holds %U", r)
		}
	}
	return out.Bytes()
}

func read(t *testing.T, document []byte) (*exchange.Capture, []*exchange.Exchange) {
	t.Helper()
	var list []*exchange.Exchange
	c := &exchange.Capture{ID: "c1", Name: "written.har"}
	err := har.Read(context.Background(), bytes.NewReader(document), c, everything(), func(x *exchange.Exchange) error {
		list = append(list, x)
		return nil
	})
	if err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	return c, list
}

// What is written of every recording is read back as what it was.
func TestWriterRoundTrip(t *testing.T) {
	checked := 0
	for _, pattern := range []string{"*.har", "*.pcap"} {
		files, err := filepath.Glob("../../fixtures/jupyterhub/*/" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no recordings %s: %v", pattern, err)
		}
		for _, file := range files {
			var exchanges []*exchange.Exchange
			loader := &capture.Loader{Bodies: everything(), Emit: func(x *exchange.Exchange) { exchanges = append(exchanges, x) }}
			if err := loader.Load(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			captures := loader.Close()
			if len(exchanges) == 0 {
				continue // an ingress that nothing came through
			}
			document := write(t, captures, exchanges...)
			checkClients(t, document, exchanges)
			_, back := read(t, document)
			if len(back) != len(exchanges) {
				t.Fatalf("%s: %d exchanges, wrote %d", file, len(back), len(exchanges))
			}
			for i := range back {
				checked++
				compare(t, back[i], exchanges[i])
			}
			if again := write(t, captures, exchanges...); !bytes.Equal(again, document) {
				t.Errorf("%s: written twice, the documents differ", file)
			}
		}
	}
	if checked < 500 {
		t.Errorf("only %d exchanges were compared", checked)
	}
}

// compare holds an exchange that was read back to the one that was written.
func compare(t *testing.T, got, want *exchange.Exchange) {
	t.Helper()
	same := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s is %#v, wrote %#v", want, what, got, want)
		}
	}
	target := want.Request.URL
	if target.Scheme == "" && target.Host != "" && want.Request.Method != "CONNECT" {
		target.Scheme = "http" // it was read unencrypted
	}
	same("method", got.Request.Method, want.Request.Method)
	same("URL", got.Request.URL, target)
	same("protocol", got.Request.Proto, want.Request.Proto)
	same("request fields", got.Request.Fields.Lines, want.Request.Fields.Lines)
	same("request head incomplete", got.Request.Fields.Incomplete, want.Request.Fields.Incomplete)
	same("server", got.Server, want.Server)
	same("connection", strings.TrimPrefix(got.Connection, "c1-"), want.Connection)
	same("started", got.Started, want.Started)
	if d := got.Answered.Sub(want.Answered); d > 1 || d < -1 { // HAR writes milliseconds in floating point
		t.Errorf("%s: answered at %s, wrote %s", want.Ref, got.Answered, want.Answered)
	}
	sameBody(t, "request", got.Request.Body, want.Request.Body)
	if (got.Response == nil) != (want.Response == nil) {
		t.Fatalf("%s: response %v, wrote %v", want.Ref, got.Response, want.Response)
	}
	if want.Response == nil {
		if !strings.Contains(got.NoResponse, want.NoResponse) {
			t.Errorf("%s: %q, wrote %q", want.Ref, got.NoResponse, want.NoResponse)
		}
		return
	}
	same("status", got.Response.Status, want.Response.Status)
	same("reason", got.Response.Reason, want.Response.Reason)
	same("response fields", got.Response.Fields.Lines, want.Response.Fields.Lines)
	same("response head incomplete", got.Response.Fields.Incomplete, want.Response.Fields.Incomplete)
	sameBody(t, "response", got.Response.Body, want.Response.Body)
}

// sameBody allows a content to become unknown, never to become another.
func sameBody(t *testing.T, what string, got, want exchange.Body) {
	t.Helper()
	if got.State == exchange.Unknown && (want.State == exchange.Unknown || want.Truncated || want.Lossy || len(want.Bytes) == 0) {
		return
	}
	if got.State != want.State || !bytes.Equal(got.Bytes, want.Bytes) || got.Truncated != want.Truncated ||
		got.Lossy != want.Lossy || len(want.Bytes) > 0 && got.MediaType != want.MediaType {
		t.Errorf("%s content is %+v, wrote %+v", what, got, want)
	}
}

// checkClients looks at what HAR has no member for, and Read does not read.
func checkClients(t *testing.T, document []byte, want []*exchange.Exchange) {
	t.Helper()
	var parsed struct {
		Log struct {
			Entries []struct {
				Client string `json:"_clientIPAddress"`
				Port   int    `json:"_clientPort"`
				Frame  int    `json:"_frame"`
			} `json:"entries"`
		} `json:"log"`
	}
	if err := json.Unmarshal(document, &parsed); err != nil {
		t.Fatal(err)
	}
	if len(parsed.Log.Entries) != len(want) {
		t.Fatalf("%d entries, wrote %d", len(parsed.Log.Entries), len(want))
	}
	for i, got := range parsed.Log.Entries {
		if x := want[i]; got.Client != x.Client.Address || got.Port != x.Client.Port || got.Frame != x.Ref.Frame {
			t.Errorf("%s: client and frame are %v, wrote %v", x.Ref, got, x.Client)
		}
	}
}

// lines makes fields of names and values.
func lines(pairs ...string) []exchange.Field {
	var list []exchange.Field
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, exchange.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

// plain is an exchange that HAR can express in full.
func plain() *exchange.Exchange {
	started := time.Date(2026, 11, 22, 7, 28, 7, 123456789, time.UTC)
	return &exchange.Exchange{
		Ref:        exchange.Ref{Frame: 9, FirstFrame: 8},
		Connection: "7", Server: exchange.Endpoint{Address: "2001:db8::1", Port: 8081},
		Started: started, Answered: started.Add(1500 * time.Microsecond),
		Request: exchange.Request{
			Method: "POST", Proto: "HTTP/1.1",
			URL:    exchange.URL{Scheme: "https", Host: "hub.example.test:8443", Path: "/hub/login", RawQuery: "next=%2Fx&a"},
			Fields: exchange.Fields{Lines: lines("Host", "hub.example.test:8443", "cookie", "a=1", "Cookie", "b=2", "X-Empty", "")},
			Body:   exchange.Body{State: exchange.Known, Bytes: []byte("a=1&b=2"), MediaType: "application/x-www-form-urlencoded"},
		},
		Response: &exchange.Response{
			Status: 403, Reason: "Forbidden", Proto: "HTTP/1.1",
			Fields: exchange.Fields{Lines: lines("Set-Cookie", "a=1; Path=/", "Set-Cookie", "b=2")},
			Body:   exchange.Body{State: exchange.Known, Bytes: []byte("<p>é\x00\u202e"), MediaType: "text/html"},
		},
	}
}

func TestWriterCases(t *testing.T) {
	for name, change := range map[string]func(x *exchange.Exchange){
		"plain":                    func(*exchange.Exchange) {},
		"incomplete request head":  func(x *exchange.Exchange) { x.Request.Fields.Incomplete = true },
		"incomplete response head": func(x *exchange.Exchange) { x.Response.Fields.Incomplete = true },
		"HTTP/2, which has no Host": func(x *exchange.Exchange) {
			x.Request.Proto, x.Request.Fields.Lines = "h2", lines("accept", "*/*")
		},
		"content that is no text":     func(x *exchange.Exchange) { x.Response.Body.Bytes = []byte("\xff\x00\xfe") },
		"form that is no text":        func(x *exchange.Exchange) { x.Request.Body.Bytes = []byte("a=\xff") },
		"replacement characters sent": func(x *exchange.Exchange) { x.Response.Body.Bytes = []byte("a\uFFFD") },
		"replaced while recording": func(x *exchange.Exchange) {
			x.Response.Body.Bytes, x.Response.Body.Lossy = []byte("a\uFFFD"), true
		},
		"rebuilt, not sure":   func(x *exchange.Exchange) { x.Request.Body.Lossy = true },
		"cut off":             func(x *exchange.Exchange) { x.Request.Body.Truncated = true },
		"empty form":          func(x *exchange.Exchange) { x.Request.Body.Bytes = nil },
		"unknown content":     func(x *exchange.Exchange) { x.Request.Body = exchange.Body{} },
		"unknown times":       func(x *exchange.Exchange) { x.Started, x.Answered = time.Time{}, time.Time{} },
		"unknown answer time": func(x *exchange.Exchange) { x.Answered = time.Time{} },
		"unknown server":      func(x *exchange.Exchange) { x.Server, x.Connection = exchange.Endpoint{}, "" },
		"CONNECT": func(x *exchange.Exchange) {
			x.Request.Method, x.Request.URL = "CONNECT", exchange.URL{Host: "hub.example.test:443"}
		},
		"no answer captured":    func(x *exchange.Exchange) { x.Response, x.NoResponse = nil, "no response was captured" },
		"connection 0":          func(x *exchange.Exchange) { x.Connection = "0" },
		"no path":               func(x *exchange.Exchange) { x.Request.URL.Path = "" },
		"terminal escapes":      func(x *exchange.Exchange) { x.Request.Fields.Lines[3].Value = "\x1b]0;x\x07\u009b\U000E0041" },
		"a gap of unknown size": func(x *exchange.Exchange) { x.Gaps = []exchange.Gap{{Where: "response content", Length: -1}} },
	} {
		t.Run(name, func(t *testing.T) {
			want := plain()
			change(want)
			if want.Response == nil {
				want.Answered = time.Time{}
			}
			_, back := read(t, write(t, nil, want))
			if len(back) != 1 {
				t.Fatalf("%d exchanges", len(back))
			}
			compare(t, back[0], want)
		})
	}
}

// What HAR cannot say is left open, and never becomes something else.
func TestWriterOddTargets(t *testing.T) {
	for name, c := range map[string]struct{ in, want exchange.URL }{
		"no host":       {exchange.URL{Path: "/x"}, exchange.URL{Path: "/x"}},
		"asterisk":      {exchange.URL{Host: "h", Path: "*"}, exchange.URL{Scheme: "http", Host: "h"}},
		"damaged":       {exchange.URL{Host: "h", Path: "gin"}, exchange.URL{Scheme: "http", Host: "h", Path: "/gin"}},
		"nothing":       {exchange.URL{}, exchange.URL{Path: "/"}},
		"fragment sign": {exchange.URL{Host: "h", Path: "/a#b"}, exchange.URL{Scheme: "http", Host: "h", Path: "/a%23b"}},
	} {
		x := plain()
		x.Request.URL, x.Request.Fields.Lines = c.in, nil
		if _, back := read(t, write(t, nil, x)); len(back) != 1 || back[0].Request.URL != c.want {
			t.Errorf("%s: got %+v", name, back)
		}
	}
}

// Written twice, the words about a missing answer stay what they were.
func TestWriterKeepsReasons(t *testing.T) {
	x := plain()
	x.Response, x.NoResponse = nil, `no response was captured`
	_, first := read(t, write(t, nil, x))
	_, second := read(t, write(t, nil, first[0]))
	if first[0].NoResponse != second[0].NoResponse {
		t.Errorf("%q became %q", first[0].NoResponse, second[0].NoResponse)
	}
	first[0].NoResponse = "the recording program saw no response: blocked, cancelled or still running"
	_, again := read(t, write(t, nil, first[0]))
	if again[0].NoResponse != first[0].NoResponse {
		t.Errorf("%q became %q", first[0].NoResponse, again[0].NoResponse)
	}
}

// What a PROXY protocol header announces is kept beside what HAR knows.
func TestWriterAnnounced(t *testing.T) {
	x := plain()
	x.Announced = &exchange.ProxyHeader{Version: 1, Source: exchange.Endpoint{Address: "203.0.113.9", Port: 50000}, UniqueID: "\xff"}
	document := write(t, nil, x)
	if want := `"_announced":{"version":1,"sourceIPAddress":"203.0.113.9","sourcePort":50000,"uniqueID":"ff"}`; !bytes.Contains(document, []byte(want)) {
		t.Errorf("no %s in %s", want, document)
	}
	_, back := read(t, document)
	compare(t, back[0], x)
}

func TestWriterSeveralCaptures(t *testing.T) {
	a := &exchange.Capture{ID: "c1", Name: "a"}
	b := &exchange.Capture{ID: "c2", Name: "b", Removed: []string{"cookie"}}
	one, two := plain(), plain()
	one.Ref.Capture, two.Ref.Capture = a, b
	document := write(t, []*exchange.Capture{a, b}, one, two)
	if _, back := read(t, document); back[0].Connection == back[1].Connection {
		t.Errorf("connections of two captures are both %q", back[0].Connection)
	}
	if !bytes.Contains(document, []byte(`"_removed":["cookie"]`)) {
		t.Errorf("the document does not say what was removed")
	}
	if _, back := read(t, write(t, nil)); len(back) != 0 {
		t.Errorf("an empty list has %d exchanges", len(back))
	}
}

// Whatever stands in an exchange, the document is a HAR with that one entry.
func FuzzWriter(f *testing.F) {
	f.Add("GET", "h", "/a b#", "x=1&=&%", "Name", "\xff\x1b\n", []byte("\x00\xff"))
	f.Fuzz(func(t *testing.T, method, host, path, query, name, value string, body []byte) {
		x := plain()
		x.Request.Method, x.Request.URL = "M"+method, exchange.URL{Host: host, Path: path, RawQuery: query}
		x.Request.Fields.Lines = lines(name, value)
		x.Response.Body.Bytes = body
		c, back := read(t, write(t, nil, x))
		if len(back)+c.Ledger.Undecodable != 1 {
			t.Fatalf("%d exchanges", len(back))
		}
		if len(back) == 1 {
			sameBody(t, "response", back[0].Response.Body, x.Response.Body)
		}
	})
}
