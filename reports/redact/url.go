// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"net/url"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// maxNesting is how deep URLs may stand in the queries of URLs; what is deeper
// is replaced as a whole.
const maxNesting = 3

// place is where parameters stand.
type place int

const (
	inQuery place = iota
	inForm
)

func (r *Redactor) requestURL(u exchange.URL) exchange.URL {
	u.Host = u.Host[strings.LastIndexByte(u.Host, '@')+1:]
	u.Path = r.path(u.Path)
	u.RawQuery = r.parameters(u.RawQuery, inQuery)
	return u
}

// reference redacts a URL, absolute or relative, as it stands in a field.
func (r *Redactor) reference(raw string, depth int) string {
	if depth > maxNesting {
		return r.memory.pseudonym(secret, raw)
	}
	rest, fragment, hasFragment := strings.Cut(raw, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	out := r.authorityAndPath(rest)
	if hasQuery {
		out += "?" + r.nested(query, inQuery, depth)
	}
	if hasFragment {
		out += "#" + r.nested(fragment, inQuery, depth) // the implicit flow answers in the fragment
	}
	return out
}

// authorityAndPath leaves the user information out, which may hold a password.
func (r *Redactor) authorityAndPath(raw string) string {
	scheme, rest, found := strings.Cut(raw, "//")
	if !found || scheme != "" && !strings.HasSuffix(scheme, ":") {
		return r.path(raw)
	}
	authority, path, hasPath := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = passwordMark + authority[at:]
	}
	out := scheme + "//" + authority
	if hasPath {
		out += "/" + r.path(path)
	}
	return out
}

// path keeps a path but for what looks like a token in it, and for the values of
// parameters (";jsessionid=…").
func (r *Redactor) path(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		parts := strings.Split(segment, ";")
		for j, part := range parts {
			parts[j] = r.pathPart(part, j > 0)
		}
		segments[i] = strings.Join(parts, ";")
	}
	return strings.Join(segments, "/")
}

func (r *Redactor) pathPart(part string, isParameter bool) string {
	if isParameter {
		return r.parameter(part, inQuery, maxNesting)
	}
	if name, ok := r.knownWord(part); ok {
		return name
	}
	if isToken(part) || looksRandom(part) {
		return r.memory.pseudonym(secret, part)
	}
	return part
}

// parameters redacts a query, a form or a fragment of that form: names stay,
// values go.
func (r *Redactor) parameters(raw string, at place) string { return r.nested(raw, at, 0) }

func (r *Redactor) nested(raw string, at place, depth int) string {
	pieces := strings.Split(raw, "&")
	for i, piece := range pieces {
		pieces[i] = r.parameter(piece, at, depth)
	}
	return strings.Join(pieces, "&")
}

func (r *Redactor) parameter(piece string, at place, depth int) string {
	rawName, rawValue, found := strings.Cut(piece, "=")
	name := unescape(rawName)
	switch {
	case piece == "":
		return ""
	case !isName(name), !found && (at == inForm || !isFlag(name)):
		return r.memory.pseudonym(secret, unescape(piece))
	case rawValue == "":
		return piece
	}
	value := unescape(rawValue)
	harmless := harmlessNames[fold(name)]
	if (harmless || urlNames[fold(name)]) && isReference(value) {
		return rawName + "=" + url.QueryEscape(r.reference(value, depth+1))
	}
	if harmless {
		if clean := r.scrub(value); clean != value {
			return rawName + "=" + url.QueryEscape(clean)
		}
		return piece
	}
	return rawName + "=" + r.replace(classOf(name, value), value)
}

// replace returns the stand-in of a value of this class.
func (r *Redactor) replace(of class, value string) string {
	if of == password {
		return passwordMark
	}
	return r.memory.pseudonym(of, value)
}

// isReference reports whether a value is written as a URL or as a path.
func isReference(value string) bool {
	return strings.HasPrefix(value, "/") || strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://")
}

// isFlag reports whether a parameter without a value is a word ("?redirects").
func isFlag(name string) bool {
	const longest = 20
	return len(name) <= longest && !strings.ContainsAny(name, "0123456789")
}

// unescape decodes a part of a form; what cannot be decoded stays as it is.
func unescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}
