// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// notHandedOn says what the sender of the i-th hop did with a client's address that the
// hop before told of and this one does not, as the end of a sentence.
func notHandedOn(p hops.Path, i int, client string) string {
	var dropped []string
	for _, name := range p.Carries(i-1, client) {
		if p.Field(i, name).Change == hops.Dropped {
			dropped = append(dropped, name)
		}
	}
	if len(dropped) > 0 {
		return fmt.Sprintf("dropped %s, which told of the client%s", both(dropped), emptied(p, i))
	}
	return "did not hand the client's address on in any field" + emptied(p, i)
}

// broke says how the sender of the i-th hop came to send a field that holds no one
// address, as the end of a sentence.
func (c *Case) broke(p hops.Path, i int, name string) string {
	lines, _ := p[i].Head().Values(name)
	if len(lines) < 2 {
		return "wrote into " + name + " what is no plain address"
	}
	did := fmt.Sprintf("sent %s %s", name, times(len(lines)))
	if before, state := p[i-1].Head().Values(name); state == exchange.Known && len(before) < len(lines) {
		did = fmt.Sprintf("added a line to the %s that came in", name)
	}
	if guess, ok := c.program(p[i].From.Address); ok && guess.Name == party.IngressNginx && name == "X-Real-IP" {
		did += "; ingress-nginx sends it once by itself, and a configuration-snippet or proxy-set-headers once more"
	}
	return did
}

func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// ownFields are what a program writes by itself into every request. Traefik does so at
// its entry point, before any middleware, and appends to X-Forwarded-For at the end
// unless a middleware emptied that (v3.5.4, pkg/middlewares/forwardedheaders and
// pkg/middlewares/headers; run in the lab).
var ownFields = map[party.Name][]string{party.Traefik: {"X-Real-Ip", "X-Forwarded-For"}}

// emptied names the fields that the sender of the i-th hop would have written by itself
// and did not, as the end of a clause; else it is "". That takes a program that was
// recognised, and heads in which nothing is missing.
func emptied(p hops.Path, i int) string {
	guess, ok := party.Recognize(p.Observe(i))
	if !ok || guess.Confidence < party.Likely {
		return ""
	}
	lacking := slices.Clone(ownFields[guess.Name])
	lacking = slices.DeleteFunc(lacking, func(name string) bool {
		_, state := p[i].Head().Values(name)
		return state != exchange.Absent
	})
	if len(lacking) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s writes %s by itself, so its configuration empties that)", guess.Name, strings.Join(lacking, " and "))
}
