// SPDX-License-Identifier: Apache-2.0

package party

import "strings"

// rules are all ways to recognise an intermediary. Each looks at one habit and
// says nothing if it is not there.
var rules = []func(view) []mark{
	signatures, cookies, pages,
	nginxRequest, nginxAnswer, haproxyRequest, nodeRequest, traefikRequest, caddyRequest, apacheRequest,
}

// notCompared ends what is said about a request of which the other side is unknown.
const notCompared = "; what came in is not known, so this rests on the order of the lines alone"

// requestMark is a mark by the order of the lines of a request: as sure as alone if
// only this side was seen, and as compared if both were.
func requestMark(c change, name Name, alone, compared Confidence, seen []string, says string) mark {
	m := mark{name: name, Sign: Sign{Where: InRequest, Value: clip(strings.Join(seen, ", ")), Says: says, Confidence: compared}}
	if !c.compared {
		m.Confidence, m.Says = alone, says+notCompared
	}
	return m
}
