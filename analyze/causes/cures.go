// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/finding"
)

// The titles of fixes that fit some of a code's cases only.
const (
	cureHTTPS        = "serve the login by https only"
	cureCookies      = "hand cookies on as they are"
	cureUnchanged    = "hand cookies and paths through unchanged"
	cureRealIP       = "have the outermost proxy write the address, in one spelling"
	cureProxyListens = "let the Hub's proxy listen in one way everywhere"
	cureTemplate     = "add the field to the template"
	cureNative       = "update NativeAuthenticator"
	cureAPIToken     = "use an API token in scripts"
	cureFinalAddress = "submit to the final address"
	cureSingleWay    = "leave a single way in"
	cureHubAddress   = "let the Hub listen where its proxy looks for it"
	cureCredentials  = "correct name and password"
	cureOwnTab       = "log in in a tab of its own"
	cureFrame        = "let the Hub's cookies into a frame"

	// cureRecordHub is left out where it was done.
	cureRecordHub = "record the hop in front of the Hub"
)

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
