// SPDX-License-Identifier: Apache-2.0

package iprecovery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/logintrace/logintrace/analyze/token"
)

// batch is all targets that one pass over the addresses can serve: those hashed
// with the same User-Agent by the same variant.
type batch struct {
	userAgent string
	variant   token.Variant
	scope     Scope
	members   []int // indexes of targets
}

// What searches of ranges may cost, whoever wrote the recording: a User-Agent is
// hashed once for every address, and each further one takes a pass of its own.
const (
	maxSearchedAgent = 1 << 10 // bytes; browsers send under 200
	maxPasses        = 8
)

// batches groups the targets that were not found yet, those that serve most of
// them first, and leaves out what costs too much.
func batches(targets []Target, results []Result) []*batch {
	type key struct {
		userAgent string
		variant   token.Variant
		scope     Scope
	}
	var list []*batch
	known := map[key]*batch{}
	for i, t := range targets {
		if results[i].Found || len(t.UserAgents) == 0 || len(t.UserAgents[0]) > maxSearchedAgent || t.Scope != Private && t.Scope != All {
			continue
		}
		for _, variant := range t.Variants {
			k := key{t.UserAgents[0], variant, t.Scope}
			if known[k] == nil {
				known[k] = &batch{userAgent: k.userAgent, variant: variant, scope: k.scope}
				list = append(list, known[k])
			}
			known[k].members = append(known[k].members, i)
		}
	}
	slices.SortStableFunc(list, func(a, b *batch) int { return cmp.Compare(len(b.members), len(a.members)) })
	return list[:min(len(list), maxPasses)]
}

// Cost returns how many hashes a search of ranges takes at the most.
func Cost(targets []Target) uint64 {
	var total uint64
	for _, b := range batches(targets, make([]Result, len(targets))) {
		total += b.cost()
	}
	return total
}

// Rate measures how many hashes a search makes in a second on this machine. It
// takes some hundredths of a second.
func Rate() float64 {
	blocks := blocksOf(privateRanges)[:4*runtime.GOMAXPROCS(0)]
	s := newSearch(&batch{userAgent: typicalUserAgent, variant: token.VariantB}, blocks, nil, nil)
	s.missing = 1 // never found, so that all blocks are tried
	begin := time.Now()
	_ = s.run(context.Background(), func(uint64) {}) // nothing can stop it
	return float64(len(s.blocks)*blockSize) / time.Since(begin).Seconds()
}

// typicalUserAgent has the length of a browser's, on which the rate depends.
const typicalUserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0"

// stages are the ranges in the order in which they are searched. Each stage is
// gone through for all batches before the next one, so that an address in a likely
// range is found soon, whichever batch it belongs to.
func (b *batch) stages() [][]netip.Prefix {
	stages := [][]netip.Prefix{likelyFirst}
	for _, r := range privateRanges {
		stages = append(stages, []netip.Prefix{r})
	}
	if b.scope == All {
		stages = append(stages, []netip.Prefix{everyIPv4})
	}
	return stages
}

func (b *batch) cost() (hashes uint64) {
	for _, ranges := range b.stages() {
		hashes += uint64(len(blocksOf(ranges))) * blockSize
	}
	return hashes
}

func searchRanges(ctx context.Context, targets []Target, results []Result, progress Progress) error {
	work := batches(targets, results)
	var total, before uint64
	stages := 0
	for _, b := range work {
		total += b.cost()
		stages = max(stages, len(b.stages()))
	}
	for stage := range stages {
		for _, b := range work {
			if stage >= len(b.stages()) {
				continue
			}
			s := newSearch(b, blocksOf(b.stages()[stage]), targets, results)
			err := s.run(ctx, func(tried uint64) {
				if progress != nil {
					progress(before+tried, total)
				}
			})
			if err != nil {
				return err
			}
			before += uint64(len(s.blocks)) * blockSize
		}
	}
	markTried(work, results)
	return nil
}

// markTried notes, for the targets that were not found, what was tried in vain.
func markTried(work []*batch, results []Result) {
	for _, b := range work {
		where := WherePrivate
		if b.scope == All {
			where = WhereAll
		}
		for _, i := range b.members {
			if !results[i].Found {
				results[i].Where = where
			}
		}
	}
}

// search is one stage of a batch being worked on by all cores.
type search struct {
	*batch
	blocks []block
	tail   []byte
	wanted map[[sha256.Size]byte][]int
	first  [1 << 16 / 64]uint64 // which first two octets any wanted digest has

	mu      sync.Mutex
	results []Result
	next    int
	done    int
	missing int
}

func newSearch(b *batch, blocks []block, targets []Target, results []Result) *search {
	s := &search{batch: b, results: results, blocks: blocks, tail: b.variant.Tail(b.userAgent)}
	s.wanted = map[[sha256.Size]byte][]int{}
	for _, i := range b.members {
		if results[i].Found {
			continue
		}
		digest := targets[i].Digest
		s.wanted[digest] = append(s.wanted[digest], i)
		head := binary.BigEndian.Uint16(digest[:])
		s.first[head/64] |= 1 << (head % 64)
		s.missing++
	}
	return s
}

func (s *search) run(ctx context.Context, progress func(tried uint64)) error {
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				b, ok := s.take(ctx)
				if !ok {
					return
				}
				s.try(b)
				s.finish(progress)
			}
		})
	}
	workers.Wait()
	if s.missing > 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	return nil
}

// take hands out the next block; there is none when everything was found.
func (s *search) take(ctx context.Context) (block, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil || s.missing == 0 || s.next == len(s.blocks) {
		return block{}, false
	}
	s.next++
	return s.blocks[s.next-1], true
}

func (s *search) finish(progress func(tried uint64)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	progress(uint64(s.done) * blockSize)
}

// try hashes every address of a block. The message is written right-aligned
// against the tail, which never moves, so that only the last octet is rewritten
// for most addresses.
func (s *search) try(b block) {
	const room = len(mappedPrefix) + len("255.255.255.255")
	message := append(make([]byte, room, room+len(s.tail)), s.tail...)
	for third := range 256 {
		head := b.prefix + octets[b.high>>8] + "." + octets[b.high&0xFF] + "." + octets[third] + "."
		start, width := 0, 0
		for fourth := range 256 {
			last := octets[fourth]
			if len(last) != width { // 10 and 100 shift the head to the left
				width = len(last)
				start = room - width - len(head)
				copy(message[start:], head)
			}
			copy(message[room-width:], last)
			digest := sha256.Sum256(message[start:])
			if s.first[binary.BigEndian.Uint16(digest[:])/64]>>(digest[1]%64)&1 != 0 {
				s.check(digest, b, string(message[start:room]))
			}
		}
	}
}

// check records a hit. One digest in 65,536 comes here by chance.
func (s *search) check(digest [sha256.Size]byte, b block, address string) {
	members := s.wanted[digest]
	if len(members) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range members {
		if !s.results[i].Found {
			s.results[i] = Result{true, address, s.userAgent, s.variant, b.name()}
			s.missing--
		}
	}
}
