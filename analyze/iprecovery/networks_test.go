// SPDX-License-Identifier: Apache-2.0

package iprecovery

import (
	"encoding/base64"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/logintrace/logintrace/analyze/token"
)

// hubVector is what JupyterHub's own function made of an address (testdata/networks.py).
type hubVector struct {
	ID      int      `json:"id"`
	CIDRs   string   `json:"cidrs"`
	IP      string   `json:"ip"`
	Hash    string   `json:"hash"`
	Sources []string `json:"sources"`
}

func hubVectors(t *testing.T) ([]hubVector, []Target) {
	var file struct {
		UserAgent string      `json:"user_agent"`
		Tests     []hubVector `json:"tests"`
	}
	data, err := os.ReadFile("testdata/networks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &file); err != nil || len(file.Tests) < 25 {
		t.Fatalf("%d vectors, %v", len(file.Tests), err)
	}
	var targets []Target
	for _, v := range file.Tests {
		digest, err := base64.URLEncoding.DecodeString(v.Hash)
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, Target{
			Digest: [32]byte(digest), UserAgents: []string{file.UserAgent}, Variants: []token.Variant{token.VariantA, token.VariantB}, Scope: Seen,
		})
	}
	return file.Tests, targets
}

// The address itself is a candidate, and the network that the Hub hashed instead is found.
func TestRecoverFindsTheNetworksOfTheHub(t *testing.T) {
	vectors, targets := hubVectors(t)
	for i, v := range vectors {
		results, err := Recover(t.Context(), targets[i:i+1], []string{v.IP}, nil)
		if err != nil || !results[0].Found {
			t.Errorf("%s in %s: got %+v, %v", v.IP, v.CIDRs, results[0], err)
			continue
		}
		if got := results[0].Address; !slices.Contains(hubHashes(v), got) {
			t.Errorf("%s in %s: got %q, want one of %q", v.IP, v.CIDRs, got, hubHashes(v))
		}
	}
}

// hubHashes are the texts that can stand behind a vector: the networks as they are
// written or printed, and the address.
func hubHashes(v hubVector) []string {
	texts := []string{v.IP}
	for cidr := range strings.SplitSeq(v.CIDRs, ";") {
		cidr = strings.Replace(cidr, "/255.0.0.0", "/8", 1)
		texts = append(texts, cidr, strings.Replace(cidr, "10.244.0.0/112", "af4:0/112", 1))
	}
	return texts
}

// Nobody has seen the address, but its network is a private one.
func TestRecoverFindsPrivateNetworks(t *testing.T) {
	for _, text := range []string{"10.244.0.0/16", "10.244.3.0/24", "172.20.0.0/14", "192.168.64.0/18", "100.64.0.0/10", "10.0.0.0/9"} {
		one := target(token.VariantB, text, Private)
		one.Variants = []token.Variant{token.VariantB}
		results, err := Recover(t.Context(), []Target{one}, nil, nil)
		if err != nil || results[0].Address != text || results[0].Where != WherePrivateNetworks {
			t.Errorf("%s: got %+v, %v", text, results[0], err)
		}
		one.Scope = Seen
		if results, _ := Recover(t.Context(), []Target{one}, nil, nil); results[0].Found {
			t.Errorf("%s was found without a search of ranges", text)
		}
	}
}

func TestPrivateNetworksAreWhole(t *testing.T) {
	n := 0
	for text := range privateNetworks {
		network, err := netip.ParsePrefix(text)
		if err != nil || network.Masked() != network || !IsInternal(network.Addr().String()) {
			t.Fatal(text)
		}
		n++
	}
	if want := 1<<17 - 1 + 1<<13 - 1 + 2*(1<<9-1) + 1<<15 - 1; n != want {
		t.Errorf("got %d, want %d", n, want)
	}
}

func TestNetworksAroundAreBounded(t *testing.T) {
	var candidates []string
	for i := range 4096 {
		candidates = append(candidates, netip.AddrFrom4([4]byte{10, byte(i), byte(i >> 4), byte(i * 7)}).String())
	}
	if n := len(networksAround(candidates)); n > 3*mostNetworks || n < mostNetworks {
		t.Error(n)
	}
}
