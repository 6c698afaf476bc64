// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// djangoReasons begin the reasons for which Django's CSRF check refuses a form (Django 4.0
// to 5.2, middleware/csrf.py).
var djangoReasons = []string{"Origin checking failed - ", "Referer checking failed - ", "CSRF cookie not set.", "CSRF token "}

// parseDjango reads "Forbidden (REASON): PATH". What stands before it is up to the site's
// LOGGING setting, and no time is read.
func parseDjango(w *wrapped, e *entry) bool {
	_, rest, ok := strings.Cut(w.text, "Forbidden (")
	reason, path, cut := cutLast(rest, "): ")
	if !ok || !cut || !strings.HasPrefix(path, "/") || !isTarget(path) {
		return false
	}
	for _, begins := range djangoReasons {
		if strings.HasPrefix(reason, begins) {
			e.program = exchange.ProgramDjango
			e.said = &exchange.Statement{
				Code: exchange.SaidFormForbidden, Text: redact("Forbidden (" + reason + "): " + path),
				Values: exchange.Values{Reason: redact(reason), Target: redactTarget(path)},
			}
			return true
		}
	}
	return false
}
