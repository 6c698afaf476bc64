// SPDX-License-Identifier: Apache-2.0

package answers

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Witness knows which parties were seen to hand requests on, and where: only there
// can be seen that one was not handed on.
type Witness struct {
	handed      map[place][]string // paths
	appProxies  map[string]bool
	application map[string]bool
	behind      map[string]string // the application behind an application's own proxy; "" if there are several
	gateways    []Gateway
	outer       map[string]bool // proxies behind which stands another one
	unclear     map[string]bool // proxies whose requests are cut where an application's own proxy shows
}

type place struct {
	capture *exchange.Capture
	address string
}

const (
	mostPlaces = 1024
	mostPaths  = 32 // of one place
)

// Forget drops what was looked at, but for what was refused.
func (w *Witness) Forget() { *w = Witness{gateways: w.gateways} }

// Look takes in the path of a request that somebody handed on.
func (w *Witness) Look(p hops.Path) {
	if w.handed == nil {
		w.handed, w.appProxies, w.application = map[place][]string{}, map[string]bool{}, map[string]bool{}
		w.outer, w.behind, w.unclear = map[string]bool{}, map[string]string{}, map[string]bool{}
	}
	if len(p) > 0 && p.MayEndEarlier() {
		w.note(w.unclear, p[len(p)-1].From.Address)
	}
	for i := range p {
		if p.ByAppProxy(i) {
			w.note(w.appProxies, p[i].From.Address)
			w.note(w.application, p[i].To.Address)
			w.noteBehind(p[i].From.Address, p[i].To.Address)
		}
		if i == 0 || p.Translated(i) || !p.Adjacent(i) {
			continue
		}
		if !p.ByAppProxy(i) && handsToProxy(p, i) {
			w.note(w.outer, p[i].From.Address)
		}
		for _, in := range p[i-1].Sightings {
			for _, out := range p[i].Sightings {
				if in.Ref.Capture == out.Ref.Capture && !in.Ref.HasLine {
					w.add(place{in.Ref.Capture, p[i].From.Address}, in.Path)
				}
			}
		}
	}
}

// handsToProxy reports whether the receiver of a hop was seen to hand the request on,
// and is not the application's own proxy.
func handsToProxy(p hops.Path, i int) bool {
	for k := i + 1; k < len(p); k++ {
		if !p.Translated(k) {
			return !p.ByAppProxy(k) && !p.MayEndEarlier()
		}
	}
	return false
}

func (w *Witness) note(set map[string]bool, address string) {
	if address != "" && len(set) < mostPlaces {
		set[address] = true
	}
}

func (w *Witness) noteBehind(proxy, application string) {
	known, ok := w.behind[proxy]
	switch {
	case !ok && len(w.behind) < mostPlaces:
		w.behind[proxy] = application
	case ok && known != application:
		w.behind[proxy] = ""
	}
}

// ApplicationBehind is the one application to which an application's own proxy was
// seen to hand requests, "" if there is none or several.
func (w *Witness) ApplicationBehind(proxy string) string { return w.behind[proxy] }

func (w *Witness) add(at place, path string) {
	paths, known := w.handed[at]
	if !known && len(w.handed) >= mostPlaces || len(paths) >= mostPaths || slices.Contains(paths, path) {
		return
	}
	w.handed[at] = append(paths, path)
}

// IsAppProxy reports whether an address was seen to send requests as
// configurable-http-proxy does, and IsApplication whether one was seen to get them.
func (w *Witness) IsAppProxy(address string) bool { return w.appProxies[address] }

// IsApplication is described with IsAppProxy.
func (w *Witness) IsApplication(address string) bool { return w.application[address] }

// IsOuter reports whether an address is a proxy's that was seen to hand requests to
// another proxy.
func (w *Witness) IsOuter(address string) bool { return w.outer[address] }

// IsUnclear reports whether an address may be that of an application's own proxy: what it
// sent is cut where that would show.
func (w *Witness) IsUnclear(address string) bool { return w.unclear[address] && !w.appProxies[address] }

// KeptBack reports whether it can be seen that a maker did not hand a request on.
func (w *Witness) KeptBack(r *Request, m Maker) bool {
	if m.Hop < 0 || m.Hop >= len(r.Path) || m.Hop != len(r.Path)-1 {
		return false
	}
	_, _, ok := w.keptBack(r.Path[m.Hop])
	return ok
}

// keptBack reports whether a capture that shows both sides of a party shows that it
// did not hand a request on. same says that it handed others for that very path on.
func (w *Witness) keptBack(h *hops.Hop) (at *hops.Sighting, same, ok bool) {
	for _, s := range h.Sightings {
		paths := w.handed[place{s.Ref.Capture, h.To.Address}]
		if len(paths) == 0 || s.Ref.HasLine || s.Status == 0 || s.Ref.Capture.MayLack(s.Time, s.AnsweredAt) || s.Ref.Capture.Ended(h.To.Address, s.Time, s.AnsweredAt) {
			continue
		}
		if at == nil || slices.Contains(paths, s.Path) {
			at, same, ok = s, slices.Contains(paths, s.Path), true
		}
	}
	return at, same, ok
}
