// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Extras is what a pcapng holds besides packets. Its texts are hostile.
type Extras struct {
	Secrets  []Secret
	Names    []Name
	Comments []Comment

	bytes int  // kept so far
	cut   bool // more than that was there
}

// Secret is a Decryption Secrets Block: keys that make encrypted traffic in the
// capture readable. However it is printed, the keys are not.
type Secret struct {
	kind uint32
	keys []byte
}

// IsTLS reports whether the secret is a TLS key log (RFC 9850).
func (s Secret) IsTLS() bool { return s.kind == 0x544c534b }

// RevealKeys returns the keys themselves; they must never reach a report.
func (s Secret) RevealKeys() []byte { return s.keys }

// String names the secret without telling it.
func (s Secret) String() string {
	kind := fmt.Sprintf("keys of kind %#x", s.kind)
	switch s.kind {
	case 0x544c534b:
		kind = "TLS key log"
	case 0x53534b4c:
		kind = "SSH key log"
	case 0x57474b4c:
		kind = "WireGuard key log"
	}
	return fmt.Sprintf("%s, %d bytes", kind, len(s.keys))
}

// GoString keeps %#v from printing the keys.
func (s Secret) GoString() string { return s.String() }

// Name is a name that the capture gives to an address.
type Name struct {
	Address netip.Addr
	Name    string
}

// Comment is a remark that somebody wrote into the capture.
type Comment struct {
	Frame int // 0: on the whole
	Text  string
}

// room reports whether n bytes more may be kept.
func (e *Extras) room(n int) bool {
	const overhead = 64
	if e.bytes+n+overhead > maxExtras {
		e.cut = true
		return false
	}
	e.bytes += n + overhead
	return true
}

// limited notes that there was more than is kept.
func (e *Extras) limited(c *exchange.Capture) {
	c.AddNote(exchange.NoteLimit, fmt.Sprintf(
		"the capture holds more comments, names or keys than logintrace keeps (%d KiB); the rest was passed over", maxExtras>>10))
}

func (e *Extras) addComment(frame int, text []byte) {
	text = text[:min(len(text), maxText)]
	if e.room(len(text)) {
		e.Comments = append(e.Comments, Comment{frame, string(text)})
	}
}

// addSecrets reads a Decryption Secrets Block (section 4.7).
func (e *Extras) addSecrets(order binary.ByteOrder, body []byte) {
	const fixed = 8
	if len(body) < fixed {
		return
	}
	size := min(int64(order.Uint32(body[4:])), int64(len(body)-fixed))
	if e.room(int(size)) {
		e.Secrets = append(e.Secrets, Secret{order.Uint32(body), bytes.Clone(body[fixed:][:size])})
	}
}

// addNames reads a Name Resolution Block (section 4.5).
func (e *Extras) addNames(order binary.ByteOrder, body []byte) {
	for len(body) >= 4 {
		kind, size := order.Uint16(body), int(order.Uint16(body[2:]))
		if kind == 0 || 4+size > len(body) {
			return
		}
		record := body[4 : 4+size]
		body = body[min((4+size+3)&^3, len(body)):]
		switch {
		case kind == 1 && size > 4:
			e.addName(netip.AddrFrom4([4]byte(record)), record[4:])
		case kind == 2 && size > 16:
			e.addName(netip.AddrFrom16([16]byte(record)), record[16:])
		}
	}
}

// addName takes the names of an address, each of which ends with a zero byte.
func (e *Extras) addName(address netip.Addr, names []byte) {
	for name := range bytes.SplitSeq(names, []byte{0}) {
		name = name[:min(len(name), maxText)]
		if len(name) > 0 && e.room(len(name)) {
			e.Names = append(e.Names, Name{address, string(name)})
		}
	}
}
