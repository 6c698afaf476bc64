// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// The ways in which tornado comes to an address.
const (
	TornadoPeer   Rule = "tornado: the peer, no field names a client"
	TornadoXFF    Rule = "tornado: rightmost X-Forwarded-For that is not trusted"
	TornadoRealIP Rule = "tornado: X-Real-Ip"
	TornadoBroken Rule = "tornado: the peer, since the field holds no address"
	TornadoOff    Rule = "tornado without xheaders: the peer"
)

// tornadoEntry is tornado, or what is built on it; JupyterHub always has xheaders on.
func tornadoEntry(name string, keys ...string) *entry {
	return &entry{
		name: name, keys: append(keys, "version"), make: tornado,
		golden:   []string{"", "trusted=1.1.1.1"},
		believes: "whoever connects, about X-Real-IP, else X-Forwarded-For from the right, past the addresses of `trusted`",
	}
}

// tornado is Tornado with the settings of an application. Before 6.4 values of fields
// lost a no-break space at their ends, too.
func tornado(s *settings) func(Request, *fields) Result {
	xheaders, old := s.on("xheaders", true), s.before(6, 4)
	return func(r Request, f *fields) Result {
		if !xheaders {
			return of(r.Peer, TornadoOff)
		}
		head := f.of
		if old {
			head = exchange.Fields{Incomplete: head.Incomplete, Origin: head.Origin}
			for _, line := range f.of.Lines {
				head.Lines = append(head.Lines, exchange.Field{Name: line.Name, Value: pythonStrip(line.Value)})
			}
		}
		address, rule, state := Tornado(r.Peer, head, s.list("trusted"))
		return Result{address, rule, state}
	}
}

// Tornado computes remote_ip as tornado does with xheaders on, which JupyterHub
// always has (tornado 5.1.1 to 6.6.1, httpserver.py,
// _HTTPRequestContext). The result is
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

// TornadoCertain is Tornado where nothing that a Hub trusts could make a difference:
// X-Real-Ip decides, or a single element. ok is false for others.
func TornadoCertain(peer string, fields exchange.Fields) (address string, ok bool) {
	forwarded, _ := fields.Values("X-Forwarded-For")
	address, _, state := Tornado(peer, fields, nil)
	other, _, _ := Tornado(peer, fields, elements(forwarded))
	return address, state == exchange.Known && address == other
}

// elements are those of a list, as rightmost compares them.
func elements(lines []string) []string {
	list := strings.Split(strings.Join(lines, ","), ",")
	for i, element := range list {
		list[i] = pythonStrip(element)
	}
	return list
}

// rightmost walks a list from its end and stops at the first address that is not
// trusted; the leftmost one counts if all are.
func rightmost(list string, trusted []string) string {
	address := ""
	for _, element := range slices.Backward(elements([]string{list})) {
		address = element
		if !slices.Contains(trusted, address) {
			break
		}
	}
	return address
}

// Numeric reports whether getaddrinfo with AI_NUMERICHOST takes the text, by
// which tornado tells an address from other words (netutil.py, is_valid_ip). glibc
// takes an asterisk for any address, and a zone by its name for link-local ones
// only. Whether that interface is there is not known: it is taken to be.
func Numeric(text string) bool {
	if text == "*" {
		return true
	}
	if text == "" || strings.ContainsRune(text, 0) {
		return false
	}
	if address, err := netip.ParseAddr(text); err == nil {
		_, err := strconv.ParseUint(address.Zone(), 10, 32)
		return address.Zone() == "" || err == nil || address.IsLinkLocalUnicast() || address.IsLinkLocalMulticast()
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
