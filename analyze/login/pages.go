// SPDX-License-Identifier: Apache-2.0

package login

import (
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
}

// site is where a login form lives, as one capture shows it.
type site struct {
	capture    *exchange.Capture
	host, path string
}

type pageKey struct {
	site
	token string
}

type mintKey struct {
	site
	second int64
}

func newPageIndex() *pageIndex {
	return &pageIndex{map[pageKey]*Step{}, map[pageKey]*Step{}, map[mintKey]*Step{}, map[site]*Step{}}
}

func (s *Step) site() site { return site{s.Ref.Capture, s.Host, s.Path} }

// showsForm reports whether a step answered with a login form: the page itself,
// or from 5.3 on the page on which a refused form is shown again.
func (s *Step) showsForm() bool {
	return s.Answered && (s.Status == 200 || s.Method == "POST" && s.Status == 403)
}

func (p *pageIndex) add(page *Step) {
	at := page.site()
	p.last[at] = page
	if held := page.Page.Token(); held != "" {
		p.byPage[pageKey{at, newToken(held).copies()}] = page
	}
	for _, set := range page.Set {
		p.byCookie[pageKey{at, set.copies()}] = page
	}
	if !page.Date.IsZero() {
		p.byMint[mintKey{at, page.Date.Unix()}] = page
	}
}

// formOf returns the page that a form was submitted from, and what ties them
// together. Time and order are taken as a tie in the recording of one browser
// only: in a proxy's capture the page may have been another client's.
func (p *pageIndex) formOf(submit *Step) (*Step, Link) {
	at, form := submit.site(), submit.Form
	if !form.IsZero() {
		key := pageKey{at, form.copies()}
		if page := p.byPage[key]; page != nil {
			return page, LinkPage
		}
		if page := p.byCookie[key]; page != nil {
			return page, LinkCookie
		}
	}
	if page := p.cookieSetBy(at, submit); page != nil {
		return page, LinkSent
	}
	if at.capture == nil || at.capture.Kind != exchange.KindHAR {
		return nil, LinkNone
	}
	if page := p.mintedAt(at, form); page != nil {
		return page, LinkMint
	}
	if page := p.last[at]; page != nil {
		return page, LinkOrder
	}
	return nil, LinkNone
}

// cookieSetBy returns the page that set a cookie of the submit. It is asked for
// forms without a token only: a form's own token can be of another page.
func (p *pageIndex) cookieSetBy(at site, submit *Step) *Step {
	if !submit.Form.IsZero() {
		return nil
	}
	for _, cookie := range submit.Cookies {
		if page := p.byCookie[pageKey{at, cookie.copies()}]; page != nil {
			return page
		}
	}
	return nil
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
