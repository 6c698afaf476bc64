// SPDX-License-Identifier: Apache-2.0

package exchange

import "strings"

// Knowledge says how much a capture can tell about one value. Absent is a
// statement about the traffic; Unknown is a statement about the capture. The
// difference decides whether "the cookie was not sent" may be said at all.
type Knowledge uint8

// The states of a value. The zero value is Unknown, so that a reader that
// forgets to say anything never claims an absence.
const (
	Unknown Knowledge = iota
	Absent
	Known
)

func (k Knowledge) String() string {
	return [...]string{"unknown", "absent", "known"}[k]
}

// Field is one field line of a message head (RFC 9110, 6.3), with the name in
// the case and the place in which it was recorded.
type Field struct {
	Name, Value string
}

// Fields is the head of a message.
type Fields struct {
	// Lines keeps wire order, case and repetition.
	Lines []Field

	// Incomplete says that lines may be missing: a gap in the head, a short
	// snaplen, or a browser that recorded provisional fields only.
	Incomplete bool

	// Origin is the capture these fields come from. It may have removed some
	// names from all of its messages (see Capture.Removed). May be nil.
	Origin *Capture
}

// Values returns the values of every line called name, in order, without
// regard to case. The list is empty unless the state is Known.
//
// Whether a missing field is Absent or Unknown may depend on the whole capture:
// ask only after its reader has finished.
func (f Fields) Values(name string) ([]string, Knowledge) {
	var values []string
	for _, line := range f.Lines {
		if strings.EqualFold(line.Name, name) {
			values = append(values, line.Value)
		}
	}
	switch {
	case len(values) > 0:
		return values, Known
	case f.Incomplete || f.Origin.HasRemoved(name):
		return nil, Unknown
	}
	return nil, Absent
}

// Get returns the first value of a field and how much is known about it.
func (f Fields) Get(name string) (string, Knowledge) {
	values, state := f.Values(name)
	if state != Known {
		return "", state
	}
	return values[0], Known
}

// First returns the first value of a field, or "" when there is none to see.
// It is for values that are only shown; a decision must ask Get.
func (f Fields) First(name string) string {
	value, _ := f.Get(name)
	return value
}
