// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"github.com/logintrace/logintrace/analyze/causes/hub"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/spawns"
)

// spawnsRefused are the findings on servers that the Hub did not start. They are of no
// login: what a user asks for later can be long after it.
func spawnsRefused(refusals []*spawns.Refusal) (list []finding.Finding) {
	for _, r := range refusals {
		list = append(list, *hub.SpawnRefused(r))
	}
	return list
}
