// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// siteSize is the size of the capture that BenchmarkReport reads.
var siteSize = flag.Int64("site", 1<<30, "bytes of the generated capture in BenchmarkReport")

// BenchmarkReport prints the CPU time that a report on a capture of a proxied site
// takes, from file to text, beside a bare loop that only decodes its packets, and
// how many times more it is (ratio). Both run as processes of their own, in turn.
func BenchmarkReport(b *testing.B) {
	file := filepath.Join(b.TempDir(), "site.pcap")
	out, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	requests, err := pcaptest.Site(out, 1, *siteSize)
	if err != nil || out.Close() != nil {
		b.Fatal(err)
	}
	var report, bare time.Duration
	var peak int64
	for b.Loop() {
		cpu, memory, text := child(b, "", file)
		report += cpu
		peak = max(peak, memory)
		if !bytes.Contains(text, fmt.Appendf(nil, "%d exchanges", requests)) {
			b.Fatalf("want %d exchanges\n%s", requests, text)
		}
		cpu, _, _ = child(b, "1", file)
		bare += cpu
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(report.Seconds()/float64(b.N), "report-cpu-s")
	b.ReportMetric(bare.Seconds()/float64(b.N), "pcapgo-cpu-s")
	b.ReportMetric(report.Seconds()/bare.Seconds(), "ratio")
	b.ReportMetric(float64(peak>>20), "peak-MB")
}

// bareLoop, set in the environment, makes the test binary decode packets and
// nothing else.
const bareLoop = "LOGINTRACE_TEST_BARE"

func child(b *testing.B, bare, file string) (cpu time.Duration, peak int64, out []byte) {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), program, "analyze", file)
	cmd.Env = append(os.Environ(), runAsProgram+"=1", bareLoop+"="+bare)
	out, _ = cmd.Output() // a capture without a login ends with 4
	if cmd.ProcessState == nil {
		b.Fatal("the child did not run")
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peakOf(cmd.ProcessState), out
}

// decodeOnly is the peer: pcapgo without copies, and gopacket's fastest decoder.
func decodeOnly(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := pcapgo.NewReader(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return err
	}
	var ethernet layers.Ethernet
	var ip layers.IPv4
	var tcp layers.TCP
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &ip, &tcp)
	parser.IgnoreUnsupported = true
	var decoded []gopacket.LayerType
	for {
		data, _, err := r.ZeroCopyReadPacketData()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = parser.DecodeLayers(data, &decoded)
		}
		if err != nil {
			return err
		}
	}
}
