// SPDX-License-Identifier: Apache-2.0

package clientip

import "testing"

// What glibc's getaddrinfo says with AI_NUMERICHOST, asked through Python's socket.
func TestNumericHostIsGetaddrinfo(t *testing.T) {
	for text, want := range map[string]bool{
		"127.1": true, "0x7f.1": true, "10.0.0.256": false, "1.2.3.4:5": false, "": false, "010.1.1.1": true,
		"1.2.3.4.5": false, "0xffffffff": true, "4294967295": true, "4294967296": false, "1.16777215": true,
		"1.16777216": false, "1.2.65535": true, "fe80::1%lo": true, "1..2": false, " 1.2.3.4": false, "08.1.1.1": false,
		"0b1": false, "0o7": false, "1_0.0.0.1": false, "+1.0.0.1": false, "0xa.0.0.0xB": true,
	} {
		if got := Numeric(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
