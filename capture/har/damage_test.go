// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/logintrace/logintrace/capture/exchange"
)

const entryText = `{"request":{"method":"GET","url":"http://h/","headers":[{"name":"Host","value":"h"}]},"response":{"status":200,"headers":[]}}`

func TestNotAHAR(t *testing.T) {
	for _, test := range []struct{ name, in, problem, hint string }{
		{"empty", "", "empty", "export"},
		{"only white space", " \n", "empty", "export"},
		{"JPEG", "\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG", "screenshot"},
		{"binary", "\x00\x01\x02", "found binary data", "Export HAR"},
		{"zip", "PK\x03\x04\x14\x00", "zip", "unpack"},
		{"packet capture", "\xd4\xc3\xb2\xa1\x02\x00", "pcap", "packet capture"},
		{"web page", "<!DOCTYPE html>", "found text", "Export HAR"},
		{"array", "[1]", "found text", "Export HAR"},
		{"wrapped", `{"test_response":{"log":{"entries":[]}}}`, `"test_response"`, "take out"},
		{"empty object", `{}`, "empty object", "export"},
		{"log of another type", `{"log":[]}`, `"log"`, ""},
		{"no entries", `{"log":{"version":"1.2"}}`, `"entries"`, "export"},
		{"broken at once", `{"log":{"entries":[{]}}`, "broken at byte 20", "export"},
		{"an object in each line", `{"time":1}` + "\n" + `{"time":2}`, `begins with the member "time"`, ".har"},
		{"cut at once", `{"log":{"entries":[{"requ`, "broken at byte 25", "export"},
		{"damaged gzip", "\x1f\x8b\x08\xff", "compressed", ""},
		{"gzip of nothing", gzipped(""), "empty", "export"},
	} {
		_, exchanges, err := load(strings.NewReader(test.in), keepAll(100))
		var format *FormatError
		if !errors.As(err, &format) || len(exchanges) != 0 {
			t.Errorf("%s: got %v and %d exchanges, want a FormatError", test.name, err, len(exchanges))
			continue
		}
		if !strings.Contains(err.Error(), test.problem) || !strings.Contains(format.Hint, test.hint) {
			t.Errorf("%s: got %q, hint %q, want %q, hint %q", test.name, err, format.Hint, test.problem, test.hint)
		}
	}
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.String()
}

func TestBrokenInTheMiddle(t *testing.T) {
	head := `{"log":{"entries":[` + entryText + "," + entryText
	at := func(n int) string { return fmt.Sprintf("byte %d", n) }
	packed := gzipped(head + "]}}")
	halfGzip := packed[:len(packed)-10]
	for _, test := range []struct{ name, in, note string }{
		{"cut", head + `,{"requ`, at(len(head)+7) + ": it ends there"},
		{"cut behind a byte order mark", "\xef\xbb\xbf" + head + `,{"requ`, at(3+len(head)+7) + ": it ends there"},
		{"cut behind an entry", head, at(len(head)) + ": it ends there"},
		{"trailing comma", head + `,]}}`, at(len(head)) + ": what stands there is not JSON"},
		{"garbage", head + ` oops`, at(len(head)+1) + ": what stands there is not JSON"},
		{"more text", head + `]}} {}`, "text follows"},
		{"too deep", head + `,{"x":` + strings.Repeat("[", maxDepth), "nested too deeply"},
		{"long white space", head + strings.Repeat(" ", 1000) + `,]`, at(len(head)+1000) + ": what stands there is not JSON"},
		{"long string", head + `,{"x":"` + strings.Repeat("x", 200_000) + `",oops`, at(len(head)+7+200_000+2) + ": what stands there is not JSON"},
		{"half a gzip", halfGzip, "unpacked text"},
	} {
		c, exchanges, err := load(strings.NewReader(test.in), keepAll(100))
		if err != nil || len(exchanges) == 0 || c.Ledger.Exchanges != len(exchanges) {
			t.Errorf("%s: got %v and %d exchanges, ledger %+v", test.name, err, len(exchanges), c.Ledger)
			continue
		}
		if !c.HasNote(exchange.NoteDamaged) || !strings.Contains(c.Notes[0].Text, test.note) {
			t.Errorf("%s: got notes %q, want one with %q", test.name, c.Notes, test.note)
		}
		if !strings.Contains(c.Notes[0].Text, "2 entries before it") {
			t.Errorf("%s: %q does not count the entries", test.name, c.Notes[0].Text)
		}
	}
}

