// SPDX-License-Identifier: Apache-2.0

package party_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A name that is not known to be the intermediary's own says so.
func TestWeakSignsSaySo(t *testing.T) {
	for _, o := range []party.Observation{request("", traefik), request("", apache), request("", chromium+"CF-Ray: 1\n"), answers("", tornado+"Set-Cookie: AWSALB=1\n")} {
		guess, ok := party.Recognize(o)
		if !ok || guess.Confidence == party.Certain || !strings.Contains(guess.Signs[0].Says, "is not known, so") {
			t.Errorf("%+v, %t", guess, ok)
		}
	}
}

// What may have come in unseen is not the intermediary's own.
func TestLossMakesSignsWeak(t *testing.T) {
	o := request(chromium, chromium+"Via: 1.1 Caddy\n")
	o.RequestIn.Incomplete = true
	if guess, ok := party.Recognize(o); !ok || guess.Name != party.Caddy || guess.Confidence != party.Possible {
		t.Errorf("%+v, %t", guess, ok)
	}
	o = answers(tornado, tornado+"Set-Cookie: AWSALB=1\n")
	o.AnswerIn.Origin = &exchange.Capture{Removed: []string{"set-cookie"}}
	o.AnswerIn.Lines = o.AnswerIn.Lines[:2]
	if guess, ok := party.Recognize(o); !ok || guess.Confidence != party.Possible {
		t.Errorf("%+v, %t", guess, ok)
	}
}

// What somebody wrote itself weighs more than what others do, too, and than what
// may be somebody else's.
func TestStrongerSignsDecide(t *testing.T) {
	server := answers(tornado, "Server: nginx/1.22.1\n")
	for _, weak := range []party.Observation{request(chromium, chromiumLowered), request("", chromium+"CF-Ray: 1\n"), answers("", "server: envoy\n")} {
		for _, both := range [][]party.Observation{{server, weak}, {weak, server}} {
			if guess, ok := party.Recognize(both...); !ok || guess.Name != party.Nginx || len(guess.Signs) != 1 {
				t.Errorf("%+v, %t", guess, ok)
			}
		}
	}
	// The same habit, once seen from one side and once from both.
	one, two := request("", "Host: a\nX-Real-IP: 1\n"+chromiumLines), request(chromium, "Host: a\nX-Real-IP: 1\n"+chromiumLines)
	if guess, ok := party.Recognize(one, two); !ok || guess.Confidence != party.Likely {
		t.Errorf("%+v, %t", guess, ok)
	}
}

// Fields whose values were not kept are not taken for changed ones.
func TestValuesNotKept(t *testing.T) {
	bare := func(lines string) *exchange.Fields {
		f := head(lines)
		for i := range f.Lines {
			f.Lines[i].Value = ""
		}
		return f
	}
	if guess, ok := party.Recognize(party.Observation{RequestIn: bare(chromium), RequestOut: bare(chromium + "Via: 1.1 Caddy\n"), AnswerIn: bare(tornado), AnswerOut: bare(tornado)}); ok {
		t.Errorf("%+v", guess)
	}
	guess, ok := party.Recognize(party.Observation{RequestIn: bare(firefox), RequestOut: bare(apache)})
	if ok { // X-Forwarded-Server is new, and that is enough
		if guess.Name != party.Apache {
			t.Errorf("%+v", guess)
		}
	} else {
		t.Error("names alone are enough for Apache")
	}
}

// Versions that do not agree are none.
func TestVersions(t *testing.T) {
	a, b := answers(tornado, "Server: nginx/1.22.1\n"), answers(tornado, "Server: nginx/1.27.0\n")
	if guess, ok := party.Recognize(a, b, a); !ok || guess.Version != "" || guess.Confidence != party.Certain {
		t.Errorf("%+v, %t", guess, ok)
	}
}

// What a sign shows is short, is text, and is no secret.
func TestSignsAreFitForReports(t *testing.T) {
	hostile := "nginx/" + strings.Repeat("\xff\x1b[31mä", 100)
	o := answers(tornado, "Server: "+hostile+"\nSet-Cookie: INGRESSCOOKIE=1764018000.1|0123456789abcdef0123456789abcdef\n")
	guess, ok := party.Recognize(o)
	if !ok || len(guess.Signs) < 2 {
		t.Fatalf("%+v, %t", guess, ok)
	}
	for _, text := range []string{guess.Version, guess.Signs[0].Value, guess.Signs[1].Value} {
		if len(text) > 80 || !utf8.ValidString(text) || strings.Contains(text, "0123456789abcdef") {
			t.Errorf("%q", text)
		}
	}
}

func TestConfidenceWords(t *testing.T) {
	if party.Possible.String() != "possible" || party.Certain.String() != "certain" || party.Confidence(0).String() != "unknown" || party.Confidence(9).String() != "unknown" {
		t.Error("other words")
	}
}
