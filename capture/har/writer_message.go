// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/logintrace/logintrace/capture/exchange"
)

type requestOut struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	Proto       string    `json:"httpVersion"`
	Cookies     []pairOut `json:"cookies"`
	Headers     []pairOut `json:"headers"`
	Query       []pairOut `json:"queryString"`
	Post        *textOut  `json:"postData,omitzero"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type responseOut struct {
	Status      int       `json:"status"`
	Reason      string    `json:"statusText"`
	Proto       string    `json:"httpVersion"`
	Cookies     []pairOut `json:"cookies"`
	Headers     []pairOut `json:"headers"`
	Content     textOut   `json:"content"`
	Redirect    string    `json:"redirectURL"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
	Failure     string    `json:"_error,omitzero"`
	Comment     string    `json:"comment,omitzero"`
}

// textOut is "postData" or "content".
type textOut struct {
	Size     *int    `json:"size,omitzero"` // of "content" alone
	MIME     string  `json:"mimeType"`
	Text     *string `json:"text,omitzero"`
	Encoding string  `json:"encoding,omitzero"`
	Comment  string  `json:"comment,omitzero"`
}

func newRequestOut(r *exchange.Request) requestOut {
	out := requestOut{
		Method:      r.Method,
		URL:         urlOut(r),
		Proto:       r.Proto,
		Cookies:     cookiesOut(r.Fields, "Cookie", false),
		Headers:     append(pseudoOut(r), headersOut(r.Fields)...),
		Query:       queryOut(r.URL.RawQuery),
		HeadersSize: -1,
		BodySize:    -1,
	}
	post := newTextOut(r.Body)
	empty := post.Text != nil && *post.Text == ""
	if empty {
		out.BodySize = 0
	}
	if post.Comment != "" || post.Text != nil && (!empty || expectsContent(r.Method)) {
		out.Post = &post
	}
	return out
}

// expectsContent reports whether Read takes a request without postData for one
// whose content was not recorded.
func expectsContent(method string) bool {
	switch strings.ToUpper(method) {
	case "POST", "PUT", "PATCH":
		return true
	}
	return false
}

// pseudoOut gives a complete HTTP/2 head its :authority back, which is no field:
// by that Read tells it from a head that a browser only meant to send.
func pseudoOut(r *exchange.Request) []pairOut {
	if _, host := r.Fields.Get("Host"); host != exchange.Absent || r.URL.Host == "" || !laterThanHTTP1(r.Proto) {
		return nil
	}
	return []pairOut{{Name: ":authority", Value: r.URL.Host}}
}

// queryOut decodes the query for viewers; Read takes it from the URL.
func queryOut(raw string) []pairOut {
	list := []pairOut{}
	for piece := range strings.SplitSeq(raw, "&") {
		if piece == "" {
			continue
		}
		name, value, _ := strings.Cut(piece, "=")
		list = append(list, pairOut{Name: unescaped(name), Value: unescaped(value)})
	}
	return list
}

func unescaped(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

func newResponseOut(x *exchange.Exchange) responseOut {
	s := x.Response
	if s == nil {
		size := 0
		return responseOut{
			Cookies: []pairOut{}, Headers: []pairOut{}, HeadersSize: -1, BodySize: -1,
			Content: textOut{Size: &size, MIME: "x-unknown"},
			Failure: failureOut(x.NoResponse), Comment: x.NoResponse,
		}
	}
	content := newTextOut(s.Body)
	size := -1
	if s.Body.State == exchange.Known && !s.Body.Truncated {
		size = len(s.Body.Bytes)
	}
	content.Size = &size
	return responseOut{
		Status: s.Status, Reason: s.Reason, Proto: s.Proto,
		Cookies:  cookiesOut(s.Fields, "Set-Cookie", true),
		Headers:  headersOut(s.Fields),
		Content:  content,
		Redirect: s.Fields.First("Location"), HeadersSize: -1, BodySize: -1,
	}
}

// What noResponse says of an entry without an answer. A test holds the words
// together by writing what was read.
const (
	failureWords = "the recording program saw the request fail: "
	silenceWords = "the recording program saw no response"
	absenceWords = "the entry holds no response"
)

// failureOut is the member "_error": what a recording program said itself, or why
// we have no response.
func failureOut(noResponse string) string {
	if quoted, ok := strings.CutPrefix(noResponse, failureWords); ok {
		if failure, err := strconv.Unquote(quoted); err == nil {
			return failure
		}
	}
	if strings.HasPrefix(noResponse, silenceWords) || strings.HasPrefix(noResponse, absenceWords) {
		return ""
	}
	return noResponse
}

// newTextOut writes a content if Read would get the same back. HAR has no way to
// say that a text is only the beginning, or that it must not be compared: such a
// content is left out, for half a form looks like a form without its other half.
func newTextOut(b exchange.Body) textOut {
	out := textOut{MIME: b.MediaType}
	replaced := bytes.Contains(b.Bytes, []byte(string(utf8.RuneError)))
	switch {
	case b.State != exchange.Known:
	case b.Truncated:
		out.Comment = "left out: only the beginning was captured"
	case b.Lossy && !replaced:
		out.Comment = "left out: not certain to be what was sent"
	case utf8.Valid(b.Bytes) && (b.Lossy || !replaced):
		text := string(b.Bytes)
		out.Text = &text
	default:
		text := base64.StdEncoding.EncodeToString(b.Bytes)
		out.Text, out.Encoding = &text, "base64"
	}
	return out
}
