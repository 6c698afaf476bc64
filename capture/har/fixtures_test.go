// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
)

// fixture finds the recordings that Chromium made in the lab.
func fixture(t *testing.T, file string) []string {
	t.Helper()
	files, err := filepath.Glob("../../fixtures/*/*/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no recordings in fixtures")
	}
	return files
}

// TestRealSanitizedExports checks the judgement on every pair of exports of the
// same session: the sanitized one is recognised, the full one is not.
func TestRealSanitizedExports(t *testing.T) {
	for _, file := range fixture(t, "client.*.har") {
		full, err := os.ReadFile(filepath.Join(filepath.Dir(file), "client.playwright.har"))
		if err == nil && !anyCookie.Match(full) {
			continue // a session without cookies looks the same in both
		}
		c, exchanges, err := load(bytes.NewReader(readFile(t, file)), keepAll(1<<20))
		if err != nil || len(exchanges) == 0 {
			t.Errorf("%s: %d exchanges, error %v", file, len(exchanges), err)
			continue
		}
		for _, policy := range []exchange.BodyPolicy{keepAll(1 << 20), {}} {
			c, _, _ := load(bytes.NewReader(readFile(t, file)), policy)
			want := strings.Contains(file, "sanitized")
			if c.HasNote(exchange.NoteSanitized) != want || c.HasRemoved("Cookie") != want {
				t.Errorf("%s: sanitized %v, want %v", file, !want, want)
			}
		}
		if c.HasNote(exchange.NoteDamaged) || c.HasNote(exchange.NoteLimit) {
			t.Errorf("%s: %q", file, c.Notes)
		}
	}
}

// TestRealLogins checks what an analysis of a full recording stands on: the
// post with its form, its cookie and its answer.
func TestRealLogins(t *testing.T) {
	for _, name := range []string{"client.playwright.har", "client.devtools.har"} {
		for _, file := range fixture(t, name) {
			_, exchanges, err := load(bytes.NewReader(readFile(t, file)), keepAll(1<<20))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			posts := 0
			for _, x := range exchanges {
				if x.Request.Method != "POST" || !strings.Contains(x.Request.URL.Path, "/login") {
					continue
				}
				posts++
				checkPost(t, file, x)
			}
			atProvider := filepath.Base(filepath.Dir(filepath.Dir(file))) == "oauth" // whose form has other paths
			if posts == 0 && !atProvider && anyPost.Match(readFile(t, file)) {
				t.Errorf("%s: no post of a login form", file)
			}
		}
	}
}

var (
	anyCookie = regexp.MustCompile(`(?i)"name":\s*"(set-)?cookie"`)
	anyPost   = regexp.MustCompile(`"method":\s*"POST",\s*"url":\s*"[^"]*/hub/login`)
)

func checkPost(t *testing.T, file string, x *exchange.Exchange) {
	t.Helper()
	body := x.Request.Body
	if body.State != exchange.Known || body.MediaType != formMediaType || !bytes.Contains(body.Bytes, []byte("password=")) {
		t.Errorf("%s: %s: request body is %+v", file, x.Ref, body)
	}
	if x.Response == nil || x.Response.Fields.Incomplete || x.Request.Fields.Incomplete {
		t.Errorf("%s: %s: response %v, heads incomplete", file, x.Ref, x.Response)
	}
	if x.Started.IsZero() || !x.Answered.After(x.Started) || x.Server.Address == "" && x.Response.Status != 431 { // which Node.js answers before it has read the request
		t.Errorf("%s: %s: started %s, answered %s, server %v", file, x.Ref, x.Started, x.Answered, x.Server)
	}
}
