// SPDX-License-Identifier: Apache-2.0

package exchanges_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/exchanges"
)

func TestLogged(t *testing.T) {
	var list []*exchange.Exchange
	loader := &capture.Loader{Emit: func(x *exchange.Exchange) { list = append(list, x) }}
	if err := loader.Load(t.Context(), "../../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/hub.log"); err != nil {
		t.Fatal(err)
	}
	var text, ndjson bytes.Buffer
	write(t, exchanges.NewText(&text, 0), loader.Close(), list...)
	write(t, exchanges.NewNDJSON(&ndjson), nil, list...)
	const want = `hub.log, 2026-11-22 UTC
line  time          client → server             request
1     22:19:41.516  (10.244.3.17) → ?  302 GET  /
2     22:19:41.551  (10.244.3.17) → ?  302 GET  /hub/
3     22:19:41.566  (10.244.3.17) → ?  302 GET  /hub/home
5     22:19:41.576  (10.244.3.17) → ?  200 GET  /hub/login?next=%2Fhub%2Fhome
10    22:19:47.607  (10.244.5.42) → ?  403 POST /hub/login?next=%2Fhub%2Fhome

hub.log: 5 exchanges, 1 not HTTP
    ! times have no zone: read as UTC
`
	if text.String() != want {
		t.Errorf("got\n%s", text.String())
	}
	for line := range bytes.Lines(ndjson.Bytes()) {
		validate(t, line)
	}
	for _, want := range []string{`"line":10,"logged":{"program":"jupyterhub","believed":"10.244.5.42","zone_unknown":true,"said":[{"code":"xsrf-mismatch","line":6,`, `"location":"/hub/home"`} {
		if !strings.Contains(ndjson.String(), want) {
			t.Errorf("the lines do not say %s:\n%s", want, ndjson.String())
		}
	}
	hostileLog := hostileExchange()
	hostileLog.Announced = nil
	hostileLog.Ref = exchange.Ref{Capture: hostileLog.Ref.Capture, Line: 1, HasLine: true}
	hostileLog.Logged = &exchange.Logged{Program: hostile, Container: hostile, Believed: hostile, Location: hostile, RequestID: hostile, PassedTo: hostile, Termination: hostile,
		Said: []exchange.Statement{{Code: "x", Text: hostile, Ref: exchange.Ref{Line: 1, HasLine: true}}}}
	ndjson.Reset()
	text.Reset()
	write(t, exchanges.NewText(&text, 0), nil, hostileLog)
	write(t, exchanges.NewNDJSON(&ndjson), nil, hostileLog)
	validate(t, ndjson.Bytes())
	if strings.ContainsAny(text.String()+ndjson.String(), "\x1b\x07\r\u202e") {
		t.Errorf("hostile text was written: %q %q", text.String(), ndjson.String())
	}
}
