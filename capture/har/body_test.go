// SPDX-License-Identifier: Apache-2.0

package har

import (
	"fmt"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
)

func TestRequestBodies(t *testing.T) {
	for _, test := range []struct{ name, request, want string }{
		{"text wins over params", `"postData":{"text":"a=1","params":[{"name":"b","value":"2"}]}`, `known "a=1"`},
		{"decoded params", `"postData":{"params":[{"name":"a b","value":"=|%"},{"name":"c","value":"+"}]}`, `known "a+b=%3D%7C%25&c=%2B"`},
		{"encoded params", `"postData":{"params":[{"name":"a","value":"x%7Cy+z"}]}`, `known "a=x%7Cy+z" lossy`},
		{"plain params", `"postData":{"params":[{"name":"a","value":"T0k3n-_."}]}`, `known "a=T0k3n-_."`},
		{"uploaded file", `"postData":{"params":[{"name":"a","fileName":"x.bin"}]}`, `unknown ""`},
		{"params of a multipart form", `"postData":{"mimeType":"multipart/form-data","params":[{"name":"a","value":"b"}]}`, `unknown ""`},
		{"base64", `"postData":{"text":"YT0x","encoding":"base64"}`, `known "a=1"`},
		{"empty text", `"postData":{"text":""}`, `known ""`},
		{"empty text of something", `"bodySize":9,"postData":{"text":""}`, `unknown ""`},
		{"none", `"bodySize":0`, `unknown ""`},
		{"null", `"postData":null`, `unknown ""`},
	} {
		x := one(t, test.request+","+hostField, someField)
		if got := brief(x.Request.Body); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
	_, exchanges := loadText(t, entryText)
	if got := brief(exchanges[0].Request.Body); got != `known ""` {
		t.Errorf("GET: got %s", got)
	}
}

func brief(b exchange.Body) string {
	text := fmt.Sprintf("%s %q", b.State, b.Bytes)
	if b.Truncated {
		text += " truncated"
	}
	if b.Lossy {
		text += " lossy"
	}
	return text
}

func TestResponseBodies(t *testing.T) {
	for _, test := range []struct{ name, response, want string }{
		{"text", `"content":{"text":"a\u00e9"}`, `known "aé"`},
		{"lone surrogate", `"content":{"text":"a\ud800"}`, `known "a�" lossy`},
		{"not UTF-8", "\"content\":{\"text\":\"a\xff\"}", `known "a\xff"`},
		{"base64 with line breaks", `"content":{"text":"_-\r\n8 = ","encoding":"Base64"}`, `known "\xff\xef"`},
		{"base64 without text", `"content":{"size":5,"encoding":"base64"}`, `unknown ""`},
		{"not base64", `"content":{"text":"<p>","encoding":"base64"}`, `unknown ""`},
		{"stays compressed", `"content":{"text":"H4sI","encoding":"base64"}`, `known "\x1f\x8b\b"`},
		{"size 0", `"content":{"size":0}`, `known ""`},
		{"size unknown", `"content":{"size":-1}`, `unknown ""`},
		{"size 0 but a length", `"headers":[["Content-Length","5"]],"content":{"size":0}`, `unknown ""`},
		{"no content", `"status":204`, `known ""`},
		{"redirect", `"status":302,"content":{"size":0}`, `unknown ""`},
		{"empty redirect", `"status":302,"headers":[["Content-Length","0"]]`, `known ""`},
		{"stored copy of a 304", `"status":304,"content":{"text":"old"}`, `known "old"`},
		{"null", `"content":null`, `unknown ""`},
	} {
		x := one(t, hostField, someField+","+test.response)
		if got := brief(x.Response.Body); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// TestTruncation checks that a content of exactly the limit is whole, in every
// way of writing it, and one byte more is not.
func TestTruncation(t *testing.T) {
	const limit = 200_000 // beyond maxText
	for _, test := range []struct {
		name, piece, content string
		size                 int // of a piece, decoded
	}{
		{"plain", "x", `"text":"%s"`, 1},
		{"escaped", `\u003c`, `"text":"%s"`, 1},
		{"two bytes", `\u00e9`, `"text":"%s"`, 2},
		{"emoji", `\ud83d\ude00`, `"text":"%s"`, 4},
		{"base64", strings.Repeat("QUFB", 19) + `\r\n`, `"encoding":"base64","text":"%s"`, 57},
	} {
		fits := limit / test.size
		for _, pieces := range []int{fits, fits + 1, 10 * fits} {
			content := fmt.Sprintf(test.content, strings.Repeat(test.piece, pieces))
			text := `{"log":{"entries":[{"request":{"method":"GET","url":"http://h/"},"response":{"status":200,"content":{` + content + `}}}]}}`
			_, exchanges, err := load(strings.NewReader(text), keepAll(limit))
			if err != nil {
				t.Fatal(err)
			}
			body := exchanges[0].Response.Body
			if body.Truncated != (pieces > fits) || len(body.Bytes) > limit || len(body.Bytes) < limit-test.size || body.Lossy {
				t.Errorf("%s, %d of %d: kept %d bytes, truncated %v, lossy %v",
					test.name, pieces, fits, len(body.Bytes), body.Truncated, body.Lossy)
			}
		}
	}
}

// TestPolicy checks that the policy is asked once a message, with the heads,
// wherever the content stands.
func TestPolicy(t *testing.T) {
	content := `"content":{"text":"abc","mimeType":"Text/HTML; charset=x"}`
	for _, response := range []string{`"status":200,` + someField + "," + content, content + "," + someField + `,"status":200`} {
		for _, want := range []bool{true, false} {
			asked := 0
			policy := exchange.BodyPolicy{MaxBytes: 10, WantResponse: func(q *exchange.Request, s *exchange.Response) bool {
				asked++
				if q.URL.Path != "/p" || q.Fields.First("host") != "h" || s.Status != 200 || s.Fields.First("date") != "today" {
					t.Errorf("asked with %+v and %+v", q, s)
				}
				return want
			}}
			text := `{"log":{"entries":[{"request":{"method":"GET","url":"http://h/p",` + hostField + `},"response":{` + response + `}}]}}`
			_, exchanges, err := load(strings.NewReader(text), policy)
			if err != nil || asked != 1 {
				t.Fatalf("%v, asked %d times", err, asked)
			}
			x := exchanges[0]
			if got := x.Response.Body; (got.State == exchange.Known) != want || got.MediaType != "text/html" {
				t.Errorf("wanted %v: got %+v", want, got)
			}
			if x.Request.Body.State != exchange.Unknown {
				t.Errorf("nobody wanted %+v", x.Request.Body)
			}
		}
	}
}
