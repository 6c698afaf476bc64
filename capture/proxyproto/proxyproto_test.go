// SPDX-License-Identifier: Apache-2.0

package proxyproto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

const (
	v4Block = "\xcb\x00\x71\x09\xc6\x33\x64\x01\xc3\x50\x00\x50"
	v6Block = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\xc3\x50\x01\xbb"
)

// v2 makes a header of version 2.
func v2(versionCommand, family byte, block string) string {
	b := append([]byte(v2Signature), versionCommand, family)
	b = binary.BigEndian.AppendUint16(b, uint16(len(block)))
	return string(b) + block
}

func tlv(kind byte, value string) string {
	return string([]byte{kind, byte(len(value) >> 8), byte(len(value))}) + value
}

// summed puts the right checksum into a header that ends with an empty one.
func summed(header string) string {
	b := []byte(header)
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	binary.BigEndian.PutUint32(b[len(b)-4:], sum)
	return string(b)
}

func ends(source, destination string) Header {
	return Header{Source: netip.MustParseAddrPort(source), Destination: netip.MustParseAddrPort(destination)}
}

func with(h Header, version int, list ...TLV) Header {
	h.Version, h.TLVs = version, list
	return h
}

var (
	four = ends("203.0.113.9:50000", "198.51.100.1:80")
	six  = ends("[2001:db8::9]:50000", "[2001:db8::1]:443")
)

