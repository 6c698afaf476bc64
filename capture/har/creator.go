// SPDX-License-Identifier: Apache-2.0

package har

import "strings"

// creator is the program that wrote the recording, as far as it is known: an
// exporter may name itself behind the entries, and then its habits are not
// allowed for.
type creator struct {
	name, version string
}

func (k *creator) read(c *cursor) error {
	_, err := c.object(func(name []byte) error {
		switch string(name) {
		case "name":
			return c.text(&k.name)
		case "version":
			return c.text(&k.version)
		}
		return c.skip()
	})
	return err
}

// String is empty for a creator that is not known.
func (k *creator) String() string {
	return strings.TrimSpace(k.name + " " + k.version)
}

// isDevTools covers Chrome, Edge, Brave, Opera: all of Chromium.
func (k *creator) isDevTools() bool { return k.name == "WebInspector" }

func (k *creator) isSafari() bool { return k.name == "WebKit Web Inspector" }

// omitsAuthority says that this program lists all fields of an HTTP/2 request
// except the pseudo header fields, so that neither Host nor :authority appears.
func (k *creator) omitsAuthority() bool {
	return k.isSafari() || strings.Contains(strings.ToLower(k.name), "mitmproxy")
}
