// SPDX-License-Identifier: Apache-2.0

package har

// Every length in a recording is the recording's own claim, so each thing that
// is held in memory has a limit. What real exporters write is far below them.
const (
	// maxFields and maxFieldBytes limit one message head. Servers refuse heads
	// of more than 8 to 64 KiB, and that refusal must stay visible.
	maxFields     = 1000
	maxFieldBytes = 256 << 10

	// maxText limits any other single value, such as a URL with a SAML request.
	maxText = 64 << 10

	// maxName limits the name of an object member; all known names are shorter.
	maxName = 256

	// maxDepth limits nesting. Only the call stacks in _initiator go deep.
	maxDepth = 512

	// maxSpace is the longest run of white space that is passed on, maxScalar
	// the longest number that is accepted.
	maxSpace  = 64
	maxScalar = 512

	// maxQuoted is how much of a hostile text is quoted in words of ours.
	maxQuoted = 120
)

// stringLimit is how much of a JSON string must be passed on so that a content
// of maxBytes is complete even when it is written in base64 with line breaks.
func stringLimit(maxBytes int) int {
	const slack = 4 << 10
	return max(maxText, maxBytes+maxBytes/2) + slack
}
