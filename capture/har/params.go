// SPDX-License-Identifier: Apache-2.0

package har

import (
	"net/url"
	"strings"
)

const formMediaType = "application/x-www-form-urlencoded"

// params is the member "params" of postData: a form as names and values.
// Fiddler writes it in place of the text.
type params struct {
	pairs []param
	bytes int
	cut   bool // there were more
	files bool // some are uploaded files: no text can be rebuilt
}

type param struct {
	name, value string
}

func (p *params) read(c *cursor) error {
	*p = params{}
	var at param
	member := func(name []byte) error { return p.member(c, &at, name) }
	_, err := c.array(func() error {
		if len(p.pairs) >= maxFields || p.bytes > maxFieldBytes {
			p.cut = true
			return c.skip()
		}
		at = param{}
		isObject, err := c.object(member)
		if isObject {
			p.pairs = append(p.pairs, at)
			p.bytes += len(at.name) + len(at.value)
		}
		return err
	})
	return err
}

func (p *params) member(c *cursor, at *param, name []byte) error {
	switch string(name) {
	case "name", "value":
		dst := &at.value
		if string(name) == "name" {
			dst = &at.name
		}
		err := c.text(dst)
		p.cut = p.cut || c.cut
		return err
	case "fileName":
		p.files = true
	}
	return c.skip()
}

// text is the form as it would be posted. Exporters differ in whether they
// decode the values: text that holds a character that never occurs in a posted
// form was decoded. Where nothing tells, sure is false.
func (p *params) text() (text string, sure bool) {
	encode, sure := url.QueryEscape, true
	if !p.decoded() {
		encode = func(s string) string { return s }
		sure = !p.holds("%+")
	}
	var b strings.Builder
	for i, pair := range p.pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(encode(pair.name) + "=" + encode(pair.value))
	}
	return b.String(), sure
}

func (p *params) decoded() bool {
	for _, pair := range p.pairs {
		if !isFormEncoded(pair.name) || !isFormEncoded(pair.value) {
			return true
		}
	}
	return false
}

func (p *params) holds(chars string) bool {
	for _, pair := range p.pairs {
		if strings.ContainsAny(pair.name, chars) || strings.ContainsAny(pair.value, chars) {
			return true
		}
	}
	return false
}

// isFormEncoded reports whether s could be an encoded part of a posted form
// (WHATWG URL, 5.2; "~" and "!'()" because older encoders leave them alone).
func isFormEncoded(s string) bool {
	for i := 0; i < len(s); i++ {
		b := s[i]
		letter := b|0x20 >= 'a' && b|0x20 <= 'z'
		digit := b >= '0' && b <= '9'
		switch {
		case letter, digit, strings.IndexByte("+*-._~!'()", b) >= 0:
		case b == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isHex(b byte) bool {
	lower := b | 0x20
	return b >= '0' && b <= '9' || lower >= 'a' && lower <= 'f'
}
