// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/hubapi"
	"github.com/logintrace/logintrace/capture/exchange"
)

// TestLeftBehind: only a Hub that starts its proxy can have left one behind.
func TestLeftBehind(t *testing.T) {
	said := &exchange.Statement{Code: exchange.SaidProxyUnreachable}
	log := hubapi.Refused{Times: 1}
	asked := func(hub, proxy string) hubapi.Refused {
		return hubapi.Refused{Asked: exchange.Ref{Capture: &exchange.Capture{}}, Hub: hub, Proxy: proxy, Times: 1}
	}
	apart := []string{fixOneToken, fixRestartBoth}
	for name, c := range map[string]struct {
		seen  hubapi.Refused
		began exchange.StatementCode
		want  []string
	}{
		"nobody knows":        {log, "", append(slices.Clone(apart), fixLeftBehind)},
		"it starts none":      {log, exchange.SaidProxyNotStarted, apart},
		"it starts its own":   {log, exchange.SaidProxyStarting, []string{fixLeftBehind}},
		"on another host":     {asked("10.244.1.20", "10.244.1.9"), "", apart},
		"on the same":         {asked("127.0.0.1", "127.0.0.1"), exchange.SaidProxyStarting, []string{fixLeftBehind}},
		"the same, not said ": {asked("127.0.0.1", "127.0.0.1"), "", append(slices.Clone(apart), fixLeftBehind)},
	} {
		var began *exchange.Statement
		if c.began != "" {
			began = &exchange.Statement{Code: c.began}
		}
		var got []string
		for _, fix := range TokenRefused([]hubapi.Refused{c.seen}, said, began).Fixes {
			got = append(got, fix.Title)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
