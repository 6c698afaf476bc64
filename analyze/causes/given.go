// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Given is what a report is made from, so that it asks for what was not given.
type Given struct {
	HAR, Packets bool
	Logs         map[exchange.Program]bool // whose lines were read
	ErrorLog     bool                      // of nginx, which has two logs

	hosts map[string]bool // that packets were read of, unencrypted
}

// mostHosts is of how many sites is remembered that they were seen.
const mostHosts = 256

// TakeHost notes the host of a request that packets show.
func (g *Given) TakeHost(host string) {
	if g.hosts == nil {
		g.hosts = map[string]bool{}
	}
	if len(g.hosts) < mostHosts {
		g.hosts[strings.ToLower(host)] = true
	}
}

// InPlain reports whether packets show requests for all of these hosts; for none at all
// nobody can tell.
func (g *Given) InPlain(hosts []string) bool {
	return len(hosts) > 0 && !slices.ContainsFunc(hosts, func(host string) bool { return !g.hosts[strings.ToLower(host)] })
}

// Take notes an exchange, or a line without one.
func (g *Given) Take(kind exchange.Kind, program exchange.Program) {
	switch kind {
	case exchange.KindHAR:
		g.HAR = true
	case exchange.KindLog:
		if g.Logs == nil {
			g.Logs = map[exchange.Program]bool{}
		}
		g.Logs[program] = true
	default:
		g.Packets = true
	}
}

// TakeSaid notes a line that makes a statement.
func (g *Given) TakeSaid(said *exchange.Statement) {
	g.Take(exchange.KindLog, said.Program)
	if said.Program == exchange.ProgramNginx && said.Code != exchange.SaidBadRequest {
		g.ErrorLog = true
	}
}

// ByLogs reports whether there are logs and nothing else.
func (g *Given) ByLogs() bool { return len(g.Logs) > 0 && !g.HAR && !g.Packets }

// proxies are the programs whose logs are those of proxies. Access logs in the common
// format are of several programs, and of proxies as a rule.
var proxies = []exchange.Program{exchange.ProgramNginx, exchange.ProgramHAProxy, exchange.ProgramTraefik, exchange.ProgramUnknown}

func (g *Given) proxyLog() bool {
	return slices.ContainsFunc(proxies, func(p exchange.Program) bool { return g.Logs[p] })
}

const (
	howToSeeFields   = "no log holds it: a HAR of the browser, or on the ingress' node: tcpdump -i any -s 0 -w ingress.pcap, through a login"
	howToSeeMore     = "the Hub's log of that moment at level DEBUG: c.JupyterHub.log_level = 10"
	howToSeeMakerToo = "on the ingress' node: tcpdump -i any -s 0 -w ingress.pcap, through a login"
	howToSeeErrorLog = "the proxy's error log of that moment, or on its node: tcpdump -i any -s 0 -w ingress.pcap, through a login"
	howToSeeHop      = "tcpdump -i any -s 0 -w hub.pcap in front of the Hub, and -w ingress.pcap on the ingress' node"
	howToRecordPage  = "record from the opening of the login page on"
)

// Fit words what is missing for those who gave this: nobody is asked for what they
// have given, or told to export something else from a thing that never holds it.
func (g *Given) Fit(list []finding.Missing) {
	for i := range list {
		if how := g.instead(list[i].How); how != "" {
			list[i].How = how
		}
	}
}

// instead is the better advice, "" if there is none.
func (g *Given) instead(how string) string {
	switch how {
	case HowToKeepBodies, HowToKeepCookies, HowToRecordPackets, HowToRecordWhole:
		switch {
		case g.ByLogs():
			return howToSeeFields
		case how == HowToRecordWhole && !g.HAR:
			return howToRecordPage
		}
	case HowToReadHubLog, HowToReadOAuthLog:
		if g.Logs[exchange.ProgramJupyterHub] {
			return howToSeeMore
		}
	case HowToSeeMaker:
		switch {
		case !g.proxyLog():
		case g.ErrorLog, g.Logs[exchange.ProgramHAProxy], g.Logs[exchange.ProgramTraefik]: // these have one log
			return howToSeeMakerToo
		default:
			return howToSeeErrorLog
		}
	case HowToSeeAsked:
		if g.HAR || g.proxyLog() {
			return HowToSeeTaken
		}
	case HowToCaptureSite:
		if g.HAR && g.Packets {
			return howToSeeHop
		}
	}
	return ""
}
