// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"

	"github.com/logintrace/logintrace/capture/input"
)

// text is the JSON text of a recording, unpacked and in UTF-8.
type text struct {
	io.Reader

	// skipped is how many bytes of input stand before the text; derived says
	// that its offsets are not those of the input.
	skipped int64
	derived bool
}

// openText finds out how the recording is packed and written.
func openText(r io.Reader) (*text, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	t := &text{}
	if err := t.unpack(&in); err != nil {
		return nil, err
	}
	if start, _ := in.Peek(16); len(start) > 0 {
		if err := foreign(start); err != nil {
			return nil, err
		}
	}
	in = t.decode(in)
	if err := t.findObject(in); err != nil {
		return nil, err
	}
	t.Reader = in
	return t, nil
}

// unpack undoes gzip, or the zlib of mitmproxy's .zhar.
func (t *text) unpack(in **bufio.Reader) error {
	start, _ := (*in).Peek(2)
	if len(start) < 2 {
		return nil
	}
	var unpacked io.Reader
	var err error
	switch {
	case start[0] == 0x1f && start[1] == 0x8b:
		unpacked, err = gzip.NewReader(*in)
	case start[0] == 0x78 && (int(start[0])<<8|int(start[1]))%31 == 0: // RFC 1950, 2.2
		unpacked, err = zlib.NewReader(*in)
	default:
		return nil
	}
	if err != nil {
		return &FormatError{Problem: "the compressed recording is damaged", Err: err}
	}
	t.derived = true
	*in = bufio.NewReaderSize(input.Bounded(unpacked), 64<<10)
	return nil
}

// decode takes off a byte order mark and turns UTF-16 into UTF-8.
func (t *text) decode(in *bufio.Reader) *bufio.Reader {
	start, _ := in.Peek(3)
	if bytes.HasPrefix(start, []byte("\xef\xbb\xbf")) {
		n, _ := in.Discard(3)
		t.skipped = int64(n)
		return in
	}
	if decoded := input.UTF16(in); decoded != nil {
		t.derived = true
		return bufio.NewReaderSize(decoded, 64<<10)
	}
	return in
}

// findObject skips white space up to the brace that every HAR begins with.
func (t *text) findObject(in *bufio.Reader) error {
	for {
		b, err := in.ReadByte()
		switch {
		case err == io.EOF:
			return &FormatError{
				Problem: "the input is empty", Empty: true,
				Hint: "export the recording again, or give another part of the log: nothing was written yet",
			}
		case err != nil:
			return &FormatError{Problem: "the recording cannot be unpacked", Err: err}
		case b == ' ' || b == '\t' || b == '\r' || b == '\n':
			t.skipped++
			continue
		case b == '{':
			return in.UnreadByte()
		}
		return &FormatError{
			Problem: `expected a HAR, which begins with "{", found ` + byteWords(b), // not the text: it may be a secret
			Hint:    `pass the .har file that the browser's "Export HAR" wrote`,
		}
	}
}

// byteWords says what kind of file begins with a byte.
func byteWords(b byte) string {
	if b >= 0x20 && b < 0x7F {
		return "text"
	}
	return "binary data"
}

// foreign recognises files that people pass by mistake.
func foreign(start []byte) error {
	for _, known := range [...]struct{ magic, what, hint string }{
		{"PK\x03\x04", "a zip archive", "unpack it and pass the .har file inside"},
		{"\x28\xb5\x2f\xfd", "zstd-compressed data", "unpack it with: zstd -d FILE"},
		{"\x0a\x0d\x0d\x0a", "a packet capture (pcapng)", "pass it as a packet capture, not as a HAR"},
		{"\xd4\xc3\xb2\xa1", "a packet capture (pcap)", "pass it as a packet capture, not as a HAR"},
		{"\xa1\xb2\xc3\xd4", "a packet capture (pcap)", "pass it as a packet capture, not as a HAR"},
		{"\xfd7zXZ", "xz-compressed data", "unpack it with: xz -d FILE; gzip, zstd and zip are read as they are"},
		{"BZh", "bzip2-compressed data", "unpack it with: bzip2 -d FILE; gzip, zstd and zip are read as they are"},
		{"7z\xbc\xaf", "a 7z archive", "unpack it with: 7z x FILE; gzip, zstd and zip are read as they are"},
		{"\xff\xd8\xff", "a JPEG picture", `a screenshot cannot be analysed: pass the .har file that "Export HAR" wrote`},
		{"\x89PNG", "a PNG picture", `a screenshot cannot be analysed: pass the .har file that "Export HAR" wrote`},
	} {
		if bytes.HasPrefix(start, []byte(known.magic)) {
			return &FormatError{Problem: "expected a HAR, found " + known.what, Hint: known.hint}
		}
	}
	return nil
}
