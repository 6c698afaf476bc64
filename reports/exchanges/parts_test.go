// SPDX-License-Identifier: Apache-2.0

package exchanges_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/exchanges"
)

// An exchange on the border between two files of a capture is shown with the
// frames of each.
func TestExchangeInTwoFiles(t *testing.T) {
	c := &exchange.Capture{ID: "c1", Name: "dir/t.pcap", Parts: []exchange.Part{
		{Name: "dir/t.pcap", FirstFrame: 1, Packets: 11}, {Name: "dir/t.pcap1", FirstFrame: 12, Packets: 9},
	}}
	x := answered()
	x.Ref = exchange.Ref{Capture: c, Frame: 10, FirstFrame: 9}
	x.Response.Ref = exchange.Ref{Capture: c, Frame: 14, FirstFrame: 11}
	var text, ndjson bytes.Buffer
	write(t, exchanges.NewText(&text, 0), []*exchange.Capture{c}, x)
	write(t, exchanges.NewNDJSON(&ndjson), nil, x)
	for _, want := range []string{"t.pcap, ", "\n10→ ", "\n    the response is in t.pcap1, frame 3\n", "t.pcap, t.pcap1: "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, text.String())
		}
	}
	validate(t, ndjson.Bytes())
	want := `"capture":"dir/t.pcap","frame":10,"first_frame":9,"response_frame":3,"response_first_frame":11,"response_capture":"dir/t.pcap1"`
	if !strings.Contains(ndjson.String(), want) {
		t.Errorf("the line does not say %s: %s", want, ndjson.String())
	}
}
