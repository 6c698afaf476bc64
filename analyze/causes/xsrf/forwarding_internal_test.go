// SPDX-License-Identifier: Apache-2.0

package xsrf

import "testing"

func TestInternalNetworks(t *testing.T) {
	for text, want := range map[string]bool{
		"10.244.3.17": true, "10.244.3.0/24": true, "10.0.0.0/8": true, "::ffff:af4:0/112": true, "::ffff:10.244.0.0/112": true,
		"100.64.0.0/10": true, "fd00::/8": true, "fc00::/7": true, "192.168.0.0/16": true, "172.16.0.0/12": true,
		"198.51.100.0/24": false, "0.0.0.0/0": false, "::/0": false, "172.16.0.0/11": false, "8.0.0.0/6": false, "10.0.0.0/7": false,
		"": false, "10.0.0.0/99": false,
	} {
		if got := internal(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
