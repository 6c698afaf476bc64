// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

const (
	proxyLine  = ">PROXY TCP4 203.0.113.9 192.0.2.2 50000 80\r\n"
	proxyBlock = ">\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x17\xcb\x00\x71\x09\xc0\x00\x02\x02\xc3\x50\x00\x50\x02\x00\x01h\x05\x00\x04id\x00\xff"
	proxyLocal = ">\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"
	refusal    = "<HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad"
)

// announced is what exchanges say of the header.
func announced(x *exchange.Exchange) string {
	a := x.Announced
	switch {
	case a == nil:
		return "-"
	case a.Problem != "":
		return fmt.Sprintf("v%d %s", a.Version, a.Problem)
	case a.Local:
		return fmt.Sprintf("v%d local", a.Version)
	}
	return fmt.Sprintf("v%d %s %d %s %d %q %q", a.Version, a.Source.Address, a.Source.Port, a.Destination.Address, a.Destination.Port, a.Authority, a.UniqueID)
}

func TestAnnounced(t *testing.T) {
	const one = `v1 203.0.113.9 50000 192.0.2.2 80 "" ""`
	const two = `v2 203.0.113.9 50000 192.0.2.2 80 "h" "id\x00\xff"`
	for _, test := range []struct {
		name  string
		said  []string
		want  []string // exchanges
		whose string
	}{
		{"version 1", []string{proxyLine, get, empty, get, empty}, []string{"GET ://h/a -> 200 OK", "GET ://h/a -> 200 OK"}, one},
		{"version 2", []string{proxyBlock + get[1:], empty, get, empty}, []string{"GET ://h/a -> 200 OK", "GET ://h/a -> 200 OK"}, two},
		{"a health check", []string{proxyLocal + get[1:], empty}, []string{"GET ://h/a -> 200 OK"}, "v2 local"},
		{"a connection that is only opened", []string{proxyLine, "client FIN", "FIN"}, nil, ""},
		{"two headers", []string{proxyLine + proxyBlock[1:] + get[1:], empty}, []string{"GET ://h/a -> 200 OK"}, one},
		{"unknown", []string{">PROXY UNKNOWN\r\n" + get[1:], empty}, []string{"GET ://h/a -> 200 OK"}, `v1  0  0 "" ""`},
		{"malformed", []string{">PROXY TCP4 1 2 3 4\r\n" + get[1:], empty}, []string{"GET ://h/a -> 200 OK"},
			`v1 PROXY protocol header: "1" is no address of TCP4`},
		{"before TLS", []string{proxyLine + "\x16\x03\x01\x00\x04\x01\x00\x00\x00"}, nil, ""},
		{"a request with this method", []string{">PROXY / HTTP/1.1\r\n\r\n", empty}, []string{"PROXY / -> 200 OK"}, "-"},

		{"not expected, seen with the request", []string{proxyLine + get[1:], refusal, "FIN"}, []string{`GET ://h/a -> 400 Bad Request "bad"`}, one},
		{"not expected, version 2", []string{proxyBlock + get[1:], refusal, "FIN"}, []string{`GET ://h/a -> 400 Bad Request "bad"`}, two},
		{"not expected, seen before the request", []string{proxyLine, refusal, "FIN", get}, []string{`GET ://h/a -> 400 Bad Request "bad"`}, one},
		{"not expected, and no request", []string{proxyLine, refusal, "FIN"}, []string{`PROXY  ? incomplete -> 400 Bad Request "bad"`}, one},
		{"not expected, closed", []string{proxyLine + get[1:], "FIN"}, []string{"GET ://h/a -> (" + closed + ")"}, one},
		{"not expected, reset", []string{proxyLine, "RST", get}, []string{"GET ://h/a -> (" + reset + ")"}, one},
	} {
		for _, mss := range []int{1448, 1} {
			t.Run(fmt.Sprintf("%s/mss=%d", test.name, mss), func(t *testing.T) {
				c, all, r := read(talk(mss, test.said...), 100)
				var got []string
				for _, x := range all {
					got = append(got, brief(x))
					if a := announced(x); a != test.whose {
						t.Errorf("announced is %s, want %s", a, test.whose)
					}
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("got %q, want %q", got, test.want)
				}
				if r.held != 0 || r.ResponsesAlone() != 0 {
					t.Errorf("%d bytes are still held, %d responses belong to nothing", r.held, r.ResponsesAlone())
				}
				if l := c.Ledger; l.Used+l.NotHTTP+l.Encrypted != len(talk(mss, test.said...)) {
					t.Errorf("the ledger is %+v", l)
				}
			})
		}
	}
}

