// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	lab "github.com/logintrace/logintrace/fixtures"
)

// load reads a log from memory.
func load(t testing.TB, data []byte) (*exchange.Capture, []*exchange.Exchange, error) {
	t.Helper()
	c := &exchange.Capture{ID: "c1", Name: "hub.log"}
	var list []*exchange.Exchange
	err := Read(t.Context(), bytes.NewReader(data), c, func(x *exchange.Exchange) error {
		list = append(list, x)
		return nil
	})
	if total := bytes.Count(data, []byte("\n")) + btoi(len(data) > 0 && !bytes.HasSuffix(data, []byte("\n"))); err == nil && !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) && !bytes.HasPrefix(data, []byte{0xff, 0xfe}) {
		if l := c.Ledger; l.Used+l.NotHTTP+l.Undecodable != total || l.Exchanges != len(list) {
			t.Errorf("the ledger %+v is not of %d lines and %d exchanges", l, total, len(list))
		}
	}
	return c, list, err
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func truths(t *testing.T) []lab.Truth {
	t.Helper()
	all, err := lab.LoadTruths("../../fixtures")
	if err != nil || len(all) < 80 {
		t.Fatalf("%d recordings, %v", len(all), err)
	}
	return slices.DeleteFunc(all, func(truth lab.Truth) bool {
		info, err := os.Stat(filepath.Join(truth.Dir, "hub.log"))
		return err != nil || info.Size() == 0 // nothing reached the Hub
	})
}

// The Hub's own log and what tshark saw on the Hub's wire tell of the same requests.
func TestFixturesAgreeWithTshark(t *testing.T) {
	wire := readWire(t)
	checked := 0
	for _, truth := range truths(t) {
		scenario := filepath.Base(truth.Dir)
		want, ok := wire[scenario]
		if !ok {
			t.Logf("%s: tshark was not asked yet", scenario)
			continue
		}
		checked++
		data, err := os.ReadFile(filepath.Join(truth.Dir, "hub.log"))
		if err != nil {
			t.Fatal(err)
		}
		c, list, err := load(t, data)
		if err != nil {
			t.Errorf("%s: %v", scenario, err)
			continue
		}
		var got []string
		for _, x := range list {
			got = append(got, fmt.Sprintf("%s %s %d", x.Request.Method, x.Request.URL, x.Response.Status))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the log has\n%s\nand the wire\n%s", scenario, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if c.Ledger.Undecodable > 0 || !c.ZoneUnknown || !c.HasNote(exchange.NoteLimit) {
			t.Errorf("%s: ledger %+v, notes %q", scenario, c.Ledger, c.Notes)
		}
	}
	if checked < 60 {
		t.Errorf("only %d logs were compared", checked)
	}
}

// readWire returns the requests that each Hub answered, in the order of the answers. What
// the Hub itself asks of the proxy's API is not in its access log.
func readWire(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("../http1/testdata/tshark.txt")
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		frame int
		text  string
	}
	wire := map[string][]string{}
	scenario, requests, answers := "", map[int]string{}, []answer(nil)
	finish := func() {
		slices.SortFunc(answers, func(a, b answer) int { return cmp.Compare(a.frame, b.frame) })
		for _, a := range answers {
			wire[scenario] = append(wire[scenario], a.text)
		}
		scenario, requests, answers = "", map[int]string{}, nil
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			finish()
			// Elsewhere the Hub's wire holds what the Hub asks of others, too.
			dir, isHub := strings.CutSuffix(name, "/hub.pcap]")
			if dir, ok := strings.CutPrefix(dir, "jupyterhub/"); ok && isHub {
				scenario = dir
				wire[dir] = nil
			}
			continue
		}
		var frame, status, request int
		if n, _ := fmt.Sscanf(line, "%d %d (%d)", &frame, &status, &request); n == 3 {
			if text := requests[request]; scenario != "" && text != "" {
				answers = append(answers, answer{frame, fmt.Sprintf("%s %d", text, status)})
			}
			continue
		}
		if number, text, ok := strings.Cut(line, " "); ok && isNumber(number) && !strings.Contains(text, " /api/routes") {
			fmt.Sscan(number, &frame)
			requests[frame] = text
		}
	}
	finish()
	return wire
}

