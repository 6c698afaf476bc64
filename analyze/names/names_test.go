// SPDX-License-Identifier: Apache-2.0

package names

import (
	"slices"
	"strings"
	"testing"
)

// Shaped like `kubectl get pods,svc,nodes -A -o json`, cut to the members that matter.
const kubectl = `{"apiVersion":"v1","kind":"List","items":[
 {"kind":"Pod","metadata":{"name":"ctl-a","namespace":"ingress-nginx","labels":{"a":"b"}},
  "spec":{"nodeName":"node-1"},"status":{"podIP":"10.244.3.17","podIPs":[{"ip":"10.244.3.17"},{"ip":"fd00::17"}]}},
 {"kind":"Pod","metadata":{"name":"host-net","namespace":"kube-system"},"spec":{"nodeName":"node-1"},"status":{"podIP":"192.168.7.1"}},
 {"kind":"Pod","metadata":{"name":"pending","namespace":"x"},"spec":{},"status":{}},
 {"kind":"Service","metadata":{"name":"hub","namespace":"jh"},"spec":{"clusterIP":"None","externalIPs":["203.0.113.9"]},"status":{}},
 {"kind":"Node","metadata":{"name":"node-1"},"status":{"addresses":[{"type":"InternalIP","address":"192.168.7.1"},{"type":"Hostname","address":"node-1"}]}}]}`

func TestLookup(t *testing.T) {
	d, err := Load(strings.NewReader(kubectl))
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"10.244.3.17":        "pod ingress-nginx/ctl-a on node-1",
		"::ffff:10.244.3.17": "pod ingress-nginx/ctl-a on node-1",
		"fd00::17":           "pod ingress-nginx/ctl-a on node-1",
		"192.168.7.1":        "pod kube-system/host-net on node-1, node node-1",
		"203.0.113.9":        "service jh/hub",
		"192.0.2.1":          "",
		"nonsense":           "",
	} {
		var got []string
		for _, n := range d.Lookup(address) {
			got = append(got, n.String())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	if got := d.Addresses(); !slices.IsSorted(got) || len(got) != 4 {
		t.Errorf("addresses: %q", got)
	}
}

func TestLoadHostsFile(t *testing.T) {
	d, err := Load(strings.NewReader("\xef\xbb\xbf# cluster\n10.0.0.1 ingress-a alias # first\n\n::1 localhost\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Lookup("10.0.0.1"); len(got) != 1 || got[0].String() != "ingress-a" {
		t.Errorf("got %v", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, file := range map[string]string{
		"empty": "", "no address": "# nothing\n", "words": "hello world\n", "address alone": "10.0.0.1\n",
		"broken json": `{"kind":"List","items":[{`, "json without addresses": `{"kind":"List","items":[]}`,
	} {
		if _, err := Load(strings.NewReader(file)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNilDirectory(t *testing.T) {
	var d *Directory
	if d.Lookup("10.0.0.1") != nil || d.Addresses() != nil {
		t.Error("a nil directory knows somebody")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(kubectl))
	f.Add([]byte("10.0.0.1 a\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := Load(strings.NewReader(string(file)))
		if err != nil {
			return
		}
		for _, address := range d.Addresses() {
			if len(d.Lookup(address)) == 0 {
				t.Fatalf("%s has no owner", address)
			}
		}
	})
}
