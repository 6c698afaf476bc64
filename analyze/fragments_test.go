// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
	"github.com/logintrace/logintrace/fixtures"
)

// All but one of the files of a recording, or two of them, say nothing that is not so.
func TestSubsetsOfOthersAccuseNobody(t *testing.T) {
	t.Parallel()
	for k, truth := range otherTruths(t) {
		files := filesFor(t, truth, "har", "pcap", "log")
		for i := range files {
			if (i+k)%2 == 0 { // a sample
				holdFragments(t, truth, slices.Concat(files[:i], files[i+1:]))
			}
			for j := i + 1; j < len(files); j++ {
				if (i+j+k)%12 == 0 {
					holdFragments(t, truth, []file{files[i], files[j]})
				}
			}
		}
	}
}

// People paste the part of a log that they take for the important one.
func TestPartsOfLogsAccuseNobody(t *testing.T) {
	for _, truth := range allTruths(t) {
		for _, f := range filesFor(t, truth, "log") {
			lines := bytes.SplitAfter(f.data, []byte("\n"))
			for _, part := range spans(len(lines), 4) {
				name := fmt.Sprintf("%s lines %d-%d", f.name, part[0]+1, part[1])
				holdFragments(t, truth, []file{{name, bytes.Join(lines[part[0]:part[1]], nil)}})
			}
		}
	}
}

// A capture that was begun too late, or stopped too early, alone and beside whole ones.
func TestPartsOfCapturesAccuseNobody(t *testing.T) {
	t.Parallel()
	for k, truth := range allTruths(t) {
		whole := filesFor(t, truth, "pcap")
		for i, f := range whole {
			if (i+k)%4 != 0 {
				continue // a sample
			}
			packets := pcaptest.Parse(f.data)
			for _, part := range spans(len(packets.Packets), 1) {
				some := packets
				some.Packets = packets.Packets[part[0]:part[1]]
				cut := file{fmt.Sprintf("%s packets %d-%d", f.name, part[0]+1, part[1]), some.Bytes()}
				holdFragments(t, truth, []file{cut})
				holdFragments(t, truth, slices.Concat(whole[:i], []file{cut}, whole[i+1:]))
			}
		}
	}
}

// spans are both halves of n things, and as many random parts.
func spans(n, parts int) [][2]int {
	if n < 3 {
		return nil
	}
	list := [][2]int{{0, n / 2}, {n / 2, n}}
	random := rand.New(rand.NewPCG(1, uint64(n)))
	for range parts {
		from := random.IntN(n - 1)
		list = append(list, [2]int{from, from + 1 + random.IntN(n-from)})
	}
	return list
}

func allTruths(t testing.TB) []fixtures.Truth {
	t.Helper()
	truths, err := fixtures.LoadTruths(committedFixtures)
	if err != nil {
		t.Fatal(err)
	}
	return truths
}

func filesFor(t testing.TB, truth fixtures.Truth, kinds ...string) []file {
	t.Helper()
	var list []file
	for _, c := range truth.Captures {
		if !slices.Contains(kinds, c.Kind) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(truth.Dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, file{c.File, data})
	}
	return list
}

// unsaid are the causes of which a part may show no more than what follows from them: a
// callback that is loaded again after a refusal, a cookie that no page had set.
var unsaid = map[finding.Code][]finding.Code{
	finding.LoginNotAllowed: {finding.OAuthStateMismatch},
	finding.XSRFPageCached:  {finding.XSRFCookieNotSent},
}

// holdFragments holds what some part of a recording says to the truth. Files in which
// nothing of a login is left are as good as not given.
func holdFragments(t *testing.T, truth fixtures.Truth, files []file) {
	t.Run(truth.Kind()+"/"+truth.Scenario+"/"+strings.Join(namesOf(files), "+"), func(t *testing.T) {
		a := analyze.New(quick(t, truth))
		loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
		for _, f := range files {
			_ = loader.Read(t.Context(), f.name, bytes.NewReader(f.data))
		}
		report := a.Close(t.Context(), loader.Close())
		holdToSchema(t, report)
		var less []finding.Code
		for _, code := range truthCodes(truth) {
			less = append(less, unsaid[finding.Code(code)]...)
		}
		forgive(report, less)
		if truth.HasForms() {
			for _, login := range says(report) {
				holdToSome(t, truth, login)
			}
			return
		}
		holdToTruth(t, truth, report)
	})
}

// forgive drops findings of some codes that accuse nobody.
func forgive(report *finding.Report, codes []finding.Code) {
	lesser := func(f finding.Finding) bool {
		return slices.Contains(codes, f.Code) && f.Origin.Kind == finding.OriginUnknown
	}
	report.Findings = slices.DeleteFunc(report.Findings, lesser)
	for i := range report.Logins {
		l := &report.Logins[i]
		if slices.ContainsFunc(l.Findings, lesser) {
			l.Findings, l.Cause = slices.DeleteFunc(l.Findings, lesser), nil
		}
	}
}
