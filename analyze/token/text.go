// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// maxText bounds the text of a page; the errors of identity providers are shorter.
const maxText = 4 << 10

// ReadText returns what a page says to its reader, without scripts, styles and the
// title, white space put together. A long page is cut.
func ReadText(page []byte) string {
	tokens := html.NewTokenizer(bytes.NewReader(page))
	var words strings.Builder
	hidden := ""
	for words.Len() < maxText {
		switch tokens.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(words.String()), " ")
		case html.StartTagToken:
			if name, _ := tokens.TagName(); hidden == "" && (string(name) == "script" || string(name) == "style" || string(name) == "title") {
				hidden = string(name)
			}
		case html.EndTagToken:
			if name, _ := tokens.TagName(); string(name) == hidden {
				hidden = ""
			}
			if hidden == "" {
				words.WriteByte(' ')
			}
		case html.TextToken:
			if text := tokens.Text(); hidden == "" {
				words.Write(text[:min(len(text), maxText)])
			}
		}
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(words.String(), "")), " ")
}
