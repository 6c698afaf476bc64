// SPDX-License-Identifier: Apache-2.0

package clientip_test

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/capture/exchange"
)

const peer = "10.244.1.9"

func TestTornado(t *testing.T) {
	for name, c := range map[string]struct {
		lines   []exchange.Field
		trusted []string
		want    string
		rule    clientip.Rule
	}{
		"no fields":                {nil, nil, peer, clientip.TornadoPeer},
		"rightmost":                {fields("X-Forwarded-For", "198.51.100.23, 10.244.3.17"), nil, "10.244.3.17", clientip.TornadoXFF},
		"no space":                 {fields("X-Forwarded-For", "198.51.100.23,10.244.3.17"), nil, "10.244.3.17", clientip.TornadoXFF},
		"repeated lines":           {fields("X-Forwarded-For", "198.51.100.23", "x-forwarded-for", "10.244.3.17"), nil, "10.244.3.17", clientip.TornadoXFF},
		"past the trusted":         {fields("X-Forwarded-For", "198.51.100.23, 10.244.3.17"), []string{"10.244.3.17"}, "198.51.100.23", clientip.TornadoXFF},
		"all trusted: leftmost":    {fields("X-Forwarded-For", "10.0.0.1, 10.0.0.2"), []string{"10.0.0.1", "10.0.0.2"}, "10.0.0.1", clientip.TornadoXFF},
		"a network trusts nothing": {fields("X-Forwarded-For", "198.51.100.23, 10.244.3.17"), []string{"10.0.0.0/8"}, "10.244.3.17", clientip.TornadoXFF},
		"trust is text":            {fields("X-Forwarded-For", "198.51.100.23, ::ffff:10.0.0.5"), []string{"10.0.0.5"}, "::ffff:10.0.0.5", clientip.TornadoXFF},
		"X-Real-Ip first":          {fields("X-Forwarded-For", "10.0.0.1", "X-Real-IP", "198.51.100.23"), nil, "198.51.100.23", clientip.TornadoRealIP},
		"X-Real-Ip doubled":        {fields("X-Real-IP", "198.51.100.23", "X-Real-IP", "198.51.100.23"), nil, peer, clientip.TornadoBroken},
		"address and port":         {fields("X-Real-IP", "198.51.100.23:5678"), nil, peer, clientip.TornadoBroken},
		"brackets":                 {fields("X-Real-IP", "[2001:db8::1]"), nil, peer, clientip.TornadoBroken},
		"a word":                   {fields("X-Forwarded-For", "unknown"), nil, peer, clientip.TornadoBroken},
		"empty element":            {fields("X-Forwarded-For", "10.0.0.1,"), nil, peer, clientip.TornadoBroken},
		"upper case is kept":       {fields("X-Real-IP", "2001:DB8::1"), nil, "2001:DB8::1", clientip.TornadoRealIP},
		"mapped is kept":           {fields("X-Real-IP", "::ffff:10.0.0.1"), nil, "::ffff:10.0.0.1", clientip.TornadoRealIP},
		"old spellings":            {fields("X-Real-IP", "127.1"), nil, "127.1", clientip.TornadoRealIP},
		"hexadecimal":              {fields("X-Real-IP", "0x7f.1"), nil, "0x7f.1", clientip.TornadoRealIP},
		"octet too large":          {fields("X-Real-IP", "10.0.0.256"), nil, peer, clientip.TornadoBroken},
		"Forwarded is not read":    {fields("Forwarded", "for=198.51.100.23"), nil, peer, clientip.TornadoPeer},
	} {
		t.Run(name, func(t *testing.T) {
			got, rule, state := clientip.Tornado(peer, exchange.Fields{Lines: c.lines}, c.trusted)
			if got != c.want || rule != c.rule || state != exchange.Known {
				t.Errorf("got %q by %q (%s), want %q by %q", got, rule, state, c.want, c.rule)
			}
		})
	}
}

// A field that the capture may have lost could have decided.
func TestTornadoNeedsAllFields(t *testing.T) {
	for name, fields := range map[string]exchange.Fields{
		"gap in the head":   {Incomplete: true, Lines: fields("X-Forwarded-For", "10.0.0.1")},
		"removed by a tool": {Origin: &exchange.Capture{Removed: []string{"x-real-ip"}}},
	} {
		if got, _, state := clientip.Tornado(peer, fields, nil); state != exchange.Unknown || got != "" {
			t.Errorf("%s: got %q, %s", name, got, state)
		}
	}
}

func fields(pairs ...string) []exchange.Field {
	var lines []exchange.Field
	for i := 0; i < len(pairs); i += 2 {
		lines = append(lines, exchange.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return lines
}
