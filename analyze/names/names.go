// SPDX-License-Identifier: Apache-2.0

// Package names reads which names belong to which addresses, from a hosts file
// or from what kubectl prints, so that a report can say "ingress-nginx-7d4 on
// node-2" beside 10.244.3.17.
//
// It does not resolve anything: no name leaves the machine.
package names

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Kind is what an address belongs to.
type Kind string

// The kinds. A hosts file knows no kinds.
const (
	KindHost    Kind = "host"
	KindPod     Kind = "pod"
	KindService Kind = "service"
	KindNode    Kind = "node"
)

// Name is one owner of an address.
type Name struct {
	Kind      Kind
	Name      string
	Namespace string // of pods and services
	Node      string // that a pod runs on
}

// String is the name as kubectl's users write it: "pod ingress-nginx/x on node-2".
func (n Name) String() string {
	s := n.Name
	if n.Namespace != "" {
		s = n.Namespace + "/" + s
	}
	if n.Kind != KindHost {
		s = string(n.Kind) + " " + s
	}
	if n.Node != "" {
		s += " on " + n.Node
	}
	return s
}

// Directory maps addresses to their owners. A nil Directory knows nobody.
type Directory struct {
	owners map[netip.Addr][]Name
}

// Lookup returns the owners of an address, which may be IPv4-mapped, in the
// order of the file. A pod in the host network shares its node's address, so
// there may be several.
func (d *Directory) Lookup(address string) []Name {
	parsed, err := netip.ParseAddr(address)
	if d == nil || err != nil {
		return nil
	}
	return d.owners[parsed.Unmap()]
}

// Addresses returns every address of the directory, in ascending order.
func (d *Directory) Addresses() []string {
	if d == nil {
		return nil
	}
	var all []netip.Addr
	for address := range d.owners {
		all = append(all, address)
	}
	slices.SortFunc(all, netip.Addr.Compare)
	texts := make([]string, len(all))
	for i, address := range all {
		texts[i] = address.String()
	}
	return texts
}

// Kubernetes reports whether an address is that of a pod, a service or a node.
func (d *Directory) Kubernetes() bool {
	return slices.ContainsFunc(d.Addresses(), func(address string) bool {
		return slices.ContainsFunc(d.Lookup(address), func(n Name) bool { return n.Kind != KindHost })
	})
}

func (d *Directory) add(address string, name Name) {
	parsed, err := netip.ParseAddr(address)
	if err != nil || name.Name == "" {
		return // "None" is the cluster IP of a headless service
	}
	parsed = parsed.Unmap()
	if !slices.Contains(d.owners[parsed], name) {
		d.owners[parsed] = append(d.owners[parsed], name)
	}
}

// maxBytes bounds a file of names; a cluster of a thousand pods prints 15 MB.
const maxBytes = 256 << 20

// Load reads a hosts file, or what `kubectl get pods,svc,nodes -A -o json` prints.
func Load(r io.Reader) (*Directory, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("more than %d MiB of names", maxBytes>>20)
	}
	d := &Directory{map[netip.Addr][]Name{}}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if bytes.HasPrefix(data, []byte("{")) {
		err = d.addObjects(data)
	} else {
		err = d.addHosts(data)
	}
	if err == nil && len(d.owners) == 0 {
		err = errors.New("holds no address")
	}
	return d, err
}

// addHosts reads lines as hosts(5) describes them.
func (d *Directory) addHosts(data []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for number := 1; lines.Scan(); number++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if _, err := netip.ParseAddr(words[0]); err != nil || len(words) < 2 {
			return fmt.Errorf("line %d: expected an address and a name", number) // not its text: it may be a secret
		}
		d.add(words[0], Name{Kind: KindHost, Name: words[1]})
	}
	return lines.Err()
}

// object is what matters of a Kubernetes Pod, Service, Node or List (v1).
type object struct {
	Kind     string   `json:"kind"`
	Items    []object `json:"items"`
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec struct {
		NodeName    string   `json:"nodeName"`
		ClusterIP   string   `json:"clusterIP"`
		ClusterIPs  []string `json:"clusterIPs"`
		ExternalIPs []string `json:"externalIPs"`
	} `json:"spec"`
	Status struct {
		PodIP  string `json:"podIP"`
		PodIPs []struct {
			IP string `json:"ip"`
		} `json:"podIPs"`
		Addresses []struct {
			Address string `json:"address"`
		} `json:"addresses"`
		LoadBalancer struct {
			Ingress []struct {
				IP string `json:"ip"`
			} `json:"ingress"`
		} `json:"loadBalancer"`
	} `json:"status"`
}

func (d *Directory) addObjects(data []byte) error {
	var root object
	if err := json.Unmarshal(data, &root); err != nil {
		return fmt.Errorf("expected a hosts file or the output of kubectl get pods,svc,nodes -A -o json: %w", err)
	}
	if root.Items == nil {
		root.Items = []object{root}
	}
	for _, o := range root.Items {
		d.addObject(o)
	}
	return nil
}

func (d *Directory) addObject(o object) {
	name := Name{Name: o.Metadata.Name, Namespace: o.Metadata.Namespace}
	var addresses []string
	switch o.Kind {
	case "Pod":
		name.Kind, name.Node = KindPod, o.Spec.NodeName
		addresses = append(addresses, o.Status.PodIP)
		for _, ip := range o.Status.PodIPs {
			addresses = append(addresses, ip.IP)
		}
	case "Service":
		name.Kind = KindService
		addresses = append(append(addresses, o.Spec.ClusterIP), o.Spec.ClusterIPs...)
		addresses = append(addresses, o.Spec.ExternalIPs...)
		for _, ingress := range o.Status.LoadBalancer.Ingress {
			addresses = append(addresses, ingress.IP)
		}
	case "Node":
		name.Kind = KindNode
		for _, a := range o.Status.Addresses {
			addresses = append(addresses, a.Address)
		}
	}
	for _, address := range addresses {
		d.add(address, name)
	}
}
