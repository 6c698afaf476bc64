// SPDX-License-Identifier: Apache-2.0

// Package clientip computes the client address that an application takes from
// the peer of its connection and the fields of a request, exactly as its server
// library does.
//
// It must be asked about the application's own hop: on another one the same rule
// gives an address that nobody used.
package clientip

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Rule names how an address was computed, for reports.
type Rule string

// The ways in which tornado comes to an address.
const (
	TornadoPeer   Rule = "tornado: the peer, no field names a client"
	TornadoXFF    Rule = "tornado: rightmost X-Forwarded-For that is not trusted"
	TornadoRealIP Rule = "tornado: X-Real-Ip"
	TornadoBroken Rule = "tornado: the peer, since the field holds no address"
)

// Tornado computes remote_ip as tornado does with xheaders on, which JupyterHub
// always has (tornado 6.4.2, httpserver.py, _HTTPRequestContext). The result is
// raw text. It is Unknown when the capture may lack one of the fields.
//
// trusted is JupyterHub's trusted_downstream_ips: whole addresses, compared as text.
func Tornado(peer string, fields exchange.Fields, trusted []string) (string, Rule, exchange.Knowledge) {
	forwarded, forwardedState := fields.Values("X-Forwarded-For")
	real, realState := fields.Values("X-Real-Ip")
	if peer == "" || forwardedState == exchange.Unknown || realState == exchange.Unknown {
		return "", "", exchange.Unknown
	}
	address, rule := peer, TornadoPeer
	if forwardedState == exchange.Known {
		address, rule = rightmost(strings.Join(forwarded, ","), trusted), TornadoXFF
	}
	if realState == exchange.Known {
		address, rule = strings.Join(real, ","), TornadoRealIP
	}
	if !Numeric(address) {
		return peer, TornadoBroken, exchange.Known
	}
	return address, rule, exchange.Known
}

// rightmost walks a list from its end and stops at the first address that is not
// trusted; the leftmost one counts if all are.
func rightmost(list string, trusted []string) string {
	elements := strings.Split(list, ",")
	slices.Reverse(elements)
	address := ""
	for _, element := range elements {
		address = strings.TrimSpace(element)
		if !slices.Contains(trusted, address) {
			break
		}
	}
	return address
}

// Numeric reports whether getaddrinfo with AI_NUMERICHOST takes the text, by
// which tornado tells an address from other words (netutil.py, is_valid_ip).
func Numeric(text string) bool {
	if text == "" || strings.ContainsRune(text, 0) {
		return false
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	return inetAton(text)
}

// inetAton takes the old spellings of IPv4 (POSIX, inet_addr): one to four
// numbers, decimal, octal or hexadecimal, the last of which fills what is left.
func inetAton(text string) bool {
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return false
	}
	for i, part := range parts {
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if part == "" || strings.ContainsAny(part, "_+-oObB") && !strings.HasPrefix(strings.ToLower(part), "0x") || strings.Contains(part, "_") {
			return false
		}
		if _, err := strconv.ParseUint(part, 0, bits); err != nil {
			return false
		}
	}
	return true
}
