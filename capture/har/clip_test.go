// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// clipped reads all of text through a clip, size bytes at a time.
func clipped(text string, limit, size int) (out string, c *clip, err error) {
	c = newClip(iotest.DataErrReader(strings.NewReader(text)), limit)
	var b bytes.Buffer
	p := make([]byte, size)
	for err == nil {
		var n int
		n, err = c.Read(p)
		b.Write(p[:n])
	}
	if err == io.EOF {
		err = nil
	}
	return b.String(), c, err
}

func TestClip(t *testing.T) {
	space := strings.Repeat(" ", maxSpace)
	for _, test := range []struct{ name, in, want string }{
		{"short", `["abcd"]`, `["abcd"]`},
		{"long", `["abcde","x"]`, `["abcd","x"]`},
		{"escape counts once", `["\n\n\n\n"]`, `["\n\n\n\n"]`},
		{"escape beyond", `["\n\n\n\n\n"]`, `["\n\n\n\n"]`},
		{"escaped quote in tail", `["abcde\"\\"]`, `["abcd"]`},
		{"four-digit escape at limit", `["abc\u00e9f"]`, `["abc\u00e9"]`},
		{"surrogate pair across limit", `["abc\ud83d\ude00f"]`, `["abc\ud83d\ude00"]`},
		{"two high surrogates", `["abc\ud83d\ud83d\ud83d"]`, `["abc\ud83d\ud83d"]`},
		{"UTF-8 across limit", `["abc😀f"]`, `["abc😀"]`},
		{"bare continuation bytes end", "[\"abcd\x80\x80\x80\x80\x80\"]", "[\"abcd\x80\x80\x80\"]"},
		{"names have their own limit", `{"abcde":"abcde"}`, `{"abcd":"abcd"}`},
		{"long white space", "[" + space + space + "1]", "[" + space + "1]"},
		{"structure in a string", `["[[{{"]`, `["[[{{"]`},
	} {
		for _, size := range []int{1, 2, 3, 7, 4096} {
			if got, _, err := clipped(test.in, 4, size); got != test.want || err != nil {
				t.Errorf("%s, by %d: got %q, %v, want %q", test.name, size, got, err, test.want)
			}
		}
	}
}

func TestClipRefuses(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     error
	}{
		{"nesting", strings.Repeat("[", maxDepth+1), errTooDeep},
		{"number", "[" + strings.Repeat("1", maxScalar+1) + "]", errLongScalar},
	} {
		if _, _, err := clipped(test.in, 4, 100); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	if _, _, err := clipped(strings.Repeat("[", maxDepth)+"1", 4, 100); err != nil {
		t.Errorf("greatest depth: %v", err)
	}
}

// naive is the reference: it clips valid JSON text with all of it at hand.
func naive(text string, limit int) string {
	var out strings.Builder
	var stack []byte
	name := false
	for i := 0; i < len(text); {
		switch b := text[i]; b {
		case '"':
			n := stringEnd(text[i:])
			most := limit
			if name {
				most = min(limit, maxName)
			}
			out.WriteString(`"` + naiveString(text[i+1:i+n-1], most) + `"`)
			i += n
			continue
		case '{', '[':
			stack = append(stack, b)
			name = b == '{'
		case '}', ']':
			stack = stack[:len(stack)-1]
			name = false
		case ',':
			name = len(stack) > 0 && stack[len(stack)-1] == '{'
		case ':':
			name = false
		}
		out.WriteByte(text[i])
		i++
	}
	return out.String()
}

