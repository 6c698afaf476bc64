// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// Page is what a login page or an error page says about the login.
type Page struct {
	// FormToken is the hidden input _xsrf, ScriptToken the xsrf_token of the
	// inline script object jhdata that every page of JupyterHub 4.0 on holds.
	FormToken   string
	ScriptToken string

	// HasPasswordInput tells a page with a login form from other pages.
	HasPasswordInput bool

	// ActionHost is the host to which the page's last form before a password input
	// is submitted, if the page names one.
	ActionHost string

	// LoginError is the text of the element of class login_error, Message the
	// first paragraph after a heading like "403 : Forbidden" (JupyterHub,
	// templates/error.html).
	LoginError string
	Message    string
}

// Token returns the token that the page carries, wherever it stands.
func (p Page) Token() string {
	if p.FormToken != "" {
		return p.FormToken
	}
	return p.ScriptToken
}

// statusHeading is how an error page of the Hub begins.
var statusHeading = regexp.MustCompile(`^\s*[45][0-9][0-9] : [A-Z]`)

// jhdata is JavaScript, not JSON; the value is a token or the word null.
var scriptToken = regexp.MustCompile(`\bxsrf_token:\s*"([^"\\]*)"`)

// ReadPage reads an HTML page, whole or cut.
func ReadPage(page []byte) Page {
	r := pageReader{tokens: html.NewTokenizer(bytes.NewReader(page))}
	for r.next() {
	}
	return r.page
}

// pageReader walks a page once and collects what Page holds.
type pageReader struct {
	tokens  *html.Tokenizer
	page    Page
	collect *string // the text that is being read, nil outside
	closes  string  // the element that ends it
	script  bool
	heading bool // a heading that names the status was seen
}

func (r *pageReader) next() bool {
	switch r.tokens.Next() {
	case html.ErrorToken:
		return false
	case html.StartTagToken, html.SelfClosingTagToken:
		r.start()
	case html.EndTagToken:
		name, _ := r.tokens.TagName()
		r.end(string(name))
	case html.TextToken:
		r.text(string(r.tokens.Text()))
	}
	return true
}

func (r *pageReader) start() {
	name, more := r.tokens.TagName()
	element := string(name)
	attributes := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = r.tokens.TagAttr()
		attributes[string(key)] = string(value)
	}
	switch {
	case element == "input":
		r.input(attributes)
	case element == "form" && !r.page.HasPasswordInput:
		r.page.ActionHost = ""
		if target, err := url.Parse(attributes["action"]); err == nil {
			r.page.ActionHost = target.Host
		}
	case element == "script":
		r.script = true
	case hasClass(attributes["class"], "login_error"):
		r.collect, r.closes = &r.page.LoginError, element
	case element == "p" && r.heading && r.page.Message == "":
		r.collect, r.closes = &r.page.Message, element
	}
}

func (r *pageReader) input(attributes map[string]string) {
	if attributes["name"] == "_xsrf" && r.page.FormToken == "" {
		r.page.FormToken = attributes["value"]
	}
	if attributes["type"] == "password" {
		r.page.HasPasswordInput = true
	}
}

func (r *pageReader) end(element string) {
	if element == "script" {
		r.script = false
	}
	if r.collect != nil && element == r.closes {
		*r.collect = strings.Join(strings.Fields(*r.collect), " ")
		r.collect = nil
	}
}

// maxMessage bounds an error text; the Hub's own are under 100 bytes.
const maxMessage = 500

func (r *pageReader) text(text string) {
	switch {
	case r.script && r.page.ScriptToken == "":
		if match := scriptToken.FindStringSubmatch(text); match != nil {
			r.page.ScriptToken = match[1]
		}
	case r.collect != nil && len(*r.collect)+len(text) <= maxMessage:
		*r.collect += text
	case statusHeading.MatchString(text):
		r.heading = true
	}
}

func hasClass(classes, class string) bool {
	for _, c := range strings.Fields(classes) {
		if c == class {
			return true
		}
	}
	return false
}
