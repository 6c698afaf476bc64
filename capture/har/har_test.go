// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/logintrace/logintrace/capture/exchange"
)

var update = flag.Bool("update", false, "rewrite testdata/*.want")

// keepAll wants every content.
func keepAll(maxBytes int) exchange.BodyPolicy {
	return exchange.BodyPolicy{
		MaxBytes:     maxBytes,
		WantRequest:  func(*exchange.Request) bool { return true },
		WantResponse: func(*exchange.Request, *exchange.Response) bool { return true },
	}
}

// load reads a whole recording.
func load(r io.Reader, bodies exchange.BodyPolicy) (*exchange.Capture, []*exchange.Exchange, error) {
	c := &exchange.Capture{ID: "c1", Name: "test.har"}
	var exchanges []*exchange.Exchange
	err := Read(context.Background(), r, c, bodies, func(x *exchange.Exchange) error {
		exchanges = append(exchanges, x)
		return nil
	})
	return c, exchanges, err
}

// loadText reads a HAR whose log holds these entries.
func loadText(t *testing.T, entries string) (*exchange.Capture, []*exchange.Exchange) {
	t.Helper()
	c, exchanges, err := load(strings.NewReader(`{"log":{"entries":[`+entries+`]}}`), keepAll(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return c, exchanges
}

// TestExporters reads one recording of each program and compares all that came
// out with the .want file beside it.
func TestExporters(t *testing.T) {
	for _, file := range recordings(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".har"), func(t *testing.T) {
			data := readFile(t, file)
			got := outcome(bytes.NewReader(data))
			golden := strings.TrimSuffix(file, ".har") + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(readFile(t, golden)); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if slow := outcome(iotest.OneByteReader(bytes.NewReader(data))); slow != got {
				t.Errorf("read byte by byte:\n%s\nwant:\n%s", slow, got)
			}
		})
	}
}

func recordings(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.har")
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d recordings in testdata, want at least 15 (%v)", len(files), err)
	}
	return files
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func outcome(r io.Reader) string {
	c, exchanges, err := load(r, keepAll(1<<20))
	var b strings.Builder
	fmt.Fprintf(&b, "error %v\ncreator %q\nremoved %q\nledger %+v\n", err, c.Creator, c.Removed, c.Ledger)
	if !c.FirstTime.IsZero() {
		fmt.Fprintf(&b, "from %s to %s\n", c.FirstTime.UTC(), c.LastTime.UTC())
	}
	for _, note := range c.Notes {
		fmt.Fprintf(&b, "note %s: %s\n", note.Code, note.Text)
	}
	for _, x := range exchanges {
		b.WriteString("\n" + describe(x))
	}
	return b.String()
}

// describe spells out an exchange, without its capture.
func describe(x *exchange.Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s connection %q server %v\n", x.Ref, x.Connection, x.Server)
	fmt.Fprintf(&b, "started %s answered %s\n", x.Started, x.Answered)
	q := &x.Request
	fmt.Fprintf(&b, "> %s %+v %s\n", q.Method, q.URL, q.Proto)
	describeMessage(&b, ">", q.Fields, q.Body)
	if x.Response == nil {
		fmt.Fprintf(&b, "< none: %s\n", x.NoResponse)
		return b.String()
	}
	fmt.Fprintf(&b, "< %d %q %s\n", x.Response.Status, x.Response.Reason, x.Response.Proto)
	describeMessage(&b, "<", x.Response.Fields, x.Response.Body)
	return b.String()
}

func describeMessage(b *strings.Builder, mark string, fields exchange.Fields, body exchange.Body) {
	for _, line := range fields.Lines {
		fmt.Fprintf(b, "%s   %s: %q\n", mark, line.Name, line.Value)
	}
	if fields.Incomplete {
		fmt.Fprintf(b, "%s   (incomplete)\n", mark)
	}
	fmt.Fprintf(b, "%s body %s %q %q", mark, body.State, body.MediaType, body.Bytes)
	if body.Truncated {
		b.WriteString(" truncated")
	}
	if body.Lossy {
		b.WriteString(" lossy")
	}
	b.WriteByte('\n')
}