// vectors are headers as section 2 describes them. Each is tried whole, with
// something behind it, and cut at every place.
var vectors = []struct {
	name, in string
	want     Header
	wrong    string // what is wrong with it
}{
	{name: "v1 IPv4", in: "PROXY TCP4 203.0.113.9 198.51.100.1 50000 80\r\n", want: with(four, 1)},
	{name: "v1 IPv4, longest", in: "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", want: with(ends("255.255.255.255:65535", "255.255.255.255:65535"), 1)},
	{name: "v1 IPv6", in: "PROXY TCP6 2001:db8::9 2001:DB8:0:0:0:0:0:1 50000 443\r\n", want: with(six, 1)},
	{name: "v1 IPv6, longest", in: "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
		want: with(ends("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"), 1)},
	{name: "v1 mapped address", in: "PROXY TCP6 ::ffff:203.0.113.9 ::ffff:198.51.100.1 0 80\r\n",
		want: with(ends("[::ffff:203.0.113.9]:0", "[::ffff:198.51.100.1]:80"), 1)},
	{name: "v1 unknown", in: "PROXY UNKNOWN\r\n", want: Header{Version: 1}},
	{name: "v1 unknown, longest", in: "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", want: Header{Version: 1}},

	{name: "v1 leading zero in a port", in: "PROXY TCP4 203.0.113.9 198.51.100.1 050000 80\r\n", want: Header{Version: 1}, wrong: "is no port"},
	{name: "v1 port too large", in: "PROXY TCP4 203.0.113.9 198.51.100.1 65536 80\r\n", want: Header{Version: 1}, wrong: "is no port"},
	{name: "v1 signed port", in: "PROXY TCP4 203.0.113.9 198.51.100.1 +1 80\r\n", want: Header{Version: 1}, wrong: "is no port"},
	{name: "v1 leading zero in an address", in: "PROXY TCP4 203.0.113.09 198.51.100.1 1 80\r\n", want: Header{Version: 1}, wrong: "is no address of TCP4"},
	{name: "v1 other family", in: "PROXY TCP4 2001:db8::9 2001:db8::1 1 80\r\n", want: Header{Version: 1}, wrong: "is no address of TCP4"},
	{name: "v1 zone", in: "PROXY TCP6 fe80::1%eth0 2001:db8::1 1 80\r\n", want: Header{Version: 1}, wrong: "is no address of TCP6"},
	{name: "v1 two spaces", in: "PROXY TCP4  203.0.113.9 198.51.100.1 1 80\r\n", want: Header{Version: 1}, wrong: "found 5 words"},
	{name: "v1 too little", in: "PROXY TCP4 203.0.113.9\r\n", want: Header{Version: 1}, wrong: "found 1 words"},
	{name: "v1 LF alone", in: "PROXY TCP4 203.0.113.9 198.51.100.1 1 80\nx\r\n", want: Header{Version: 1}, wrong: "is no port"},
	{name: "v1 lower case", in: "PROXY tcp4 203.0.113.9 198.51.100.1 1 80\r\n", want: Header{Version: 1}, wrong: `found "tcp4"`},

	{name: "v2 IPv4", in: v2(0x21, 0x11, v4Block), want: with(four, 2)},
	{name: "v2 IPv6", in: v2(0x21, 0x21, v6Block), want: with(six, 2)},
	{name: "v2 UDP", in: v2(0x21, 0x12, v4Block), want: func() Header { h := with(four, 2); h.Datagram = true; return h }()},
	{name: "v2 unix", in: v2(0x21, 0x31, "/run/a"+strings.Repeat("\x00", 102)+"/run/b"+strings.Repeat("\x00", 102)),
		want: Header{Version: 2, SourcePath: "/run/a", DestinationPath: "/run/b"}},
	{name: "v2 unspec", in: v2(0x21, 0x00, tlv(TypeNoop, "xx")), want: with(Header{}, 2, TLV{TypeNoop, []byte("xx")})},
	{name: "v2 IPv4, unspecified transport", in: v2(0x21, 0x10, v4Block), want: Header{Version: 2}},
	{name: "v2 local", in: v2(0x20, 0x00, ""), want: Header{Version: 2, Local: true}},
	{name: "v2 local with rubbish", in: v2(0x20, 0xff, "rubbish"), want: Header{Version: 2, Local: true}},
	{name: "v2 TLVs", in: v2(0x21, 0x11, v4Block+tlv(TypeAuthority, "hub.example.test")+tlv(TypeUniqueID, "\x00\xff")+tlv(0xea, "\x01vpce-1")+tlv(0xf8, "")),
		want: with(four, 2, TLV{TypeAuthority, []byte("hub.example.test")}, TLV{TypeUniqueID, []byte("\x00\xff")}, TLV{0xea, []byte("\x01vpce-1")}, TLV{0xf8, []byte{}})},
	{name: "v2 longest", in: v2(0x21, 0x00, tlv(TypeNoop, strings.Repeat("x", 65532))), want: with(Header{}, 2, TLV{TypeNoop, bytes.Repeat([]byte("x"), 65532)})},

	{name: "v2 addresses cut off", in: v2(0x21, 0x11, v4Block[:11]), want: Header{Version: 2}, wrong: "take 12 bytes, and there are 11"},
	{name: "v2 unknown command", in: v2(0x22, 0x11, v4Block), want: Header{Version: 2}, wrong: "command 2"},
	{name: "v2 unknown family", in: v2(0x21, 0x41, v4Block), want: Header{Version: 2}, wrong: "family 4"},
	{name: "v2 unknown transport", in: v2(0x21, 0x13, v4Block), want: Header{Version: 2}, wrong: "transport protocol 3"},
	{name: "v2 TLV cut off", in: v2(0x21, 0x11, v4Block+"\x02\x00"), want: with(four, 2), wrong: "cut off"},
	{name: "v2 TLV too long", in: v2(0x21, 0x11, v4Block+"\x02\x00\x09abc"), want: with(four, 2), wrong: "claims 9 bytes, and there are 3"},
	{name: "v2 unique ID too long", in: v2(0x21, 0x11, v4Block+tlv(TypeUniqueID, strings.Repeat("x", 129))),
		want: with(four, 2, TLV{TypeUniqueID, bytes.Repeat([]byte("x"), 129)}), wrong: "129 bytes"},
	{name: "v2 checksum wrong", in: v2(0x21, 0x11, v4Block+tlv(TypeCRC32C, "\x00\x00\x00\x00")),
		want: with(four, 2, TLV{TypeCRC32C, []byte{0, 0, 0, 0}}), wrong: "checksum is wrong"},
	{name: "v2 checksum too short", in: v2(0x21, 0x11, v4Block+tlv(TypeCRC32C, "\x00")),
		want: with(four, 2, TLV{TypeCRC32C, []byte{0}}), wrong: "checksum of 1 bytes"},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			for _, behind := range []string{"", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01"} {
				h, n, err := Parse([]byte(v.in + behind))
				if n != len(v.in) || !reflect.DeepEqual(h, v.want) {
					t.Errorf("%d bytes of %d, %+v, want %+v", n, len(v.in), h, v.want)
				}
				checkError(t, err, v.wrong)
			}
			for n := 1; n < len(v.in); n += 1 + n/100 {
				if h, _, err := Parse([]byte(v.in[:n])); !errors.Is(err, ErrShort) || !MayBegin([]byte(v.in[:n])) {
					t.Errorf("the first %d bytes: %+v, %v", n, h, err)
				}
			}
		})
	}
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	var syntax *SyntaxError
	switch {
	case want == "" && err != nil:
		t.Error(err)
	case want != "" && (!errors.As(err, &syntax) || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestEndless(t *testing.T) {
	for name, in := range map[string]string{
		"v1 without an end":       "PROXY UNKNOWN " + strings.Repeat("x", 200),
		"v1 that ends too late":   "PROXY UNKNOWN " + strings.Repeat("x", 92) + "\r\n", // 108 bytes
		"v2 of another version":   v2Signature + "\x31",
		"v2 of version 0, longer": v2Signature + "\x01\x11\x00\x00",
	} {
		_, n, err := Parse([]byte(in))
		var syntax *SyntaxError
		if n != 0 || !errors.As(err, &syntax) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

func TestOthers(t *testing.T) {
	for _, in := range []string{"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "PROXYING", "\r\nGET /", "\x16\x03\x01", "x"} {
		if _, n, err := Parse([]byte(in)); n != 0 || !errors.Is(err, ErrNone) || MayBegin([]byte(in)) {
			t.Errorf("%q: %d, %v", in, n, err)
		}
	}
}

func TestChecksum(t *testing.T) {
	for _, in := range []string{
		summed(v2(0x21, 0x11, v4Block+tlv(TypeCRC32C, "\x00\x00\x00\x00"))),
		summed(v2(0x21, 0x11, v4Block+tlv(TypeNoop, "abc")+tlv(TypeCRC32C, "\x00\x00\x00\x00"))),
	} {
		if _, _, err := Parse([]byte(in)); err != nil {
			t.Error(err)
		}
	}
}

// A header with what HAProxy's send-proxy-v2-ssl-cn sends.
func TestSSL(t *testing.T) {
	inner := tlv(SubtypeSSLVersion, "TLSv1.3") + tlv(SubtypeSSLCN, "someone") + tlv(SubtypeSSLCipher, "TLS_AES_128_GCM_SHA256")
	h, _, err := Parse([]byte(v2(0x21, 0x11, v4Block+tlv(TypeSSL, "\x03\x00\x00\x00\x01"+inner)+tlv(TypeAuthority, "h")+tlv(TypeUniqueID, "id"))))
	if err != nil {
		t.Fatal(err)
	}
	s, ok := h.SSL()
	if !ok || !s.TLS || !s.CertConnection || s.CertSession || s.Verify != 1 || s.Version != "TLSv1.3" ||
		s.CommonName != "someone" || s.Cipher != "TLS_AES_128_GCM_SHA256" || len(s.TLVs) != 3 {
		t.Errorf("%t, %+v", ok, s)
	}
	if h.Authority() != "h" || string(h.UniqueID()) != "id" {
		t.Errorf("%q, %q", h.Authority(), h.UniqueID())
	}
	for _, damaged := range []string{"", "\x01\x00", "\x01\x00\x00\x00\x00\x21\x00\x09x"} {
		h.TLVs = []TLV{{TypeSSL, []byte(damaged)}}
		if s, ok := h.SSL(); ok {
			t.Errorf("%q: %+v", damaged, s)
		}
	}
}

// FuzzParse holds that a header ends within what was given, that what follows it
// changes nothing, that a part of it is never taken for another one, and that
// nothing of the input is kept.
func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		f.Add([]byte(v.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := Parse(b)
		if n < 0 || n > len(b) || n > MaxLength || err == nil && n == 0 {
			t.Fatalf("%d of %d bytes, %v", n, len(b), err)
		}
		if err == nil && h.Version == 0 || errors.Is(err, ErrNone) == MayBegin(b) && len(b) > 0 {
			t.Fatalf("%+v, %v", h, err)
		}
		if n > 0 {
			again, m, _ := Parse(append(bytes.Clone(b[:n]), "more"...))
			if m != n || !reflect.DeepEqual(again, h) {
				t.Fatalf("alone: %d, %+v\nwith more: %d, %+v", n, h, m, again)
			}
			if _, _, err := Parse(b[:n-1]); !errors.Is(err, ErrShort) {
				t.Fatalf("without its last byte: %v", err)
			}
		}
		kept := h.Authority()
		clear(b)
		if h.Authority() != kept {
			t.Fatal("the header shares memory with the input")
		}
		h.SSL()
	})
}
