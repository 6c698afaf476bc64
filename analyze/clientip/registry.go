// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"fmt"
	"slices"
	"strings"
)

// entry is an application that Parse knows: its settings and the rule they make.
type entry struct {
	name string
	keys []string
	make func(s *settings) func(Request, *fields) Result

	// golden are settings for the table of docs/clientip.md, and believes says in a few
	// words whom the application believes.
	golden   []string
	believes string
}

// registry has the servers and libraries first, then what is built on them.
func registry() []*entry {
	return []*entry{
		tornadoEntry("tornado", "trusted", "xheaders"), proxyFixEntry(), uvicornEntry("uvicorn", true), gunicornEntry(), djangoEntry(),
		expressEntry(), railsEntry(), springEntry(), chiEntry(),
		tornadoEntry("jupyterhub", "trusted"), airflowEntry(),
	}
}

// Names are the applications that Parse takes.
func Names() []string {
	var names []string
	for _, e := range registry() {
		names = append(names, e.name)
	}
	return names
}

// SettingError is what is wrong with an application's name or settings. Allowed is
// what could stand there instead.
type SettingError struct {
	Problem string
	Allowed []string
}

func (e *SettingError) Error() string { return e.Problem }

// Parse reads NAME or NAME:KEY=VALUE,… as the flag --app takes it. A piece without a
// = belongs to the list of the key before it, for addresses hold none.
func Parse(text string) (App, error) {
	name, rest, given := strings.Cut(text, ":")
	at := slices.IndexFunc(registry(), func(e *entry) bool { return e.name == name })
	if at < 0 {
		return App{}, &SettingError{fmt.Sprintf("%q is not an application whose rule is known", name), Names()}
	}
	e := registry()[at]
	s, err := newSettings(e, rest, given)
	if err != nil {
		return App{}, err
	}
	compute := e.make(s)
	if s.err != nil {
		return App{}, s.err
	}
	return App{text, e, s, compute}, nil
}

// Default is the application as it is when nobody has set anything. ok is false for a
// name that is not known.
func Default(name string) (a App, ok bool) {
	a, err := Parse(name)
	return a, err == nil
}
