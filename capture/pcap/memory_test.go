// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// readInChild tells the re-executed test binary which capture to read.
const readInChild = "LOGINTRACE_PCAP_MEMORY"

// TestPeakMemory reads huge and hostile captures in a process of its own each,
// and looks at the most memory that this process ever had.
func TestPeakMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some 1.5 GB")
	}
	if name := os.Getenv(readInChild); name != "" {
		hugeCaptures()[name].readInChild(t)
		return
	}
	for name := range hugeCaptures() {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "-test.run=^TestPeakMemory$", "-test.v")
			command.Env = append(os.Environ(), readInChild+"="+name)
			output, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			_, result, _ := strings.Cut(string(output), "PEAK ")
			var peak, packets int
			var seconds float64
			if _, err := fmt.Sscan(result, &peak, &packets, &seconds); err != nil {
				t.Fatalf("%v in %s", err, output)
			}
			t.Logf("%d packets in %.2f s, peak memory %d MB", packets, seconds, peak>>20)
			if peak > peakLimit || seconds > 20 {
				t.Errorf("peak memory is %d MB, want at most %d; it took %.1f s", peak>>20, peakLimit>>20, seconds)
			}
		})
	}
}

// peakLimit includes the test binary and the Go runtime, some 12 MB, and what the
// collector leaves for a moment on a busy machine.
const peakLimit = 40 << 20

// hugeCapture is a capture that must not be held in memory. Its reading ends
// with a note that has the text; "" is for one that is as it should be.
type hugeCapture struct {
	r    func() io.Reader
	note string
}

func (h hugeCapture) readInChild(t *testing.T) {
	r := h.r()
	debug.FreeOSMemory()
	resetPeak()
	start := time.Now()
	var c exchange.Capture
	segments := 0
	err := Read(t.Context(), r, &c, func(*segmentOf) error { segments++; return nil })
	l := c.Ledger
	if err != nil || l.Packets != segments+l.Used+l.NotHTTP+l.Duplicate+l.Undecodable {
		t.Fatalf("got %v, %d segments, %+v", err, segments, l)
	}
	if h.note == "" && len(c.Notes) > 0 || !strings.Contains(fmt.Sprint(c.Notes), h.note) {
		t.Fatalf("got notes %q, want %q", c.Notes, h.note)
	}
	fmt.Println("PEAK", peakMemory(), l.Packets, time.Since(start).Seconds())
}

// resetPeak makes Linux forget what making the capture took (proc(5), clear_refs).
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMemory is the high-water mark of resident memory on Linux; elsewhere what
// the Go runtime has from the system, which never shrinks.
func peakMemory() int {
	if file, err := os.Open("/proc/self/status"); err == nil {
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			var kilobytes int
			if n, _ := fmt.Sscanf(lines.Text(), "VmHWM: %d kB", &kilobytes); n == 1 {
				return kilobytes << 10
			}
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.Sys)
}
