// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"crypto/sha256"
	"strconv"
)

// class is a kind of secret, and the first part of its pseudonyms.
type class string

const (
	xsrf    class = "xsrf"
	session class = "session"
	user    class = "user"
	secret  class = "secret"

	// password has no pseudonyms: see passwordMark.
	password class = "password"
)

// passwordMark stands for every password, whatever it is.
const passwordMark = "redacted"

// remembered is how many secrets each of the two generations of memory holds. A
// secret that was not seen while that many others were gets a new pseudonym when
// it comes again; that is the price of bounded memory.
const remembered = 1 << 16

// digest stands for a secret in memory, which itself is not kept.
type digest [16]byte

// memory knows which pseudonym stands for which secret. The class is that of the
// first place in which the secret was seen; equality does not depend on it.
type memory struct {
	young, old map[digest]string
	last       map[class]int
}

func newMemory() memory {
	return memory{young: map[digest]string{}, last: map[class]int{}}
}

// pseudonym returns the stand-in of a value, always the same one.
func (m *memory) pseudonym(of class, value string) string {
	key := digestOf(value)
	if known, ok := m.lookup(key); ok {
		return known
	}
	m.last[of]++
	name := string(of) + "-" + strconv.Itoa(m.last[of])
	m.keep(key, name)
	return name
}

// known returns the stand-in of a value that was replaced before.
func (m *memory) known(value string) (string, bool) { return m.lookup(digestOf(value)) }

func (m *memory) lookup(key digest) (string, bool) {
	if name, ok := m.young[key]; ok {
		return name, true
	}
	name, ok := m.old[key]
	if ok {
		m.keep(key, name)
	}
	return name, ok
}

func (m *memory) keep(key digest, name string) {
	if len(m.young) >= remembered {
		m.young, m.old = map[digest]string{}, m.young
	}
	m.young[key] = name
}

func digestOf(value string) digest {
	sum := sha256.Sum256([]byte(canonical(value)))
	return digest(sum[:len(digest{})])
}
