// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
)

// The titles of fixes that fit some of a code's cases only.
const (
	fixHTTPS        = "serve the login by https only"
	fixCookies      = "hand cookies on as they are"
	fixUnchanged    = "hand cookies and paths through unchanged"
	fixRealIP       = "have the outermost proxy write the address, in one spelling"
	fixProxyListens = "let the Hub's proxy listen in one way everywhere"
	fixTemplate     = "add the field to the template"
	fixNative       = "update NativeAuthenticator"
	fixAPIToken     = "use an API token in scripts"
	fixFinalAddress = "submit to the final address"
	fixSingleWay    = "leave a single way in"
	fixCredentials  = "correct name and password"
	fixAuthorize    = "authorize the user"
	fixOwnTab       = "log in in a tab of its own"
	fixFrame        = "let the Hub's cookies into a frame"
	fixReload       = "reload the login page"
	fixOneHub       = "see that one Hub runs"

	// These are left out where it was done, or where both addresses are known.
	fixRecordHub     = "record the hop in front of the Hub"
	fixReadAddresses = "read both addresses from the Hub's log"

	// fixRecordIngress is for addresses that are known, and not whose they are.
	fixRecordIngress = "record what comes in at the ingress"
)

// curing are the picked fixes. If it is one, what was seen is its condition, and that need
// not be said; several are alternatives, each with a condition of its own. Without titles,
// and where none of them is left, all can fit.
func curing(all []finding.Fix, titles []string) []finding.Fix {
	kept := causes.Picked(all, titles)
	switch len(kept) {
	case 0:
		return slices.Clone(all)
	case 1:
		kept[0].When = ""
	}
	return kept
}
