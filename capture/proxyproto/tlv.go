// SPDX-License-Identifier: Apache-2.0

package proxyproto

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// TLV is one piece of what a header of version 2 tells besides addresses. Types
// from 0xE0 on are the vendors' own (2.2.8).
type TLV struct {
	Type  byte
	Value []byte
}

// Types of TLVs (2.2).
const (
	TypeALPN      = 0x01
	TypeAuthority = 0x02
	TypeCRC32C    = 0x03
	TypeNoop      = 0x04
	TypeUniqueID  = 0x05
	TypeSSL       = 0x20
	TypeNetNS     = 0x30

	SubtypeSSLVersion   = 0x21
	SubtypeSSLCN        = 0x22
	SubtypeSSLCipher    = 0x23
	SubtypeSSLSignature = 0x24
	SubtypeSSLKey       = 0x25
)

// maxUniqueID is the longest unique ID (2.2.5).
const maxUniqueID = 128

const tlvHead = 3

// parseTLVs reads what follows the addresses of the header b.
func (h *Header) parseTLVs(b []byte, at int) error {
	list, err := splitTLVs(b[at:])
	h.TLVs = list
	if err != nil {
		return err
	}
	for _, tlv := range list {
		switch {
		case tlv.Type == TypeUniqueID && len(tlv.Value) > maxUniqueID:
			return &SyntaxError{fmt.Sprintf("a unique ID of %d bytes", len(tlv.Value))}
		case tlv.Type == TypeCRC32C:
			if err := checkSum(b, at+tlvHead, tlv.Value); err != nil {
				return err
			}
		}
		at += tlvHead + len(tlv.Value)
	}
	return nil
}

// splitTLVs takes a list apart, and copies it. It returns those before the first
// that is damaged.
func splitTLVs(b []byte) ([]TLV, error) {
	var list []TLV
	for len(b) > 0 {
		if len(b) < tlvHead {
			return list, &SyntaxError{"a TLV is cut off"}
		}
		size := int(binary.BigEndian.Uint16(b[1:]))
		if tlvHead+size > len(b) {
			return list, &SyntaxError{fmt.Sprintf("a TLV of type %#02x claims %d bytes, and there are %d", b[0], size, len(b)-tlvHead)}
		}
		list = append(list, TLV{b[0], bytes.Clone(b[tlvHead : tlvHead+size])})
		b = b[tlvHead+size:]
	}
	return list, nil
}

// checkSum holds the header b to the checksum that stands in it at a place (2.2.3).
func checkSum(b []byte, at int, sum []byte) error {
	if len(sum) != crc32.Size {
		return &SyntaxError{fmt.Sprintf("a checksum of %d bytes", len(sum))}
	}
	table := crc32.MakeTable(crc32.Castagnoli)
	got := crc32.Update(0, table, b[:at])
	got = crc32.Update(got, table, make([]byte, crc32.Size))
	got = crc32.Update(got, table, b[at+crc32.Size:])
	if got != binary.BigEndian.Uint32(sum) {
		return &SyntaxError{"the checksum is wrong"}
	}
	return nil
}

// find returns the first TLV of a type.
func find(list []TLV, kind byte) ([]byte, bool) {
	for _, tlv := range list {
		if tlv.Type == kind {
			return tlv.Value, true
		}
	}
	return nil, false
}

// Authority is the host name that the client asked for, mostly by SNI (2.2.2);
// empty if the header does not tell.
func (h *Header) Authority() string {
	value, _ := find(h.TLVs, TypeAuthority)
	return string(value)
}

// UniqueID is what the proxy calls the connection (2.2.5), which may be any bytes;
// nil if the header does not tell.
func (h *Header) UniqueID() []byte {
	value, _ := find(h.TLVs, TypeUniqueID)
	return value
}

// SSL is what a proxy that ended TLS tells of it (2.2.6).
type SSL struct {
	TLS             bool // the client spoke TLS
	CertConnection  bool // and showed a certificate on this connection
	CertSession     bool // or on one of the same session
	Verify          uint32
	Version, Cipher string
	CommonName      string // of the client's certificate
	TLVs            []TLV  // all of them
}

// SSL returns what the header tells of TLS; ok is false if that is nothing, or
// damaged.
func (h *Header) SSL() (s SSL, ok bool) {
	const fixed = 5
	value, ok := find(h.TLVs, TypeSSL)
	if !ok || len(value) < fixed {
		return SSL{}, false
	}
	list, err := splitTLVs(value[fixed:])
	if err != nil {
		return SSL{}, false
	}
	text := func(kind byte) string {
		value, _ := find(list, kind)
		return string(value)
	}
	return SSL{
		TLS: value[0]&1 != 0, CertConnection: value[0]&2 != 0, CertSession: value[0]&4 != 0,
		Verify:  binary.BigEndian.Uint32(value[1:]),
		Version: text(SubtypeSSLVersion), Cipher: text(SubtypeSSLCipher), CommonName: text(SubtypeSSLCN),
		TLVs: list,
	}, true
}
