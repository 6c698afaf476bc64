// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A proxy is named for what it did not send on only where its capture lacks nothing of the
// time: else what came in and what went on may be of two requests.
func TestProxyIsNotNamedByWhatMayBeLost(t *testing.T) {
	t.Parallel()
	for _, scenario := range []struct{ kind, name, file string }{
		{"jupyterhub", "cookie-stripped-5.5.4", "ingressA.pcap"},
		{"oauth", "oauth-state-cookie-dropped-5.2.1", "ingress.pcap"},
	} {
		for _, c := range []struct {
			name string
			away time.Duration
			want finding.OriginKind
		}{{"nothing of the time was lost", time.Hour, finding.OriginIngress}, {"packets of the time were lost", 0, finding.OriginUnknown}} {
			t.Run(scenario.name+"/"+c.name, func(t *testing.T) {
				report := diagnoseLossy(t, filepath.Join("..", "fixtures", scenario.kind, scenario.name), scenario.file, c.away)
				list := accused(report)
				if len(list) != 1 {
					t.Fatalf("%d accusations", len(list))
				}
				if f := list[0]; f.Origin.Kind != c.want || c.away == 0 && strings.Contains(f.Explanation, "kept it") {
					t.Errorf("%s %q: %s\n%s", f.Origin.Kind, f.Origin.Address, f.Summary, f.Explanation)
				}
			})
		}
	}
}

// diagnoseLossy diagnoses one capture, as if packets had been lost while it was taken, or
// so long before.
func diagnoseLossy(t *testing.T, dir, name string, before time.Duration) *finding.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	a := analyze.New(analyze.Options{})
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	if err := loader.Read(t.Context(), name, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	captures := loader.Close()
	for _, c := range captures {
		c.Lose(exchange.Span{From: c.FirstTime.Add(-before), To: c.LastTime.Add(-before)})
	}
	return a.Close(t.Context(), captures)
}
