// SPDX-License-Identifier: Apache-2.0

package pcaptest

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Gzip packs any file as gzip, in one member or several.
func Gzip(b []byte, members int) []byte {
	return pack(b, members, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

// Zstd packs any file as zstd, in one frame or several.
func Zstd(b []byte, frames int) []byte {
	return pack(b, frames, func(w io.Writer) io.WriteCloser {
		packer, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic(err)
		}
		return packer
	})
}

func pack(b []byte, parts int, packer func(io.Writer) io.WriteCloser) []byte {
	var out bytes.Buffer
	for i := range parts {
		w := packer(&out)
		if _, err := w.Write(b[i*len(b)/parts : (i+1)*len(b)/parts]); err != nil {
			panic(err)
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
	}
	return out.Bytes()
}
