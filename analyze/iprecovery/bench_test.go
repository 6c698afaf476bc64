// SPDX-License-Identifier: Apache-2.0

package iprecovery

import (
	"crypto/sha256"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/token"
)

// BenchmarkRecover prints what the search and a bare crypto/sha256 loop over
// messages of the same lengths reach on all cores, in one run and in turn, and
// how many times longer the search takes (ratio).
func BenchmarkRecover(b *testing.B) {
	blocks := blocksOf([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/11")})[:32]
	hashes := float64(len(blocks) * blockSize)
	var searching, bare time.Duration
	for b.Loop() {
		begin := time.Now()
		searchBlocks(b, blocks)
		searching += time.Since(begin)
		begin = time.Now()
		hashOnly(blocks)
		bare += time.Since(begin)
	}
	n := float64(b.N)
	b.ReportMetric(hashes*n/searching.Seconds()/1e6, "Mhash/s")
	b.ReportMetric(hashes*n/bare.Seconds()/1e6, "sha256-Mhash/s")
	b.ReportMetric(searching.Seconds()/bare.Seconds(), "ratio")
	b.ReportMetric(searching.Seconds()/hashes/n*(1<<24), "s/10.0.0.0/8")
	b.ReportMetric(0, "ns/op")
}

// searchBlocks looks for an address that is not in blocks.
func searchBlocks(b *testing.B, blocks []block) {
	targets := []Target{{Digest: token.VariantA.Digest("203.0.113.9", typicalUserAgent)}}
	results := make([]Result, 1)
	s := newSearch(&batch{userAgent: typicalUserAgent, variant: token.VariantA, scope: Private, members: []int{0}}, blocks, targets, results)
	if err := s.run(b.Context(), func(uint64) {}); err != nil || results[0].Found {
		b.Fatal(results, err)
	}
}

// hashOnly is the physical limit: Sum256 over ready messages, one per block.
func hashOnly(blocks []block) {
	var workers sync.WaitGroup
	work := make(chan block, len(blocks))
	for _, block := range blocks {
		work <- block
	}
	close(work)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			var sum byte
			for block := range work {
				message := []byte(block.prefix + octets[block.high>>8] + "." + octets[block.high&0xFF] + ".100.100" + typicalUserAgent)
				for range blockSize {
					digest := sha256.Sum256(message)
					sum += digest[0]
				}
			}
			runtime.KeepAlive(sum)
		})
	}
	workers.Wait()
}
