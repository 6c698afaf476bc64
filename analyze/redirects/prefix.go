// SPDX-License-Identifier: Apache-2.0

package redirects

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Stripped is a proxy that takes from a path what the Hub's own prefix begins with.
type Stripped struct {
	Came, Went *Visit // the same request, before and behind the proxy; Went is nil where one answer proves it
	Prefix     string // of the Hub
	Taken      string // from the path
	Times      int    // how often that was seen
}

// Stripped returns the first place at which a path lost the Hub's prefix. Where both
// sides of the proxy were captured they show it. Else a Hub shows it that adds its
// prefix to a path which has it: it does so for paths outside of its prefix only
// (JupyterHub 4.1.6 and 5.5.4, handlers/base.py, PrefixRedirectHandler).
func (t *Trail) Stripped() (Stripped, bool) {
	if s, ok := t.onBothSides(); ok {
		return s, true
	}
	for _, walk := range t.walks() {
		if s, ok := added(walk); ok {
			return s, true
		}
	}
	for _, walk := range t.walks() {
		if s, ok := shortened(walk); ok {
			return s, true
		}
	}
	return Stripped{}, false
}

// onBothSides looks for a request that a proxy handed on while it was open, with the
// same answer and the end of its path only.
func (t *Trail) onBothSides() (Stripped, bool) {
	prefix := t.only()
	if prefix == "" || prefix == "/" {
		return Stripped{}, false
	}
	for i, came := range t.visits {
		if came.Server.Address == "" || !strings.HasPrefix(came.To.Path, prefix) || came.Status == 0 {
			continue
		}
		var inner []*Visit
		for _, went := range t.visits[max(0, i-near):min(len(t.visits), i+near)] { // the inner one is complete first
			if within(came, went) {
				inner = append(inner, went)
			}
		}
		if len(inner) != 1 || strings.HasPrefix(inner[0].To.Path, prefix) {
			continue
		}
		if taken, ok := strings.CutSuffix(came.To.Path, inner[0].To.Path); ok && taken != "" && strings.HasPrefix(prefix, taken+"/") {
			return Stripped{came, inner[0], prefix, taken, 1}, true
		}
	}
	return Stripped{}, false
}

// near is how many visits may be seen between the two sides of one.
const near = 64

// within reports whether a visit is what the server of another one asked further while
// that was open.
func within(outer, inner *Visit) bool {
	return inner.Ref.Capture == outer.Ref.Capture && inner.Client.Address == outer.Server.Address && inner.Method == outer.Method &&
		inner.Status == outer.Status && !inner.Started.Before(outer.Started) &&
		!outer.Answered.IsZero() && !inner.Answered.IsZero() && !inner.Answered.After(outer.Answered)
}

// added looks for a Hub's redirect from a path within its prefix to one that has the
// prefix of its pages, hub/, once more.
func added(walk []*Visit) (found Stripped, ok bool) {
	for _, v := range walk {
		own := v.Prefix + "hub/"
		if v.Prefix == "" || v.Prefix == "/" || v.ByHub != exchange.Known || !strings.HasPrefix(v.To.Path, own) {
			continue
		}
		if v.Location.Path != own+strings.TrimPrefix(v.To.Path, v.Prefix) {
			continue
		}
		if found.Times == 0 {
			found = Stripped{Came: v, Prefix: v.Prefix, Taken: strings.TrimSuffix(v.Prefix, "/")}
		}
		found.Times++
	}
	return found, found.Times > 1
}

// shortened looks, behind the proxy, for a Hub that sends a client to a path, and is
// then asked for that path without its prefix, again and again.
func shortened(walk []*Visit) (found Stripped, ok bool) {
	for i := 1; i < len(walk); i++ {
		sent, asked := walk[i-1], walk[i]
		if sent.ByHub != exchange.Known || asked.ByHub != exchange.Known || asked.Started.Sub(sent.Started) > soon {
			continue
		}
		taken, ok := strings.CutSuffix(sent.Location.Path, asked.To.Path)
		// What the Hub is asked for has no prefix, and it adds the same one each time.
		if !ok || len(taken) < 2 || asked.Location.Path != taken+"/hub"+asked.To.Path {
			continue
		}
		if found.Times == 0 {
			found = Stripped{Came: sent, Went: asked, Prefix: taken + "/", Taken: taken}
		}
		if found.Taken == taken {
			found.Times++
		}
	}
	return found, found.Times > 1
}

// soon is how long a browser takes at most from a redirect to the next request.
const soon = 10 * time.Second

// Outside is a Hub that sends a client to where nobody is: it takes another prefix for
// its own than that under which the site serves it.
type Outside struct {
	Sent, Then *Visit
	Prefix     string // of the Hub
	Place      string // under which the site serves it

	// Taken says that the Hub was asked for less than the client's path: its redirect
	// repeats what it is asked for.
	Taken bool
}

// Outside returns the first redirect of a Hub from a path outside of its own pages to
// one of these, at which somebody else answered 404.
func (t *Trail) Outside() (Outside, bool) {
	for _, walk := range t.walks() {
		for i := 1; i < len(walk); i++ {
			sent, then := walk[i-1], walk[i]
			own := sent.Prefix + "hub/"
			place := firstSegment(sent.To.Path)
			switch {
			case sent.Prefix == "" || sent.ByHub != exchange.Known || place == "" || strings.HasPrefix(sent.To.Path, own):
			case !strings.HasPrefix(sent.Location.Path, own) || sent.Location.Host != "" && sent.Location.Host != sent.To.Host:
			case then.To.Path != sent.Location.Path || then.To.Host != sent.To.Host || then.Status != 404:
			case then.ByHub != exchange.Absent || then.Prefix != "" || then.Started.Sub(sent.Started) > soon:
			default:
				return Outside{sent, then, sent.Prefix, place, sent.Location.Path != own+strings.TrimPrefix(sent.To.Path, sent.Prefix)}, true
			}
		}
	}
	return Outside{}, false
}

// firstSegment is "/jupyter/" of "/jupyter/hub/login"; "" if the path has no segment
// that others may follow.
func firstSegment(path string) string {
	segment, _, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok || segment == "" || segment == "hub" || segment == "user" || segment == "services" {
		return ""
	}
	return "/" + segment + "/"
}
