// SPDX-License-Identifier: Apache-2.0

package hops_test

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Others write the same names in lower case.
func TestWrittenByAppProxy(t *testing.T) {
	head := func(text string) (f exchange.Fields) {
		for _, word := range strings.Fields(text) {
			name, value, _ := strings.Cut(word, "=")
			f.Lines = append(f.Lines, exchange.Field{Name: name, Value: strings.ReplaceAll(value, "_", " ")})
		}
		return f
	}
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"nothing came in", "host=h user-agent=f cookie=c x-forwarded-for=10.0.0.1 x-forwarded-port=80 x-forwarded-proto=http x-forwarded-host=h", true},
		{"with a Connection of Node's", "host=h user-agent=f x-forwarded-for=10.0.0.1 x-forwarded-port=80 x-forwarded-proto=http x-forwarded-host=h Connection=close", true},
		{"lists came in", "x-forwarded-for=1.1.1.1,_2.2.2.2,10.0.0.1 x-forwarded-proto=https,http host=h user-agent=f x-forwarded-port=80 x-forwarded-host=h", true},
		{"all of them came in", "x-forwarded-host=h x-forwarded-for=1.1.1.1,10.0.0.1 x-forwarded-port=443,80 x-forwarded-proto=https,http host=h user-agent=f", true},
		{"a WebSocket", "host=h upgrade=websocket user-agent=f x-forwarded-for=10.0.0.1 x-forwarded-port=80 x-forwarded-proto=ws", true},
		{"HAProxy with option forwardfor", "host=h user-agent=f x-forwarded-proto=http x-forwarded-port=80 x-forwarded-for=10.0.0.1", false},
		{"and with the host", "host=h user-agent=f x-forwarded-proto=http x-forwarded-port=80 x-forwarded-host=h x-forwarded-for=10.0.0.1", false},
		{"the OpenShift router", "host=h user-agent=f x-forwarded-host=h x-forwarded-port=80 x-forwarded-proto=http forwarded=for=10.0.0.1 x-forwarded-for=10.0.0.1", false},
		{"Envoy", "host=h user-agent=f x-forwarded-for=1.1.1.1,10.0.0.1 x-forwarded-proto=http x-envoy-internal=true x-request-id=1", false},
		{"in front of the client's lines", "x-forwarded-for=10.0.0.1 x-forwarded-port=80 x-forwarded-proto=http x-forwarded-host=h host=h user-agent=f", false},
		{"lists with spaces", "x-forwarded-for=1.1.1.1,_10.0.0.1 x-forwarded-port=443,_80 x-forwarded-proto=https,_http x-forwarded-host=h host=h user-agent=f", false},
		{"two lines of one name", "host=h x-forwarded-for=1.1.1.1 x-forwarded-for=10.0.0.1 x-forwarded-port=80 x-forwarded-proto=http x-forwarded-host=h", false},
		{"a client's line in capitals", "host=h User-Agent=f x-forwarded-for=10.0.0.1 x-forwarded-port=80 x-forwarded-proto=http x-forwarded-host=h", false},
		{"nothing at all", "", false},
	} {
		if got := hops.WrittenByAppProxy(hops.Reduce(head(c.head))); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

// Nothing goes on from the application.
func TestByAppProxyIsTheLastHop(t *testing.T) {
	p := hopstest.Path(t, "1.1.1.1>2.2.2.2 ; 2.2.2.2>3.3.3.3 chp ; 3.3.3.3>4.4.4.4 chp = 3.3.3.3>5.5.5.5 chp")
	for i, want := range []bool{false, false, true, true} {
		if got := p.ByAppProxy(i); got != want {
			t.Errorf("hop %d: got %v", i, got)
		}
	}
}
