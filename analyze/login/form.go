// SPDX-License-Identifier: Apache-2.0

package login

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// readForm looks for the submitted token where tornado does (6.4.2, web.py,
// check_xsrf_cookie): query and content, the last value counts, then two fields.
func (s *Step) readForm(r *exchange.Request) {
	query := parseForm(r.URL.RawQuery)
	values := query["_xsrf"]
	values = append(values, parseForm(string(wholePairs(r)))["_xsrf"]...)
	raw := ""
	if len(values) > 0 {
		raw = strings.TrimSpace(values[len(values)-1])
	}
	for _, name := range []string{"X-Xsrftoken", "X-Csrftoken"} {
		if raw == "" {
			raw = r.Fields.First(name)
		}
	}
	s.FormWhole = r.Fields.First("Content-Length") == strconv.Itoa(len(r.Body.Bytes)) && r.Body.State == exchange.Known
	content := formContent(r)
	s.Posted = len(content) > 0
	switch {
	case isMask(raw):
	case raw != "":
		s.Form, s.FormState = newToken(raw), exchange.Known
	case r.Body.Truncated || r.Fields.Incomplete || content == nil:
	case len(content) > 0 && !bytes.ContainsRune(content, '='): // something stands where a form was
	default:
		s.FormState = exchange.Absent
	}
}

// hidePosted takes what the user typed out of the words of the answer, which may
// repeat it.
func (s *Step) hidePosted(form []byte) {
	const shortest = 4 // anything shorter would tear words apart
	for name, values := range parseForm(string(form)) {
		for _, value := range values {
			if len(value) >= shortest && name != "_xsrf" {
				s.Page.LoginError = strings.ReplaceAll(s.Page.LoginError, value, "…")
				s.Page.Message = strings.ReplaceAll(s.Page.Message, value, "…")
			}
		}
	}
}

// isMask reports whether somebody put a word in the place of a value before the
// recording was handed on. What was there is then unknown.
func isMask(value string) bool {
	value = strings.ToLower(value)
	for _, word := range []string{"redact", "remov", "hidden", "mask", "filter", "sanit", "***", "xxxx", "•••"} {
		if strings.Contains(value, word) && len(value) < 64 {
			return true
		}
	}
	return false
}

// formContent returns the content if it is a form; nil if it is something else,
// such as multipart, in which a token may hide.
func formContent(r *exchange.Request) []byte {
	media := r.Body.MediaType
	if media == "" {
		media = r.Fields.First("Content-Type")
	}
	if r.Body.State != exchange.Known || media != "" && !strings.Contains(strings.ToLower(media), "form-urlencoded") {
		return nil
	}
	if r.Body.Bytes == nil {
		return []byte{}
	}
	return r.Body.Bytes
}

// wholePairs is the content without the pair in which a recording breaks off: half a
// token looks like another one.
func wholePairs(r *exchange.Request) []byte {
	content := formContent(r)
	if r.Body.Truncated {
		return content[:max(0, bytes.LastIndexByte(content, '&'))]
	}
	return content
}

// parseForm reads what it can of an URL-encoded form. Unlike url.ParseQuery it
// never gives up as a whole.
func parseForm(encoded string) map[string][]string {
	values := map[string][]string{}
	for encoded != "" {
		var pair string
		pair, encoded, _ = strings.Cut(encoded, "&")
		name, value, _ := strings.Cut(pair, "=")
		if name = unescape(name); name != "" {
			values[name] = append(values[name], unescape(value))
		}
	}
	return values
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
