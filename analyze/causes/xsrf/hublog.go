// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
)

const (
	howToRecordOn = "record whole messages, until the page after the login has appeared"
)

// HubsWord is what tells whether a Hub let the user of an answered form in, where its
// answer does not; inLog says that the answer is known by the line of a log.
func HubsWord(inLog bool) finding.Missing {
	if inLog {
		return causes.Missing("whether the Hub let the user in", causes.HowToReadHubLog)
	}
	return causes.Missing("what follows: the cookie that the answer sets, and the next page", howToRecordOn)
}

// hubLogGiven reports whether the Hub's own log tells of the login already.
func (c *Case) hubLogGiven() bool {
	return slices.ContainsFunc(c.Attempt.Steps(), func(s *login.Step) bool { return s.IsLogged() && s.FromHub() })
}

// asked is what is missing and not given already: nobody is sent to a log that they
// have just handed in.
func (c *Case) asked(list []finding.Missing) []finding.Missing {
	list = c.fromTheWire(list)
	if !c.hubLogGiven() {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(m finding.Missing) bool { return m.How == causes.HowToReadHubLog })
}

// fromTheWire words what is missing for those who recorded packets and no browser.
func (c *Case) fromTheWire(list []finding.Missing) []finding.Missing {
	if slices.ContainsFunc(c.Attempt.Steps(), func(s *login.Step) bool { return s.Browsers() != nil }) {
		return list
	}
	list = slices.Clone(list)
	for i := range list {
		if list[i].How == causes.HowToKeepBodies || list[i].How == causes.HowToKeepCookies {
			list[i].How = causes.HowToRecordPackets
		}
	}
	return list
}

// hubsHopGiven reports whether the hop in front of the Hub was seen of both requests.
func (c *Case) hubsHopGiven() bool {
	atHub := func(steps []*login.Step) bool { return slices.ContainsFunc(steps, (*login.Step).AtApplication) }
	return atHub(c.Attempt.Forms()) && atHub(c.Attempt.Submits())
}

// orSomething is a list of what would decide a login, and names something in any
// case.
func (c *Case) orSomething(list []finding.Missing) []finding.Missing {
	list = c.asked(list)
	switch {
	case len(list) > 0:
		return list
	case c.hubLogGiven():
		return []finding.Missing{causes.Missing("what was sent with the form and the page", causes.HowToCaptureSite)}
	}
	return []finding.Missing{causes.Missing("the reason in the Hub's own log", causes.HowToReadHubLog)}
}