// What the Hub believed, and the identity that it computed, are in its log.
func TestFixturesAgreeWithTruth(t *testing.T) {
	checked := 0
	for _, truth := range truths(t) {
		data, err := os.ReadFile(filepath.Join(truth.Dir, "hub.log"))
		if err != nil {
			t.Fatal(err)
		}
		_, list, err := load(t, data)
		if err != nil {
			t.Fatal(err)
		}
		for i, login := range truth.Logins {
			for name, step := range map[string]lab.TruthStep{"form": login.Form, "submit": login.Submit} {
				if step.Time.IsZero() || name == "form" && strings.HasPrefix(truth.Scenario, "page-cached") {
					continue // a cache answered
				}
				at := slices.IndexFunc(list, func(x *exchange.Exchange) bool {
					return x.Answered.Equal(step.Time) && x.Response.Status == step.Status && (x.Request.URL.Path == "/hub/login" || x.Request.URL.Path == "/hub/signup")
				})
				if at < 0 {
					t.Errorf("%s: %s of login %d is not in the log", truth.Scenario, name, i+1)
					continue
				}
				checked++
				x := list[at]
				if x.Logged.Believed != step.ClientIP.AppSaw {
					t.Errorf("%s: %s: believed %q, want %q", truth.Scenario, x.Ref, x.Logged.Believed, step.ClientIP.AppSaw)
				}
				for _, s := range x.Logged.Said {
					if strings.HasPrefix(s.Values.Identity, "None:") && step.Identity != "" && !s.Shared && s.Values.Identity != step.Identity {
						t.Errorf("%s: %s: identity %q, want %q", truth.Scenario, s.Ref, s.Values.Identity, step.Identity)
					}
				}
				if refused := step.Status == 403; refused != says(x, exchange.SaidRefused, exchange.SaidLoginFailed) && name == "submit" && step.Status != 200 {
					t.Errorf("%s: %s: said %v", truth.Scenario, x.Ref, codes(x))
				}
				if step.Status == 302 && name == "submit" && (!says(x, exchange.SaidLoggedIn) || x.Logged.User != login.User) {
					t.Errorf("%s: %s: said %v of %q", truth.Scenario, x.Ref, codes(x), x.Logged.User)
				}
			}
		}
	}
	if checked < 150 {
		t.Errorf("only %d requests were checked", checked)
	}
}

func says(x *exchange.Exchange, any ...exchange.StatementCode) bool {
	return slices.ContainsFunc(x.Logged.Said, func(s exchange.Statement) bool { return slices.Contains(any, s.Code) })
}

func codes(x *exchange.Exchange) []string {
	var list []string
	for _, s := range x.Logged.Said {
		code := string(s.Code)
		if s.Shared {
			code += "?"
		}
		list = append(list, code)
	}
	return list
}

// A statement that stands with several requests would be a guess; in the lab's logs
// nearly none does, and each of the Hub's own statements stands with the capture.
func TestFixturesStatements(t *testing.T) {
	shared, placed := 0, 0
	for _, truth := range truths(t) {
		data, err := os.ReadFile(filepath.Join(truth.Dir, "hub.log"))
		if err != nil {
			t.Fatal(err)
		}
		c, list, _ := load(t, data)
		for _, x := range list {
			for _, s := range x.Logged.Said {
				placed++
				shared += btoi(s.Shared)
			}
		}
		restarted := slices.ContainsFunc([]string{"hub-restarted", "oauth-hub-restarted", "proxy-token", "server-token", "proxy-listens"}, func(of string) bool { return strings.HasPrefix(truth.Scenario, of) })
		for _, s := range c.Statements {
			switch s.Code {
			case exchange.SaidVersion:
				if !restarted || s.Values.Version != truth.Application.Version {
					t.Errorf("%s: %s: %q", truth.Scenario, s.Ref, s.Text)
				}
			case exchange.SaidStopped, exchange.SaidAuthenticator, exchange.SaidCookieSecretLoaded, exchange.SaidProxyUnreachable, exchange.SaidProxyStarting, exchange.SaidProxyNotStarted:
			default:
				t.Errorf("%s: %s stands alone: %q", truth.Scenario, s.Ref, s.Text)
			}
		}
		if restarted && len(c.Statements) == 0 {
			t.Errorf("%s: the start is not told of", truth.Scenario)
		}
	}
	t.Logf("%d statements, %d of them shared", placed, shared)
	if placed < 300 || shared > placed/50 {
		t.Errorf("%d statements, %d of them shared", placed, shared)
	}
}
