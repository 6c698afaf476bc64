// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that a zstd frame may ask for; RFC 9659 allows no
// more in HTTP.
const maxWindow = 8 << 20

// decoder undoes content codings. It keeps what is dear to make.
type decoder struct {
	zstd     *zstd.Decoder
	zstdUsed bool // in the content at hand
}

func (d *decoder) close() {
	if d.zstd != nil {
		d.zstd.Close()
		d.zstd = nil
	}
}

// decode undoes codings, the last one first, up to limit bytes. whole says that
// the result is all there is; ok that there is a result: the codings are known,
// and something could be decoded.
func (d *decoder) decode(b []byte, codings []string, limit int) (decoded []byte, whole, ok bool) {
	if len(codings) > maxCodings {
		return nil, false, false
	}
	d.zstdUsed = false
	var r io.Reader = bytes.NewReader(b)
	for i := len(codings) - 1; i >= 0; i-- {
		if r = d.open(codings[i], r); r == nil {
			return nil, false, false
		}
	}
	if len(codings) == 0 {
		return b[:min(len(b), limit)], len(b) <= limit, true
	}
	var out bytes.Buffer
	_, err := io.Copy(&out, io.LimitReader(r, int64(limit)+1))
	if err != nil && out.Len() == 0 {
		return nil, false, false
	}
	n := min(out.Len(), limit)
	return bytes.Clone(out.Bytes()[:n]), err == nil && out.Len() <= limit, true
}

// open returns nil for what is not a known coding (RFC 9110, 8.4.1; RFC 7932;
// RFC 8878), or whose beginning is wrong.
func (d *decoder) open(coding string, r io.Reader) io.Reader {
	switch coding {
	case "gzip", "x-gzip":
		if unpacked, err := gzip.NewReader(r); err == nil {
			return unpacked
		}
	case "deflate":
		return openDeflate(r)
	case "br":
		return brotli.NewReader(r)
	case "zstd":
		return d.openZstd(r)
	}
	return nil
}

// openDeflate reads the zlib format that RFC 9110, 8.4.1.2 asks for, or the bare
// deflate stream that some servers send.
func openDeflate(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	start, _ := in.Peek(2)
	if len(start) == 2 && start[0]&0x0f == 8 && (int(start[0])<<8|int(start[1]))%31 == 0 {
		if unpacked, err := zlib.NewReader(in); err == nil {
			return unpacked
		}
		return nil
	}
	return flate.NewReader(in)
}

func (d *decoder) openZstd(r io.Reader) io.Reader {
	if d.zstdUsed { // zstd inside zstd: nobody does that in good faith
		return nil
	}
	d.zstdUsed = true
	if d.zstd == nil {
		made, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil
		}
		d.zstd = made
	}
	if d.zstd.Reset(r) != nil {
		return nil
	}
	return d.zstd
}
