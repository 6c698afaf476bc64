// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Recording programs number the files of one recording:
//
//   - tcpdump -C, with or without -W: trace.pcap, trace.pcap1, trace.pcap2 or
//     trace.pcap00, trace.pcap01 (tcpdump(1), -C and -W);
//   - dumpcap -b and editcap -c: trace_00001_20261122072802.pcap, where the time
//     may be missing (dumpcap(1), -b; editcap(1), -c).
//
// Only a number behind a known extension counts, for ingress1.pcap and
// ingress2.pcap, or hub and hub1, are more likely two hosts.
var (
	numberedAtEnd  = regexp.MustCompile(`^(.+\.(?i:pcap|pcapng|cap|dmp))([0-9]{0,9})$`)
	numberedInside = regexp.MustCompile(`^(.+)_([0-9]{5,9})(?:_[0-9]{14})?(\.[A-Za-z0-9]+)?$`)
)

// isNext reports whether the name of a file says that it follows another one in
// the same recording.
func isNext(before, name string) bool {
	stem, number, ok := numbered(before)
	nextStem, nextNumber, nextOK := numbered(name)
	return ok && nextOK && stem == nextStem && nextNumber == number+1
}

// numbered takes a name apart: what the files of a recording have in common, and
// the number of this one.
func numbered(name string) (stem string, number int, ok bool) {
	dir, base := filepath.Split(name)
	for _, packed := range []string{".gz", ".zst"} {
		base = strings.TrimSuffix(base, packed)
	}
	if m := numberedInside.FindStringSubmatch(base); m != nil {
		number, err := strconv.Atoi(m[2])
		return dir + m[1] + "_" + m[3], number, err == nil
	}
	m := numberedAtEnd.FindStringSubmatch(base)
	if m == nil {
		return "", 0, false
	}
	if m[2] == "" {
		return dir + m[1], 0, true
	}
	number, err := strconv.Atoi(m[2])
	return dir + m[1], number, err == nil
}
