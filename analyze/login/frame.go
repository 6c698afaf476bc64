// SPDX-License-Identifier: Apache-2.0

package login

import "github.com/logintrace/logintrace/capture/exchange"

// Frame is what a browser says in a request of where it will show the answer (Fetch
// Metadata; Storage Access Headers). No script can write these fields, and browsers
// leave them out where a site has no https.
type Frame struct {
	Inside        bool   // Sec-Fetch-Dest: in a frame of another page
	ByOtherSite   bool   // Sec-Fetch-Site: another site led there
	StorageAccess string // Sec-Fetch-Storage-Access, "" without: that is sent only if the page around is of another site
}

func newFrame(fields exchange.Fields) Frame {
	dest := fields.First("Sec-Fetch-Dest")
	return Frame{
		Inside:        dest == "iframe" || dest == "frame",
		ByOtherSite:   fields.First("Sec-Fetch-Site") == "cross-site",
		StorageAccess: clipped(fields.First("Sec-Fetch-Storage-Access"), 16),
	}
}

// OfOtherSite reports whether the browser says that the page around the frame is of
// another site.
func (f Frame) OfOtherSite() bool { return f.Inside && f.StorageAccess != "" }

// NoCookies reports whether the browser says that it withholds the cookies of its
// ordinary store from this frame.
func (f Frame) NoCookies() bool {
	return f.Inside && (f.StorageAccess == "none" || f.StorageAccess == "inactive")
}
