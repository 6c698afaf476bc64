// SPDX-License-Identifier: Apache-2.0

// Package iprecovery finds the client address that a JupyterHub saw, from the
// hash of it in an anonymous _xsrf token: it hashes candidate addresses with the
// User-Agent of the request until one gives the same digest.
//
// A hit is proof, for SHA-256 has no second preimage to offer. A miss proves
// nothing: the Hub may hash other headers, an IPv6 address or a network of any size.
package iprecovery

import (
	"context"
	"crypto/sha256"

	"github.com/logintrace/logintrace/analyze/token"
)

// Scope says how far a search goes. Each scope includes the ones before it.
type Scope string

// The scopes.
const (
	Off     Scope = "off"
	Seen    Scope = "seen"    // addresses in the captures and named by the user
	Private Scope = "private" // and the private, CGNAT and link-local IPv4 ranges
	All     Scope = "all"     // and every IPv4 address
)

// Scopes lists all scopes, narrowest first.
func Scopes() []Scope { return []Scope{Off, Seen, Private, All} }

// Target is a digest whose address is wanted.
type Target struct {
	Digest [sha256.Size]byte

	// UserAgents are tried with every candidate. Ranges are searched with the
	// first one alone, so put the likeliest first. An empty string stands for a
	// request without the field.
	UserAgents []string

	// Variants are the rules the Hub may have used; see token.VariantsFor.
	Variants []token.Variant

	// Scope bounds the search for this target.
	Scope Scope
}

// Result is what a search found for one target.
type Result struct {
	Found     bool
	Address   string // the text that was hashed, as the Hub spelled it
	UserAgent string
	Variant   token.Variant

	// Where names the set that held the address: "addresses seen", "10.0.0.0/8";
	// for a target that was not found, the widest set that was tried in full, or
	// "" if none was.
	Where string
}

// WhereSeen is the Result.Where of an address that was a candidate.
const WhereSeen = "addresses seen"

// Progress is told now and then how many addresses of how many were tried. It
// may be called from several goroutines, one at a time.
type Progress func(tried, total uint64)

// Recover searches for all targets together and returns one result for each, in
// order. Candidates are tried as they are spelled, IPv4 ones as IPv4-mapped IPv6
// too, and then the networks around them. When ctx ends the search stops, and what was found until then is
// returned together with the context's error.
func Recover(ctx context.Context, targets []Target, candidates []string, progress Progress) ([]Result, error) {
	results := make([]Result, len(targets))
	tryCandidates(targets, Spellings(candidates), results)
	tryNetworks(targets, candidates, results)
	err := searchRanges(ctx, targets, results, progress)
	return results, err
}

// hashed is what a candidate is hashed with.
type hashed struct {
	userAgent string
	variant   token.Variant
}

// tryCandidates hashes every candidate once with each User-Agent, however many
// targets there are. That takes a moment, so nothing stops it.
func tryCandidates(targets []Target, candidates []string, results []Result) {
	tables := map[hashed]map[[sha256.Size]byte]string{}
	for i, t := range targets {
		if t.Scope == Off {
			continue
		}
		results[i] = Result{Where: WhereSeen}
		for _, with := range t.ways() {
			if tables[with] == nil {
				tables[with] = with.table(candidates)
			}
			if address, ok := tables[with][t.Digest]; ok && !results[i].Found {
				results[i] = Result{true, address, with.userAgent, with.variant, WhereSeen}
			}
		}
	}
}

func (t Target) ways() []hashed {
	var ways []hashed
	for _, userAgent := range t.UserAgents {
		for _, variant := range t.Variants {
			ways = append(ways, hashed{userAgent, variant})
		}
	}
	return ways
}

// table maps the digest of each candidate to it; the first of equal ones counts.
func (h hashed) table(candidates []string) map[[sha256.Size]byte]string {
	tail := h.variant.Tail(h.userAgent)
	table := make(map[[sha256.Size]byte]string, len(candidates))
	for i := len(candidates) - 1; i >= 0; i-- {
		message := append(append(make([]byte, 0, len(candidates[i])+len(tail)), candidates[i]...), tail...)
		table[sha256.Sum256(message)] = candidates[i]
	}
	return table
}
