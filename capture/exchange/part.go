// SPDX-License-Identifier: Apache-2.0

package exchange

import "fmt"

// Part is one file of a capture that was recorded into several.
type Part struct {
	Name string // as the user named it

	// FirstFrame is the number, within the whole capture, of the frame that is
	// number 1 in this file.
	FirstFrame int
	Packets    int // in this file
}

// Locate returns the file in which a frame of the capture is, and its number
// there: what a reader types into Wireshark. Of a capture nothing is known if c is nil.
func (c *Capture) Locate(frame int) (name string, local int) {
	if c == nil {
		return "", frame
	}
	for i := len(c.Parts) - 1; i >= 0; i-- {
		if part := c.Parts[i]; frame >= part.FirstFrame {
			return part.Name, frame - part.FirstFrame + 1
		}
	}
	return c.Name, frame
}

// FrameWords names a frame in a note of the capture: "frame 12" or, if there are
// several files, "frame 12 of \"trace.pcap1\"".
func (c *Capture) FrameWords(frame int) string {
	name, local := c.Locate(frame)
	if c == nil || len(c.Parts) == 0 {
		return fmt.Sprintf("frame %d", local)
	}
	return fmt.Sprintf("frame %d of %q", local, name)
}