func stringEnd(s string) int {
	for i := 1; ; i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// naiveString keeps bytes and escapes until there are limit of them, and then
// what belongs to the last one.
func naiveString(s string, limit int) string {
	i, kept := 0, 0
	high := false
	for ; i < len(s) && kept < limit; kept++ {
		n := unit(s[i:])
		high = n == 6 && strings.Contains("89abAB", s[i+3:i+4]) && strings.Contains("dD", s[i+2:i+3])
		i += n
	}
	if high && i < len(s) && s[i] == '\\' {
		return s[:i+unit(s[i:])]
	}
	for over := 0; over < 3 && i < len(s) && s[i] != '\\' && !utf8.RuneStart(s[i]); over++ {
		i++
	}
	return s[:i]
}

func unit(s string) int {
	switch {
	case s[0] != '\\':
		return 1
	case s[1] == 'u':
		return 6
	}
	return 2
}

func FuzzClip(f *testing.F) {
	for _, file := range recordings(f) {
		f.Add(string(readFile(f, file)), uint16(20), uint16(5))
	}
	f.Add(`{"a\ud83d\ude00":["\\\"",{"b":"xyz"}]}`, uint16(3), uint16(1))
	f.Fuzz(func(t *testing.T, text string, limit, size uint16) {
		size = size%1000 + 1
		got, _, err := clipped(text, int(limit), int(size))
		whole, _, wholeErr := clipped(text, int(limit), 1<<16)
		if got != whole || !errors.Is(err, wholeErr) {
			t.Fatalf("by %d: %q %v, at once: %q %v", size, got, err, whole, wholeErr)
		}
		value := jsontext.Value(text)
		if !value.IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) || err != nil {
			return
		}
		squeezed := !bytes.Equal(value, []byte(text)) || strings.Contains(text, strings.Repeat(" ", maxSpace))
		if want := naive(text, int(limit)); got != want && !squeezed && !longSpace(text) {
			t.Fatalf("limit %d of %q: got %q, want %q", limit, text, got, want)
		}
	})
}

// longSpace reports whether white space of text may be shortened.
func longSpace(text string) bool {
	run := 0
	for _, b := range []byte(text) {
		if strings.IndexByte(" \t\r\n", b) < 0 {
			run = 0
		} else if run++; run > maxSpace {
			return true
		}
	}
	return false
}

func TestClipOffsets(t *testing.T) {
	text := `{"a":"0123456789",` + strings.Repeat(" ", 200) + `"b":"x","c":"abcdefgh"}`
	out, c, _ := clipped(text, 4, 1)
	for _, probe := range []string{`"b"`, `"x"`, `"c"`} {
		got := c.inputOffset(int64(strings.Index(out, probe)))
		if want := int64(strings.Index(text, probe)); got != want {
			t.Errorf("%s: input offset %d, want %d", probe, got, want)
		}
	}
	for text, want := range map[string]bool{`"0123"`: true, `"x"`: false, `"abcd"`: true} {
		end := int64(strings.Index(out, text) + len(text))
		if got := c.cutEndsAt(end); got != want {
			t.Errorf("%s at %d in %s: cut %v, want %v", text, end, out, got, want)
		}
	}
}

// TestClipForgets reads what leaves a mark at every few bytes and checks that
// the marks do not pile up when a whole array is skipped.
func TestClipForgets(t *testing.T) {
	element := `{"` + strings.Repeat("n", maxName+1) + `":1},`
	text := io.MultiReader(strings.NewReader("["), &repeater{text: element, times: 20_000}, strings.NewReader("1]"))
	c := newCursor(text, stringLimit(0))
	if err := c.skip(); err != nil {
		t.Fatal(err)
	}
	if n := len(c.clip.marks); n > 1000 {
		t.Errorf("%d marks are kept", n)
	}
}

// repeater is a reader of the same text again and again.
type repeater struct {
	text  string
	times int
	rest  string
}

func (r *repeater) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.times == 0 {
			return 0, io.EOF
		}
		r.times--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func BenchmarkClip(b *testing.B) {
	for _, shape := range []struct{ name, piece string }{
		{"plain", strings.Repeat("x", 100)},
		{"html", strings.Repeat("x", 30) + `\n` + strings.Repeat("y", 20) + `\"z\"`},
		{"escapes", `\"a\"b`},
	} {
		text := `["` + strings.Repeat(shape.piece, 20<<20/len(shape.piece)) + `"]`
		for _, limit := range []int{64 << 10, 1 << 30} {
			b.Run(fmt.Sprintf("text=%s/limit=%d", shape.name, limit), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if _, err := io.Copy(io.Discard, plainReader{newClip(strings.NewReader(text), limit)}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// plainReader hides every method but Read.
type plainReader struct{ io.Reader }
