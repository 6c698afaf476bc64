// SPDX-License-Identifier: Apache-2.0

package jupyter

import (
	"bytes"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Config is what a page of JupyterLab's tells its script.
type Config struct {
	Version string
	Token   string // "" if the server has none; it must not be shown
	Hub     bool   // the server was started by a JupyterHub
}

var (
	configOpens = []byte(`id="jupyter-config-data"`)
	configEnds  = []byte(`</script>`)
	// The page of Jupyter Server itself (2.21.1, templates/page.html) has it there.
	bodyToken = regexp.MustCompile(`data-jupyter-api-token="([^"]{1,512})"`)
)

// readConfig reads the configuration in a page (JupyterLab 4.6.6, static/index.html);
// nil if there is none.
func readConfig(page []byte) *Config {
	_, after, found := bytes.Cut(page, configOpens)
	if !found {
		if match := bodyToken.FindSubmatch(page); match != nil {
			return &Config{Token: clip(unescaped(string(match[1])))}
		}
		return nil
	}
	_, after, found = bytes.Cut(after, []byte(">"))
	if !found {
		return nil
	}
	object, _, _ := bytes.Cut(after, configEnds)
	c := &Config{}
	members(object, func(name, value string) {
		switch name {
		case "appVersion":
			c.Version = clip(value)
		case "token":
			c.Token = clip(value)
		case "hubPrefix", "hubUser":
			c.Hub = c.Hub || value != ""
		}
	})
	return c
}

func unescaped(text string) string {
	if plain, err := url.PathUnescape(html.UnescapeString(text)); err == nil {
		return plain
	}
	return text
}

// words are those of a refusal: the member "message" or "reason" of the object that
// Jupyter's API answers, or a short plain text such as tornado's.
func words(body []byte) string {
	text := ""
	members(body, func(name, value string) {
		if name == "message" && text == "" || name == "reason" && value != "" {
			text = clip(value)
		}
	})
	if plain := strings.TrimSpace(string(body[:min(len(body), mostText)])); text == "" && len(body) <= mostText && !strings.ContainsAny(plain, "<{") {
		return plain
	}
	return text
}

// members calls see for each text of a JSON object, as far as it can be read.
func members(object []byte, see func(name, value string)) {
	d := jsontext.NewDecoder(bytes.NewReader(object))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return
	}
	for d.PeekKind() == '"' {
		key, err := d.ReadToken()
		if err != nil {
			return
		}
		name := key.String()
		if d.PeekKind() != '"' {
			if d.SkipValue() != nil {
				return
			}
			continue
		}
		value, err := d.ReadToken()
		if err != nil {
			return
		}
		see(name, value.String())
	}
}
