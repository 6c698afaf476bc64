// SPDX-License-Identifier: Apache-2.0

package clientip_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/capture/exchange"
)

// What a rule computes is the peer, what the PROXY header says, or stands in the
// fields: as text, in other brackets, or as another spelling of the same address.
func FuzzCompute(f *testing.F) {
	settings := everySetting(f)
	for i, input := range readVectorInputs(f) {
		var head strings.Builder
		for _, field := range input.Fields {
			head.WriteString(field[0] + ":" + fromLatin1(field[1]) + "\n")
		}
		f.Add(settings[i%len(settings)], input.Peer, head.String())
	}
	f.Fuzz(func(t *testing.T, setting, peer, head string) {
		app, err := clientip.Parse(setting)
		if err != nil {
			return
		}
		r := clientip.Request{Peer: peer, Announced: "203.0.113.9"}
		for line := range strings.Lines(head) {
			name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ":")
			r.Fields.Lines = append(r.Fields.Lines, exchange.Field{Name: name, Value: strings.Trim(value, " \t")})
		}
		got := app.Compute(r)
		if (got.State == exchange.Known) != (got.Address != "") {
			t.Fatalf("%+v", got)
		}
		if got.Address != "" && got.Address != peer && got.Address != r.Announced && !standsIn(got.Address, r) {
			t.Errorf("%s: %q from %q and peer %q", app, got.Address, head, peer)
		}
	})
}

// everySetting are all settings for which there are vectors.
func everySetting(f *testing.F) []string {
	var all []string
	for _, rule := range clientip.Names() {
		all = append(all, rule)
		if rule == "jupyterhub" || rule == "airflow" {
			continue
		}
		var file vectorFile
		readJSON(f, "testdata/vectors/"+rule+".json", &file)
		for _, group := range file.Groups {
			for _, setting := range group.Settings {
				all = append(all, strings.TrimSuffix(rule+":"+setting, ":"))
			}
		}
	}
	return all
}

func standsIn(address string, r clientip.Request) bool {
	bare := strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	if r.Peer != "" && sameAddress(bare, r.Peer) {
		return true
	}
	var values []string
	for _, line := range r.Fields.Lines {
		values = append(values, line.Value)
	}
	// Quotes may stand around, and backslashes before each character.
	for _, text := range []string{strings.Join(values, ","), strings.Join(values, ", ")} {
		if strings.Contains(text, bare) || strings.Contains(plain(text), plain(bare)) {
			return true
		}
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;= \t\"", r) }) {
			if sameAddress(word, bare) {
				return true
			}
		}
	}
	return false
}

func plain(text string) string { return strings.NewReplacer(`\`, "", `"`, "").Replace(text) }

func sameAddress(a, b string) bool {
	x, errX := netip.ParseAddr(strings.TrimSpace(a))
	y, errY := netip.ParseAddr(b)
	return errX == nil && errY == nil && x.Unmap().WithZone("") == y.Unmap().WithZone("")
}
