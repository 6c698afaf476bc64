// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// talk makes a connection of what is said; each text is sent in segments of at
// most mss bytes.
func talk(mss int, said ...string) []reassembly.Segment {
	g := newTraffic(1)
	g.mss = mss
	w := &wire{traffic: g, next: [2]uint32{1000, 2000}}
	w.ends[0] = netip.MustParseAddrPort("[2001:db8::9]:1024")
	w.ends[1] = netip.MustParseAddrPort("[2001:db8::1]:80")
	w.send(0, reassembly.SYN, nil)
	w.send(1, reassembly.SYN|reassembly.ACK, nil)
	w.send(0, reassembly.ACK, nil)
	for _, text := range said {
		side := reassembly.Side(0)
		switch {
		case text == "FIN":
			w.send(1, reassembly.FIN|reassembly.ACK, nil)
			continue
		case text == "client FIN":
			w.send(0, reassembly.FIN|reassembly.ACK, nil)
			continue
		case text == "RST":
			w.send(1, reassembly.RST|reassembly.ACK, nil)
			continue
		case text == "client RST":
			w.send(0, reassembly.RST|reassembly.ACK, nil)
			continue
		case text[0] == '<':
			side = 1
		}
		w.stream(side, []byte(text[1:]))
	}
	for i := range w.sent {
		w.sent[i].Frame, w.sent[i].Nanos = i+1, int64(i+1)*1000
	}
	return w.sent
}

// read reads segments, keeping all bodies up to limit.
func read(segments []reassembly.Segment, limit int) (*exchange.Capture, []*exchange.Exchange, *Reader) {
	c := &exchange.Capture{}
	var all []*exchange.Exchange
	r := New(c, exchange.BodyPolicy{
		MaxBytes:     limit,
		WantRequest:  func(*exchange.Request) bool { return true },
		WantResponse: func(*exchange.Request, *exchange.Response) bool { return true },
	}, func(x *exchange.Exchange) { all = append(all, x) })
	for i := range segments {
		r.Add(&segments[i])
	}
	r.Close()
	return c, all, r
}

// brief is an exchange in one line, without frames and times.
func brief(x *exchange.Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s", x.Request.Method, x.Request.URL, briefBody(x.Request.Body))
	if x.Request.Fields.Incomplete {
		b.WriteString(" incomplete")
	}
	if s := x.Response; s != nil {
		fmt.Fprintf(&b, " -> %d %s%s", s.Status, s.Reason, briefBody(s.Body))
		if s.Fields.Incomplete {
			b.WriteString(" incomplete")
		}
	} else {
		fmt.Fprintf(&b, " -> (%s)", x.NoResponse)
	}
	for _, gap := range x.Gaps {
		fmt.Fprintf(&b, " [%s: %d]", gap.Where, gap.Length)
	}
	return b.String()
}

func briefBody(b exchange.Body) string {
	text := ""
	if b.State != exchange.Known {
		text = " ?"
	} else if len(b.Bytes) > 0 {
		text = fmt.Sprintf(" %q", b.Bytes)
	}
	if b.Truncated {
		text += "…"
	}
	return text
}

const (
	get   = ">GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
	empty = "<HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
)

