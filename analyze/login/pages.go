// SPDX-License-Identifier: Apache-2.0

package login

import (
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// pageIndex finds the page that a submitted form came from. It holds the latest
// page for each thing that a form can be known by, so that its size and the time
// of a look-up do not depend on how many pages came before.
type pageIndex struct {
	byPage   map[pageKey]*Step
	byCookie map[pageKey]*Step
	byMint   map[mintKey]*Step
	last     map[site]*Step

	// first holds the first answer that gave out each token that cannot be guessed.
	first map[string]*Step
}

// site is where a login form lives, as one capture shows it.
type site struct {
	capture    *exchange.Capture
	host, path string
}

// pageKey is a token that was given out with a form of some kind: a Hub gives the same
// one with each of its forms. The site is set for one that can be guessed, and so may be
// given out in several places. That without a host but with a capture is of a page that
// this capture shows.
type pageKey struct {
	site
	token string
	kind  Kind
}

type mintKey struct {
	site
	second int64
}

func newPageIndex() *pageIndex {
	return &pageIndex{map[pageKey]*Step{}, map[pageKey]*Step{}, map[mintKey]*Step{}, map[site]*Step{}, map[string]*Step{}}
}

func (s *Step) site() site { return site{s.Ref.Capture, s.Host, s.Path} }

func (s *Step) key(t Token) pageKey {
	if t.Err == nil {
		return pageKey{token: t.copies(), kind: KindOf(s.Path)}
	}
	return pageKey{site: s.site(), token: t.copies()}
}

// keyHere is the key of a token in the capture that shows the step.
func (s *Step) keyHere(t Token) pageKey {
	return pageKey{site: site{capture: s.Ref.Capture}, token: t.copies(), kind: KindOf(s.Path)}
}

// Browsers is the sighting in the recording of one browser, or nil.
func (s *Step) Browsers() *Step {
	for _, sighting := range s.Sightings() {
		if c := sighting.Ref.Capture; c != nil && c.Kind == exchange.KindHAR {
			return sighting
		}
	}
	return nil
}

// showsForm reports whether a step answered with a login form: the page itself,
// or from 5.3 on the page on which a refused form is shown again.
func (s *Step) showsForm() bool {
	return s.Answered && (s.Status == 200 || s.Method == "POST" && s.Status == 403)
}

func (p *pageIndex) add(page *Step) {
	for _, seen := range page.Sightings() { // a proxy may change what is handed out
		if held := seen.Page.Token(); held != "" {
			p.put(p.byPage, seen, newToken(held), page)
			p.bear(newToken(held), page)
		}
		for _, set := range seen.Set {
			p.put(p.byCookie, seen, set.Token, page)
			p.bear(set.Token, page)
		}
	}
	if seen := page.Browsers(); seen != nil {
		p.last[seen.site()] = page
		if !seen.Date.IsZero() {
			p.byMint[mintKey{seen.site(), seen.Date.Unix()}] = page
		}
	}
}

// put enters a page under a token, wherever it was given out and for the capture that
// shows it.
func (p *pageIndex) put(index map[pageKey]*Step, seen *Step, t Token, page *Step) {
	index[seen.key(t)] = page
	if t.Err == nil {
		index[seen.keyHere(t)] = page
	}
}

func (p *pageIndex) bear(t Token, page *Step) {
	if key := t.copies(); t.Err == nil && p.first[key] == nil {
		p.first[key] = page
	}
}

func (p *pageIndex) birthOf(t Token) *Step {
	if t.Err != nil || t.IsZero() {
		return nil
	}
	return p.first[t.copies()]
}

// formOf returns the page that a form was submitted from, and what ties them
// together. Time and order are taken as a tie in the recording of one browser
// only: in a proxy's capture the page may have been another client's.
func (p *pageIndex) formOf(submit *Step) (*Step, Link) {
	if page, link := p.byToken(submit); page != nil {
		return page, link
	}
	seen := submit.Browsers()
	if seen == nil {
		return nil, LinkNone
	}
	if page := p.mintedAt(seen.site(), submit.Form); page != nil {
		return page, LinkMint
	}
	if page := p.last[seen.site()]; page != nil {
		return page, LinkOrder
	}
	return nil, LinkNone
}

// byToken returns the page that gave out the token of a submit. A cache gives one
// page to several clients: that in the recording of the submit's own browser counts
// before all others, and then those that a capture of the submit shows.
func (p *pageIndex) byToken(submit *Step) (*Step, Link) {
	if !submit.Form.IsZero() {
		for _, seen := range browsersFirst(submit) {
			if page := p.byPage[seen.keyHere(submit.Form)]; page != nil {
				return page, LinkPage
			}
			if page := p.byCookie[seen.keyHere(submit.Form)]; page != nil {
				return page, LinkCookie
			}
		}
		for _, seen := range submit.Sightings() {
			if page := p.byPage[seen.key(submit.Form)]; page != nil {
				return page, LinkPage
			}
			if page := p.byCookie[seen.key(submit.Form)]; page != nil {
				return page, LinkCookie
			}
		}
		return nil, LinkNone
	}
	// For forms without a token only: a form's own token can be of another page.
	for _, seen := range submit.Sightings() {
		for _, cookie := range submit.Cookies {
			if page := p.byCookie[seen.key(cookie)]; page != nil {
				return page, LinkSent
			}
		}
	}
	return nil, LinkNone
}

// browsersFirst are the sightings of a step, that of its browser first.
func browsersFirst(s *Step) []*Step {
	if own := s.Browsers(); own != nil {
		return append([]*Step{own}, s.Sightings()...)
	}
	return s.Sightings()
}

// elsewhere returns the page of a submit in captures whose clocks cannot be held
// against those that show the submit; the order of the two is not known there.
func (p *pageIndex) elsewhere(submit *Step, clocks hops.Clocks) (*Step, Link) {
	page, link := p.byToken(submit)
	if page == nil || page == submit {
		return nil, LinkNone
	}
	for _, a := range page.Sightings() {
		for _, b := range submit.Sightings() {
			if clocks.Comparable(a.Ref.Capture, b.Ref.Capture) {
				return nil, LinkNone
			}
		}
	}
	return page, link
}

// mintedAt returns the page that was answered in the second in which a token was
// minted, give or take one: the Date field is written a moment later.
func (p *pageIndex) mintedAt(at site, form Token) *Step {
	if form.IsZero() || form.Err != nil || form.XSRF.Minted.IsZero() {
		return nil
	}
	minted := form.XSRF.Minted.Unix()
	for _, second := range []int64{minted, minted + 1, minted - 1} {
		if page := p.byMint[mintKey{at, second}]; page != nil {
			return page
		}
	}
	return nil
}
