// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"

	"golang.org/x/net/html"
)

// HiddenInput is the value of the first input of a name in a page, "" if there is none.
func HiddenInput(page []byte, name string) string {
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			if value, ok := inputNamed(tokens, name); ok {
				return value
			}
		}
	}
}

func inputNamed(tokens *html.Tokenizer, wanted string) (value string, ok bool) {
	element, more := tokens.TagName()
	if string(element) != "input" {
		return "", false
	}
	for more {
		var key, text []byte
		key, text, more = tokens.TagAttr()
		switch string(key) {
		case "name":
			ok = string(text) == wanted
		case "value":
			value = string(text)
		}
	}
	return value, ok
}
