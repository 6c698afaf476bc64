// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"context"
	"fmt"
	"io"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// Series reads a capture that was recorded into several files (tcpdump -C and -G,
// dumpcap -b, editcap -c) as if it were one: frames are numbered on from file to
// file, and what a file began, such as a packet in fragments, the next one may
// complete. Whether files belong together is for the caller to decide; see
// Continues.
type Series struct {
	session *session
	read    bool // at least one file was
}

// NewSeries returns a Series that fills in c and hands segments to add, as Read
// describes it.
func NewSeries(c *exchange.Capture, add func(*reassembly.Segment) error) *Series {
	return &Series{session: newSession(c, add)}
}

// Read reads the next file. What it says about errors is what the function Read
// says. An error ends the Series: only Close may follow.
func (s *Series) Read(ctx context.Context, r io.Reader, name string) error {
	d := s.session
	if s.read {
		d.beginPart(name)
	}
	s.read = true
	src := &source{ctx: ctx, r: r}
	err := d.read(src)
	d.endPart()
	if d.decoder.stop != nil {
		return d.decoder.stop
	}
	if err != nil {
		return src.failure(err)
	}
	return nil
}

// Close completes the capture and returns what else it holds, also after an error.
func (s *Series) Close() *Extras {
	s.session.conclude()
	return s.session.extras
}

// part is what is known of the file at hand.
type part struct {
	first   int // frames before it
	packets int // packets before it
}

// beginPart begins the second or a later file of the capture.
func (d *session) beginPart(name string) {
	c := d.capture
	if len(c.Parts) == 0 {
		c.Parts = []exchange.Part{{Name: c.Name, FirstFrame: 1, Packets: c.Ledger.Packets}}
	}
	d.part = part{first: d.decoder.frame, packets: c.Ledger.Packets}
	c.Parts = append(c.Parts, exchange.Part{Name: name, FirstFrame: d.decoder.frame + 1})
}

// endPart closes the books of a file: a pcapng describes its interfaces anew in
// each one.
func (d *session) endPart() {
	d.endSection()
	d.section = section{}
	if last := len(d.capture.Parts) - 1; last >= 0 {
		d.capture.Parts[last].Packets = d.packets()
	}
}

// packets is how many packets of the file at hand were read.
func (d *session) packets() int { return d.capture.Ledger.Packets - d.part.packets }

// frame is the number within the file at hand of the packet that is read next.
func (d *session) frame() int { return d.decoder.frame + 1 - d.part.first }

// remark is a note on one file. Whether there will be others is known only at the
// end, so it waits until then.
type remark struct {
	part int // index into Capture.Parts
	note exchange.Note
}

func (d *session) remark(code exchange.NoteCode, text string) {
	at := max(len(d.capture.Parts)-1, 0)
	d.remarks = append(d.remarks, remark{at, exchange.Note{Code: code, Text: text}})
}

// reportRemarks turns remarks into notes, which name the file if there are several.
func (d *session) reportRemarks() {
	for _, r := range d.remarks {
		text := r.note.Text
		if len(d.capture.Parts) > 0 {
			text = fmt.Sprintf("%q: %s", d.capture.Parts[r.part].Name, text)
		}
		d.capture.AddNote(r.note.Code, text)
	}
}
