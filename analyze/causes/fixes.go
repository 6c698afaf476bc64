// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/finding"
)

// The titles of fixes that several families pick.
const (
	fixNameUsers     = "name the users"
	fixAllowKnown    = "let in whomever the authenticator knows"
	fixAllowAll      = "let in everybody who can sign in"
	fixAllowGroups   = "let groups in"
	fixAllowExisting = "let in the users of the admin page"
	fixAddUser       = "add the user in the Hub's admin page"
	fixUnblock       = "take the user off the list of those who may not come in"

	fixAirflowHTTPS = "serve Airflow by https only"
)

// The titles of fixes for logins that a user's server left to the Hub.
const (
	fixGiveAccess  = "give the user access to the server"
	fixReachHub    = "let servers reach the Hub"
	fixLeaveCookie = "let the proxy leave the cookie as it is"
)

// ifProvider begins what is of no help to users whom a provider knows, in a text that is
// for the Hub's own form as well.
const ifProvider = "With a provider, "

// gateways are the programs, of those that fixes are written for, that take the
// place of the proxy in front of the application.
var gateways = []string{"nginx", "ingress-nginx", "Traefik", "HAProxy"}

// picked are the fixes with these titles, in the order of the titles.
func picked(all []finding.Fix, titles []string) []finding.Fix {
	var list []finding.Fix
	for _, title := range titles {
		if i := slices.IndexFunc(all, func(fix finding.Fix) bool { return fix.Title == title }); i >= 0 {
			list = append(list, all[i])
		}
	}
	return list
}

// curing are the picked fixes, of which the conditions are met. Without titles, and where
// none of them is left, all can fit.
func curing(all []finding.Fix, titles []string) []finding.Fix {
	kept := picked(all, titles)
	if len(kept) == 0 {
		return slices.Clone(all)
	}
	for i := range kept {
		kept[i].When = ""
	}
	return kept
}

// general leaves out fixes that are for logins which a server left to the Hub, and for
// nothing else of their code.
func general(all []finding.Fix) []finding.Fix {
	special := []string{fixGiveAccess, fixReachHub, fixLeaveCookie}
	return slices.DeleteFunc(slices.Clone(all), func(fix finding.Fix) bool { return slices.Contains(special, fix.Title) })
}
