// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"context"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// checkReading wants what holds for any input: the ledger adds up, no segment
// has more content than the capture, memory stays within limits, and it makes
// no difference in which pieces the input arrives.
func checkReading(t *testing.T, b []byte) {
	if len(b) > 1<<16 {
		return
	}
	whole := readAll(t, b)
	for _, s := range whole.segments {
		if len(s.Payload) > maxPacket || s.Missing < 0 || s.Frame < 1 || s.Interface >= len(whole.Interfaces) {
			t.Fatalf("segment of frame %d: %d bytes, %d missing, interface %d", s.Frame, len(s.Payload), s.Missing, s.Interface)
		}
	}
	if whole.extras.bytes > maxExtras || len(whole.Interfaces) > maxNamed {
		t.Fatalf("kept %d bytes of extras, %d interfaces", whole.extras.bytes, len(whole.Interfaces))
	}
	var c exchange.Capture
	n := 0
	err := Read(context.Background(), iotest.OneByteReader(bytes.NewReader(b)), &c, func(s *segmentOf) error {
		if n < len(whole.segments) && !bytes.Equal(s.Payload, whole.segments[n].Payload) {
			t.Fatalf("segment %d differs when read byte by byte", n)
		}
		n++
		return nil
	})
	if n != len(whole.segments) || !reflect.DeepEqual(c, whole.Capture) || (err == nil) != (whole.err == nil) {
		t.Fatalf("read at once: %v %+v\nbyte by byte: %v %+v", whole.err, whole.Capture, err, c)
	}
}

// seeds are the first packets of a few recordings.
func seeds(f *testing.F) (all [][]byte) {
	for _, name := range []string{"client.pcap", "ingressA.pcap", "router.pcap"} {
		first, _ := pcaptest.Split(fixture(f, "jupyterhub/two-ingresses-no-headers-dualstack-4.1.6/"+name), 6)
		all = append(all, first)
	}
	return all
}

func FuzzReadPcap(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
		f.Add(pcaptest.BigEndian(pcaptest.Nanoseconds(b)))
		f.Add(pcaptest.Snaplen(b, 80))
		f.Add(pcaptest.Gzip(b, 2))
		f.Add(pcaptest.Zstd(b, 2))
		f.Add(pcaptest.CutLast(b, 30))
		f.Add(append([]byte("tcpdump: listening\n"), b...))
	}
	f.Fuzz(checkReading)
}

func FuzzReadPcapng(f *testing.F) {
	for _, b := range seeds(f) {
		for _, how := range []pcaptest.NG{
			{}, {BigEndian: true, Resolution: 6}, {Resolution: 0x94, Offset: 1e9}, {Sections: 2, Foreign: true},
			{Simple: true}, {Obsolete: true}, {Comment: "x", Application: "y", Secrets: []byte("z"), Dropped: 3},
		} {
			f.Add(pcaptest.Pcapng(b, how))
		}
	}
	f.Add(pcaptest.Pcapng(seeds(f)[2], pcaptest.NG{PerInterface: true}))
	f.Fuzz(checkReading)
}

// FuzzLinkLayers decodes one frame, twice, of any link type. What it gives must
// lie within the frame, unless it was put together from fragments.
func FuzzLinkLayers(f *testing.F) {
	for _, b := range seeds(f) {
		for _, v := range framings() {
			file := pcaptest.Parse(v.make(pcaptest.Ethernet(b)))
			for _, p := range file.Packets {
				f.Add(uint16(file.Link), uint16(0), p.Data)
			}
		}
	}
	for _, link := range []uint16{9, 10, 105, 117, 119, 127, linkNFLOG} {
		f.Add(link, uint16(9), []byte("\x02\x00\x00\x00\x08\x00\x09\x00\x45\x00\x00\x28"))
	}
	f.Fuzz(func(t *testing.T, link, more uint16, data []byte) {
		var c exchange.Capture
		segments := 0
		d := newDecoder(&c, func(s *segmentOf) error {
			segments++
			if s.Missing < 0 || !s.Source.IsValid() || !s.Destination.IsValid() {
				t.Fatalf("got %+v", s)
			}
			if c.Ledger.Used == 0 && len(s.Payload) > 0 && !isWithin(s.Payload, data) {
				t.Fatalf("the payload of %d bytes is not part of the frame", len(s.Payload))
			}
			return nil
		})
		d.watchInterfaces()
		for i := range 2 {
			p := packet{data: data, length: len(data) + int(more), link: uint32(link), origin: -1, nanos: int64(i) * 1e12}
			if err := d.packet(&p); err != nil {
				t.Fatal(err)
			}
			if d.fragments.bytes > maxFragmentBytes+maxDatagram || len(d.fragments.queue) > maxFragmented {
				t.Fatalf("%d bytes in %d datagrams are held", d.fragments.bytes, len(d.fragments.queue))
			}
		}
		d.conclude()
		l := c.Ledger
		if l.Packets != 2 || segments+l.Used+l.NotHTTP+l.Duplicate+l.Undecodable != 2 {
			t.Fatalf("%d segments, %+v", segments, l)
		}
	})
}

// isWithin reports whether part shares the memory of whole.
func isWithin(part, whole []byte) bool {
	at := cap(whole) - cap(part)
	return at >= 0 && at+len(part) <= len(whole) && &whole[at] == &part[0] || bytes.Contains(whole, part)
}
