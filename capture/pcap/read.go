// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// Read reads a packet capture (pcap or pcapng, plain or compressed) and hands
// each TCP segment to add, in file order. The segment and its payload belong to
// Read: add must copy what it wants to keep.
//
// c comes with ID and Name; Read fills in Kind, Creator, Interfaces, the times
// and notes. Segment.Interface is an index into c.Interfaces, or -1.
//
// Of c.Ledger, Read counts Packets, Duplicate, Undecodable and, for what is not
// TCP, NotHTTP. A packet that only completes another one (an IP fragment) counts
// as Used. Each segment handed to add is one packet more, and it is for the
// caller to count it as Used, NotHTTP or Encrypted; then the sums agree.
//
// A capture that breaks off or is broken in the middle is read up to there: a
// note of c says where, and Read returns nil if at least one packet was read.
// Input that is no capture gives a *FormatError. An error of add, of r or of ctx
// ends the reading and is returned; the segments before are good.
func Read(ctx context.Context, r io.Reader, c *exchange.Capture, add func(*reassembly.Segment) error) error {
	_, err := ReadExtras(ctx, r, c, add)
	return err
}

// ReadExtras is Read, and returns what else the capture holds, also with an error.
func ReadExtras(ctx context.Context, r io.Reader, c *exchange.Capture, add func(*reassembly.Segment) error) (*Extras, error) {
	s := NewSeries(c, add)
	err := s.Read(ctx, r, c.Name)
	return s.Close(), err
}

// session is the reading of one capture, of one file or several.
type session struct {
	capture *exchange.Capture
	decoder *decoder
	extras  *Extras
	clock   clock
	part    part
	section section
	links   []uint32 // the link types that were seen
	remarks []remark
	lost    uint64 // packets that the recording program says it lost
}

func newSession(c *exchange.Capture, add func(*reassembly.Segment) error) *session {
	return &session{capture: c, decoder: newDecoder(c, add), extras: &Extras{}}
}

func (d *session) read(src *source) error {
	in, err := unpack(src)
	if err != nil {
		return err
	}
	defer in.close()
	kind, err := d.findStart(in)
	if err != nil {
		return err
	}
	d.capture.Kind = kind
	if kind == exchange.KindPcapng {
		err = d.readBlocks(in.window)
	} else {
		err = d.readClassic(in.window)
	}
	var damage *damageError
	if errors.As(err, &damage) && src.failure(nil) == nil {
		return d.damaged(in, damage)
	}
	return err
}

// damaged records that the capture is broken. That is an error only if nothing
// could be read before.
func (d *session) damaged(in *unpacked, damage *damageError) error {
	where := fmt.Sprintf("byte %d", damage.offset)
	if in.packed {
		where += " of the unpacked capture"
	}
	if d.packets() == 0 {
		hint := damage.hint
		if hint == "" {
			hint = "check that the copy was complete and binary, or record again"
		}
		return &FormatError{
			Problem: fmt.Sprintf("the capture is broken at %s, before the first packet: %s", where, damage.what),
			Hint:    hint,
		}
	}
	text := fmt.Sprintf("the capture is broken at %s: %s; %s before it could be read, nothing behind it",
		where, damage.what, count(d.packets(), "packet", "packets"))
	if damage.hint != "" {
		text += " (" + damage.hint + ")"
	}
	code := exchange.NoteDamaged
	if errors.Is(in.err, errBomb) {
		code = exchange.NoteLimit
	}
	d.remark(code, text)
	return nil
}

// conclude records what is known only at the end.
func (d *session) conclude() {
	d.reportRemarks()
	d.decoder.conclude()
	d.clock.report(d.capture)
	if d.lost > 0 {
		d.capture.AddNote(exchange.NoteDamaged, fmt.Sprintf(
			"the recording program says it lost %s: record with a larger buffer (tcpdump -B 65536) and a filter", count(d.lost, "packet", "packets")))
	}
	if d.extras.cut {
		d.extras.limited(d.capture)
	}
	if len(d.extras.Secrets) > 0 {
		d.capture.AddNote(exchange.NoteSecrets,
			"the capture carries keys of encrypted connections: who has the file can read them")
	}
}

func timeOf(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }

func count[N int | uint64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// clip shortens a text of the capture.
func clip(s string, limit int) string {
	if len(s) > limit {
		return s[:limit]
	}
	return s
}
