// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"syscall"
)

// peakOf is the largest resident memory that a process had, in bytes.
func peakOf(state *os.ProcessState) int64 {
	return state.SysUsage().(*syscall.Rusage).Maxrss << 10
}
