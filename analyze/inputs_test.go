// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"cmp"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
	"github.com/logintrace/logintrace/fixtures"
)

// input is what a user may have of a fixture: one of its recordings, whole or cut,
// or all of them. What it holds is found without the code under test, by looking
// for requests in its bytes.
type input struct {
	name     string
	files    []file
	onlyPost bool      // nothing but the entries of the submits
	requests []request // for login pages, and submits
	others   []request // packets in which any begins
	setters  []string  // addresses that answered with an _xsrf cookie that is no Hub's; "" in a HAR
	told     []string  // the client's addresses, if the user names them
}

type file struct {
	name string
	data []byte
}

// request is one sighting of a request.
type request struct {
	file     string
	method   string
	time     time.Time
	from, to string // addresses; from is "" in a browser's recording
	data     []byte // as it is in the recording

	cookie     bool // an _xsrf cookie is sent
	setCookie  bool // the answer's Set-Cookie fields are in the recording
	page       bool // the content of the answer is
	anyCookies bool // the request's Cookie field would be
	framed     bool // by the browser's word it is for a frame
}

// everything is the input of all packet captures and the browser's best recording.
const everything = "everything"

const (
	bestHAR  = "client.playwright.har"
	postOnly = ", post only"
)

// inputsOf are the inputs that a fixture gives.
func inputsOf(t testing.TB, truth fixtures.Truth) []input {
	t.Helper()
	var list []input
	all := input{name: everything}
	add := func(in input) {
		list = append(list, in)
		if strings.HasSuffix(in.name, ".pcap") || in.name == bestHAR {
			all.files, all.requests, all.setters = append(all.files, in.files...), append(all.requests, in.requests...), append(all.setters, in.setters...)
			all.others = append(all.others, in.others...)
		}
	}
	for _, c := range truth.Captures {
		if c.Kind != "har" && c.Kind != "pcap" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(truth.Dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		in := newInput(t, c.File, data)
		add(in)
		if cut, ok := keepPosts(t, data, c.Kind); ok {
			in = newInput(t, c.File, cut)
			in.name, in.onlyPost = c.File+postOnly, true
			add(in)
		}
	}
	return append(list, all)
}

// inputOf is one input of a fixture.
func inputOf(t testing.TB, truth fixtures.Truth, name string) input {
	t.Helper()
	for _, in := range inputsOf(t, truth) {
		if in.name == name {
			return in
		}
	}
	t.Fatalf("%s has no input %q", truth.Scenario, name)
	return input{}
}

func newInput(t testing.TB, name string, data []byte) input {
	t.Helper()
	in := input{name: name, files: []file{{name, data}}}
	if strings.HasSuffix(name, ".pcap") {
		in.readPackets(name, data)
	} else {
		in.readEntries(t, name, data)
	}
	return in
}

// readPackets finds the packets in which a request begins.
func (in *input) readPackets(name string, data []byte) {
	capture := pcaptest.Parse(data)
	for _, p := range capture.Packets {
		from, to := addresses(capture.Link, p.Data)
		head, _, _ := bytes.Cut(p.Data, []byte("\r\n\r\n"))
		for _, method := range []string{"GET", "POST"} {
			if bytes.Contains(head, []byte(method+" /hub/login")) || bytes.Contains(head, []byte(method+" /hub/signup")) {
				in.requests = append(in.requests, request{
					file: name, method: method, time: time.Unix(0, p.Nanos), from: from, to: to, data: p.Data,
					cookie: sendsXSRF(string(head)), setCookie: true, page: true, anyCookies: true,
					framed: bytes.Contains(bytes.ToLower(head), []byte("sec-fetch-dest: iframe")),
				})
			}
		}
		if bytes.Contains(head, []byte(" HTTP/1.1\r\n")) {
			in.others = append(in.others, request{from: from, to: to})
		}
		if folded := bytes.ToLower(head); bytes.Contains(folded, []byte("set-cookie: _xsrf=")) && !bytes.Contains(folded, []byte("x-jupyterhub-version")) {
			in.setters = append(in.setters, from)
		}
	}
}

// sendsXSRF looks for the cookie in the head of a request.
func sendsXSRF(head string) bool {
	for line := range strings.Lines(strings.ToLower(head)) {
		if strings.HasPrefix(line, "cookie:") && strings.Contains(line, "_xsrf=") {
			return true
		}
	}
	return false
}

// addresses reads the ends of a packet. The lab records Ethernet and SLL2.
func addresses(link uint32, data []byte) (from, to string) {
	ip := data[14:]
	if link == pcaptest.LinkSLL2 {
		ip = data[20:]
	}
	switch {
	case len(ip) >= 40 && ip[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(ip[8:24])).String(), netip.AddrFrom16([16]byte(ip[24:40])).String()
	case len(ip) >= 20 && ip[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(ip[12:16])).String(), netip.AddrFrom4([4]byte(ip[16:20])).String()
	}
	return "", ""
}

type har struct {
	Log struct {
		Version jsontext.Value   `json:"version"`
		Creator jsontext.Value   `json:"creator"`
		Pages   jsontext.Value   `json:"pages,omitzero"`
		Entries []jsontext.Value `json:"entries"`
	} `json:"log"`
}

type harEntry struct {
	Started time.Time `json:"startedDateTime"`
	Server  string    `json:"serverIPAddress"`
	Request struct {
		Method  string    `json:"method"`
		URL     string    `json:"url"`
		Headers harFields `json:"headers"`
	} `json:"request"`
	Response struct {
		Headers harFields `json:"headers"`
		Content struct {
			Text string `json:"text"`
		} `json:"content"`
	} `json:"response"`
}

type harFields []struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (fields harFields) has(name, within string) bool {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) && strings.Contains(f.Value, within) {
			return true
		}
	}
	return false
}

