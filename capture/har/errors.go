// SPDX-License-Identifier: Apache-2.0

package har

import "fmt"

// FormatError says that the input is not a HAR that can be read at all.
type FormatError struct {
	Problem string // what was expected and what was found
	Hint    string // what to do about it; may be empty
	Err     error  // the cause underneath; may be nil

	// Foreign says that the input is whole, as far as was read, and JSON of another kind.
	Foreign bool

	// Empty says that there is not a byte, so that any reader can have been meant.
	Empty bool
}

// Error returns the problem without the hint, which is for a line of its own.
func (e *FormatError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Problem, e.Err)
	}
	return e.Problem
}

// Unwrap returns the cause underneath.
func (e *FormatError) Unwrap() error { return e.Err }
