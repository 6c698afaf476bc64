// SPDX-License-Identifier: Apache-2.0

package party

import (
	"slices"
	"strings"
)

// nginx writes the fields of proxy_set_header in the order and spelling of its
// configuration, then those of Host, Connection and Content-Length that were not
// configured, then what the client sent as it was (nginx 1.22.1 run; 1.31,
// ngx_http_proxy_module.c, ngx_http_proxy_create_request). Until 1.29.6 its own
// defaults are HTTP/1.0 and Connection: close.

// ingressBlock is what ingress-nginx configures, in its order (ingress-nginx
// 1.15.1, rootfs/etc/nginx/template/nginx.tmpl). There are configurations of plain
// nginx that were copied from it, so it is never certain.
var ingressBlock = []string{
	"X-Request-ID", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host",
	"X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Scheme",
}

// front is the beginning of a request up to the first line that a browser wrote.
func (c change) front() []line {
	clients := c.clients()
	if len(clients) == 0 {
		return nil // then nothing says where the front ends
	}
	return c.lines[:clients[0].index]
}

func nginxRequest(s view) []mark {
	c := s.request
	front := c.front()
	if len(front) == 0 || lowerCase(front) || !aBrowsers(c.lines[len(front):]) {
		return nil
	}
	if c.compared && (!c.keptOrder() || !c.keptCase() || addedAfter(c, len(front))) {
		return nil
	}
	ours := slices.DeleteFunc(slices.Clone(front), func(l line) bool { return perHop(l.Name) || l.from >= 0 })
	closed := slices.IndexFunc(front, func(l line) bool {
		return strings.EqualFold(l.Name, "Connection") && strings.EqualFold(l.Value, "close")
	})
	switch {
	case len(ours) > 0:
		return nginxConfigured(c, front, ours, closed)
	case s.RequestOutProto == "HTTP/1.0" && closed == 1 && strings.EqualFold(front[0].Name, "Host"):
		return []mark{requestMark(c, Nginx, Possible, Likely, names(front),
			"spoke HTTP/1.0 with Connection: close right behind Host, as nginx does by default")}
	case c.compared && closed == 1 && c.before.First("Connection") != "" && !strings.EqualFold(c.before.First("Connection"), "close"):
		return []mark{requestMark(c, Nginx, Possible, Possible, names(front),
			"replaced Connection by close in front of the client's lines and added nothing, as nginx does among others")}
	}
	return nil
}

// nginxConfigured judges a front that has fields of the intermediary's own.
func nginxConfigured(c change, front, ours []line, closed int) []mark {
	if i := position(c.lines, "X-Amzn-Trace-Id"); i >= 0 && c.lines[i].from < 0 && closed < 0 {
		return nil // AWS load balancers are said to write in front of the client's lines, too
	}
	var found []mark
	if hasBlock(names(front)) {
		found = append(found, requestMark(c, IngressNginx, Likely, Likely, names(front),
			"the eight forwarding fields of ingress-nginx, in its order and in front of the client's lines"))
	}
	special := position(front, "Host") > 0 || closed > ours[0].index
	alone := Possible // Host first, and nothing but a habit of the front
	if special {
		alone = Likely
	}
	return append(found, requestMark(c, Nginx, alone, Likely, names(front),
		"wrote its forwarding fields in front of the client's lines, which it left as they were, as nginx does"))
}

// hasBlock reports whether the block stands there without a gap; nothing but
// X-Original-URI may stand within (nginx.tmpl, on proxy-add-original-uri-header).
func hasBlock(have []string) bool {
	have = slices.DeleteFunc(slices.Clone(have), func(name string) bool { return name == "X-Original-URI" })
	for i := range have {
		if len(have)-i >= len(ingressBlock) && slices.Equal(have[i:i+len(ingressBlock)], ingressBlock) {
			return true
		}
	}
	return false
}

// aBrowsers reports whether the lines may be as a browser sent them: not in the
// order of the alphabet. Their names are in lower case if they came by HTTP/2.
func aBrowsers(lines []line) bool {
	return len(lines) >= 3 && position(lines, "User-Agent") >= 0 && !slices.IsSorted(names(lines))
}

// addedAfter reports whether the intermediary wrote a line of its own behind the
// first ones, which nginx cannot.
func addedAfter(c change, first int) bool {
	return slices.ContainsFunc(c.lines[first:], func(l line) bool { return l.from < 0 && !perHop(l.Name) })
}

// nginx writes its own Server and Date, hides the application's, and puts these
// lines in front of the application's others (nginx 1.22.1 run; 1.31,
// ngx_http_header_filter_module.c).
func nginxAnswer(s view) []mark {
	c := s.answer
	if s.AnswerIn != nil || len(c.lines) < 3 || s.OwnAnswer {
		return nil // the field Server itself is in the table
	}
	version, ok := product(c.lines[0].Value, "nginx")
	if !ok || c.lines[0].Name != "Server" || c.lines[1].Name != "Date" || c.lines[2].Name != "Content-Type" {
		return nil
	}
	return []mark{{name: Nginx, version: version, elsewhere: true, Sign: Sign{
		Where: InAnswer, Field: "Server", Value: clip(c.lines[0].Value), Confidence: Likely,
		Says: "an answer that begins with Server, Date and Content-Type, as nginx writes it; what came from inside is not known, so a proxy further in may have written it",
	}}}
}