// What real servers do with a header that they expect, or not. The recording is
// made by testdata/proxy-protocol.sh; nginx' log says "broken header" of the third.
func TestAnnouncedToNginx(t *testing.T) {
	_, all, r := read(readSegments(t, "testdata/proxy-protocol.pcap"), 0)
	var got []string
	for _, x := range all {
		status := 0
		if x.Response != nil {
			status = x.Response.Status
		}
		source := "-"
		if x.Announced != nil {
			source = fmt.Sprintf("v%d %s", x.Announced.Version, x.Announced.Source.Address)
		}
		got = append(got, fmt.Sprintf("%s %d %s %s", x.Request.URL.Path, status, x.Silence, source))
	}
	want := []string{
		"/ok 200  v1 127.0.0.1",
		"/sent-not-expected 400  v1 127.0.0.1",
		"/expected-not-sent 0 closed -",
		"/late 400  v1 203.0.113.9",
		"/v2 200  v2 203.0.113.9",
		"/v2-sent-not-expected 400  v2 203.0.113.9",
	}
	if !slices.Equal(got, want) || r.ResponsesAlone() != 0 {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The frame of the header is where a reader finds it, and the request begins
// behind it.
func TestAnnouncedFrames(t *testing.T) {
	_, all, _ := read(talk(1448, proxyLine, get, empty), 0)
	if len(all) != 1 || all[0].Announced.Frame != 4 || all[0].Ref.FirstFrame != 5 || all[0].Started.UnixNano() != 5000 {
		t.Fatalf("%+v", all)
	}
}

// Whether the server kept silent, or nobody listened, is for programs to tell.
func TestSilence(t *testing.T) {
	part := refusal[:20]
	for _, test := range []struct {
		name string
		said []string
		want exchange.Silence
	}{
		{"closed", []string{get, "FIN"}, exchange.SilenceClosed},
		{"closed, then the client", []string{get, "FIN", "client FIN"}, exchange.SilenceClosed},
		{"reset", []string{get, "RST"}, exchange.SilenceReset},
		{"closed after an answer", []string{get, empty, get, "FIN"}, exchange.SilenceClosed},
		{"the client closed first", []string{get, "client FIN", "FIN"}, exchange.SilenceLeft},
		{"the client closed, and the capture ends", []string{get, "client FIN"}, exchange.SilenceUnknown},
		{"the capture ends", []string{get}, exchange.SilenceUnknown},
		{"closed after rubbish", []string{get, "<rubbish", "FIN"}, exchange.SilenceUnknown},
	} {
		_, all, _ := read(talk(1448, test.said...), 0)
		if len(all) == 0 {
			t.Fatalf("%s: no exchanges", test.name)
		}
		if x := all[len(all)-1]; x.Response != nil || x.Silence != test.want || x.NoResponse == "" {
			t.Errorf("%s: %q (%s), want %q", test.name, x.Silence, x.NoResponse, test.want)
		}
	}
	// What the server said was lost: nothing is known of it.
	segments := talk(1448, get, part, "FIN")
	lost := slices.DeleteFunc(segments, func(s reassembly.Segment) bool { return strings.HasPrefix(string(s.Payload), "HTTP/") })
	_, all, _ := read(lost, 0)
	if len(all) != 1 || all[0].Silence != exchange.SilenceUnknown {
		t.Errorf("after a loss: %+v", all)
	}
	// Neither is it when the beginning of the connection is missing.
	_, all, _ = read(talk(1448, get, "FIN")[2:], 0)
	if len(all) != 1 || all[0].Silence != exchange.SilenceUnknown {
		t.Errorf("without a handshake: %+v", all)
	}
}

// However packets are lost, a header never makes a request of its own, or gives a
// request another's answer.
func TestAnnouncedLoss(t *testing.T) {
	whole := talk(40, proxyBlock, get, "<HTTP/1.1 200 1\r\nContent-Length: 0\r\n\r\n", ">GET /b HTTP/1.1\r\nHost: h\r\n\r\n", "<HTTP/1.1 200 2\r\nContent-Length: 0\r\n\r\n", "FIN", "client FIN")
	for missing := range 1 << min(len(whole), 14) {
		var segments []reassembly.Segment
		for i, s := range whole {
			if missing>>i&1 == 0 {
				segments = append(segments, s)
			}
		}
		_, all, r := read(segments, 0)
		if r.held != 0 {
			t.Fatalf("%b: %d bytes are still held", missing, r.held)
		}
		for _, x := range all {
			want := map[string]string{"/a": "1", "/b": "2"}[x.Request.URL.Path]
			if x.Response != nil && x.Request.Method == "GET" && x.Response.Reason != want {
				t.Errorf("%014b: %s", missing, brief(x))
			}
			if x.Request.Method == "PROXY" && (x.Response == nil || x.Response.Reason != "1") {
				t.Errorf("%014b: %s", missing, brief(x))
			}
		}
	}
}
