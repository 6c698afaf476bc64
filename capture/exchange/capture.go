// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"strings"
	"time"
)

// Kind is the format of a capture.
type Kind string

// The kinds of capture.
const (
	KindHAR    Kind = "har"
	KindPcap   Kind = "pcap"
	KindPcapng Kind = "pcapng"
	KindLive   Kind = "live"
	KindLog    Kind = "log"
)

// Capture describes one recorded input and its known limits. Its reader fills
// it while reading and is done when it returns; nobody else writes to it.
type Capture struct {
	ID   string // "c1", "c2", … in the order given
	Name string // as the user named it
	Kind Kind

	// Creator is the program that wrote the capture, as the capture itself
	// says ("WebInspector 537.36"); hostile text.
	Creator    string
	Node       string
	Interfaces []string

	// Parts lists the files of a packet capture that was split, in order; it is
	// empty for a single file. Frames are counted through all of them: Locate says
	// where one is.
	Parts []Part

	// FirstTime and LastTime span the exchanges, on the capture's own clock.
	FirstTime, LastTime time.Time

	// Removed lists, in lower case, the field names that the recording program
	// leaves out of every message. Such a field is unknown, never absent.
	Removed []string

	Ledger Ledger
	Notes  []Note

	// Refused are the connections that nobody took, as far as the packets show, in no
	// order: at most MostRefused.
	Refused []Refused

	// Unread are connections that carry something else than HTTP, in no order: at most
	// MostUnread.
	Unread []Unread

	// Lost are times of which packets are missing, as other packets of the same
	// connections show, in no order: see MayLack.
	Lost []Span

	// Statements are the telling lines of a log that belong to no request of it, in
	// the order of its lines; those of a request are in Logged.Said.
	Statements []Statement

	// ZoneUnknown says that times of this log are without a zone and were read as
	// UTC: they may be off by hours (see Logged.ZoneUnknown).
	ZoneUnknown bool
}

// Ledger counts what became of every unit of a capture, so that nothing is lost
// silently. For a HAR the unit is an entry, for packet
// captures a packet, for a log a line.
type Ledger struct {
	Packets     int `json:"packets"`
	Used        int `json:"used"`
	NotHTTP     int `json:"not_http"`
	Encrypted   int `json:"encrypted"`
	Duplicate   int `json:"duplicate"`
	Undecodable int `json:"undecodable"`
	Exchanges   int `json:"exchanges"`
	Gaps        int `json:"gaps"`
}

// Note is something that a user of the capture must know.
type Note struct {
	Code NoteCode
	Text string // one sentence; may quote hostile text

	// Fact is the Text without its advice, for whoever followed that; "" if there is none.
	// Hosts are whom it speaks of, if they are known.
	Fact  string
	Hosts []string
}

// NoteCode names a kind of note.
type NoteCode string

// The kinds of note.
const (
	NoteDamaged   NoteCode = "damaged"   // a part could not be read
	NoteSanitized NoteCode = "sanitized" // values were removed before we saw it
	NoteSecrets   NoteCode = "secrets"   // holds a password or a live session
	NoteLimit     NoteCode = "limit"     // we stopped at a limit of our own
	NoteSkipped   NoteCode = "skipped"   // something else was passed over
	NoteRefused   NoteCode = "refused"   // a server took no connection
)

// AddNote records a note unless the same note is there already.
func (c *Capture) AddNote(code NoteCode, text string) {
	for _, note := range c.Notes {
		if note.Code == code && note.Text == text {
			return
		}
	}
	c.Notes = append(c.Notes, Note{Code: code, Text: text})
}

// HasNote reports whether a note of that kind was recorded.
func (c *Capture) HasNote(code NoteCode) bool {
	for _, note := range c.Notes {
		if note.Code == code {
			return true
		}
	}
	return false
}

// HasRemoved reports whether the capture leaves out fields of this name. A nil
// capture removes nothing.
func (c *Capture) HasRemoved(name string) bool {
	if c == nil {
		return false
	}
	for _, removed := range c.Removed {
		if strings.EqualFold(removed, name) {
			return true
		}
	}
	return false
}

// Span widens FirstTime and LastTime to include t; the zero time is ignored.
func (c *Capture) Span(t time.Time) {
	if t.IsZero() {
		return
	}
	if c.FirstTime.IsZero() || t.Before(c.FirstTime) {
		c.FirstTime = t
	}
	if t.After(c.LastTime) {
		c.LastTime = t
	}
}

// BodyPolicy tells a reader which contents the analysis wants, so that nothing
// else is kept in memory.
type BodyPolicy struct {
	// MaxBytes is the longest content that is kept; the rest is cut off and
	// Body.Truncated is set.
	MaxBytes int

	// WantRequest and WantResponse are asked with what is known so far. A nil
	// function wants nothing: the Body is then Unknown.
	WantRequest  func(r *Request) bool
	WantResponse func(r *Request, s *Response) bool
}
