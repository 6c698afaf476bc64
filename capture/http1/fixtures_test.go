// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

var update = flag.Bool("update", false, "ask tshark for the messages of the fixtures again")

const (
	fixtures = "../../fixtures"
	expected = "testdata/tshark.txt"
)

// row is one message, as tshark lists them.
type row struct {
	frame   int
	text    string
	request int // frame of the request that a response answers; 0: none
}

func (r row) String() string {
	if r.request > 0 {
		return fmt.Sprintf("%d %s (%d)", r.frame, r.text, r.request)
	}
	return fmt.Sprintf("%d %s", r.frame, r.text)
}

// list reads segments and lists the messages in them.
func list(segments []reassembly.Segment) []row {
	var rows []row
	response := func(s *exchange.Response, request int) {
		rows = append(rows, row{s.Ref.Frame, fmt.Sprint(s.Status), request})
	}
	c := &exchange.Capture{}
	r := New(c, exchange.BodyPolicy{}, func(x *exchange.Exchange) {
		u := x.Request.URL
		u.Host = ""
		rows = append(rows, row{x.Ref.Frame, x.Request.Method + " " + u.String(), 0})
		if x.Response != nil {
			response(x.Response, x.Ref.Frame)
		}
	})
	r.alone.tell = func(s *exchange.Response) { response(s, 0) }
	for i := range segments {
		r.Add(&segments[i])
	}
	r.Close()
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.frame, b.frame) })
	return rows
}

// TestFixturesAgreeWithTshark compares what we find in every recording of the lab
// with what tshark does. testdata/tshark.txt is made by -update, which needs
// tshark; testdata/differences.txt holds what differs, and why.
func TestFixturesAgreeWithTshark(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*", "*", "*.pcap"))
	if err != nil || len(files) < 1000 {
		t.Fatalf("found %d recordings, %v", len(files), err)
	}
	if *update {
		askTshark(t, files)
	}
	want := readLists(t, expected)
	differences := readLists(t, "testdata/differences.txt")
	for _, file := range files {
		name, err := filepath.Rel(fixtures, file)
		if err != nil {
			t.Fatal(err)
		}
		wanted, ok := want[name]
		if !ok {
			t.Errorf("%s: tshark was not asked; run go test -update", name)
		}
		got := compare(wanted, list(readSegments(t, file)))
		if !slices.Equal(got, differences[name]) {
			t.Errorf("%s: differences\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(differences[name], "\n"))
		}
		delete(differences, name)
	}
	for name := range differences {
		t.Errorf("%s: differences of a recording that is not there", name)
	}
}

// compare lists the lines that tshark ("-") or we ("+") have alone.
func compare(tshark []string, rows []row) []string {
	var ours, different []string
	for _, r := range rows {
		ours = append(ours, r.String())
	}
	for _, line := range tshark {
		if !slices.Contains(ours, line) {
			different = append(different, "- "+line)
		}
	}
	for _, line := range ours {
		if !slices.Contains(tshark, line) {
			different = append(different, "+ "+line)
		}
	}
	if len(different) == 0 && len(tshark) != len(ours) {
		different = append(different, "a line is repeated")
	}
	return different
}

// readLists reads lists of lines under names in brackets; # begins a comment.
func readLists(t *testing.T, name string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]string{}
	current := ""
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == '[':
			current = strings.Trim(line, "[]")
			lists[current] = nil
		default:
			lists[current] = append(lists[current], line)
		}
	}
	return lists
}

// askTshark asks about each file anew, two at a time.
func askTshark(t *testing.T, files []string) {
	t.Helper()
	answers := make([]string, len(files))
	var group sync.WaitGroup
	next := make(chan int)
	for range 2 {
		group.Go(func() {
			for i := range next {
				answers[i] = tsharkList(t, files[i])
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	group.Wait()
	var out bytes.Buffer
	fmt.Fprintln(&out, "# Made by go test -run Tshark -update, which asks tshark. Frame, message (frame of the request).")
	for i, file := range files {
		name, _ := filepath.Rel(fixtures, file)
		fmt.Fprintf(&out, "[%s]\n%s", name, answers[i])
	}
	if err := os.WriteFile(expected, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func tsharkList(t *testing.T, file string) string {
	text, err := exec.Command("tshark", "-r", file, "-Y", "http", "-T", "fields", "-E", "separator=|",
		"-e", "frame.number", "-e", "http.request.method", "-e", "http.request.uri",
		"-e", "http.response.code", "-e", "http.request_in").Output()
	if err != nil {
		t.Errorf("tshark %s: %v", file, err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		if f[1] != "" {
			fmt.Fprintln(&out, f[0], f[1], f[2])
			continue
		}
		var r row
		fmt.Sscan(f[0], &r.frame)
		fmt.Sscan(f[4], &r.request)
		r.text = f[3]
		fmt.Fprintln(&out, r)
	}
	return out.String()
}