func TestMessages(t *testing.T) {
	for _, test := range []struct {
		name string
		said []string
		want []string
	}{
		{"keep-alive", []string{get, empty, get, empty},
			[]string{"GET ://h/a -> 200 OK", "GET ://h/a -> 200 OK"}},
		{"content length", []string{">POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "<HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello"},
			[]string{`POST /a "abc" -> 200 OK "hello"`}},
		{"chunked with extension and trailers", []string{get, "<HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3;a=b\r\nabc\r\n02 \r\nde\r\n0\r\nX: y\r\n\r\n", get, empty},
			[]string{`GET ://h/a -> 200 OK "abcde"`, "GET ://h/a -> 200 OK"}},
		{"transfer coding wins over length", []string{get, "<HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", get, empty},
			[]string{`GET ://h/a -> 200 OK "a"`, "GET ://h/a -> 200 OK"}},
		{"pipelining", []string{get + ">"[1:] + get[1:], empty + empty[1:]},
			[]string{"GET ://h/a -> 200 OK", "GET ://h/a -> 200 OK"}},
		{"interim responses", []string{">POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", "<HTTP/1.1 100 Continue\r\n\r\n", ">x", "<HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + empty[1:]},
			[]string{`POST /a "x" -> 200 OK`}},
		{"HEAD, 204, 304", []string{">HEAD /a HTTP/1.1\r\n\r\n", "<HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", get, "<HTTP/1.1 204 No Content\r\n\r\n", get, "<HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", get, empty},
			[]string{"HEAD /a -> 200 OK", "GET ://h/a -> 204 No Content", "GET ://h/a -> 304 Not Modified", "GET ://h/a -> 200 OK"}},
		{"read until close", []string{">GET /a HTTP/1.0\r\n\r\n", "<HTTP/1.0 200 OK\r\n\r\nall of it", "FIN"},
			[]string{`GET /a -> 200 OK "all of it"`}},
		{"read until the capture ends", []string{">GET /a HTTP/1.0\r\n\r\n", "<HTTP/1.0 200 OK\r\n\r\nsome of it"},
			[]string{`GET /a -> 200 OK "some of it"…`}},
		{"closed too early", []string{get, "<HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "FIN"},
			[]string{`GET ://h/a -> 200 OK "ab"…`}},
		{"upgrade", []string{">GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "<HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05GET /", ">\x81\x02GET /x HTTP/1.1\r\n\r\n"},
			[]string{"GET /ws -> 101 Switching Protocols"}},
		{"CONNECT", []string{">CONNECT h:443 HTTP/1.1\r\n\r\n", "<HTTP/1.1 200 OK\r\n\r\n", ">\x16\x03\x01", "<\x16\x03\x03"},
			[]string{"CONNECT ://h:443 -> 200 OK"}},
		{"refused CONNECT", []string{">CONNECT h:443 HTTP/1.1\r\n\r\n", "<HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", get, empty},
			[]string{"CONNECT ://h:443 -> 407 No", "GET ://h/a -> 200 OK"}},
		{"answer before the request ended", []string{">POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nab", "<HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", ">cd"},
			[]string{`POST /a "abcd" -> 413 Too Large`}},
		{"bare LF, obs-fold, empty lines before", []string{">\r\n\nGET /a HTTP/1.1\nHost: h\nA: b\n  c\n\n", "<HTTP/1.1 200\nContent-Length: 0\n\n"},
			[]string{"GET ://h/a -> 200 "}},
		{"absolute form", []string{">GET http://u@h:8/a?b=c HTTP/1.1\r\nHost: other\r\n\r\n", empty},
			[]string{"GET http://h:8/a?b=c -> 200 OK"}},
		{"PROXY protocol 1", []string{">PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + get[1:], empty},
			[]string{"GET ://h/a -> 200 OK"}},
		{"PROXY protocol 2", []string{">\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x00\x02" + get[1:], empty},
			[]string{"GET ://h/a -> 200 OK"}},
		{"no response", []string{get, "FIN"},
			[]string{"GET ://h/a -> (the server closed the connection without a response)"}},
		{"reset", []string{get, "RST"},
			[]string{"GET ://h/a -> (the server reset the connection without a response)"}},
		{"capture ends", []string{get}, []string{"GET ://h/a -> (no response was captured)"}},
		{"request head cut by the end", []string{">GET /a HTTP/1.1\r\nHost: h\r\nCook"},
			[]string{"GET ://h/a ? incomplete -> (no response was captured)"}},
		{"timeout message is no answer", []string{get, empty, "<HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n", "FIN"},
			[]string{"GET ://h/a -> 200 OK"}},
		{"chunk size beyond 2^64", []string{get, "<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\nab"},
			[]string{"GET ://h/a -> 200 OK ?"}},
		{"length beyond 2^64", []string{get, "<HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\nab"},
			[]string{"GET ://h/a -> 200 OK ?"}},
		{"conflicting lengths", []string{get, "<HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nab"},
			[]string{"GET ://h/a -> 200 OK ?"}},
		{"request with a foreign transfer coding", []string{">POST /a HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nab", empty},
			[]string{"POST /a ? -> 200 OK"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, mss := range []int{1448, 1, 7} {
				segments := talk(mss, test.said...)
				c, all, _ := read(segments, 1000)
				var got []string
				for _, x := range all {
					got = append(got, brief(x))
				}
				if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
					t.Errorf("in segments of %d: got\n%s\nwant\n%s", mss, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
				}
				if c.Ledger.Used != len(segments) || c.Ledger.Exchanges != len(all) {
					t.Errorf("ledger %+v for %d segments", c.Ledger, len(segments))
				}
			}
		})
	}
}

func TestReferencesTimesAndEndpoints(t *testing.T) {
	_, all, _ := read(talk(20, get, "<HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"), 0)
	x := all[0]
	if x.Ref.FirstFrame != 4 || x.Ref.Frame != 5 || x.Response.Ref.FirstFrame != 7 || x.Response.Ref.Frame != 10 {
		t.Errorf("frames %+v and %+v", x.Ref, x.Response.Ref)
	}
	if x.Started.UnixNano() != 4000 || x.Answered.UnixNano() != 7000 {
		t.Errorf("times %v and %v", x.Started, x.Answered)
	}
	if x.Connection != "0" || x.Client != (exchange.Endpoint{Address: "2001:db8::9", Port: 1024}) || x.Server != (exchange.Endpoint{Address: "2001:db8::1", Port: 80}) {
		t.Errorf("between %v and %v, %q", x.Client, x.Server, x.Connection)
	}
}

func TestFieldsKeepOrderCaseAndRepetition(t *testing.T) {
	_, all, _ := read(talk(1448, ">GET /a HTTP/1.1\r\nb: 1\r\nB:2\r\na : 3 \r\nb:\r\nX: y\r\n\tz\r\n\xff: \xfe\r\n\r\n"), 0)
	want := []exchange.Field{{Name: "b", Value: "1"}, {Name: "B", Value: "2"}, {Name: "a", Value: "3"}, {Name: "b"}, {Name: "X", Value: "y z"}, {Name: "\xff", Value: "\xfe"}}
	if got := all[0].Request.Fields; fmt.Sprint(got.Lines) != fmt.Sprint(want) || got.Incomplete {
		t.Errorf("got %q", got.Lines)
	}
	_, all, _ = read(talk(1448, ">GET /a HTTP/1.1\r\nb: 1\r\nno colon\r\n\r\n"), 0)
	if _, state := all[0].Request.Fields.Get("c"); state != exchange.Unknown {
		t.Errorf("a head with an unreadable line says that c is %v", state)
	}
}

// TestGaps takes one segment of ten bytes out of a conversation.
func TestGaps(t *testing.T) {
	const page = "<HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + "0123456789012345678901234567890123456789"
	const chunked = "<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n0123456789abcde\r\nf\r\n0123456789abcde\r\n0\r\n\r\n"
	for _, test := range []struct {
		name          string
		said          []string
		text, segment int // which segment of which text is lost
		want          string
	}{
		{"in content of known length", []string{get, page, get, empty}, 1, 5,
			`GET ://h/a -> 200 OK "0"… [response content: 10]; GET ://h/a -> 200 OK`},
		{"in the beginning of content", []string{get, page, get, empty}, 1, 4,
			`GET ://h/a -> 200 OK "0"… [response content: 10]; GET ://h/a -> 200 OK`},
		{"in a response head", []string{get, page, get, empty}, 1, 2,
			"GET ://h/a -> 200 OK ? incomplete [response head: 10]; GET ://h/a -> 200 OK"},
		{"in a status line", []string{get, page, get, empty}, 1, 1,
			"GET ://h/a -> (no response was captured); GET ://h/a -> 200 OK"},
		{"in a request head", []string{get, empty, get, empty}, 0, 2,
			"GET /a ? incomplete -> 200 OK [request head: 8]; GET ://h/a -> 200 OK"},
		{"in a request line", []string{get, empty, get, empty}, 0, 1,
			"GET /a ? incomplete -> 200 OK [request line: 10]; GET ://h/a -> 200 OK"},
		{"a whole request start", []string{get, empty, ">G2T /b HTTP/1.1\r\n\r\n", empty, get, empty}, 2, 0,
			"GET ://h/a -> 200 OK; GET ://h/a -> 200 OK"},
		{"in chunk data", []string{get, chunked, get, empty}, 1, 5,
			`GET ://h/a -> 200 OK ? [response content: 10]; GET ://h/a -> 200 OK`},
		{"in chunk framing", []string{get, chunked, get, empty}, 1, 6,
			`GET ://h/a -> 200 OK "0123456789"… [response content: 10]; GET ://h/a -> 200 OK`},
		{"until the end", []string{get, "<HTTP/1.1 200 OK\r\nX: abcdefghi\r\n\r\n0123456789abcdefghij", "FIN"}, 1, 4,
			`GET ://h/a -> 200 OK "0123456"… [response content: 10]`},
	} {
		payload := test.said[test.text][1+10*test.segment:]
		payload = payload[:min(10, len(payload))]
		segments := talk(10, test.said...)
		i := slices.IndexFunc(segments, func(s reassembly.Segment) bool { return string(s.Payload) == payload })
		if i < 0 {
			t.Fatalf("%s: no segment is %q", test.name, payload)
		}
		_, all, _ := read(slices.Delete(segments, i, i+1), 1000)
		var got []string
		for _, x := range all {
			got = append(got, brief(x))
		}
		if got := strings.Join(got, "; "); got != test.want {
			t.Errorf("%s (%q):\ngot  %s\nwant %s", test.name, payload, got, test.want)
		}
	}
}

func TestOtherProtocolsAreCounted(t *testing.T) {
	hello := ">\x16\x03\x01\x00\x3d\x01\x00\x00\x39\x03\x03" + strings.Repeat("r", 32) + "\x00\x00\x02\x13\x01\x01\x00\x00\x0e\x00\x00\x00\x0a\x00\x08\x00\x00\x05hub.x"
	for _, test := range []struct {
		name string
		said []string
		want exchange.Ledger
	}{
		{"TLS", []string{hello, "<\x16\x03\x03\x00\x01x"}, exchange.Ledger{Encrypted: 1}},
		{"SSH", []string{"<SSH-2.0-OpenSSH_9\r\n", ">SSH-2.0-OpenSSH_9\r\n"}, exchange.Ledger{NotHTTP: 1}},
		{"HTTP/2", []string{">PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}, exchange.Ledger{NotHTTP: 1}},
		{"only a handshake", nil, exchange.Ledger{NotHTTP: 1}},
	} {
		for _, mss := range []int{1448, 1} {
			segments := talk(mss, test.said...)
			n := len(segments)
			c, _, r := read(segments, 0)
			want := exchange.Ledger{Encrypted: test.want.Encrypted * n, NotHTTP: test.want.NotHTTP * n}
			if c.Ledger != want {
				t.Errorf("%s in segments of %d: ledger %+v for %d segments", test.name, mss, c.Ledger, n)
			}
			if ports := fmt.Sprint(r.Encrypted()); test.want.Encrypted > 0 && ports != "[{80 1 [{hub.x 1}]}]" {
				t.Errorf("encrypted: %s", ports)
			}
		}
	}
}

// That HTTP/2 is not read is said, and in which frame it begins.
func TestHTTP2InClearIsSaid(t *testing.T) {
	c, _, _ := read(talk(1448, ">PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"), 0)
	if len(c.Notes) != 1 || !strings.HasPrefix(c.Notes[0].Text, "1 of the connections speak HTTP/2 in clear, which is not read; the first begins in frame 4") {
		t.Errorf("says %q", c.Notes)
	}
}

func TestTLSInTheMiddleIsEncrypted(t *testing.T) {
	segments := talk(1448, ">\x17\x03\x03\x00\x05abcde", "<\x17\x03\x03\x00\x05abcde")[3:]
	c, _, r := read(segments, 0)
	if c.Ledger.Encrypted != len(segments) || fmt.Sprint(r.Encrypted()) != "[{80 1 []}]" {
		t.Errorf("ledger %+v, %v", c.Ledger, r.Encrypted())
	}
}
