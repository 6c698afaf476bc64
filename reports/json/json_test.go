// SPDX-License-Identifier: Apache-2.0

package json_test

import (
	"bytes"
	"testing"
	"unicode"

	decode "github.com/go-json-experiment/json"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/reports/json"
)

// What a terminal could act on is escaped, and reads back as what it was.
func TestWriteIsSafeToPrint(t *testing.T) {
	const hostile = "\x1b[31m\u009b\u202Eevil\u2028 \U000E0041 ok é"
	var out bytes.Buffer
	if err := json.Write(&out, &finding.Report{Schema: finding.Schema, Summary: hostile}); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("holds %U", r)
		}
	}
	var back finding.Report
	if err := decode.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Summary != hostile {
		t.Errorf("got %q back", back.Summary)
	}
	if back.Logins == nil || back.Findings == nil {
		t.Error("an empty list is written as null")
	}
}
