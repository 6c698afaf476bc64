// SPDX-License-Identifier: Apache-2.0

package login

import "github.com/logintrace/logintrace/capture/exchange"

// joinCaptures puts attempts together that several captures show: a signed token
// cannot be guessed, so two submits of one are the same submit, or the user
// submitted twice. The n-th submit of a token in one capture is the n-th in another.
// Clocks are not compared; each capture may have its own.
func joinCaptures(attempts []*Attempt) []*Attempt {
	type nth struct {
		token string
		n     int
	}
	type count struct {
		capture *exchange.Capture
		token   string
	}
	counts := map[count]int{}
	first := map[nth]*Attempt{}
	var joined []*Attempt
	for _, a := range attempts {
		a.Also = nil
		form := a.Submit.Form
		if !form.XSRF.IsSigned() {
			joined = append(joined, a)
			continue
		}
		in := count{a.Submit.Ref.Capture, form.Raw}
		key := nth{form.Raw, counts[in]}
		counts[in]++
		if one := first[key]; one != nil && one.Submit.Ref.Capture != a.Submit.Ref.Capture && one.Submit.agreesWith(a.Submit) {
			one.join(a)
			continue
		}
		first[key] = a
		joined = append(joined, a)
	}
	return joined
}

// join adds another capture's view of the same attempt, and takes from it what is
// missing here.
func (a *Attempt) join(other *Attempt) {
	a.Also = append(a.Also, other)
	a.Submit.fillFrom(other.Submit)
	if a.HubVersion == "" {
		a.HubVersion = other.HubVersion
	}
	if !a.Confirmed() && other.Confirmed() {
		a.Form, a.Link = other.Form, other.Link
	}
}

// Submits are the sightings of the submit in all captures, outermost first within
// each.
func (a *Attempt) Submits() []*Step {
	steps := a.Submit.Hops()
	for _, other := range a.Also {
		steps = append(steps, other.Submit.Hops()...)
	}
	return steps
}

// Forms are the sightings of the login page: Form, and those that other captures
// know to be the page.
func (a *Attempt) Forms() []*Step {
	var steps []*Step
	if a.Form != nil {
		steps = a.Form.Hops()
	}
	for _, other := range a.Also {
		if other.Form != nil && other.Form != a.Form && other.Confirmed() {
			steps = append(steps, other.Form.Hops()...)
		}
	}
	return steps
}
