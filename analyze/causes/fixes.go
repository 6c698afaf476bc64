// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/finding"
)

// The titles of fixes that several families pick.
const (
	FixNameUsers = "name the users"
	FixAllowAll  = "let in everybody who can sign in"
	FixAddUser   = "add the user in the Hub's admin page"
	FixUnblock   = "take the user off the list of those who may not come in"

	FixNewToken  = "start the server again"
	FixSameToken = "give both the same token"

	FixAirflowHTTPS = "serve Airflow by https only"
)

// What is said of a user whom the Hub does not let in, by what its log tells.
const (
	NotAllowedByRules = "The Hub looked for a rule that lets this user in, and found none. Since OAuthenticator 16, and since JupyterHub 5.0 for all others, nobody is let in unless the configuration says so."
	NotAllowedBlocked = "The user is in Authenticator.blocked_users, which outweighs every rule that lets somebody in."
)

// The titles of fixes for logins that a user's server left to the Hub.
const (
	FixGiveAccess  = "give the user access to the server"
	FixReachHub    = "let servers reach the Hub"
	FixLeaveCookie = "let the proxy leave the cookie as it is"
)

// IfProvider begins what is of no help to users whom a provider knows, in a text that is
// for the Hub's own form as well.
const IfProvider = "With a provider, "

// Gateways are the programs, of those that fixes are written for, that take the
// place of the proxy in front of the application.
var Gateways = []string{"nginx", "ingress-nginx", "Traefik", "HAProxy"}

// Picked are the fixes with these titles, in the order of the titles.
func Picked(all []finding.Fix, titles []string) []finding.Fix {
	var list []finding.Fix
	for _, title := range titles {
		if i := slices.IndexFunc(all, func(fix finding.Fix) bool { return fix.Title == title }); i >= 0 {
			list = append(list, all[i])
		}
	}
	return list
}

// General leaves out fixes that are for logins which a server left to the Hub, and for
// nothing else of their code.
func General(all []finding.Fix) []finding.Fix {
	special := []string{FixGiveAccess, FixReachHub, FixLeaveCookie}
	return slices.DeleteFunc(slices.Clone(all), func(fix finding.Fix) bool { return slices.Contains(special, fix.Title) })
}
