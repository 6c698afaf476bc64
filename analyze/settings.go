// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/hub"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hubapi"
	"github.com/logintrace/logintrace/analyze/redirects"
	"github.com/logintrace/logintrace/capture/exchange"
)

// settings watch what shows that the Hub and those before it are set up in ways that
// do not fit each other, whoever logs in.
type settings struct {
	trail redirects.Trail
	calls hubapi.Calls
	said  *exchange.Statement // the Hub's complaint about its proxy
	began *exchange.Statement // what the Hub had said last of who starts its proxy; may be nil
	gone  bool                // the proxy's, that it cannot get the Hub's page for an error
	page  *hub.ErrorPage      // the first that the Hub gave for a path outside of its base_url

	// within says that the Hub also gave one for a path within: then its proxy has no routes.
	within bool
}

func (s *settings) add(x *exchange.Exchange) {
	s.trail.Add(x)
	s.calls.Add(x)
	s.addPage(hub.PageOf(x))
	if x.Logged != nil {
		s.hear(x.Logged.Said)
	}
}

func (s *settings) addPage(p *hub.ErrorPage) {
	switch {
	case p == nil:
	case p.Within:
		s.within = true
	case s.page == nil:
		s.page = p
	}
}

// askedOutside is the finding on the page for a path outside of the base_url.
func (s *settings) askedOutside() finding.Finding {
	var whole *redirects.Visit
	if !s.within {
		whole = s.trail.Whole(&s.page.Page)
	}
	return hub.AskedOutside(s.page, whole, s.trail.Less(&s.page.Page))
}

// hear looks for the Hub's complaint that its proxy forbids it what it asks. Other
// complaints are of a proxy that is not there.
func (s *settings) hear(list []exchange.Statement) {
	for i := range list {
		if s.said == nil && (list[i].Code == exchange.SaidProxyStarting || list[i].Code == exchange.SaidProxyNotStarted) {
			began := list[i]
			s.began = &began
		}
		forbidden := list[i].Code == exchange.SaidProxyUnreachable && strings.HasPrefix(list[i].Values.Reason, "HTTP 403")
		if forbidden && s.said == nil {
			said := list[i] // the exchange is not to be kept
			s.said = &said
		}
		s.gone = s.gone || list[i].Code == exchange.SaidErrorPageFailed
	}
}

// findings are asked for with the captures; began says that there was a login, and that
// a path from outside the Hub's base_url is none of its troubles.
func (s *settings) findings(captures []*exchange.Capture, began bool) (list []finding.Finding) {
	for _, c := range captures {
		s.hear(c.Statements)
	}
	if refused := s.calls.Refused(); len(refused) > 0 || s.said != nil {
		list = append(list, hub.TokenRefused(refused, s.said, s.began))
	}
	if stripped, ok := s.trail.Stripped(); ok {
		list = append(list, hub.Stripped(stripped))
	} else if outside, ok := s.trail.Outside(); ok {
		list = append(list, hub.Outside(outside))
	} else if s.page != nil && !began {
		list = append(list, s.askedOutside())
	}
	browser, server := s.loops()
	if browser != nil || server != nil {
		list = append(list, hub.LoopOfScheme(browser, server))
	} else if led, ok := s.trail.ToHTTP(); ok {
		list = append(list, hub.LedToHTTP(led))
	}
	return list
}

// temper looks again at what others conclude of the 404 by which configurable-http-proxy
// says that it has no route. A setting that is wrong explains it. And unless the
// proxy could not even get the Hub's page for an error, a Hub may be there whose routes
// are for other paths: then it is no more than a hint, and by the proxy's log alone not
// even that.
func (s *settings) temper(own, others []finding.Finding) (list []finding.Finding) {
	explained := slices.ContainsFunc(own, func(f finding.Finding) bool {
		return f.Code == finding.ProxyAPITokenMismatch || f.Code == finding.BaseURLMismatch
	})
	for _, f := range others {
		if f.Code == finding.AppUnavailable && f.Origin.Kind == finding.OriginAppProxy {
			if explained {
				continue
			}
			if !s.gone && onlyLogs(f) {
				continue
			}
			if !s.gone && s.trail.SeesHub() {
				f.Severity, f.Confidence = finding.Warning, finding.Possible
			}
		}
		list = append(list, f)
	}
	return list
}

// onlyLogs reports whether a finding rests on lines of logs alone.
func onlyLogs(f finding.Finding) bool {
	return !slices.ContainsFunc(f.Evidence, func(e finding.Evidence) bool { return e.Ref.Line == 0 })
}

// loops are the loop of a browser, and that of a server which answered so: the same one
// if both are there.
func (s *settings) loops() (browser, server *redirects.Loop) {
	loops := s.trail.Loops()
	at := slices.IndexFunc(loops, func(l redirects.Loop) bool { return l.First.To.Scheme == "https" })
	if at >= 0 {
		browser = &loops[at]
	}
	if browser != nil {
		if source := s.trail.Source(*browser); source != nil {
			server = &redirects.Loop{First: source, Times: 1}
		}
		return browser, server
	}
	for i := range loops {
		// Without a proxy before it, it may be a client that does not follow to https; and
		// whom a proxy says to have come by http is rightly sent there.
		if first := loops[i].First; first.Server.Address != "" && first.Forwarded && first.ToldState == exchange.Absent {
			return nil, &loops[i]
		}
	}
	return nil, nil
}
