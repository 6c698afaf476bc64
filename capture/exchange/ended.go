// SPDX-License-Identifier: Apache-2.0

package exchange

import "fmt"

// Ended is how a connection ended while the response of an exchange was outstanding or
// under way. Of several ways it is the first.
type Ended struct {
	By       Endpoint // whose FIN or RST it was
	ByClient bool
	Reset    bool // RST; else FIN
	Ref      Ref  // of the packet
}

// Words say it in a sentence: "10.0.0.5:8000 reset the connection in frame 17".
func (e *Ended) Words() string {
	does := "closed"
	if e.Reset {
		does = "reset"
	}
	return fmt.Sprintf("%s %s the connection in %s", e.By, does, e.Ref.Capture.FrameWords(e.Ref.Frame))
}
