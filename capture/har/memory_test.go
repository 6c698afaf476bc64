// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// loadInChild tells the re-executed test binary which recording to read.
const loadInChild = "LOGINTRACE_HAR_MEMORY"

// hugeRecordings are recordings that must not be held in memory.
func hugeRecordings() map[string]func() io.Reader {
	entry := func(text string) string {
		return `{"_connectionId":"1","startedDateTime":"2026-11-22T07:28:07Z","time":1,` +
			`"request":{"method":"GET","url":"http://h/","headers":[{"name":"Host","value":"h"}]},` +
			`"response":{"status":200,"headers":[{"name":"Vary","value":"x"}],"content":{"mimeType":"text/html","text":"` + text + `"}}},`
	}
	log := func(parts ...io.Reader) io.Reader {
		parts = append([]io.Reader{strings.NewReader(`{"log":{"entries":[`)}, parts...)
		return io.MultiReader(append(parts, strings.NewReader(entryText+"]}}"))...)
	}
	long := strings.Repeat(`<p class=\"x\">hello, hello</p>\n`, 32<<10) // 1 MiB
	return map[string]func() io.Reader{
		// 300 MB, of which 200 MB are one string and the rest 10,000 entries.
		"string": func() io.Reader {
			head, tail, _ := strings.Cut(entry("\x00"), "\x00")
			return log(&repeater{text: entry(strings.Repeat("y", 10_000)), times: 10_000},
				strings.NewReader(head), &repeater{text: long, times: 200}, strings.NewReader(tail))
		},
		"fields": func() io.Reader {
			return log(strings.NewReader(`{"request":{"method":"GET","url":"http://h/","headers":[`),
				&repeater{text: `{"name":"X-Filler","value":"0123456789"},`, times: 10_000_000}, strings.NewReader(`0]}},`))
		},
		"messages": func() io.Reader {
			return log(strings.NewReader(`{"_webSocketMessages":[`),
				&repeater{text: `{"type":"send","data":"0123456789"},`, times: 5_000_000}, strings.NewReader(`0]},`))
		},
		"white space": func() io.Reader {
			return log(&repeater{text: strings.Repeat(" ", 1<<20), times: 200})
		},
	}
}

// TestPeakMemory reads huge recordings in a process of its own each and looks
// at the most memory that this process ever had.
func TestPeakMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some 1.2 GB")
	}
	if name := os.Getenv(loadInChild); name != "" {
		readInChild(t, hugeRecordings()[name]())
		return
	}
	for name := range hugeRecordings() {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "-test.run=^TestPeakMemory$", "-test.v")
			command.Env = append(os.Environ(), loadInChild+"="+name)
			output, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			_, result, _ := strings.Cut(string(output), "PEAK ")
			var peak, size int
			var seconds float64
			if _, err := fmt.Sscan(result, &peak, &size, &seconds); err != nil {
				t.Fatalf("%v in %s", err, output)
			}
			t.Logf("%d MB read in %.2f s (%.0f MB/s), peak memory %d MB",
				size>>20, seconds, float64(size>>20)/seconds, peak>>20)
			if peak > 100<<20 {
				t.Errorf("peak memory is %d MB, want at most 100", peak>>20)
			}
		})
	}
}

func readInChild(t *testing.T, r io.Reader) {
	counter := &countingReader{r: r}
	start := time.Now()
	var c exchange.Capture
	err := Read(t.Context(), counter, &c, keepAll(1<<20), func(x *exchange.Exchange) error {
		if x.Response != nil && len(x.Response.Body.Bytes) > 1<<20 {
			t.Errorf("%s keeps %d bytes", x.Ref, len(x.Response.Body.Bytes))
		}
		return nil
	})
	if err != nil || c.Ledger.Exchanges == 0 || c.HasNote(exchange.NoteDamaged) && c.Ledger.Undecodable == 0 {
		t.Fatalf("got %v, %+v, %q", err, c.Ledger, c.Notes)
	}
	fmt.Println("PEAK", peakMemory(), counter.n, time.Since(start).Seconds())
}

type countingReader struct {
	r io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

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
