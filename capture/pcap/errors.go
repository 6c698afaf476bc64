// SPDX-License-Identifier: Apache-2.0

package pcap

import "fmt"

// FormatError says that the input is not a packet capture that can be read at all.
type FormatError struct {
	Problem string // what was expected and what was found
	Hint    string // what to do about it; may be empty
	Err     error  // the cause underneath; may be nil
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

// damageError says where a capture is broken. It ends the reading, and becomes
// a note if packets were read before.
type damageError struct {
	offset int64 // of the record or block, in the unpacked capture
	what   string
	hint   string // may be empty
}

// Error implements error.
func (e *damageError) Error() string { return e.what }
