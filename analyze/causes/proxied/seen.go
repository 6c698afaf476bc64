// SPDX-License-Identifier: Apache-2.0

package proxied

import (
	"fmt"
	"time"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// ByItself says of a request that a proxy answered it without asking anybody, where its
// own log or both its sides show that; "" if they do not.
func ByItself(c *Case) string {
	c.maker, c.made = c.Request.Maker(c.Witness)
	_, asked := c.Request.Statement(exchange.SaidUpstreamFailed, exchange.SaidUpstreamHeadTooLarge)
	if !c.made || c.maker.How < answers.Seen || asked || c.silent() || c.refused() || c.serversSide() {
		return ""
	}
	return fmt.Sprintf("%s answered %s with %d by itself, and asked no server", c.who(), c.what(), c.Request.Status())
}

// WhoMade asks who made an answer. Where the captures show from whom it came in, nobody is
// asked for what shows no more than that.
func WhoMade(r *answers.Request, what string) finding.Missing {
	if r != nil {
		if from, ok := r.CameFrom(); ok {
			return causes.Missing(what+": "+from.HostPort()+", from which it came, or somebody behind that",
				"the log of "+from.Address+", or on its node: tcpdump -i any -s 0 -w inner.pcap, through a login")
		}
	}
	return causes.Missing(what, causes.HowToSeeMaker)
}

// recently is how long before an answer a refusal is still worth a word: proxies ask their
// servers every few seconds (HAProxy 2 s, Traefik 30 s by default).
const recently = 30 * time.Second

// refusing is the one server that refused connections of the party that answered, up to
// its answer, and how many; n is 0 if there is none, or several. A proxy that tries its
// servers from time to time answers at once when none is left.
func (c *Case) refusing() (one *exchange.Refused, n int) {
	if c.Request.Status() != 503 || c.maker.Refused != nil || c.silent() || len(c.Request.Path) == 0 || c.unexplained503() {
		return nil, 0
	}
	h := c.Request.Path[len(c.Request.Path)-1]
	if c.maker.Address != "" && h.To.Address != c.maker.Address {
		return nil, 0
	}
	for _, s := range h.Sightings {
		if s.Ref.Capture == nil || s.Status == 0 {
			continue
		}
		one, n = nil, 0
		for i := range s.Ref.Capture.Refused {
			r := &s.Ref.Capture.Refused[i]
			switch {
			case r.Client.Address != h.To.Address || !r.Time.Before(s.AnsweredAt) || s.AnsweredAt.Sub(r.Time) > recently:
				continue
			case one != nil && one.Server != r.Server:
				return nil, 0
			case one == nil || r.Time.Before(one.Time):
				one = r
			}
			n++
		}
		if n > 0 {
			return one, n
		}
	}
	return nil, 0
}

func refusedWords(r *exchange.Refused, n int) string {
	connections := "a connection"
	if n > 1 {
		connections = fmt.Sprintf("%d connections", n)
	}
	return fmt.Sprintf("%s refused %s of %s before", r.Server.HostPort(), connections, r.Client.Address)
}
