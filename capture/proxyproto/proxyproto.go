// SPDX-License-Identifier: Apache-2.0

// Package proxyproto reads the header with which a proxy announces, at the
// beginning of a connection, for whom it opened it: the PROXY protocol, versions 1
// and 2 (HAProxy, doc/proxy-protocol.txt; sections are those of that document).
//
// It only reads what a capture shows. Whether a receiver believes the header, or
// expects one at all, is its configuration's to say and not to be guessed from
// bytes.
package proxyproto

import (
	"errors"
	"net/netip"
	"strings"
)

// Header is one header. Its texts are hostile.
type Header struct {
	Version int // 1 or 2

	// Local says that the sender opened the connection for itself, such as for a
	// health check (2.2, command LOCAL): the addresses of the connection count.
	Local bool

	// Source and Destination are the ends of the announced connection. They are
	// invalid if the header does not tell: version 1's UNKNOWN, version 2's
	// UNSPEC, unix sockets, and where Local is set.
	Source, Destination netip.AddrPort

	// SourcePath and DestinationPath name unix sockets (2.2, AF_UNIX).
	SourcePath, DestinationPath string

	// Datagram says that the announced connection is not a stream: UDP.
	Datagram bool

	TLVs []TLV // of version 2, in order, those of unknown types too
}

// ErrNone says that something else begins there.
var ErrNone = errors.New("no PROXY protocol header")

// ErrShort says that what is there may become a header, and more of it is needed.
var ErrShort = errors.New("the PROXY protocol header is not complete")

// SyntaxError says what is wrong with a header. Receivers must drop a connection
// that begins with such a one (2.1, 2.2).
type SyntaxError struct{ Problem string }

func (e *SyntaxError) Error() string { return "PROXY protocol header: " + e.Problem }

// MaxLength is the longest header there can be (2.2: 16 bytes and what two more
// can count).
const MaxLength = v2Fixed + 1<<16 - 1

// Parse reads the header at the beginning of b, and returns how long it is. The
// error is ErrNone, ErrShort or a *SyntaxError; n is then 0 unless the header is
// wrong inside and its end known all the same. What could be read is returned with
// a *SyntaxError, too.
//
// The Header keeps no part of b.
func Parse(b []byte) (h Header, n int, err error) {
	switch {
	case hasPrefix(b, v1Signature):
		return parseV1(b)
	case hasPrefix(b, v2Signature):
		return parseV2(b)
	case strings.HasPrefix(v1Signature, string(b)), len(b) < len(v2Signature) && strings.HasPrefix(v2Signature, string(b)):
		return Header{}, 0, ErrShort
	}
	return Header{}, 0, ErrNone
}

// MayBegin reports whether b is, or may become, the beginning of a header. It looks
// at the signature alone.
func MayBegin(b []byte) bool {
	start := string(b[:min(len(b), len(v2Signature))])
	return strings.HasPrefix(v2Signature, start) || strings.HasPrefix(v1Signature, start) || strings.HasPrefix(start, v1Signature)
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}
