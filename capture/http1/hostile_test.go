// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// measure runs f and returns how long it took, and by how much the heap in use
// had grown at its end.
func measure(f func()) (time.Duration, int64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	f()
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	return took, int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

func TestEndlessHead(t *testing.T) {
	for name, filler := range map[string]string{"one line": "x", "many lines": "a:b\r\n", "one byte lines": ":\n"} {
		said := []string{">GET /a HTTP/1.1\r\nA: " + strings.Repeat(filler, 2<<20/len(filler))}
		segments := talk(1448, append(said, get, empty)...)
		var all []*exchange.Exchange
		took, _ := measure(func() { _, all, _ = read(segments, 10) })
		t.Logf("%s: %d exchanges in %v", name, len(all), took)
		if len(all) == 0 || !all[0].Request.Fields.Incomplete {
			t.Errorf("%s: a head without end is complete", name)
		}
	}
}

// TestUnfinishedHeadsAreBounded begins a large head on each of many connections.
func TestUnfinishedHeadsAreBounded(t *testing.T) {
	head := talk(1448, ">GET /a HTTP/1.1\r\nA: "+strings.Repeat("x", 200<<10))
	c := &exchange.Capture{}
	r := New(c, exchange.BodyPolicy{}, func(*exchange.Exchange) {})
	highest, added := 0, 0
	_, grown := measure(func() {
		for port := range 1000 {
			for _, s := range head {
				if s.SourcePort == 1024 {
					s.SourcePort = uint16(2000 + port)
				} else {
					s.DestinationPort = uint16(2000 + port)
				}
				r.Add(&s)
				added++
			}
			highest = max(highest, r.held)
		}
	})
	t.Logf("200 MiB of unfinished heads: at most %d KiB held, heap grown by %d KiB", highest>>10, grown>>10)
	r.Close()
	if highest > maxHeld || grown > 120<<20 || !c.HasNote(exchange.NoteLimit) || c.Ledger.Used != added {
		t.Errorf("%d held, heap grown by %d, notes %v, %d of %d segments used", highest, grown, c.Notes, c.Ledger.Used, added)
	}
}

// TestRequestsWithoutAnswer pipelines requests that nobody answers.
func TestRequestsWithoutAnswer(t *testing.T) {
	const n = 100_000
	segments := talk(1448, ">"+strings.Repeat(get[1:], n))
	emitted := 0
	r := New(&exchange.Capture{}, exchange.BodyPolicy{}, func(*exchange.Exchange) { emitted++ })
	took, grown := measure(func() {
		for i := range segments {
			r.Add(&segments[i])
		}
	})
	t.Logf("%d requests: %v, heap grown by %d KiB", n, took, grown>>10)
	r.Close()
	if emitted != n || grown > 16<<20 {
		t.Errorf("%d exchanges, heap grown by %d bytes", emitted, grown)
	}
}

func TestTinySegments(t *testing.T) {
	page := "<HTTP/1.1 200 OK\r\nContent-Length: 99000\r\n\r\n" + strings.Repeat("x", 99000)
	segments := talk(1, get, page)
	took, grown := measure(func() {
		if got := find(segments).ledger; got.Exchanges != 1 || got.Used != len(segments) {
			t.Errorf("ledger %+v", got)
		}
	})
	t.Logf("%d segments: %v, heap grown by %d KiB", len(segments), took, grown>>10)
}

// TestHugeChunkIsPassedOver checks that a chunk of almost 2^63 bytes costs nothing.
func TestHugeChunkIsPassedOver(t *testing.T) {
	_, all, r := read(talk(1448, get, "<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"+strings.Repeat("x", 5000)), 10)
	if got := brief(all[0]); got != `GET ://h/a -> 200 OK "xxxxxxxxxx"…` || r.held != 0 {
		t.Errorf("got %s, %d bytes held", got, r.held)
	}
}
