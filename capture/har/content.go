// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/logintrace/logintrace/capture/exchange"
)

// content is a member "postData" or "content". Its text had its transfer and
// content codings undone by the exporter, whatever the fields say; it must
// never be decompressed again.
type content struct {
	text     []byte
	hasText  bool
	cut      bool // text is not whole
	encoding string
	mime     string
	size     number
	params   params
}

// read reads the member; keep says whether the text itself may be of use.
func (t *content) read(c *cursor, keep bool) error {
	*t = content{}
	_, err := c.object(func(name []byte) error {
		switch string(name) {
		case "mimeType":
			return c.text(&t.mime)
		case "size":
			return c.number(&t.size)
		case "encoding":
			return c.text(&t.encoding)
		case "text":
			if keep {
				return t.readText(c)
			}
		case "params":
			return t.params.read(c)
		}
		return c.skip()
	})
	return err
}

func (t *content) readText(c *cursor) error {
	b, ok, err := c.bytes()
	if ok {
		t.text, t.hasText, t.cut = bytes.Clone(b), true, c.cut
	}
	return err
}

// body is the content of a message whose text is not empty, at most limit bytes
// of it. A text that claims to be base64 and is not is unknown.
func (t *content) body(limit int) exchange.Body {
	limit = max(limit, 0)
	body := exchange.Body{State: exchange.Known, Bytes: t.text, Truncated: t.cut}
	if strings.EqualFold(strings.TrimSpace(t.encoding), "base64") {
		decoded, ok := decodeBase64(t.text, t.cut)
		if !ok {
			return exchange.Body{}
		}
		body.Bytes = decoded
		if len(decoded) > limit {
			body.Bytes, body.Truncated = decoded[:limit], true
		}
		return body
	}
	if len(t.text) > limit {
		body.Bytes, body.Truncated = cutText(t.text, limit), true
	}
	body.Lossy = bytes.Contains(body.Bytes, []byte("\uFFFD"))
	return body
}

// cutText keeps at most n bytes and no half characters.
func cutText(text []byte, n int) []byte {
	for back := range min(n, utf8.UTFMax-1) + 1 {
		if utf8.RuneStart(text[n-back]) {
			return text[:n-back]
		}
	}
	return text[:n]
}

// decodeBase64 takes either alphabet, white space anywhere, and padding or
// none. Of a text that was cut it decodes what is whole.
func decodeBase64(text []byte, cut bool) ([]byte, bool) {
	decoded := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	if n, err := base64.StdEncoding.Decode(decoded, text); err == nil {
		return decoded[:n], true // the usual case, at several times the speed
	}
	clean := make([]byte, 0, len(text))
	for _, b := range text {
		switch b {
		case ' ', '\t', '\r', '\n', '=':
		case '-':
			clean = append(clean, '+')
		case '_':
			clean = append(clean, '/')
		default:
			clean = append(clean, b)
		}
	}
	if cut {
		clean = clean[:len(clean)/4*4]
	}
	n, err := base64.RawStdEncoding.Decode(decoded, clean)
	return decoded[:n], err == nil
}

// mediaType is the type alone, in lower case. DevTools writes "x-unknown" where
// there is none.
func mediaType(mime string) string {
	mime, _, _ = strings.Cut(mime, ";")
	mime = strings.ToLower(strings.TrimSpace(mime))
	if mime == "x-unknown" {
		return ""
	}
	return mime
}
