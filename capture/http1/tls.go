// SPDX-License-Identifier: Apache-2.0

package http1

import "encoding/binary"

// The first bytes of TLS records (RFC 8446, 5.1) and handshake messages (4).
const (
	recordChangeCipherSpec = 20
	recordHandshake        = 22
	recordApplicationData  = 23
	recordHeader           = 5
	maxRecord              = 1<<14 + 2048 // RFC 5246, 6.2.3

	messageClientHello = 1
	extensionName      = 0 // RFC 6066, 3
)

// looksLikeRecord reports whether a segment begins like a TLS record.
func looksLikeRecord(b []byte) bool {
	return len(b) >= recordHeader &&
		b[0] >= recordChangeCipherSpec && b[0] <= recordApplicationData &&
		b[1] == 3 && b[2] <= 4 && binary.BigEndian.Uint16(b[3:]) <= maxRecord
}

// clientHello reports whether b begins with a ClientHello, and the server name in
// it; the name is empty if there is none. It answers maybe until the whole
// handshake message is there.
func clientHello(b []byte) (string, verdict) {
	if len(b) > 0 && b[0] != recordHandshake || len(b) > 1 && b[1] != 3 {
		return "", no
	}
	if len(b) < recordHeader+4 {
		return "", maybe
	}
	if b[recordHeader] != messageClientHello {
		return "", no
	}
	message, whole := handshakeMessage(b)
	if !whole {
		return "", maybe
	}
	return serverName(message), yes
}

// handshakeMessage joins what several records hold of the first message.
func handshakeMessage(b []byte) (message []byte, whole bool) {
	for len(b) >= recordHeader && b[0] == recordHandshake {
		length := int(binary.BigEndian.Uint16(b[3:]))
		record := b[recordHeader:min(len(b), recordHeader+length)]
		message = append(message, record...)
		if len(message) >= 4 {
			need := 4 + int(message[1])<<16 + int(message[2])<<8 + int(message[3])
			if len(message) >= need {
				return message[4:need], true
			}
		}
		b = b[recordHeader+len(record):]
	}
	// Something that is not a handshake record follows: there is no more to wait for.
	return message, len(b) >= recordHeader
}

// serverName reads a ClientHello (RFC 8446, 4.1.2) up to its first host name.
func serverName(b []byte) string {
	b = after(b, 2+32)  // version, random
	_, b = vector(b, 1) // session id
	_, b = vector(b, 2) // cipher suites
	_, b = vector(b, 1) // compression methods
	all, _ := vector(b, 2)
	for len(all) >= 4 {
		kind := binary.BigEndian.Uint16(all)
		var extension []byte
		extension, all = vector(all[2:], 2)
		if kind != extensionName {
			continue
		}
		names, _ := vector(extension, 2)
		name, _ := vector(after(names, 1), 2)
		return string(name)
	}
	return ""
}

// after skips n bytes.
func after(b []byte, n int) []byte { return b[min(n, len(b)):] }

// vector cuts off a vector whose length takes that many bytes.
func vector(b []byte, lengthBytes int) (content, rest []byte) {
	if len(b) < lengthBytes {
		return nil, nil
	}
	n := 0
	for _, c := range b[:lengthBytes] {
		n = n<<8 | int(c)
	}
	b = b[lengthBytes:]
	n = min(n, len(b))
	return b[:n], b[n:]
}
