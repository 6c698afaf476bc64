// SPDX-License-Identifier: Apache-2.0

package redirects

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Page is what a Hub's proxy asks the Hub for when it has no route for a path: the page
// for that error. At the Hub it shows for which path.
type Page struct {
	Base, Path        string // of the Hub; that was asked for
	From              string // address of the proxy; "" where it is not known
	Started, Answered time.Time
}

// slack is how far two clocks may be apart, or how coarse one is, for a page and a
// request to be taken for one.
const slack = time.Second

// Whole returns the request for a path with the Hub's base_url that was open while the
// Hub made its page on the path without it, and was answered 404. It is nil if there is
// none, or if somebody there asked for the path without it as well.
func (t *Trail) Whole(p *Page) (found *Visit) {
	whole := strings.TrimSuffix(p.Base, "/") + p.Path
	for _, v := range t.visits {
		if v.Status != 404 || v.Program == exchange.ProgramCHP || v.Program == exchange.ProgramJupyterHub || !p.during(v) {
			continue
		}
		switch {
		case v.To.Path == p.Path && (p.From == "" || v.Server.Address != p.From):
			return nil
		case v.To.Path == whole && (found == nil || found.PassedTo == ""):
			found = v
		}
	}
	return found
}

// Less returns the request for the path without the base_url as it came to the proxy,
// and was answered 404; nil if that was not captured.
func (t *Trail) Less(p *Page) *Visit {
	for _, v := range t.visits {
		if v.Status == 404 && v.To.Path == p.Path && v.Client.Address != "" && v.Server.Address == p.From && p.during(v) {
			return v
		}
	}
	return nil
}

// during reports whether a request was open when the page was asked for.
func (p *Page) during(v *Visit) bool {
	return !v.Answered.IsZero() && !p.Answered.IsZero() &&
		!v.Started.After(p.Started.Add(slack)) && !p.Answered.After(v.Answered.Add(slack))
}