func TestEntriesThatAreNoExchanges(t *testing.T) {
	c, exchanges := loadText(t, `null, 5, {}, {"request":{"url":"http://h/"}}, {"request":{"method":"GET","url":"nonsense"}},
		{"request":{"method":"GET","url":"blob:http://h/1"}}, {"request":{"method":"GET","url":"chrome-extension://x/y.js"}},
		{"request":{"method":"GET","url":"about:blank"}}, `+entryText)
	want := exchange.Ledger{Used: 1, Exchanges: 1, Undecodable: 5, NotHTTP: 3}
	if c.Ledger != want || len(exchanges) != 1 {
		t.Fatalf("got %+v, want %+v", c.Ledger, want)
	}
	if ref := exchanges[0].Ref; ref.Entry != 8 || !ref.HasEntry || ref.Capture != c {
		t.Errorf("got %+v, want entry 8", ref)
	}
	if !strings.HasPrefix(c.Notes[0].Text, "5 entries could not be used; the first is entry 0: it is no object") {
		t.Errorf("got %q", c.Notes)
	}
}

func TestCallerStops(t *testing.T) {
	text := `{"log":{"entries":[` + entryText + "," + entryText + `]}}`
	stop := errors.New("enough")
	var c exchange.Capture
	err := Read(context.Background(), strings.NewReader(text), &c, exchange.BodyPolicy{}, func(*exchange.Exchange) error { return stop })
	if err != stop || c.Ledger.Exchanges != 1 {
		t.Errorf("error of emit: got %v, %+v", err, c.Ledger)
	}

	ctx, cancel := context.WithCancel(context.Background())
	err = Read(ctx, strings.NewReader(text), &c, exchange.BodyPolicy{}, func(*exchange.Exchange) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}

	broken := io.MultiReader(strings.NewReader(text[:200]), errReader{stop})
	if _, _, err = load(broken, keepAll(1)); !errors.Is(err, stop) {
		t.Errorf("error of the reader: got %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// TestCutAnywhere cuts each recording at many offsets: what is emitted must be
// the beginning of what the whole one gives.
func TestCutAnywhere(t *testing.T) {
	for _, file := range recordings(t) {
		data := readFile(t, file)
		whole := described(data)
		for n := 0; n < len(data); n += 7 {
			if !isPrefix(described(data[:n]), whole) {
				t.Fatalf("%s, cut at %d: the exchanges differ", file, n)
			}
		}
	}
}

func described(data []byte) []string {
	_, exchanges, _ := load(bytes.NewReader(data), keepAll(1<<10))
	texts := make([]string, len(exchanges))
	for i, x := range exchanges {
		texts[i] = describe(x)
	}
	return texts
}

func isPrefix(start, whole []string) bool {
	if len(start) > len(whole) {
		return false
	}
	for i := range start {
		if start[i] != whole[i] {
			return false
		}
	}
	return true
}

func FuzzRead(f *testing.F) {
	for _, file := range recordings(f) {
		f.Add(readFile(f, file), uint16(100))
	}
	f.Add([]byte(`{"log":{"entries":[`+entryText+`]}}`), uint16(3))
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		c, exchanges, err := load(bytes.NewReader(data), keepAll(1<<10))
		if c.Ledger.Exchanges != len(exchanges) || c.Ledger.Used != len(exchanges) {
			t.Fatalf("ledger %+v, %d exchanges", c.Ledger, len(exchanges))
		}
		if err != nil && len(exchanges) > 0 {
			t.Fatalf("error %v after %d exchanges", err, len(exchanges))
		}
		if got := outcome(bytes.NewReader(data)); got != outcome(iotest.OneByteReader(bytes.NewReader(data))) {
			t.Fatalf("the size of reads matters: %s", got)
		}
		cut = uint16(int(cut) % (len(data) + 1))
		if !isPrefix(described(data[:cut]), described(data)) {
			t.Fatalf("cut at %d: the exchanges differ", cut)
		}
	})
}
