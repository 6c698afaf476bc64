// SPDX-License-Identifier: Apache-2.0

package exchanges

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/text"
)

// row is a line in its columns and what stands below it; a heading has no cells.
type row struct {
	heading string
	cells   [columns]string
	url     string
	reason  string // why there is no answer
	below   []string
}

// heading names file and day, which are the same for most of the lines.
func (n names) heading(x *exchange.Exchange) string {
	day := "time unknown"
	if !x.Started.IsZero() {
		day = x.Started.UTC().Format("2006-01-02 UTC")
	}
	name, _ := x.Ref.Capture.Locate(x.Ref.Frame)
	return n.of(name) + ", " + day
}

func titles(x *exchange.Exchange) [columns]string {
	place := "frame"
	switch {
	case x.Ref.HasEntry:
		place = "entry"
	case x.Ref.HasLine:
		place = "line"
	}
	return [columns]string{place, "time", "client → server"}
}

func (n names) row(x *exchange.Exchange) row {
	r := row{
		cells: [columns]string{place(x), clock(x), ends(x), "", "-", text.Escape(x.Request.Method)},
		url:   text.Escape(shortTarget(&x.Request)),
		below: append(n.elsewhere(x), missing(x)...),
	}
	if x.Announced != nil && x.Announced.Problem != "" {
		r.below = append(r.below, text.Escape(x.Announced.Problem))
	}
	if x.Response != nil {
		r.cells[statusColumn] = strconv.Itoa(x.Response.Status)
	} else {
		r.reason = text.Escape(noResponse(x))
	}
	switch where := n.ended(x); {
	case where != "" && x.Response == nil:
		r.reason += " (" + text.Escape(where) + ")"
	case where != "":
		r.below = append(r.below, text.Escape("the response ends where "+x.Ended.Who()+" "+x.Ended.Did()+" the connection: "+where))
	}
	return r
}

// place is where the request can be seen and, in packets, where the response.
func place(x *exchange.Exchange) string {
	switch {
	case x.Ref.HasEntry:
		return strconv.Itoa(x.Ref.Entry)
	case x.Ref.HasLine:
		return strconv.Itoa(x.Ref.Line)
	}
	name, frame := x.Ref.Capture.Locate(x.Ref.Frame)
	if x.Response == nil {
		return strconv.Itoa(frame)
	}
	other, answer := x.Response.Ref.Capture.Locate(x.Response.Ref.Frame)
	if other != name {
		return strconv.Itoa(frame) + "→" // see elsewhere
	}
	return fmt.Sprintf("%d→%d", frame, answer)
}

// elsewhere says which other file of the capture holds the response.
func (n names) elsewhere(x *exchange.Exchange) []string {
	if x.Response == nil || x.Ref.HasEntry || x.Ref.HasLine {
		return nil
	}
	name, _ := x.Ref.Capture.Locate(x.Ref.Frame)
	other, frame := x.Response.Ref.Capture.Locate(x.Response.Ref.Frame)
	if other == name {
		return nil
	}
	return []string{fmt.Sprintf("the response is in %s, frame %d", n.of(other), frame)}
}

// ended is the frame that ended the connection, "" if none did.
func (n names) ended(x *exchange.Exchange) string {
	if x.Ended == nil {
		return ""
	}
	where, frame := x.Ended.Ref.Capture.Locate(x.Ended.Ref.Frame)
	words := fmt.Sprintf("frame %d", frame)
	if own, _ := x.Ref.Capture.Locate(x.Ref.Frame); own != where {
		words += " of " + n.of(where)
	}
	return words
}

func clock(x *exchange.Exchange) string {
	if x.Started.IsZero() {
		return "-"
	}
	return x.Started.UTC().Format("15:04:05.000")
}

// ends leaves the client's port out: it tells nothing that the frame does not. The
// client that a PROXY protocol header announces, or that a program believed in by its
// log, stands before the one that connected.
func ends(x *exchange.Exchange) string {
	words := "→ " + cmp.Or(x.Server.HostPort(), "?")
	if x.Client.Address != "" {
		words = x.Client.Address + " " + words
	}
	if a := x.Announced; a != nil && a.Source.Address != "" {
		words = "(" + a.Source.Address + ") " + words
	}
	if l := x.Logged; l != nil && l.Believed != "" && l.Believed != x.Client.Address {
		words = "(" + l.Believed + ") " + words
	}
	return text.Escape(words)
}

// maxValue is the longest value of a query that a line has room for.
const maxValue = 20

// shortTarget leaves out what goes without saying in a packet capture, and long
// values of the query.
func shortTarget(r *exchange.Request) string {
	path, query, found := strings.Cut(strings.TrimPrefix(target(r), "//"), "?")
	if !found {
		return path
	}
	pieces := strings.Split(query, "&")
	for i, piece := range pieces {
		if name, value, _ := strings.Cut(piece, "="); len(value) > maxValue {
			pieces[i] = name + "=…"
		}
	}
	return path + "?" + strings.Join(pieces, "&")
}

// missing says what the capture lacks of an exchange.
func missing(x *exchange.Exchange) []string {
	var lines []string
	for _, gap := range x.Gaps {
		words := "length unknown"
		if gap.Length >= 0 {
			words = fmt.Sprintf("%d bytes", gap.Length)
		}
		lines = append(lines, "gap in the "+text.Escape(gap.Where)+": "+words)
	}
	if x.Logged != nil {
		return lines // a log shows no heads at all
	}
	request := x.Request.Fields.Incomplete
	switch response := x.Response != nil && x.Response.Fields.Incomplete; {
	case request && response:
		lines = append(lines, "both heads are incomplete: fields may be missing")
	case request:
		lines = append(lines, "the request head is incomplete: fields may be missing")
	case response:
		lines = append(lines, "the response head is incomplete: fields may be missing")
	}
	return lines
}
