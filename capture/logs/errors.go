// SPDX-License-Identifier: Apache-2.0

package logs

// FormatError says that an input is no log that can be read at all.
type FormatError struct {
	Problem string // what was expected and what was found
	Hint    string // what to do about it; may be empty

	// Foreign says that nothing is damaged: it is something else than a log.
	Foreign bool
}

// Error returns the problem without the hint, which is for a line of its own.
func (e *FormatError) Error() string { return e.Problem }

// Known lists in words the logs that are read.
const Known = "JupyterHub, JupyterLab, configurable-http-proxy, Airflow, Django, nginx, HAProxy and Traefik"

// Unknown is the error for an input without a known line.
func Unknown() *FormatError {
	return &FormatError{
		Problem: "is no HAR and no packet capture, and no line at its beginning is of a log that logintrace knows",
		Hint:    "logs of " + Known + " are read as they were written, one line each; for a browser's recording pass the .har file that \"Export HAR\" wrote",
		Foreign: true,
	}
}
