// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bufio"
	"context"
	"fmt"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/http1"
	"github.com/logintrace/logintrace/capture/pcap"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// series is a packet capture under way. It stays open when its file has been
// read, for the next one may continue it.
type series struct {
	capture  *exchange.Capture
	packets  *pcap.Series
	messages *http1.Reader
	latest   string // the name of the latest file
}

func (l *Loader) newSeries(name string) *series {
	s := &series{capture: l.newCapture(name)}
	s.messages = http1.New(s.capture, l.Bodies, l.Emit)
	s.packets = pcap.NewSeries(s.capture, func(segment *reassembly.Segment) error {
		s.messages.Add(segment)
		return nil
	})
	return s
}

// read reads the next file: segments, and from them exchanges.
func (s *series) read(ctx context.Context, r *bufio.Reader, name string) error {
	s.latest = name
	return s.packets.Read(ctx, r, name)
}

// close hands on what was still waited for.
func (s *series) close() {
	s.packets.Close()
	s.messages.Close()
	for _, port := range s.messages.Encrypted() {
		s.capture.Notes = append(s.capture.Notes, encryptedNote(port))
	}
}

// continuedBy reports whether a file that begins with head is the next one of the
// capture. Files that were merely recorded one after the other, say on two hosts,
// must not become one, so time and kind are not enough: either the file goes on
// with a connection that was open where the file before ended, or the names are
// numbered as recording programs number them.
func (s *series) continuedBy(name string, head []byte) bool {
	start := pcap.Look(head)
	if !s.packets.Continues(start) {
		return false
	}
	if isNext(s.latest, name) {
		return true
	}
	for i := range start.Segments {
		if s.messages.Resumes(&start.Segments[i]) {
			return true
		}
	}
	return false
}

// readPackets reads a packet capture, as a part of the one before if it is one.
func (l *Loader) readPackets(ctx context.Context, r *bufio.Reader, name string) error {
	if l.open != nil && name != stdinWords {
		head, _ := r.Peek(sniffZstdBytes) // a shorter file gives what it has, and io.EOF
		if l.open.continuedBy(name, head) {
			err := l.open.read(ctx, r, name)
			if err != nil {
				l.finish() // what was read of it is good
			}
			return err
		}
	}
	l.finish()
	s := l.newSeries(name)
	if err := s.read(ctx, r, name); err != nil {
		s.close()
		return err
	}
	l.open = s
	return nil
}

// finish completes the packet capture that is under way.
func (l *Loader) finish() {
	if s := l.open; s != nil {
		l.open = nil
		s.close()
		l.captures = append(l.captures, s.capture)
	}
}

// encryptedNote says what cannot be seen, and where it can.
func encryptedNote(e http1.Encrypted) exchange.Note {
	var hosts []string
	for _, name := range e.Names {
		hosts = append(hosts, name.Name)
	}
	names := ""
	for i, name := range e.Names {
		if i == 3 {
			names += ", …"
			break
		}
		if i > 0 {
			names += ", "
		}
		names += name.Name
	}
	if names != "" {
		names = " (SNI " + names + ")"
	}
	connections := "1 connection is"
	if e.Connections > 1 {
		connections = fmt.Sprintf("%d connections are", e.Connections)
	}
	fact := fmt.Sprintf("port %d: %s encrypted%s", e.Port, connections, names)
	return exchange.Note{Code: exchange.NoteLimit, Fact: fact, Hosts: hosts,
		Text: fmt.Sprintf("%s; capture the plain hop behind the proxy that ends TLS, on the node of its pod: tcpdump -i any -s 0 -w plain.pcap 'tcp and not port %d' (docs/capturing.md)", fact, e.Port)}
}
