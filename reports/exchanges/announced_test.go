// SPDX-License-Identifier: Apache-2.0

package exchanges_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/exchanges"
)

func TestAnnounced(t *testing.T) {
	x := answered()
	x.Announced = &exchange.ProxyHeader{
		Version: 2, Source: exchange.Endpoint{Address: "203.0.113.9", Port: 50000}, Destination: exchange.Endpoint{Address: "192.0.2.2", Port: 443},
		Authority: "hub.example.test", UniqueID: "\x00\xff", Frame: 4,
	}
	closed := answered()
	closed.Response, closed.NoResponse, closed.Silence = nil, "the server closed the connection without a response", exchange.SilenceClosed
	closed.Announced = &exchange.ProxyHeader{Version: 1, Problem: "no port"}
	var text, ndjson bytes.Buffer
	write(t, exchanges.NewText(&text, 0), nil, x, closed)
	write(t, exchanges.NewNDJSON(&ndjson), nil, x, closed)
	for _, want := range []string{"  (203.0.113.9) 10.244.1.9 → [2001:db8::20]:8081  200 GET hub", "\n    no port\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, text.String())
		}
	}
	for line := range bytes.Lines(ndjson.Bytes()) {
		validate(t, line)
	}
	for _, want := range []string{
		`"announced":{"version":2,"source":{"address":"203.0.113.9","port":50000},"destination":{"address":"192.0.2.2","port":443},"authority":"hub.example.test","unique_id":"00ff","frame":4}`,
		`"announced":{"version":1,"problem":"no port"}`, `"silence":"closed"`,
	} {
		if !strings.Contains(ndjson.String(), want) {
			t.Errorf("the line does not say %s: %s", want, ndjson.String())
		}
	}
}
