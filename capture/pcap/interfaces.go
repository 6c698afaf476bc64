// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"fmt"

	"github.com/logintrace/logintrace/capture/exchange"
)

// interfaceKey tells interfaces apart. A section of a pcapng numbers its
// interfaces anew: the same number, name and link type are the same interface,
// as in a ring of files that was put together again.
type interfaceKey struct {
	number uint32
	link   uint32
	name   string
}

// indexKey is an interface index inside an SLL2 header.
type indexKey struct {
	origin int
	index  uint32
}

// interfaces numbers the interfaces of a capture in order of appearance.
type interfaces struct {
	capture   *exchange.Capture
	described map[interfaceKey]int
	byIndex   map[indexKey]int

	lastKey indexKey // saves the look-up for most packets
	last    int
}

// describe adds an interface that the capture describes; -1 if there are too many.
func (i *interfaces) describe(key interfaceKey) int {
	if at, ok := i.described[key]; ok {
		return at
	}
	if i.described == nil {
		i.described = make(map[interfaceKey]int)
	}
	name := key.name
	if name == "" {
		name = fmt.Sprintf("interface %d", key.number)
	}
	at := i.append(name)
	if at >= 0 {
		i.described[key] = at
	}
	return at
}

// indexed returns the interface that Linux gave this index.
func (i *interfaces) indexed(origin int, index uint32) int {
	key := indexKey{origin, index}
	if key == i.lastKey && i.byIndex != nil {
		return i.last
	}
	at, ok := i.byIndex[key]
	if !ok {
		if i.byIndex == nil {
			i.byIndex = make(map[indexKey]int)
		}
		if at = i.append(fmt.Sprintf("ifindex %d", index)); at < 0 {
			return -1
		}
		i.byIndex[key] = at
	}
	i.lastKey, i.last = key, at
	return at
}

func (i *interfaces) append(name string) int {
	list := &i.capture.Interfaces
	if len(*list) >= maxNamed {
		i.capture.AddNote(exchange.NoteLimit, fmt.Sprintf(
			"the capture names more than %d interfaces; the others are not told apart", maxNamed))
		return -1
	}
	*list = append(*list, name)
	return len(*list) - 1
}
