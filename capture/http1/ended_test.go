// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

func endedBy(x *exchange.Exchange) string {
	if x.Ended == nil {
		return ""
	}
	return fmt.Sprintf("%s %s %d", strings.TrimPrefix(x.Ended.Who(), "the "), x.Ended.Did(), x.Ended.Ref.Frame)
}

// The packet that ended a connection is named where an answer was cut off by it, or
// never came, and nowhere else.
func TestEnded(t *testing.T) {
	const halfPost = ">POST /hub/login HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"
	const half = "<HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
	for _, test := range []struct {
		name string
		said []string
		want string
	}{
		{"answered", []string{get, empty, "RST"}, ""},
		{"answered, up to the end", []string{get, "<HTTP/1.1 200 OK\r\n\r\nall", "FIN"}, ""},
		{"answered after the client's FIN", []string{get, "client FIN", empty, "FIN"}, ""},
		{"answered before the client's RST", []string{get, empty, "client RST"}, ""},
		{"closed", []string{get, "FIN"}, "server closed 5"},
		{"reset", []string{get, "RST"}, "server reset 5"},
		{"the second reset", []string{get, empty, get, "RST"}, "server reset 7"},
		{"the client went", []string{get, "client RST"}, "client reset 5"},
		{"the client closed", []string{get, "client FIN", "FIN"}, "client closed 5"},
		{"the capture ends", []string{get}, ""},
		{"closed in the content", []string{get, half, "FIN"}, "server closed 6"},
		{"reset in the content", []string{get, half, "RST"}, "server reset 6"},
		{"reset in content up to the end", []string{get, "<HTTP/1.1 200 OK\r\n\r\nall", "RST"}, "server reset 6"},
		{"reset in the head", []string{get, "<HTTP/1.1 200 OK\r\nContent-Le", "RST"}, "server reset 6"},
		{"the client went in the content", []string{get, half, "client RST"}, "client reset 6"},
		{"closed in the request, and then the client reset", []string{halfPost, "FIN", "client RST"}, "server closed 5"},
		{"rubbish", []string{get, "<rubbish", "RST"}, ""},
	} {
		_, all, _ := read(talk(1448, test.said...), 100)
		if len(all) == 0 {
			t.Fatalf("%s: no exchanges", test.name)
		}
		if got := endedBy(all[len(all)-1]); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if last := all[len(all)-1]; last.NoResponse == gone && !last.Ended.ByClient {
			t.Errorf("%s: it was %s who %s, and not: %s", test.name, last.Ended.Who(), last.Ended.Did(), gone)
		}
	}
}

// What was lost may have been the answer.
func TestEndedAfterLoss(t *testing.T) {
	for _, end := range []string{"FIN", "RST", "client RST", "client FIN"} {
		segments := talk(1448, get, empty, end)
		lost := slices.DeleteFunc(segments, func(s reassembly.Segment) bool { return strings.HasPrefix(string(s.Payload), "HTTP/") })
		_, all, _ := read(lost, 0)
		if len(all) != 1 || all[0].Response != nil || all[0].Ended != nil || all[0].Silence != exchange.SilenceUnknown {
			t.Errorf("%s: %s %s", end, brief(all[0]), endedBy(all[0]))
		}
	}
}
