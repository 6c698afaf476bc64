// SPDX-License-Identifier: Apache-2.0

package hops

import "slices"

// Unbroken reports whether some capture shows two requests and lacks nothing of the time
// from the first to the answer to the second: only then is known that what it does not
// show between them was not there.
func Unbroken(first, second []*Sighting) bool {
	for _, a := range first {
		for _, b := range second {
			if a.Ref.Capture == b.Ref.Capture && !a.Ref.Capture.MayLack(a.Time, later(b.Time, b.AnsweredAt)) {
				return true
			}
		}
	}
	return false
}

// Captured are all that saw any hop of the path and its fields: a line of a log shows none.
func (p Path) Captured() []*Sighting {
	return slices.DeleteFunc(p.Sightings(), func(s *Sighting) bool { return s.Ref.HasLine })
}

// Sightings are all that saw any hop of the path.
func (p Path) Sightings() (all []*Sighting) {
	for _, h := range p {
		all = append(all, h.Sightings...)
	}
	return all
}

// HandedOn reports whether one proxy stands between two hops, and what was seen of them is
// of one request for sure: then it answers for what the inner hop lacks or has otherwise,
// and for what the outer one does of the answer.
func (p Path) HandedOn(inner int, out, in *Sighting) bool {
	return p.Adjacent(inner) && !p.Translated(inner) && !MayBeTwo(out, in)
}

// MayBeTwo reports whether what came in at a proxy and what went on may be of two
// requests that are alike, each seen once: packets of the time were lost.
func MayBeTwo(in, out *Sighting) bool {
	return in == nil || out == nil || in.Ref.Capture.MayLack(in.Time, in.AnsweredAt) || out.Ref.Capture.MayLack(out.Time, out.AnsweredAt)
}
