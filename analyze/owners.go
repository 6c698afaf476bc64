// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"net"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/names"
)

// nameOwners adds the names of the addresses that a report shows, and puts them beside
// these addresses in its sentences.
func nameOwners(r *finding.Report, directory *names.Directory) {
	known := map[string]string{}
	for _, address := range addressesIn(r) {
		owners := directory.Lookup(address)
		if len(owners) == 0 || known[address] != "" {
			continue
		}
		var words []string
		for _, owner := range owners {
			shown := finding.Owner{Address: address, Kind: string(owner.Kind), Name: owner.Name, Node: owner.Node}
			if owner.Namespace != "" {
				shown.Name = owner.Namespace + "/" + owner.Name
			}
			r.Owners = append(r.Owners, shown)
			words = append(words, shown.Name)
		}
		known[address] = strings.Join(words, " or ")
	}
	if len(known) == 0 {
		return
	}
	r.Summary = withNames(r.Summary, known)
	for i := range r.Findings {
		r.Findings[i].Summary = withNames(r.Findings[i].Summary, known)
	}
	for i := range r.Logins {
		for k := range r.Logins[i].Findings {
			f := &r.Logins[i].Findings[k]
			f.Summary = withNames(f.Summary, known)
		}
	}
}

// addressesIn are the addresses that a report shows, in order.
func addressesIn(r *finding.Report) []string {
	var all []string
	for i := range r.Logins {
		l := &r.Logins[i]
		all = append(all, l.Client)
		for _, s := range l.Steps {
			for _, h := range s.Hops {
				all = append(all, withoutPort(h.From), withoutPort(h.To))
			}
			all = append(all, s.ClientIP.AppSaw.Value)
		}
		for _, f := range l.Findings {
			all = append(all, strings.Split(f.Origin.Address, ", ")...)
		}
	}
	for _, f := range r.Findings {
		all = append(all, strings.Split(f.Origin.Address, ", ")...)
	}
	return all
}

func withoutPort(endpoint string) string {
	if address, _, err := net.SplitHostPort(endpoint); err == nil {
		return address
	}
	return endpoint
}

// withNames puts a name behind the first mention of each address that has one.
func withNames(sentence string, known map[string]string) string {
	words := strings.Split(sentence, " ")
	said := map[string]bool{}
	for i, word := range words {
		address := strings.TrimRight(word, ",;:.)")
		address = strings.TrimLeft(address, "(")
		if name := known[address]; name != "" && !said[address] {
			said[address] = true
			words[i] = strings.Replace(word, address, address+" ("+name+")", 1)
		}
	}
	return strings.Join(words, " ")
}
