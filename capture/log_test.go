// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/logintrace/logintrace/capture/exchange"
)

const hubLog = "../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/hub.log"

// loadBytes loads a file of that name and content.
func loadBytes(t *testing.T, name string, data []byte) ([]*exchange.Capture, int, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	count := 0
	l := &Loader{Emit: func(x *exchange.Exchange) {
		if x.Logged == nil || !x.Ref.HasLine {
			t.Errorf("%s is not from a log", x.Ref)
		}
		count++
	}}
	err := l.Load(t.Context(), path)
	return l.Close(), count, err
}

// A log is known by its lines, however it is packed and whatever it is called.
func TestLogIsKnownByItsLines(t *testing.T) {
	data, err := os.ReadFile(hubLog)
	if err != nil {
		t.Fatal(err)
	}
	var zipped, packed bytes.Buffer
	g := gzip.NewWriter(&zipped)
	g.Write(data)
	g.Close()
	z, _ := zstd.NewWriter(&packed)
	z.Write(data)
	z.Close()
	for name, content := range map[string][]byte{"hub.log": data, "hub.log.gz": zipped.Bytes(), "hub.log.zst": packed.Bytes(), "x.har": data, "noname": data} {
		captures, count, err := loadBytes(t, name, content)
		if err != nil || count != 5 || len(captures) != 1 || captures[0].Kind != exchange.KindLog {
			t.Errorf("%s: %d exchanges, %v", name, count, err)
		}
	}
}

// What is neither is refused with words that say what would do.
func TestTextThatIsNoLog(t *testing.T) {
	for _, content := range []string{"hello world\n", strings.Repeat("a line of prose\n", 10000), "<!DOCTYPE html>\n<html></html>\n"} {
		captures, _, err := loadBytes(t, "notes.txt", []byte(content))
		if err == nil || len(captures) > 0 || !strings.Contains(err.Error(), "no line at its beginning is of a log") {
			t.Errorf("%v", err)
		}
	}
	for _, content := range []string{"", "{", "{\"log\":", "\x00\x01\x02\x03\x04"} {
		_, _, err := loadBytes(t, "x", []byte(content))
		if err == nil || strings.Contains(err.Error(), "of a log") {
			t.Errorf("%q: %v", content, err)
		}
	}
}
