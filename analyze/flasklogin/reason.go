// SPDX-License-Identifier: Apache-2.0

package flasklogin

import "bytes"

// The sentences by which Flask-WTF refuses a form with 400, in the order in which it
// checks (Flask-WTF 1.0 to 1.3, csrf.py).
const (
	FieldMissing    = "The CSRF token is missing."
	SessionMissing  = "The CSRF session token is missing."
	Expired         = "The CSRF token has expired."
	Invalid         = "The CSRF token is invalid."
	NotEqual        = "The CSRF tokens do not match."
	RefererMissing  = "The referrer header is missing."
	RefererMismatch = "The referrer does not match the host."
)

var reasons = []string{FieldMissing, SessionMissing, Expired, Invalid, NotEqual, RefererMissing, RefererMismatch}

// mostPage is more than the page of an error takes.
const mostPage = 8 << 10

// reasonIn is the sentence that a page of an error holds, "" if it is another page.
func reasonIn(page []byte) string {
	page = page[:min(len(page), mostPage)]
	if !bytes.Contains(page, []byte("Bad Request")) {
		return ""
	}
	for _, reason := range reasons {
		if bytes.Contains(page, []byte(reason)) {
			return reason
		}
	}
	return ""
}
