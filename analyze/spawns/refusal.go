// SPDX-License-Identifier: Apache-2.0

// Package spawns finds users whose server a Hub did not start, by the Hub's own words:
// those of its pages, and of its log (JupyterHub 5.5.4, handlers/base.py,
// spawn_single_user; handlers/pages.py, SpawnHandler and SpawnPendingHandler; user.py,
// spawn). What was refused before that, as by the XSRF check, has other words.
package spawns

import (
	"html"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Refusal is what was seen of one reason, or of one user's server.
type Refusal struct {
	Ref    exchange.Ref
	Method string
	Path   string
	Status int
	Words  string // the Hub's own, of its page, or of its log if that alone was seen
	Reason string // what its log gives for one; "" if no log was seen
	Limit  bool   // the Hub may have no more servers

	// Logged is the line of the Hub's log that says why; its Ref has no capture if there
	// is none.
	Logged exchange.Statement
}

// Said reports whether the log holds the reason itself, in words of a hook or of a
// spawner, and no traceback has to be read (5.5.4, user.py, spawn: of an HTTPError the
// line has status and reason).
func (r *Refusal) Said() bool {
	return strings.Contains(r.Logged.Text, "server: HTTP ") || strings.Contains(r.Logged.Text, ": HTTP ") && strings.HasPrefix(r.Logged.Text, "Error starting server ")
}

const (
	most      = 16       // refusals are told of
	mostPage  = 64 << 10 // of a page is looked at
	mostWords = 160
)

// words are how the Hub's reasons begin. Those of limits are alike for every user.
var words = []struct {
	begins string
	limit  bool
}{
	{"Unhandled error starting server ", false},
	{"Spawner failed to start [status=", false},
	{"Active user limit exceeded.", true},
	{"Too many users trying to log in right now.", true},
}

// tried is what an error page of the Hub says from the moment at which it is about to start
// a server, whatever the reason is (5.5.4, handlers/base.py, spawn_home_error). A hook or a
// spawner gives reasons in words of its own.
const tried = "You can try restarting your server from the "

// failedPage is of not_running.html, which is shown behind a start that failed late.
const failedPage = "The latest attempt to start your server"

// Collector finds refusals. The zero value is ready for use.
type Collector struct {
	Refusals []*Refusal
}

// WantResponse says which contents Add reads; it is made for an exchange.BodyPolicy.
func WantResponse(r *exchange.Request, s *exchange.Response) bool {
	return s.Status >= 400 && ofServer(r.URL.Path) && strings.Contains(s.Body.MediaType, "html")
}

// ofServer reports whether a path is one at which a Hub starts a server, or tells how far
// that is.
func ofServer(path string) bool {
	_, of, ok := strings.Cut(path, "/hub/")
	first, _, _ := strings.Cut(of, "/")
	return ok && (first == "spawn" || first == "spawn-pending" || first == "user")
}

// Add takes in an exchange.
func (c *Collector) Add(x *exchange.Exchange) {
	if x.Response == nil || x.Response.Status < 400 || !ofServer(x.Request.URL.Path) {
		return
	}
	r := &Refusal{Ref: x.Ref, Method: x.Request.Method, Path: x.Request.URL.Path, Status: x.Response.Status}
	if l := x.Logged; l != nil {
		if l.Program == exchange.ProgramJupyterHub {
			c.addLogged(r, l.Said)
		}
		return
	}
	if x.Response.Body.State != exchange.Known {
		return
	}
	page := string(x.Response.Body.Bytes[:min(len(x.Response.Body.Bytes), mostPage)])
	if r.find(page) || r.findFailed(page) || r.findTried(page) {
		c.keep(r)
	}
}

func (c *Collector) addLogged(r *Refusal, said []exchange.Statement) {
	found := false
	for _, s := range said {
		switch {
		case s.Shared:
		case s.Code == exchange.SaidRefused && r.find(s.Values.Reason):
			found = true
		case s.Code == exchange.SaidSpawnFailed && r.Logged.Ref.Capture == nil:
			r.Logged = s
		}
	}
	if !found && r.Logged.Ref.Capture != nil { // a hook's or a spawner's own words
		r.Words, found = r.reason(said), true
	}
	if found {
		r.Reason = r.Words
		c.keep(r)
	}
}

// find looks for the Hub's words in a page or a line.
func (r *Refusal) find(text string) bool {
	for _, w := range words {
		if at := strings.Index(text, w.begins); at >= 0 {
			r.Words, r.Limit = phrase(text[at:]), w.limit
			return true
		}
	}
	return false
}

func (r *Refusal) findFailed(page string) bool {
	at := strings.Index(page, failedPage)
	if at < 0 {
		return false
	}
	text, _, _ := strings.Cut(page[at:], "has failed.")
	r.Words = phrase(strings.Join(strings.Fields(text), " ") + " has failed.")
	return true
}

// findTried takes the paragraph before the words that tell that a start was tried.
func (r *Refusal) findTried(page string) bool {
	head, _, ok := strings.Cut(page, tried)
	if !ok {
		return false
	}
	if at := strings.LastIndex(head, "<p>"); at >= 0 {
		head = head[:at]
	}
	if at := strings.LastIndex(head, "<p>"); at >= 0 {
		r.Words = phrase(head[at+len("<p>"):])
	}
	return r.Words != ""
}

// reason is what tornado's line gives for one, and else the Hub's own line.
func (r *Refusal) reason(said []exchange.Statement) string {
	for _, s := range said {
		if s.Code == exchange.SaidRefused && !s.Shared && s.Values.Reason != "" {
			return phrase(s.Values.Reason)
		}
	}
	return phrase(r.Logged.Text)
}

// phrase is what stands before the next tag, shortened.
func phrase(text string) string {
	text, _, _ = strings.Cut(text[:min(len(text), 4*mostWords)], "<")
	text = strings.ToValidUTF8(strings.TrimSpace(html.UnescapeString(text)), "�")
	if runes := []rune(text); len(runes) > mostWords {
		text = string(runes[:mostWords]) + "…"
	}
	return text
}

// keep has each reason once, however many hops and logs show it. What a page says and
// what a log says of the same path and status is one refusal: their words differ.
func (c *Collector) keep(r *Refusal) {
	for _, known := range c.Refusals {
		twoSides := known.Path == r.Path && known.Status == r.Status && (known.Reason == "") != (r.Reason == "")
		if known.Words != r.Words && !(known.Limit && r.Limit) && !twoSides {
			continue
		}
		switch {
		case known.Reason == "":
			known.Reason, known.Logged = r.Reason, r.Logged
		case r.Reason == "": // the page is what a user saw
			page := *r
			page.Reason, page.Logged = known.Reason, known.Logged
			*known = page
		}
		return
	}
	if len(c.Refusals) < most {
		c.Refusals = append(c.Refusals, r)
	}
}
