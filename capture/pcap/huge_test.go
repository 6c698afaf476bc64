// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// generator makes endless bytes, a piece at a time.
type generator struct {
	next func(i int) []byte
	i, n int // pieces made, and to make
	rest []byte
}

// Read implements io.Reader.
func (g *generator) Read(p []byte) (int, error) {
	if len(g.rest) == 0 {
		if g.i == g.n {
			return 0, io.EOF
		}
		g.rest = g.next(g.i)
		g.i++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// repeated is n times what next makes, behind a head.
func repeated(head []byte, n int, next func(i int) []byte) io.Reader {
	return io.MultiReader(bytes.NewReader(head), &generator{next: next, n: n})
}

// onePacket is a pcap with one packet, changed for each i; the same buffer is
// used again.
func onePacket(f pcaptest.File, change func(data []byte, i int)) func(int) []byte {
	b := f.Bytes()
	return func(i int) []byte {
		change(b[24+16:], i)
		return b[24:]
	}
}

func hugeCaptures() map[string]hugeCapture {
	be, le := binary.BigEndian, binary.LittleEndian
	forwarded := pcaptest.Parse(anyCapture(sighted{0, 1, false, 9, 1}))
	plain := pcaptest.Parse(pcaptest.Ethernet(anyCapture(sighted{0, 1, false, 9, 1})))
	empty := pcaptest.File{Link: linkEthernet}.Bytes()
	ng := pcaptest.Pcapng(plain.Bytes(), pcaptest.NG{})
	body := func(size int) []byte { return make([]byte, size) }
	return map[string]hugeCapture{
		"300 MB": {func() io.Reader {
			b := typicalPcap(3 << 20)
			return repeated(b[:24], 100, func(int) []byte { return b[24:] })
		}, ""},
		"300 MB in zstd": {func() io.Reader {
			b := typicalPcap(3 << 20)
			return packed(repeated(b[:24], 100, func(int) []byte { return b[24:] }), func(w io.Writer) io.WriteCloser {
				z, _ := zstd.NewWriter(w, zstd.WithWindowSize(maxWindow), zstd.WithEncoderConcurrency(1))
				return z
			})
		}, ""},
		"zstd bomb": {func() io.Reader {
			zeros := make([]byte, 1<<20)
			return packed(repeated(empty, 1200, func(int) []byte { return zeros }), func(w io.Writer) io.WriteCloser {
				z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
				return z
			})
		}, "unpacks to far more"},
		"gzip of zeros": {func() io.Reader {
			zeros := make([]byte, 1<<20)
			return packed(repeated(empty, 1200, func(int) []byte { return zeros }), func(w io.Writer) io.WriteCloser {
				z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
				return z
			})
		}, "link-layer header is damaged"},
		"interface index storm": {func() io.Reader {
			return repeated(forwarded.Bytes(), 1e6, onePacket(forwarded, func(data []byte, i int) { be.PutUint32(data[4:], uint32(i)) }))
		}, "more than 1024 interfaces"},
		"fragment storm": {func() io.Reader {
			return repeated(plain.Bytes(), 1e6, onePacket(plain, func(data []byte, i int) {
				be.PutUint32(data[26:], uint32(i))
				be.PutUint16(data[20:], 0x2001)
				be.PutUint16(data[16:], 20+24)
			}))
		}, "fragments of the same IP packet are missing"},
		"fragments of one packet": {func() io.Reader {
			return repeated(plain.Bytes(), 1e6, onePacket(plain, func(data []byte, i int) {
				be.PutUint16(data[20:], 0x2000|uint16(i*2)&0x1fff)
				be.PutUint16(data[16:], 20+8)
			}))
		}, "fragments of the same IP packet are missing"},
		"interface storm": {func() io.Reader {
			one := appendBlock(nil, blockInterface, append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 4, 0}, "if00"...))
			return repeated(ng, 1e6, func(i int) []byte { le.PutUint32(one[20:], uint32(i)); return one })
		}, "more than 1024 interfaces"},
		"section storm": {func() io.Reader {
			return repeated(ng, 1e5, func(int) []byte { return ng })
		}, ""},
		"comment storm": {func() io.Reader {
			list := append([]byte{1, 0, 0xfc, 0xff}, body(0xfffc)...)
			head := append([]byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0}, body(8)...)
			le.PutUint32(head, 0x1a2b3c4d)
			one := appendBlock(nil, blockSection, append(head, list...))
			return repeated(ng, 4000, func(int) []byte { return one })
		}, "more comments, names or keys"},
		"unknown blocks": {func() io.Reader {
			one := appendBlock(nil, 0x7fffffff, body(1<<20+1<<18))
			return repeated(ng, 200, func(int) []byte { return one })
		}, "passed over"},
	}
}

// packed compresses what r gives, which must become small.
func packed(r io.Reader, packer func(io.Writer) io.WriteCloser) io.Reader {
	var out bytes.Buffer
	w := packer(&out)
	if _, err := io.Copy(w, r); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return &out
}
