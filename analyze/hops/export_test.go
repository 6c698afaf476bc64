// SPDX-License-Identifier: Apache-2.0

package hops

// Chains are the sightings that each capture shows of one request.
func Chains(sightings []*Sighting) (all [][]*Sighting) {
	for _, capture := range byCapture(sightings) {
		for _, c := range chains(capture) {
			all = append(all, c)
		}
	}
	return all
}
