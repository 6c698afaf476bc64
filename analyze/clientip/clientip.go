// SPDX-License-Identifier: Apache-2.0

// Package clientip computes the client address that an application takes from
// the peer of its connection and the fields of a request, exactly as its server
// library does. Each rule is in a file of its own and is held to the original by
// testdata/vectors.
//
// It must be asked about the application's own hop: on another one the same rule
// gives an address that nobody used.
package clientip

import "github.com/logintrace/logintrace/capture/exchange"

// Rule names how an address was computed, for reports.
type Rule string

// Request is what an application's server sees of a request. Values of fields are
// without the spaces and tabs around them, as every server takes them.
type Request struct {
	Peer      string // who connected
	Announced string // the source in the connection's PROXY protocol header; "" without
	Fields    exchange.Fields
}

// Result is what an application computes. The address is raw text. The state is
// Absent if the application has no address for the client, or refuses the request
// over the question; Unknown if the capture may lack what decides.
type Result struct {
	Address string
	Rule    Rule
	State   exchange.Knowledge
}

// of is a result: an application that computes "" has no address.
func of(address string, rule Rule) Result {
	if address == "" {
		return Result{Rule: rule, State: exchange.Absent}
	}
	return Result{address, rule, exchange.Known}
}

// App is an application with its settings, as far as they say whom it takes for the
// client.
type App struct {
	text     string
	entry    *entry
	settings *settings
	compute  func(r Request, f *fields) Result
}

// IsZero reports whether there is no application.
func (a App) IsZero() bool { return a.entry == nil }

// Name is the application's name in the registry.
func (a App) Name() string { return a.entry.name }

// Setting are the values that were given for a key.
func (a App) Setting(key string) []string { return a.settings.list(key) }

// Runs reports whether the settings can be about an application that was recognised:
// JupyterHub is always tornado, and tornado is known of no other.
func (a App) Runs(application string) bool {
	hub := a.entry.name == "jupyterhub" || a.entry.name == "tornado"
	switch application {
	case "jupyterhub":
		return hub
	case "":
		return true
	}
	return !hub
}

// String is the application as Parse takes it.
func (a App) String() string { return a.text }

// Compute is the address that the application takes for the client's.
func (a App) Compute(r Request) Result {
	f := &fields{of: r.Fields}
	if r.Peer == "" {
		return Result{}
	}
	result := a.compute(r, f)
	if f.unknown {
		return Result{}
	}
	return result
}

// fields reads the fields of a request, and remembers if one of those that were asked
// for may have been lost by the capture.
type fields struct {
	of      exchange.Fields
	unknown bool
}

// lines are the values of a field, one for each line.
func (f *fields) lines(name string) []string {
	values, state := f.of.Values(name)
	f.unknown = f.unknown || state == exchange.Unknown
	return values
}

// first is the value of the first line, as most servers in Java and Go read a field.
func (f *fields) first(name string) string {
	for _, value := range f.lines(name) {
		return value
	}
	return ""
}
