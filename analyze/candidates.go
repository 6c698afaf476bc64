// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"net/netip"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// addressBook is a set of texts in order of first appearance, of bounded size.
type addressBook struct {
	most  int
	texts []string
	seen  map[string]bool
}

func (b *addressBook) add(text string) {
	if text == "" || b.seen[text] || len(b.texts) >= b.most {
		return
	}
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	b.seen[text] = true
	b.texts = append(b.texts, text)
}

func (b *addressBook) all() []string { return b.texts }

// forwardingFields name a client to the next hop.
var forwardingFields = []string{
	"X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Original-Forwarded-For", "CF-Connecting-IP", "True-Client-IP",
	"X-Client-IP", "X-Envoy-External-Address",
}

// addFrom collects every address that an exchange shows.
func (b *addressBook) addFrom(x *exchange.Exchange) {
	b.add(x.Client.Address)
	b.add(x.Server.Address)
	for _, name := range forwardingFields {
		values, _ := x.Request.Fields.Values(name)
		for _, value := range values {
			for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(`,;=" []`, r) }) {
				if _, err := netip.ParseAddr(word); err == nil {
					b.add(word)
				}
			}
		}
	}
}