// readEntries finds the entries of logins. A sanitized recording has neither
// Cookie nor Set-Cookie fields.
func (in *input) readEntries(t testing.TB, name string, data []byte) {
	t.Helper()
	for _, raw := range readHAR(t, data).Log.Entries {
		var e harEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		path, _, _ := strings.Cut(e.Request.URL, "?")
		if strings.HasSuffix(path, "/hub/login") || strings.HasSuffix(path, "/hub/signup") {
			in.requests = append(in.requests, request{
				file: name, method: e.Request.Method, time: e.Started, to: e.Server, data: raw, cookie: e.Request.Headers.has("Cookie", "_xsrf="),
				setCookie:  e.Response.Headers.has("Set-Cookie", "_xsrf="),
				page:       e.Response.Content.Text != "",
				anyCookies: !strings.Contains(name, "sanitized"),
				framed:     e.Request.Headers.has("Sec-Fetch-Dest", "iframe"),
			})
		}
		if e.Response.Headers.has("Set-Cookie", "_xsrf=") && !e.Response.Headers.has("X-JupyterHub-Version", "") {
			in.setters = append(in.setters, "")
		}
	}
}

func readHAR(t testing.TB, data []byte) (h har) {
	t.Helper()
	if err := json.Unmarshal(data, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// keepPosts cuts a HAR down to the entries of the submits, as a user does who
// copies the failed request alone. ok is false if there is none.
func keepPosts(t testing.TB, data []byte, kind string) (cut []byte, ok bool) {
	t.Helper()
	if kind != "har" {
		return nil, false
	}
	whole := readHAR(t, data)
	whole.Log.Entries = slices.DeleteFunc(whole.Log.Entries, func(raw jsontext.Value) bool {
		var e harEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		return e.Request.Method != "POST"
	})
	cut, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return cut, len(whole.Log.Entries) > 0
}

// sightings are what an input shows of one request of a login.
type sightings []request

// of finds the sightings of a request of a login. The Hub's log has the time of its
// answer, which is at most so long after the request.
func (in input) of(step fixtures.TruthStep, method string) sightings {
	const longest, slack = 800 * time.Millisecond, 50 * time.Millisecond
	var seen sightings
	for _, r := range in.requests {
		if before := step.Time.Sub(r.time); r.method == method && before > -slack && before < longest {
			seen = append(seen, r)
		}
	}
	return seen
}

func (s sightings) any(holds func(request) bool) bool { return slices.ContainsFunc(s, holds) }

// from and to report whether a hop is shown that begins or ends at an address.
func (s sightings) from(address string) bool {
	return address != "" && s.any(func(r request) bool { return r.from == address })
}

func (s sightings) to(address string) bool {
	return address != "" && s.any(func(r request) bool { return r.to == address })
}

// through reports whether both sides of a proxy are shown, and what came from the
// client to it.
func (s sightings) through(address string) bool { return s.to(address) && s.from(address) }

// shows reports whether an address is in an input: as an end, or in a field.
func (in input) shows(address string) bool {
	return slices.ContainsFunc(in.requests, func(r request) bool {
		return r.from == address || r.to == address || bytes.Contains(r.data, []byte(address))
	})
}

// publicSite reports whether an input shows that the site has a public address.
func (in input) publicSite() bool {
	return sightings(in.requests).any(func(r request) bool { return r.to != "" && !iprecovery.IsInternal(r.to) })
}

// received reports whether an address was seen to take requests in.
func (in input) received(address string) bool { return sightings(in.requests).to(address) }

// hostAddress is the first address of a host of a fixture, or "".
func hostAddress(truth fixtures.Truth, name string) string {
	for _, h := range truth.Hosts {
		if h.Name == name && len(h.Addresses) > 0 {
			return h.Addresses[0]
		}
	}
	return ""
}

// hostAt is the name of the host with an address, or "".
func hostAt(truth fixtures.Truth, address string) string {
	for _, h := range truth.Hosts {
		if slices.Contains(h.Addresses, address) {
			return h.Name
		}
	}
	return ""
}

// submitted are the logins of a fixture whose submits an input shows, in order.
func (in input) submitted(truth fixtures.Truth) []fixtures.TruthLogin {
	var seen []fixtures.TruthLogin
	for _, login := range truth.Logins {
		if len(in.of(login.Submit, "POST")) > 0 {
			seen = append(seen, login)
		}
	}
	slices.SortFunc(seen, func(a, b fixtures.TruthLogin) int {
		return cmp.Compare(a.Submit.Time.UnixNano(), b.Submit.Time.UnixNano())
	})
	return seen
}
