// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/logintrace/logintrace/capture/exchange"
)

// packers makes each content coding.
func packers() map[string]func(io.Writer) io.WriteCloser {
	return map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"x-gzip":  func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"Deflate": func(w io.Writer) io.WriteCloser { raw, _ := flate.NewWriter(w, 6); return raw },
		"br":      func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd":    func(w io.Writer) io.WriteCloser { packed, _ := zstd.NewWriter(w); return packed },
	}
}

func pack(coding string, content []byte) []byte {
	var b bytes.Buffer
	w := packers()[coding](&b)
	w.Write(content)
	w.Close()
	return b.Bytes()
}

// answer is a response with this content.
func answer(coding string, content []byte) string {
	return fmt.Sprintf("<HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Type: Text/HTML;x\r\nContent-Length: %d\r\n\r\n%s", coding, len(content), content)
}

func responseBody(t *testing.T, limit int, response string) exchange.Body {
	t.Helper()
	_, all, _ := read(talk(1448, get, response), limit)
	if len(all) != 1 || all[0].Response == nil {
		t.Fatalf("%d exchanges", len(all))
	}
	return all[0].Response.Body
}

func TestContentCodings(t *testing.T) {
	page := []byte(strings.Repeat("<form>_xsrf</form>", 100))
	for coding := range packers() {
		packed := pack(coding, page)
		body := responseBody(t, 1800, answer(coding, packed))
		if body.State != exchange.Known || !bytes.Equal(body.Bytes, page) || body.Truncated || body.MediaType != "text/html" {
			t.Errorf("%s: %v, %d bytes, truncated %v", coding, body.State, len(body.Bytes), body.Truncated)
		}
		body = responseBody(t, 1799, answer(coding, packed))
		if len(body.Bytes) != 1799 || !body.Truncated {
			t.Errorf("%s beyond the limit: %d bytes, truncated %v", coding, len(body.Bytes), body.Truncated)
		}
	}
	for name, test := range map[string]struct {
		response string
		want     string
	}{
		"stacked":            {answer("gzip, br", pack("br", pack("gzip", []byte("abc")))), ` "abc"`},
		"identity":           {answer("identity", []byte("abc")), ` "abc"`},
		"unknown":            {answer("rot13", []byte("abc")), " ?"},
		"not gzip":           {answer("gzip", []byte("abc")), " ?"},
		"zstd in zstd":       {answer("zstd, zstd", pack("zstd", pack("zstd", []byte("abc")))), " ?"},
		"too many":           {answer("gzip,gzip,gzip,gzip,gzip", []byte("abc")), " ?"},
		"cut short":          {answer("gzip", pack("gzip", page)[:30]), " ?"},
		"exactly the limit":  {answer("identity", bytes.Repeat([]byte("x"), 20)), ` "xxxxxxxxxxxxxxxxxxxx"`},
		"one above":          {answer("identity", bytes.Repeat([]byte("x"), 21)), ` "xxxxxxxxxxxxxxxxxxxx"…`},
		"empty though coded": {answer("gzip", nil), ""},
	} {
		if got := briefBody(responseBody(t, 20, test.response)); got != test.want {
			if name != "cut short" || !strings.HasSuffix(got, "…") {
				t.Errorf("%s: got %s, want %s", name, got, test.want)
			}
		}
	}
}

// TestBombs decodes content that grows a thousandfold.
func TestBombs(t *testing.T) {
	bomb := make([]byte, 256<<20)
	for coding := range packers() {
		packed := pack(coding, bomb)
		took, grown := measure(func() {
			body := responseBody(t, 1<<20, answer(coding, packed))
			if len(body.Bytes) != 1<<20 || !body.Truncated {
				t.Errorf("%s: %d bytes, truncated %v", coding, len(body.Bytes), body.Truncated)
			}
		})
		t.Logf("%s, %d KiB for 256 MiB: %v, heap grown by %d KiB", coding, len(packed)>>10, took, grown>>10)
	}
}

func TestPolicyIsAskedOnceWithTheHead(t *testing.T) {
	asked := ""
	policy := exchange.BodyPolicy{
		MaxBytes:    10,
		WantRequest: func(q *exchange.Request) bool { asked += q.Method + q.Body.MediaType + " "; return false },
		WantResponse: func(q *exchange.Request, s *exchange.Response) bool {
			asked += fmt.Sprintf("%s %d %s ", q.URL.Path, s.Status, s.Body.MediaType)
			return false
		},
	}
	var x *exchange.Exchange
	r := New(&exchange.Capture{}, policy, func(e *exchange.Exchange) { x = e })
	for _, s := range talk(1448, ">POST /a HTTP/1.1\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\nx", answer("identity", []byte("abc"))) {
		r.Add(&s)
	}
	r.Close()
	if asked != "POSTa/b /a 200 text/html " {
		t.Errorf("asked %q", asked)
	}
	if x.Request.Body.State != exchange.Unknown || x.Response.Body.State != exchange.Unknown {
		t.Error("a body that nobody wanted is known")
	}
}
