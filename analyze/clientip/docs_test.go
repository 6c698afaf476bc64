// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
)

var update = flag.Bool("update", false, "write the tables of docs/clientip.md")

const (
	document = "../../docs/clientip.md"
	begin    = "<!-- written by go test ./analyze/clientip -update -->\n"
	end      = "<!-- end -->\n"
)

// goldenRequest is the request of the table "who believes what".
var goldenRequest = Request{Peer: "10.0.0.5", Fields: exchange.Fields{Lines: []exchange.Field{
	{Name: "X-Forwarded-For", Value: "6.6.6.6, 1.1.1.1"}, {Name: "X-Real-IP", Value: "9.9.9.9"},
}}}

// The table in the docs is what the rules compute.
func TestDocumentIsTrue(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", document)
	}
	want := before + begin + "\n" + table(t) + "\n" + end + after
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(data) != want {
		t.Errorf("%s is not what the rules compute: run go test ./analyze/clientip -update", document)
	}
}

func table(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| `--app` | believes | takes for the client |\n|---|---|---|\n")
	for _, e := range registry() {
		for i, setting := range e.golden {
			app, err := Parse(strings.TrimSuffix(e.name+":"+setting, ":"))
			if err != nil {
				t.Fatal(err)
			}
			believes := ""
			if i == 0 {
				believes = e.believes
			}
			got := app.Compute(goldenRequest)
			address := "`" + got.Address + "`"
			if got.State != exchange.Known {
				address = "nobody"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", app, believes, address)
		}
	}
	return b.String()
}

// The table says what the facts on each program say, too.
func TestGoldenVector(t *testing.T) {
	for text, want := range map[string]string{
		"tornado": "9.9.9.9", "jupyterhub": "9.9.9.9", "proxyfix": "1.1.1.1", "proxyfix:for=2": "6.6.6.6", "proxyfix:for=3": "10.0.0.5",
		"uvicorn": "10.0.0.5", "uvicorn:trust=10.0.0.0/8": "1.1.1.1", "uvicorn:trust=*": "6.6.6.6", "airflow": "10.0.0.5",
		"gunicorn": "10.0.0.5", "django": "10.0.0.5", "express": "10.0.0.5", "express:trust=1": "1.1.1.1", "express:trust=true": "6.6.6.6",
		"rails": "1.1.1.1", "spring": "6.6.6.6", "chi": "9.9.9.9",
	} {
		app, err := Parse(text)
		if got := app.Compute(goldenRequest); err != nil || got.Address != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
}
