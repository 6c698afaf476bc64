// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Clip keeps a text of the wire from filling a sentence.
func Clip(s string) string {
	const most = 200
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// Visible is a text of the wire within a sentence: quotes have a name there, since nobody
// reads them within others, and what cannot be seen is escaped.
func Visible(s string) string {
	if s != "" && strings.Trim(s, `"'`) == "" {
		return "quotes"
	}
	escaped := strconv.Quote(s)
	return "“" + strings.ReplaceAll(escaped[1:len(escaped)-1], `\"`, `"`) + "”"
}

// Rounded is a duration as people say it.
func Rounded(d time.Duration) string {
	if d.Abs() < time.Minute {
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	}
	return d.Round(time.Second).String()
}

// PointAtLine points at the line of a log that makes a statement.
func PointAtLine(line exchange.Statement) finding.Evidence {
	return PointAt(line.Ref, "log", line.Text, "")
}

// PointAt is evidence: one value, clipped, of what was seen there.
func PointAt(ref exchange.Ref, field, value, note string) finding.Evidence {
	return finding.Evidence{Ref: finding.NewRef(ref), Field: field, Value: Clip(value), Note: note}
}
