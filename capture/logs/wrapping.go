// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// wrapped is a line as the program wrote it, and what stood around it.
type wrapped struct {
	text      string
	stamp     time.Time // when a container runtime or the program wrote it, with a zone
	container string
}

// unwrap takes off what others put in front of a line: kubectl's --prefix and
// --timestamps, docker compose, container runtimes, syslog and journald, and mail.
func unwrap(line string) wrapped {
	w := wrapped{text: strings.TrimLeft(line, "\x00\ufeff \t")} // a file that was cut off while it was written begins with NULs
	if strings.IndexByte(w.text, 0x1b) >= 0 {
		w.text = plain(w.text)
	}
	for range 8 { // more layers than anybody uses
		before := len(w.text)
		w.unquote()
		w.unprefix()
		w.undate()
		w.unjournal()
		w.undocker()
		if len(w.text) == before {
			break
		}
	}
	return w
}

// plain takes out what colours text on a terminal.
func plain(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, 0x1b)
		if at < 0 || at+1 >= len(s) {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at])
		s = s[at+1:]
		switch s[0] {
		case '[': // CSI … final byte (ECMA-48, 5.4)
			end := 1
			for end < len(s) && (s[end] < 0x40 || s[end] > 0x7e) {
				end++
			}
			s = s[min(end+1, len(s)):]
		case '(':
			s = s[min(2, len(s)):]
		}
	}
}

// unquote takes off marks of a quotation.
func (w *wrapped) unquote() {
	for strings.HasPrefix(w.text, ">") || strings.HasPrefix(w.text, "|") && strings.HasPrefix(w.text, "| ") {
		w.text = strings.TrimLeft(w.text[1:], " \t")
	}
	for _, quote := range []string{"`", "\"[", "'["} {
		if strings.HasPrefix(w.text, quote) {
			w.text = strings.TrimRight(strings.Trim(w.text, quote[:1]), " ,")
			w.text = strings.TrimSuffix(w.text, quote[:1])
		}
	}
}

// unprefix takes off "[pod/hub-5d8/hub] " of kubectl and "hub-1  | " of compose.
func (w *wrapped) unprefix() {
	if rest, ok := strings.CutPrefix(w.text, "[pod/"); ok {
		if name, text, ok := strings.Cut(rest, "] "); ok && len(name) < 512 && !strings.Contains(name, " ") {
			w.container, w.text = "pod/"+name, text
		}
		return
	}
	head := w.text[:min(len(w.text), 80)]
	if at := strings.Index(head, " | "); at > 0 {
		if name := strings.TrimRight(head[:at], " "); !strings.ContainsAny(name, " \"[]{}:") {
			w.container, w.text = name, w.text[at+3:]
		}
	}
}

// undate takes off a time with a zone. The first one counts: it is that of kubectl,
// and what follows may be the program's own.
func (w *wrapped) undate() {
	if len(w.text) < 20 || w.text[0] != '2' || w.text[4] != '-' || w.text[10] != 'T' {
		return
	}
	stamp, rest, _ := strings.Cut(w.text, " ")
	t, ok := parseStamp(stamp)
	if !ok {
		return
	}
	if w.stamp.IsZero() {
		w.stamp = t
	}
	for _, stream := range []string{"stdout F ", "stderr F ", "stdout P ", "stderr P "} { // the CRI's own files
		rest = strings.TrimPrefix(rest, stream)
	}
	w.text = rest
}

// parseStamp reads RFC 3339, and offsets without a colon, as journald writes them.
func parseStamp(s string) (time.Time, bool) {
	if n := len(s); n > 24 && (s[n-5] == '+' || s[n-5] == '-') {
		s = s[:n-2] + ":" + s[n-2:]
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err == nil && t.Year() > 1970
}

// unjournal takes off "Nov 22 22:19:41 host name[pid]: ", with or without a priority,
// and what is left of it after a time with a zone. The time has neither year nor zone
// and is not used.
func (w *wrapped) unjournal() {
	text := w.text
	if strings.HasPrefix(text, "<") {
		if at := strings.IndexByte(text, '>'); at > 1 && at < 5 {
			text = text[at+1:]
		}
	}
	if len(text) > 16 && text[3] == ' ' && text[6] == ' ' && text[9] == ':' && text[12] == ':' && text[15] == ' ' {
		text = text[16:]
	} else if w.stamp.IsZero() {
		return
	}
	head := text[:min(len(text), 256)]
	at := strings.Index(head, "]: ")
	if at < 0 {
		return
	}
	host, name, ok := strings.Cut(head[:at], " ")
	open := strings.IndexByte(name, '[')
	if !ok || open <= 0 || host == "" || strings.ContainsAny(host, "[\"") || strings.Contains(name, " ") || !isNumber(name[open+1:]) {
		return
	}
	w.text = text[at+3:]
}

// undocker takes a line out of docker's json-file: {"log":"…\n","stream":"stderr","time":"…"}.
func (w *wrapped) undocker() {
	if !strings.HasPrefix(w.text, `{"log":"`) {
		return
	}
	var line struct {
		Log  string    `json:"log"`
		Time time.Time `json:"time"`
	}
	if json.Unmarshal([]byte(w.text), &line) != nil || strings.HasPrefix(line.Log, `{"log":"`) {
		return
	}
	w.text = strings.TrimRight(plain(line.Log), "\r\n")
	if w.stamp.IsZero() && !line.Time.IsZero() {
		w.stamp = line.Time.UTC()
	}
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
