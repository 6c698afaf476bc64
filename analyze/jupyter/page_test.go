// SPDX-License-Identifier: Apache-2.0

package jupyter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// page is a page of JupyterLab 4.6.6, as far as it is read.
func page(config string) []byte {
	return []byte(`<!doctype html><html><head><script id="jupyter-config-data" type="application/json">` + config + `</script></head></html>`)
}

func TestReadConfig(t *testing.T) {
	for _, test := range []struct {
		name string
		page []byte
		want string
	}{
		{"with a token", page(`{"appVersion": "4.6.6", "n": {"token": "inner"}, "token": "abc"}`), "{4.6.6 abc false}"},
		{"without", page(`{"appVersion": "4.6.6", "token": ""}`), "{4.6.6  false}"},
		{"no text", page(`{"token": 7, "appVersion": "4.6.6"}`), "{4.6.6  false}"},
		{"of a JupyterHub", page(`{"token": "", "hubPrefix": "/hub/", "hubUser": "alice"}`), "{  true}"},
		{"cut off", []byte(strings.TrimSuffix(string(page(`{"token": "abc", "rest": "`)), `</script></head></html>`)), "{ abc false}"},
		{"of Jupyter Server", []byte(`<body class="" data-jupyter-api-token="a%2Bb" dir="ltr">`), "{ a+b false}"},
		{"another page", []byte(`<html><script>var token = "abc"</script></html>`), "<nil>"},
		{"no object", page(`[1]`), "{  false}"},
		{"nothing behind", []byte(`id="jupyter-config-data"`), "<nil>"},
	} {
		got := "<nil>"
		if c := readConfig(test.page); c != nil {
			got = fmt.Sprint(*c)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestWords(t *testing.T) {
	for body, want := range map[string]string{
		`{"message": "Not Found", "reason": null}`:           "Not Found",
		`{"message": "Forbidden", "reason": "no such user"}`: "no such user",
		`Can "Upgrade" only to "WebSocket".`:                 `Can "Upgrade" only to "WebSocket".`,
		`<html>a page</html>`:                                "",
		``:                                                   "",
		strings.Repeat("x", 5000):                            "",
	} {
		if got := words([]byte(body)); got != want {
			t.Errorf("%.40q: %q, want %q", body, got, want)
		}
	}
}

// What is read of a page is bounded, whatever the page is; and a token that is written
// into a page by JSON's rules is read from there.
func FuzzReadConfig(f *testing.F) {
	f.Add([]byte(`{"appVersion": "4.6.6", "token": "abc"}`), "abc")
	f.Add([]byte(`{"token": {"token": "x"}}`), "\u2028</script>")
	f.Add([]byte("\xff{\"token\""), "")
	f.Fuzz(func(t *testing.T, config []byte, token string) {
		if c := readConfig(page(string(config))); c != nil && (len(c.Token) > mostText || len(c.Version) > mostText) {
			t.Errorf("%d bytes of a token, %d of a version", len(c.Token), len(c.Version))
		}
		if len(words(config)) > mostText {
			t.Error("words are too long")
		}
		quoted, err := jsontext.AppendQuote(nil, token)
		if err != nil || strings.Contains(string(quoted), "</script>") || len(token) > mostText {
			return
		}
		if c := readConfig(page(`{"token": ` + string(quoted) + `}`)); c == nil || c.Token != token {
			t.Errorf("%+v, want the token %q", c, token)
		}
	})
}
