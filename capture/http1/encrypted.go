// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"cmp"
	"slices"
)

// Encrypted counts the TLS connections to one port.
type Encrypted struct {
	Port        int
	Connections int
	Names       []NameCount // by count, then by name
}

// NameCount is how many handshakes asked for a server name (SNI); hostile text.
type NameCount struct {
	Name  string
	Count int
}

// encryptedPorts counts TLS connections by port and name.
type encryptedPorts struct {
	connections map[int]int
	names       map[portName]int
}

type portName struct {
	port int
	name string
}

func (e *encryptedPorts) add(port int, name string) {
	if e.connections == nil {
		e.connections, e.names = map[int]int{}, map[portName]int{}
	}
	e.connections[port]++
	key := portName{port, name}
	if _, there := e.names[key]; name != "" && (there || len(e.names) < maxServerNames) {
		e.names[key]++
	}
}

// Encrypted lists the ports with TLS connections, in order. Names may be fewer than
// connections: not every handshake was captured or has one.
func (r *Reader) Encrypted() []Encrypted {
	var ports []Encrypted
	for port, n := range r.encrypted.connections {
		ports = append(ports, Encrypted{Port: port, Connections: n, Names: r.encrypted.namesOf(port)})
	}
	slices.SortFunc(ports, func(a, b Encrypted) int { return cmp.Compare(a.Port, b.Port) })
	return ports
}

func (e *encryptedPorts) namesOf(port int) []NameCount {
	var names []NameCount
	for key, n := range e.names {
		if key.port == port {
			names = append(names, NameCount{key.name, n})
		}
	}
	slices.SortFunc(names, func(a, b NameCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return names
}
