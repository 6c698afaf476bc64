// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// Captures that are cut or have lost packets, together, show no login twice, and say
// nothing that is not so.
func TestCutsMakeNoLogins(t *testing.T) {
	t.Parallel()
	variants := map[string]func(i int, data []byte) []byte{}
	for _, n := range []int{96, 200, 600, 1000, 1200} {
		variants[fmt.Sprintf("snaplen %d", n)] = func(_ int, b []byte) []byte { return pcaptest.Snaplen(b, n) }
	}
	for _, loss := range []float64{0.01, 0.1} {
		for seed := range uint64(4) {
			variants[fmt.Sprintf("%.0f %% dropped, seed %d", loss*100, seed)] = func(i int, b []byte) []byte { return pcaptest.Drop(b, uint64(i)*7+seed, loss) }
		}
	}
	names := slices.Sorted(maps.Keys(variants))
	for k, truth := range loadTruths(t) {
		for n, name := range names {
			if kinds[truth.Scenario] == "" && (n+k)%5 != 0 { // a sample of the others
				continue
			}
			change := variants[name]
			var wire, all []file
			for i, f := range inputOf(t, truth, everything).files {
				if strings.HasSuffix(f.name, ".pcap") {
					f.data = change(i, f.data)
					wire = append(wire, f)
				}
				all = append(all, f)
			}
			t.Run(truth.Scenario+"/"+name, func(t *testing.T) { holdSubset(t, truth, all) })
			t.Run(truth.Scenario+"/"+name+"/without the browser", func(t *testing.T) { holdSubset(t, truth, wire) })
		}
	}
}
