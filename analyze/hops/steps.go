// SPDX-License-Identifier: Apache-2.0

package hops

// Joined is one request: what the steps of a caller saw of it, outermost first, and the
// path they show.
type Joined[S any] struct {
	Seen []S
	Path Path
}

// JoinSteps is Join for steps that hold a sighting each: one Joined a request, in order
// of time.
func JoinSteps[S any](steps []S, sighting func(S) *Sighting) ([]Joined[S], Clocks) {
	of := make(map[*Sighting]S, len(steps))
	sightings := make([]*Sighting, len(steps))
	for i, s := range steps {
		sightings[i] = sighting(s)
		of[sightings[i]] = s
	}
	requests, clocks := Join(sightings)
	joined := make([]Joined[S], len(requests))
	for i, r := range requests {
		seen := make([]S, len(r.Sightings))
		for k, sighting := range r.Sightings {
			seen[k] = of[sighting]
		}
		joined[i] = Joined[S]{seen, r.Path}
	}
	return joined, clocks
}

// MostTelling is the sighting of which most is known, of equals the innermost.
func MostTelling[S any](seen []S, known func(S) int) S {
	best := seen[0]
	for _, s := range seen[1:] {
		if known(s) >= known(best) {
			best = s
		}
	}
	return best
}
