// SPDX-License-Identifier: Apache-2.0

package party_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/logintrace/logintrace/analyze/party"
)

// FuzzRecognize: never panics, says the same twice, keeps reports safe, and is
// never certain about a head that names nobody.
func FuzzRecognize(f *testing.F) {
	f.Add(chromium, "Host: a\nX-Real-IP: 192.0.2.1\nConnection: close\n"+chromiumLines, tornado, "Server: nginx\nDate: x\n", "", false)
	f.Add("", traefik, "", tornado, "<hr><center>nginx</center>", true)
	f.Add(firefox, apache, tornado, tornado+"Set-Cookie: _1d52e=abc\n", "", false)
	f.Add(chromium, chromiumLowered+"x-forwarded-for: 192.0.2.1\n", "", "", "no healthy upstream", true)
	f.Fuzz(func(t *testing.T, requestIn, requestOut, answerIn, answerOut, content string, own bool) {
		o := request(requestIn, requestOut)
		a := answers(answerIn, answerOut)
		o.AnswerIn, o.AnswerOut, o.OwnAnswer, o.OwnPage = a.AnswerIn, a.AnswerOut, own, []byte(content)
		guess, ok := party.Recognize(o, o)
		if again, okAgain := party.Recognize(o); ok != okAgain || !reflect.DeepEqual(guess, again) {
			t.Fatalf("%+v, then %+v", guess, again)
		}
		if ok != (len(guess.Signs) > 0) || ok != (guess.Name != "") || ok != (guess.Confidence != 0) {
			t.Fatalf("%+v, %t", guess, ok)
		}
		for _, s := range guess.Signs {
			for _, text := range []string{s.Field, s.Value, guess.Version} {
				if !utf8.ValidString(text) || len(text) > len("Set-Cookie: ")+80 {
					t.Fatalf("%q", text)
				}
			}
			if s.Says == "" || s.Where == "" || s.Confidence.String() == "unknown" {
				t.Fatalf("%+v of %+v", s, guess)
			}
		}
		all := strings.ToLower(requestOut + answerOut + content)
		named := false
		for _, word := range []string{"nginx", "caddy", "apache", "envoy", "appgw", "azure", "cf-ray", "cloudflare", "configurable-http-proxy"} {
			named = named || strings.Contains(all, word)
		}
		if guess.Confidence == party.Certain && !named {
			t.Fatalf("certain of %+v", guess)
		}
	})
}
