// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/logintrace/logintrace/capture/exchange"
)

const good = "[W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms\n"

// Damage in one place costs what stands there, and nothing else.
func TestDamage(t *testing.T) {
	for _, test := range []struct {
		name, log string
		exchanges int
		ledger    exchange.Ledger
		note      exchange.NoteCode
	}{
		{"a huge line", good + strings.Repeat("x", 10<<20) + "\n" + good, 2, exchange.Ledger{Used: 2, Undecodable: 1}, exchange.NoteLimit},
		{"a huge line of a Hub", strings.TrimSuffix(good, "\n") + strings.Repeat(" ", 10<<20) + "\n" + good, 1, exchange.Ledger{Used: 1, Undecodable: 1}, exchange.NoteLimit},
		{"a huge last line", good + strings.Repeat("x", 10<<20), 1, exchange.Ledger{Used: 1, Undecodable: 1}, exchange.NoteLimit},
		{"NULs before a line", strings.Repeat("\x00", 5000) + good, 1, exchange.Ledger{Used: 1}, ""},
		{"NULs in a line", good + "[W 2026-11-22 22:\x0019:47.649 JupyterHub log:192] 403 POST /hub\x00/login (@10.244.5.42) 41.00ms\n", 1, exchange.Ledger{Used: 1, NotHTTP: 1}, ""},
		{"invalid UTF-8", "[W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/\xff\xfe (\x80@10.244.5.42) 41.00ms\n", 1, exchange.Ledger{Used: 1}, ""},
		{"cut off", good + good[:70], 1, exchange.Ledger{Used: 1, Undecodable: 1}, exchange.NoteDamaged},
		{"CRLF", strings.ReplaceAll(good+good, "\n", "\r\n"), 2, exchange.Ledger{Used: 2}, ""},
		{"blank lines", "\n\n" + good + "\n", 1, exchange.Ledger{Used: 1, NotHTTP: 3}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, list, err := load(t, []byte(test.log))
			test.ledger.Exchanges = test.exchanges
			if err != nil || len(list) != test.exchanges || c.Ledger != test.ledger {
				t.Errorf("%d exchanges, %v, %+v", len(list), err, c.Ledger)
			}
			if test.note != "" && !c.HasNote(test.note) {
				t.Errorf("no note %q: %q", test.note, c.Notes)
			}
		})
	}
}

func TestPacked(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	io.WriteString(w, strings.Repeat(good, 1000))
	w.Close()
	if _, list, err := load(t, packed.Bytes()); err != nil || len(list) != 1000 {
		t.Errorf("%d exchanges, %v", len(list), err)
	}
	c, list, err := load(t, packed.Bytes()[:packed.Len()-20])
	if err != nil || len(list) == 0 || !c.HasNote(exchange.NoteDamaged) {
		t.Errorf("cut off: %d exchanges, %v, %q", len(list), err, c.Notes)
	}
	// `kubectl logs deploy/hub > hub.log` in the PowerShell of Windows
	wide := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(good)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	if _, list, err := load(t, wide); err != nil || len(list) != 1 || !Look(wide) {
		t.Errorf("UTF-16: %d exchanges, %v", len(list), err)
	}
}

// noise is a log without an end: what a program writes that nobody asked for.
type noise struct {
	left int64
	text []byte
	at   int
}

func (n *noise) Read(p []byte) (int, error) {
	if n.left <= 0 {
		return 0, io.EOF
	}
	done := 0
	for done < len(p) {
		k := copy(p[done:], n.text[n.at:])
		n.at = (n.at + k) % len(n.text)
		done += k
	}
	n.left -= int64(done)
	return done, nil
}

// Memory must not grow with the log, whatever is in it.
func TestMemory(t *testing.T) {
	said := strings.Repeat("[W 2026-11-22 22:19:47.649 JupyterHub x:1] Failed login for "+strings.Repeat("a", 900)+"\n", 50)
	for name, text := range map[string]string{
		"noise":            "Traceback (most recent call last):\n  File \"/usr/lib/x.py\", line 3, in f\n" + strings.Repeat("z", 300) + "\n",
		"one line":         strings.Repeat("0123456789abcdef", 4096),
		"statements alone": said,
		"requests":         good + strings.Replace(good, "22:19:47", "22:19:48", 1),
		"held for ever":    good + said,
		"containers":       "",
	} {
		size := int64(24 << 20)
		if text == "" {
			var b strings.Builder
			for i := range 100000 {
				b.WriteString("[pod/p" + strings.Repeat("x", i%40) + string(rune('a'+i%26)) + "/c] " + good)
			}
			text, size = b.String(), int64(b.Len())
		}
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := &exchange.Capture{Name: "hub.log"}
		peak := uint64(0)
		count := 0
		err := Read(t.Context(), io.MultiReader(strings.NewReader(good), &noise{left: size, text: []byte(text)}), c, func(*exchange.Exchange) error {
			if count++; count%50000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&after)
				peak = max(peak, after.HeapAlloc)
			}
			return nil
		})
		runtime.GC()
		runtime.ReadMemStats(&after)
		peak = max(peak, after.HeapAlloc)
		if err != nil || peak > before.HeapAlloc+16<<20 {
			t.Errorf("%s: %v, %d KiB", name, err, (peak-before.HeapAlloc)>>10)
		}
		if c.Ledger.Exchanges != count || count == 0 {
			t.Errorf("%s: %+v", name, c.Ledger)
		}
	}
}

