// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// pack makes an archive of files, in this order.
func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		out, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// loadZip reads an archive from a file called all.zip.
func loadZip(t *testing.T, archive []byte) (captures []*exchange.Capture, exchanges int, err error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("all.zip", archive, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &Loader{Emit: func(*exchange.Exchange) { exchanges++ }}
	err = l.Load(t.Context(), "all.zip")
	return l.Close(), exchanges, err
}

func namesOf(captures []*exchange.Capture) string {
	var list []string
	for _, c := range captures {
		list = append(list, c.Name)
	}
	return strings.Join(list, " ")
}

func TestZip(t *testing.T) {
	hub := fixture(t, "two-ingresses-no-headers-4.1.6/hub.pcap")
	har := fixture(t, "two-ingresses-no-headers-4.1.6/client.devtools.har")
	readme := file{"README.txt", []byte("what we recorded")}
	truth := file{"x/truth.json", fixture(t, "two-ingresses-no-headers-4.1.6/truth.json")}
	for name, test := range map[string]struct {
		files []file
		want  string // names of captures
		fails string // in the error
		notes string // in the notes of the last capture
	}{
		"mixed, sorted by name": {
			files: []file{truth, {"b/hub.pcap", hub}, readme, {"client.har", har}, {"a/hub.pcap.gz", pcaptest.Gzip(hub, 1)}},
			want:  "all.zip:a/hub.pcap.gz all.zip:b/hub.pcap all.zip:client.har",
			notes: `of the archive "all.zip" 2 files are no captures and were passed over ("README.txt", "x/truth.json")`,
		},
		"without an extension":  {files: []file{{"recording", har}, {"folder/", nil}}, want: "all.zip:recording"},
		"what macOS adds":       {files: []file{{"hub.pcap", hub}, {"__MACOSX/._hub.pcap", []byte("\x00\x05\x16\x07")}}, want: "all.zip:hub.pcap"},
		"a path that leads out": {files: []file{{"../../etc/hub.pcap", hub}}, want: "all.zip:../../etc/hub.pcap"},
		"an archive in it": {
			files: []file{{"hub.pcap", hub}, {"inner.zip", pack(t, file{"x.har", har})}}, want: "all.zip:hub.pcap",
			fails: `"all.zip:inner.zip": is a zip archive, which can be read from a file only`,
		},
		"a document that is an archive": {files: []file{{"hub.pcap", hub}, {"report.docx", pack(t, readme)}}, want: "all.zip:hub.pcap", notes: "report.docx"},
		"a capture that is none": {
			files: []file{{"hub.pcap", hub}, {"chp.pcap", []byte("tcpdump: permission denied")}}, want: "all.zip:hub.pcap", fails: `"all.zip:chp.pcap": `,
		},
		"no capture": {files: []file{readme, truth}, fails: `"all.zip": holds no capture: 2 files are none ("README.txt", "x/truth.json")`},
		"nothing":    {fails: `"all.zip": holds no capture`},
	} {
		t.Run(name, func(t *testing.T) {
			captures, exchanges, err := loadZip(t, pack(t, test.files...))
			if got := namesOf(captures); got != test.want || exchanges == 0 && test.want != "" {
				t.Errorf("read %q with %d exchanges, want %q", got, exchanges, test.want)
			}
			holdError(t, err, test.fails)
			if test.notes != "" && !hasNote(captures[len(captures)-1], test.notes) {
				t.Errorf("no note says %q: %v", test.notes, captures[len(captures)-1].Notes)
			}
		})
	}
}

func holdError(t *testing.T, err error, want string) {
	t.Helper()
	var input *InputError
	switch {
	case want == "" && err != nil:
		t.Error(err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want %q", err, want)
	case want != "" && (!errors.As(err, &input) || input.Hint == ""):
		t.Errorf("%v gives no hint", err)
	}
}

func hasNote(c *exchange.Capture, text string) bool {
	return slices.ContainsFunc(c.Notes, func(n exchange.Note) bool { return strings.Contains(n.Text, text) })
}

// The files of one recording are one capture in an archive, too, in the order in
// which they were recorded.
func TestZipOfParts(t *testing.T) {
	rest := fixture(t, "two-ingresses-no-headers-4.1.6/hub.pcap")
	files := []file{}
	for i := 0; len(pcaptest.Parse(rest).Packets) > 0; i++ {
		f := file{name: fmt.Sprintf("d/t.pcap%d", i)}
		f.data, rest = pcaptest.Split(rest, 5)
		files = append(files, f)
	}
	captures, _, err := loadZip(t, pack(t, files...))
	if err != nil || len(captures) != 1 || len(captures[0].Parts) != len(files) || len(files) < 11 {
		t.Fatalf("%v, %d captures of %d files", err, len(captures), len(files))
	}
	if name := captures[0].Parts[10].Name; name != "all.zip:d/t.pcap10" {
		t.Errorf("the eleventh part is %s", name)
	}
}

func TestZipEncrypted(t *testing.T) {
	hub := fixture(t, "two-ingresses-no-headers-4.1.6/hub.pcap")
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, name := range []string{"a.pcap", "b.pcap", "c.pcap"} {
		header := &zip.FileHeader{Name: name, Method: zip.Store, CompressedSize64: uint64(len(hub)), UncompressedSize64: uint64(len(hub))}
		if i > 0 {
			header.Flags = 1
		}
		out, err := w.CreateRaw(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(hub); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	captures, _, err := loadZip(t, b.Bytes())
	holdError(t, err, `"all.zip": 2 files are encrypted ("b.pcap", "c.pcap")`)
	if namesOf(captures) != "all.zip:a.pcap" {
		// Its checksum is missing, which is said and harms nothing else.
		t.Errorf("read %q", namesOf(captures))
	}
}

func TestZipDamaged(t *testing.T) {
	hub := fixture(t, "two-ingresses-no-headers-4.1.6/hub.pcap")
	whole := pack(t, file{"a.pcap", hub}, file{"b.pcap", hub})
	t.Run("cut off", func(t *testing.T) {
		captures, _, err := loadZip(t, whole[:len(whole)-100])
		holdError(t, err, `"all.zip": the zip archive is damaged`)
		if len(captures) != 0 {
			t.Errorf("read %q", namesOf(captures))
		}
	})
	t.Run("in a file", func(t *testing.T) {
		router := fixture(t, "two-ingresses-no-headers-4.1.6/router.pcap") // deflate gives 32 KiB at a time
		first := pack(t, file{"a.pcap", router})
		b := pack(t, file{"a.pcap", router}, file{"b.pcap", hub})
		for i := range 20 {
			b[len(first)-300+i] ^= 0xff
		}
		captures, exchanges, err := loadZip(t, b)
		if err != nil || len(captures) != 2 || exchanges == 0 || !hasNote(captures[0], `the archive is damaged in "a.pcap"`) || len(captures[1].Notes) > 0 {
			t.Errorf("%v, %q with %d exchanges", err, namesOf(captures), exchanges)
		}
	})
	t.Run("at the beginning of a file", func(t *testing.T) {
		b := bytes.Clone(whole)
		for i := range 20 {
			b[len("PK")+42+i] ^= 0xff
		}
		captures, _, err := loadZip(t, b)
		holdError(t, err, `"all.zip:a.pcap": `)
		if namesOf(captures) != "all.zip:b.pcap" {
			t.Errorf("read %q", namesOf(captures))
		}
	})
}

// What an archive claims of itself costs no more than it may.
func TestZipLimits(t *testing.T) {
	many := make([]file, maxMembers+1)
	for i := range many {
		many[i].name = fmt.Sprintf("%d.txt", i)
	}
	_, _, err := loadZip(t, pack(t, many...))
	holdError(t, err, fmt.Sprintf("holds %d files, and logintrace reads at most %d", maxMembers+1, maxMembers))
	long := make([]file, 100)
	for i := range long {
		long[i].name = fmt.Sprintf("%d%s", i, strings.Repeat("x", 60_000))
	}
	_, _, err = loadZip(t, pack(t, long...))
	holdError(t, err, "the list of files in the zip archive is longer than logintrace reads")

	m := &member{r: strings.NewReader("more"), budget: &budget{packed: 1 << 20, unpacked: ratioMinimum + 1}}
	if b, err := io.ReadAll(m); err != nil || len(b) != 0 || !errors.Is(m.damage, errTooMuch) {
		t.Errorf("%q, %v, %v", b, err, m.damage)
	}
	if (&budget{packed: 10 << 20, unpacked: ratioMinimum + 1}).exceeded() || (&budget{packed: 1, unpacked: ratioMinimum}).exceeded() {
		t.Error("what captures unpack to is refused")
	}
}

// An archive has its list of files at the end, which a pipe does not show.
func TestZipFromPipe(t *testing.T) {
	l := &Loader{Stdin: bytes.NewReader(pack(t, file{"x.har", nil})), Emit: func(*exchange.Exchange) {}}
	holdError(t, l.Load(t.Context(), StdinName), "is a zip archive, which cannot be read from a pipe")
}

func TestCompareNames(t *testing.T) {
	sorted := []string{"", "10", "a", "a/1", "a/2", "a/02x", "a/10", "a1b2", "a1b10", "a10", "t.pcap", "t.pcap1", "t.pcap2", "t.pcap10", "t.pcap99999999999999999999", "t.pcap100000000000000000000"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := compareNames(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("compareNames(%q, %q) = %d", a, b, got)
			}
		}
	}
}

// FuzzZip reads any archive: there is a capture or an error, and captures are
// accounted for.
func FuzzZip(f *testing.F) {
	hub, err := os.ReadFile(filepath.FromSlash("../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/hub.pcap"))
	if err != nil {
		f.Fatal(err)
	}
	one, two := pcaptest.Split(pcaptest.CutStart(hub, 0.9), 3)
	f.Add(pack(f, file{"t.pcap", one}, file{"t.pcap1", two}, file{"x.har", []byte(`{"log":{"entries":[]}}`)}, file{"README", nil}))
	f.Add(pack(f, file{"x.zip", pack(f, file{"y", nil})}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		l := &Loader{Emit: func(*exchange.Exchange) {}}
		err := l.loadZip(t.Context(), "all.zip", bytes.NewReader(b), int64(len(b)))
		captures := l.Close()
		if err == nil && len(captures) == 0 {
			t.Fatal("nothing was read, and nothing was said")
		}
		for _, c := range captures {
			n := c.Ledger
			if sum := n.Used + n.NotHTTP + n.Encrypted + n.Duplicate + n.Undecodable; c.Kind != exchange.KindHAR && sum != n.Packets {
				t.Fatalf("%s: %+v", c.Name, n)
			}
		}
	})
}
