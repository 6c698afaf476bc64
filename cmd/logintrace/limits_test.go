// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// peakLimit is the most memory that an input may take, and attackLimit that of one
// with more logins than are looked at.
const (
	peakLimit   = 100 << 20
	attackLimit = 150 << 20
)

// TestPeakMemory runs logintrace as a process of its own on inputs that are far
// larger than the limit, each around a real login, and prints what they took.
func TestPeakMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some 700 MB")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the peak is read from the process accounting of Linux")
	}
	recording, err := os.ReadFile("../../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/client.devtools.har")
	if err != nil {
		t.Fatal(err)
	}
	head, tail, ok := bytes.Cut(recording, []byte(`"entries": [`))
	if !ok {
		t.Fatal("the recording has no entries")
	}
	head = append(head, `"entries": [`...)
	for name, c := range map[string]struct {
		filler io.Reader
		tail   []byte
		want   string
		limit  int64
	}{
		"300 MB with one string of 200 MB":  {io.MultiReader(entryOf(200<<20), manyEntries(1000, 100<<10)), tail, "exit 3", peakLimit},
		"ten thousand entries":              {manyEntries(10_000, 2<<10), tail, "exit 3", peakLimit},
		"five thousand refused logins":      {manyLogins(5_000), tail, "exit 3", peakLimit},
		"a hundred thousand refused logins": {manyLogins(100_000), tail, "exit 3", attackLimit},
		"cut in the middle of 100 MB":       {manyEntries(1000, 100<<10), tail[:len(tail)/2], "exit 4", peakLimit},
	} {
		t.Run(name, func(t *testing.T) {
			input := io.MultiReader(bytes.NewReader(head), c.filler, bytes.NewReader(c.tail))
			code, peak, took, out := measure(t, input)
			t.Logf("peak memory %d MB in %s", peak>>20, took.Round(10*time.Millisecond))
			if got := fmt.Sprintf("exit %d", code); got != c.want {
				t.Errorf("%s, want %s\n%.2000s", got, c.want, out)
			}
			if peak > c.limit {
				t.Errorf("%d MB are more than %d MB", peak>>20, c.limit>>20)
			}
		})
	}
}

// measure runs the analysis of standard input in a process of its own.
func measure(t *testing.T, input io.Reader) (code int, peak int64, took time.Duration, out string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "analyze", "-")
	cmd.Env = append(os.Environ(), runAsProgram+"=1")
	cmd.Stdin = input
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stdout
	begin := time.Now()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), peakOf(cmd.ProcessState), time.Since(begin), stdout.String()
}

const entryFormat = `{"startedDateTime":"2026-11-22T07:00:00.000Z","time":1,"request":{"method":"GET","url":"http://hub.example.test/x",` +
	`"httpVersion":"HTTP/1.1","headers":[{"name":"Host","value":"hub.example.test"}],"cookies":[],"queryString":[]},` +
	`"response":{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","headers":[],"cookies":[],"content":{"size":%d,"mimeType":"text/html","text":"%s`

// filler is content as it stands in a HAR, escapes included.
const filler = `<p>0123456789 lorem \"ipsum\" \u00e9</p>\n`

// entryOf is one entry whose content is that long, and the comma behind it.
func entryOf(size int64) io.Reader {
	return io.MultiReader(
		strings.NewReader(fmt.Sprintf(entryFormat, size, "")),
		io.LimitReader(endless(filler), size/int64(len(filler))*int64(len(filler))),
		strings.NewReader(`"}},"cache":{},"timings":{}},`),
	)
}

func manyEntries(n int, size int64) io.Reader {
	readers := make([]io.Reader, n)
	for i := range readers {
		readers[i] = entryOf(size)
	}
	return io.MultiReader(readers...)
}

// manyLogins are wrong passwords, one after the other.
func manyLogins(n int) io.Reader {
	const login = `{"startedDateTime":"2026-11-22T07:00:00.000Z","time":1,"request":{"method":"POST","url":"http://hub.example.test/hub/login",` +
		`"httpVersion":"HTTP/1.1","headers":[{"name":"Host","value":"hub.example.test"}],"cookies":[],"queryString":[],` +
		`"postData":{"mimeType":"application/x-www-form-urlencoded","text":"_xsrf=x&username=u&password=p"}},` +
		`"response":{"status":403,"statusText":"Forbidden","httpVersion":"HTTP/1.1","headers":[{"name":"x-jupyterhub-version","value":"5.5.4"}],` +
		`"cookies":[],"content":{"size":64,"mimeType":"text/html","text":"<p class=\"login_error\">Invalid username or password</p>"}},"cache":{},"timings":{}},`
	return io.LimitReader(endless(login), int64(n*len(login)))
}

// endless repeats a text for ever.
func endless(text string) io.Reader { return &repeater{text: text} }

type repeater struct {
	text string
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(p), nil
}

// A login that was cut off is reported as far as it goes, wherever the cut is,
// and never blamed on another cause.
func TestCutRecordings(t *testing.T) {
	recording, err := os.ReadFile("../../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/client.devtools.har")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i := range 20 {
		file := filepath.Join(dir, fmt.Sprintf("cut-%d.har", i))
		if err := os.WriteFile(file, recording[:len(recording)*i/20], 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		a := &app{stdout: &stdout, stderr: &stderr, version: "test", commands: commands()}
		switch code := a.run(t.Context(), []string{"analyze", file}); code {
		case exitError:
			if stderr.Len() == 0 {
				t.Errorf("cut %d: no message", i)
			}
		case exitUndecided, exitFailed:
			if !strings.Contains(stdout.String(), "at byte") {
				t.Errorf("cut %d: the report does not say where the file ends:\n%s", i, stdout.String())
			}
			if code == exitFailed && !strings.Contains(stdout.String(), "xsrf-proxy-ip-changed") {
				t.Errorf("cut %d: another cause:\n%s", i, stdout.String())
			}
		default:
			t.Errorf("cut %d: exit code %d", i, code)
		}
	}
}