var errStop = errors.New("stop")

func TestErrors(t *testing.T) {
	c := &exchange.Capture{Name: "hub.log"}
	err := Read(t.Context(), strings.NewReader(strings.Repeat(good, 3)), c, func(*exchange.Exchange) error { return errStop })
	if !errors.Is(err, errStop) || c.Ledger.Exchanges != 1 {
		t.Errorf("%v, %+v", err, c.Ledger)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = Read(ctx, &noise{left: 1 << 50, text: []byte(good)}, &exchange.Capture{}, func(*exchange.Exchange) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	err = Read(t.Context(), io.MultiReader(strings.NewReader(good), failing{}), &exchange.Capture{}, func(*exchange.Exchange) error { return nil })
	if !errors.Is(err, errStop) {
		t.Error(err)
	}
	var format *FormatError
	if err = Read(t.Context(), strings.NewReader("hello\n"), &exchange.Capture{}, nil); !errors.As(err, &format) || format.Hint == "" {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errStop }

func TestLook(t *testing.T) {
	prose := "Hello,\n\nsince yesterday nobody can log in. This is what I find in the log:\n\n"
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"a line", good, true},
		{"a pasted line", prose + "> " + good + "\nCan you help?\n", true},
		{"a wrapped line", prose + "> [W 2026-11-22 22:19:47.649 JupyterHub log:192] 403\n> POST /hub/login (@10.244.5.42) 41.00ms\n", true},
		{"after a traceback", strings.Repeat("  File \"x.py\", line 1\n", 15) + good, true},
		{"after a long traceback", strings.Repeat("  File \"x.py\", line 1\n", 300) + good, true},
		{"a framed traceback", strings.Repeat("\x1b[31m│\x1b[0m x = 1 \x1b[31m│\x1b[0m\n", 300) + good, true},
		{"indented text", strings.Repeat("    word\n", 300), false},
		{"prose", prose, false},
		{"nothing", "", false},
		{"a long text with one line", strings.Repeat("word\n", 100) + good, false},
		{"a HAR", `{"log":{"version":"1.2","creator":{"name":"x"},"entries":[]}}`, false},
		{"a HAR that holds a log", "{\n  \"log\": {\n  \"entries\": [\n" + strings.Repeat("{\n\"a\": 1\n},\n", 20) + "\"text\": \"" + strings.TrimSpace(good) + "\"\n", false},
		{"a program", "package main\n\nfunc main() {}\n", false},
		{"binary", strings.Repeat("\x00\x01\x02\xff", 1000), false},
	} {
		if got := Look([]byte(test.text)); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	for _, name := range []string{"client.devtools.har", "truth.json"} {
		file, err := os.ReadFile("../../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/" + name)
		if err != nil || Look(file) {
			t.Errorf("%s is taken for a log, or %v", name, err)
		}
	}
}

// Run with: go test -run xxx -bench Read ./capture/logs
func BenchmarkRead(b *testing.B) {
	hub, err := os.ReadFile("../../fixtures/jupyterhub/five-clients-4.1.6/hub.log")
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"format=hub":    hub,
		"format=nginx":  []byte(`127.0.0.1 - - [23/Nov/2026:23:09:30 +0000] "GET /hub/login?next=%2Fhub HTTP/1.1" 302 145 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36" 143 0.001 [jhub-proxy-public-http] [] 127.0.0.1:18091 145 0.000 302 60875ff731c39b6684749087bcdcd09f` + "\n"),
		"format=json":   []byte(`{"timestamp":"2026-11-23T23:26:03.966832Z","level":"info","event":"request finished","method":"GET","path":"/api/v2/dags","query":"limit=5","status_code":403,"duration_us":153882,"client_addr":"127.0.0.1:43220","logger":"http.access"}` + "\n"),
		"format=others": []byte("    raise HTTPError(403, \"this is a line of a traceback\")\n"),
	} {
		b.Run(name, func(b *testing.B) {
			data := append([]byte(good), bytes.Repeat(text, 4<<20/len(text))...)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := Read(b.Context(), bytes.NewReader(data), &exchange.Capture{}, func(*exchange.Exchange) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
