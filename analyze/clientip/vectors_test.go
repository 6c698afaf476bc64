// SPDX-License-Identifier: Apache-2.0

package clientip_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/capture/exchange"
)

// vectorInput is a request that every rule is asked about. A character is a byte.
type vectorInput struct {
	ID        int        `json:"id"`
	Comment   string     `json:"comment"`
	Peer      string     `json:"peer"`
	Announced string     `json:"announced"`
	Fields    [][]string `json:"fields"`
}

// vectorGroup is what the programs of its sources made of the inputs. What is not
// listed got the peer's address.
type vectorGroup struct {
	Settings    []string          `json:"settings"`
	Sources     []string          `json:"sources"`
	Asked       [2]int            `json:"asked"`       // first and last input
	Unspecified []int             `json:"unspecified"` // the server did not come as far
	Refused     []int             `json:"refused"`     // by the rule itself
	Results     map[string]string `json:"results"`
}

type vectorFile struct {
	Rule   string        `json:"rule"`
	Groups []vectorGroup `json:"groups"`
}

// The rules are held to what the original programs said, byte by byte.
func TestVectors(t *testing.T) {
	inputs := readVectorInputs(t)
	files, err := filepath.Glob("testdata/vectors/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	held := 0
	for _, name := range files {
		if filepath.Base(name) == "inputs.json" {
			continue
		}
		var file vectorFile
		readJSON(t, name, &file)
		t.Run(file.Rule, func(t *testing.T) {
			n := 0
			for _, group := range file.Groups {
				for _, setting := range group.Settings {
					n += holdGroup(t, inputs, file.Rule, setting, group)
				}
			}
			t.Logf("%d vectors", n)
			held += n
		})
	}
	if held < 40000 {
		t.Errorf("only %d vectors", held)
	}
	t.Logf("%d vectors", held)
}

func holdGroup(t *testing.T, inputs []vectorInput, rule, setting string, group vectorGroup) int {
	app, err := clientip.Parse(strings.TrimSuffix(rule+":"+setting, ":"))
	if err != nil {
		t.Fatal(err)
	}
	wrong, held := 0, 0
	for _, input := range inputs {
		if input.ID < group.Asked[0] || input.ID > group.Asked[1] {
			continue
		}
		request := input.request()
		got := app.Compute(request)
		if slices.Contains(group.Unspecified, input.ID) {
			continue
		}
		held++
		want, other := group.Results[strconv.Itoa(input.ID)]
		if want = fromLatin1(want); !other {
			want = input.Peer
		}
		if slices.Contains(group.Refused, input.ID) {
			want = ""
		}
		if got.Address != want || (got.State == exchange.Known) != (want != "") || got.Rule == "" {
			if wrong++; wrong <= 5 {
				t.Errorf("%s %d (%s), peer %s %q: got %q (%s), %s gives %q", app, input.ID, input.Comment, input.Peer, request.Fields.Lines, got.Address, got.Rule, group.Sources, want)
			}
		}
	}
	if wrong > 5 {
		t.Errorf("%s: %d wrong of %d", app, wrong, held)
	}
	return held
}

func (i vectorInput) request() clientip.Request {
	r := clientip.Request{Peer: i.Peer, Announced: i.Announced}
	for _, f := range i.Fields {
		r.Fields.Lines = append(r.Fields.Lines, exchange.Field{Name: f[0], Value: strings.Trim(fromLatin1(f[1]), " \t")})
	}
	return r
}

func readVectorInputs(t testing.TB) []vectorInput {
	var file struct {
		Inputs []vectorInput `json:"inputs"`
	}
	readJSON(t, "testdata/vectors/inputs.json", &file)
	if len(file.Inputs) < 400 {
		t.Fatalf("only %d inputs", len(file.Inputs))
	}
	return file.Inputs
}

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// fromLatin1 is text of which each character stands for a byte.
func fromLatin1(text string) string {
	var bytes []byte
	for _, r := range text {
		bytes = append(bytes, byte(r))
	}
	return string(bytes)
}
