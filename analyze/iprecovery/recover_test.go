// SPDX-License-Identifier: Apache-2.0

package iprecovery

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/token"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

func target(variant token.Variant, address string, scope Scope) Target {
	return Target{
		Digest:     variant.Digest(address, firefox),
		UserAgents: []string{firefox},
		Variants:   []token.Variant{token.VariantA, token.VariantB},
		Scope:      scope,
	}
}

// The first, the last and some middle addresses of every range, and the places
// where the text gets longer, in both spellings.
func TestRecoverFindsPlantedAddresses(t *testing.T) {
	var targets []Target
	var want []string
	for _, address := range []string{
		"10.0.0.0", "10.0.0.9", "10.0.0.10", "10.0.9.99", "10.0.0.100", "10.244.3.17", "10.255.255.255",
		"172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255", "169.254.1.2", "100.64.0.0", "100.127.255.255",
	} {
		for _, text := range []string{address, "::ffff:" + address} {
			targets = append(targets, target(token.VariantB, text, Private))
			want = append(want, text)
		}
	}
	for i := range targets {
		targets[i].Variants = []token.Variant{token.VariantB} // both would double the time
	}
	var last, total uint64
	results, err := Recover(t.Context(), targets, nil, func(tried, of uint64) { last, total = tried, of })
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if !r.Found || r.Address != want[i] || r.Variant != token.VariantB {
			t.Errorf("%s: got %+v", want[i], r)
		}
	}
	if last == 0 || last > total {
		t.Errorf("progress ended at %d of %d", last, total)
	}
}

func TestRecoverTriesCandidatesInEverySpelling(t *testing.T) {
	for _, c := range []struct{ hashed, candidate string }{
		{"198.51.100.23", "198.51.100.23"},
		{"::ffff:198.51.100.23", "198.51.100.23"},
		{"198.51.100.23", "::ffff:198.51.100.23"},
		{"2001:db8::1", "2001:DB8:0:0::1"},
		{"2001:DB8::1", "2001:DB8::1"}, // a proxy's own spelling is hashed as it stands
		{"10.0.0.0/8", ""},
		{"::ffff:127.0.0.1", ""},
	} {
		results, err := Recover(t.Context(), []Target{target(token.VariantB, c.hashed, Seen)}, []string{c.candidate}, nil)
		if err != nil || !results[0].Found || results[0].Address != c.hashed || results[0].Where != WhereSeen {
			t.Errorf("%s from %q: got %+v, %v", c.hashed, c.candidate, results[0], err)
		}
	}
}

func TestRecoverScopes(t *testing.T) {
	for scope, want := range map[Scope]Result{
		Off:     {},
		Seen:    {Where: WhereSeen},
		Private: {Where: WherePrivate},
	} {
		// A public address is in none of these scopes.
		one := target(token.VariantA, "203.0.113.9", scope)
		one.Variants = one.Variants[:1]
		results, err := Recover(t.Context(), []Target{one}, []string{"192.0.2.1"}, nil)
		if err != nil || results[0] != want {
			t.Errorf("%s: got %+v, %v", scope, results[0], err)
		}
	}
}

func TestRecoverKeepsWhatItFoundWhenStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	targets := []Target{target(token.VariantA, "192.168.0.1", Private), target(token.VariantA, "203.0.113.9", Private)}
	results, err := Recover(ctx, targets, nil, func(tried, _ uint64) {
		if tried > 32*blockSize { // past 192.168.0.0/16
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !results[0].Found || results[1].Found {
		t.Errorf("got %+v, %v", results, err)
	}
	if results[1].Where != WhereSeen {
		t.Errorf("a search that was stopped says it covered %q", results[1].Where)
	}
}

// Every address once, and no other: a hole in the arithmetic of blocks would
// hide an address for ever.
func TestBlocksCoverTheRanges(t *testing.T) {
	for _, r := range append(slices.Clone(privateRanges), everyIPv4) {
		count := map[string]int{}
		for _, b := range blocksOf([]netip.Prefix{r}) {
			address := netip.AddrFrom4([4]byte{byte(b.high >> 8), byte(b.high)})
			if !r.Contains(address) {
				t.Fatalf("%s is outside of %s", address, r)
			}
			count[b.prefix]++
		}
		want := max(1, 1<<max(0, 16-r.Bits()))
		if count[""] != want || count[mappedPrefix] != want {
			t.Errorf("%s: got %v, want %d of each", r, count, want)
		}
	}
}

func TestCostCountsWhatPrivateTries(t *testing.T) {
	one := target(token.VariantA, "203.0.113.9", Private)
	one.Variants = one.Variants[:1]
	const likely = (3 + 4) << 16 // tried first, and again with the range that holds them
	const perSpelling = likely + 1<<24 + 1<<20 + 1<<16 + 1<<16 + 1<<22
	if got := Cost([]Target{one}); got != 2*perSpelling {
		t.Errorf("got %d, want %d", got, 2*perSpelling)
	}
}

func TestIsInternal(t *testing.T) {
	for text, want := range map[string]bool{
		"10.244.3.17": true, "::ffff:10.244.3.17": true, "100.64.0.1": true, "fd00::1": true, "127.0.0.1": true,
		"198.51.100.23": false, "::ffff:198.51.100.23": false, "2001:db8::1": false, "10.0.0.0/8": false, "": false, "x": false,
	} {
		if got := IsInternal(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
