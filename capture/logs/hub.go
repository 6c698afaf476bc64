// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strconv"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// hubLine is a line of a Hub or of a Jupyter server, whose prefix is
// "[LEVEL DATE TIME NAME MODULE:LINE] ".
type hubLine struct {
	at      time.Time
	name    string // of the logger
	source  string // "web:1873"; empty if the format leaves it out
	message string
}

const hubTime = "2006-01-02 15:04:05.000"

// cutHub finds the prefix wherever it stands: people paste lines into sentences. A
// bracket further behind is rather a quotation in another log.
func cutHub(text string) (h hubLine, ok bool) {
	head := text[:min(len(text), 160)]
	quote := ""
	for {
		at := strings.IndexByte(head, '[')
		if at < 0 || len(text)-at < 30 {
			return h, false
		}
		if at > 0 {
			quote = text[at-1 : at]
		}
		text, head = text[at:], head[at:]
		if strings.IndexByte("DIWEC", text[1]) >= 0 && text[2] == ' ' && text[3] == '2' && text[7] == '-' && text[13] == ' ' {
			break
		}
		text, head = text[1:], head[1:]
	}
	end := strings.Index(text, "] ")
	if end < 0 && strings.HasSuffix(text, "]") {
		end = len(text) - 1
	}
	if end < 26 || end > 160 {
		return h, false
	}
	t, err := time.Parse(hubTime, text[3:26])
	if err != nil {
		return h, false
	}
	h.at = t
	h.name, h.source, _ = strings.Cut(strings.TrimLeft(text[26:end], " "), " ")
	h.message = strings.TrimRight(text[min(end+2, len(text)):], " ")
	if strings.ContainsAny(quote, "`'\"") {
		h.message = strings.TrimRight(h.message, " .,;)"+quote)
	}
	return h, h.name != ""
}

func parseHub(w *wrapped, e *entry) bool {
	h, ok := cutHub(w.text)
	if !ok {
		return false
	}
	e.program = exchange.ProgramJupyterServer
	if h.name == "JupyterHub" || strings.HasPrefix(h.name, "alembic.") {
		e.program = exchange.ProgramJupyterHub
	}
	e.at, e.fine = h.at, time.Millisecond
	module, _, _ := strings.Cut(h.source, ":")
	if module == "log" && h.message == "{" {
		e.dump = true
		return true
	}
	if e.access = parseHubAccess(h.message); e.access != nil {
		return true
	}
	e.broken = module == "log" && len(h.message) > 3 && isNumber(h.message[:3])
	e.said = hubStatement(h.message, h.source)
	return true
}

// parseHubAccess reads "302 POST /hub/login -> /hub/home (alice@10.0.0.1) 41.81ms", as
// jupyterhub/log.py and jupyter_server/log.py write it.
func parseHubAccess(s string) *access {
	if len(s) < 16 || s[3] != ' ' {
		return nil
	}
	status, ok := parseStatus(s[:3])
	method, rest, _ := strings.Cut(s[4:], " ")
	if !ok || !isMethod(method) {
		return nil
	}
	target, rest, _ := strings.Cut(rest, " ")
	a := &access{status: status, method: method, target: target}
	if after, ok := strings.CutPrefix(rest, "-> "); ok {
		a.location, rest, _ = strings.Cut(after, " ")
	}
	// The name of a user may hold nearly anything, but an address no white space.
	rest, referer, hasReferer := strings.Cut(rest, " referer=")
	open, close := strings.HasPrefix(rest, "("), strings.LastIndex(rest, ") ")
	if !open || close < 0 || !strings.HasSuffix(rest, "ms") {
		return nil
	}
	user, address, ok := cutLast(rest[1:close], "@")
	took, err := strconv.ParseFloat(rest[close+2:len(rest)-2], 64)
	if !ok || err != nil || !isTarget(target) {
		return nil
	}
	if a.duration, ok = duration(took, time.Millisecond); !ok {
		return nil
	}
	a.user, a.believed = user, address
	if hasReferer {
		a.fields = append(a.fields, exchange.Field{Name: "Referer", Value: referer})
	}
	return a
}

// cutLast cuts at the last separator.
func cutLast(s, separator string) (before, after string, ok bool) {
	at := strings.LastIndex(s, separator)
	if at < 0 {
		return "", "", false
	}
	return s[:at], s[at+len(separator):], true
}
