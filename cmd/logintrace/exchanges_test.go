// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

var listFormats = []string{"text", "ndjson", "har"}

// planter puts canaries into a HAR: values that must not come out again.
type planter struct{ count int }

func (p *planter) canary() string {
	p.count++
	return fmt.Sprintf("cAnary%03dx", p.count)
}

type object = map[string]any

func pair(name, value string) object { return object{"name": name, "value": value} }

// requestFields has a secret in every place of a request head that may hold one.
func (p *planter) requestFields() []any {
	shared := p.canary() // once seen as a secret, it is one wherever it stands
	basic := base64.StdEncoding.EncodeToString([]byte(p.canary() + ":" + p.canary()))
	return []any{
		pair("Host", "hub.example.test"),
		pair("Cookie", "_xsrf="+p.canary()+`; sid="`+p.canary()+`"; x=`+p.canary()+"="+p.canary()+"; "+p.canary()+"; y="+shared),
		pair("User-Agent", "curl/8 ("+shared+")"),
		pair("Authorization", "Bearer "+p.canary()), pair("authorization", "token "+p.canary()),
		pair("Authorization", "Odd "+p.canary()), pair("Proxy-Authorization", "Basic "+basic),
		pair("Authorization", `Digest username="`+p.canary()+`", response="`+p.canary()+`"`),
		pair("X-Forwarded-Authorization", p.canary()),
		pair("X-Api-Key", p.canary()), pair("X-XSRFToken", p.canary()), pair("X-Nobody-Knows", "a "+p.canary()),
		pair("X-Forwarded-User", p.canary()), pair("X-Amzn-Oidc-Data", p.canary()),
		pair("Sec-WebSocket-Protocol", "v1, base64url.bearer.authorization.k8s.io."+p.canary()),
		pair("Referer", p.url()), pair("Origin", "http://u:"+p.canary()+"@hub.example.test"),
		pair("X-Original-URI", "/x?auth="+p.canary()),
	}
}

func (p *planter) responseFields() []any {
	return []any{
		pair("Content-Type", "text/html"),
		pair("Set-Cookie", "sid="+p.canary()+"; Path=/; Odd="+p.canary()), pair("set-cookie", p.canary()),
		pair("Location", p.url()), pair("Content-Location", "/x?k="+p.canary()),
		pair("Refresh", "0; url=/x?token="+p.canary()), pair("Link", "</x?token="+p.canary()+`>; rel="next"`),
		pair("WWW-Authenticate", `Digest nonce="`+p.canary()+`"`), pair("Proxy-Authenticate", "Negotiate "+p.canary()),
		pair("Authentication-Info", p.canary()), pair("X-Auth-Token", p.canary()),
	}
}

// url has secrets as user information, in the path, in the query, in a URL in
// the query, and in the fragment.
func (p *planter) url() string {
	inner := "https://a:" + p.canary() + "@idp.example.test/cb?state=" + p.canary() + "&next=" + url.QueryEscape("/x?code="+p.canary())
	return "http://user:" + p.canary() + "@hub.example.test/hub;jsessionid=" + p.canary() + "/eyJ" + strings.Repeat("A", 20) + p.canary() +
		"/login?token=" + p.canary() + "&odd=" + p.canary() + "&next=" + url.QueryEscape(inner) + "&" + p.canary() +
		"&lang=&nonce=" + url.QueryEscape(url.QueryEscape(p.canary()+"=/")) + "#id_token=" + p.canary() + "&" + p.canary()
}

// contents are what may be posted, with their media types.
func (p *planter) contents() []object {
	form := "application/x-www-form-urlencoded"
	return []object{
		{"mimeType": form, "text": "_xsrf=" + p.canary() + "&username=" + p.canary() + "&password=" + p.canary() + "&odd=" + p.canary() + "&" + p.canary() + "&next=%2Fx%3Ftoken%3D" + p.canary()},
		{"mimeType": form, "text": `{"password":"` + p.canary() + `","a":"=` + p.canary() + `&` + p.canary() + `"}`},
		{"mimeType": form, "params": []any{pair("token", p.canary()), pair("code", p.canary())}},
		{"mimeType": "application/json", "text": `{"password":"` + p.canary() + `"}`},
		{"mimeType": "multipart/form-data; boundary=x", "text": "--x\r\n\r\n" + p.canary()},
		{"mimeType": "", "text": p.canary()},
	}
}

// plant changes a recording of the lab.
func (p *planter) plant(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../fixtures/jupyterhub/healthy-5.5.4/client.devtools.har")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Log struct {
			Creator object   `json:"creator"`
			Entries []object `json:"entries"`
		} `json:"log"`
	}
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	contents := p.contents()
	for i, entry := range document.Log.Entries {
		request, response := entry["request"].(object), entry["response"].(object)
		request["url"], request["headers"] = p.url(), p.requestFields()
		request["method"], request["postData"] = "POST", contents[i%len(contents)]
		response["headers"], response["statusText"] = p.responseFields(), "see /x?token="+p.canary()
		response["content"] = object{"mimeType": "text/html", "text": "<p>" + p.canary()}
		entry["_error"] = "net::ERR at http://x/?token=" + p.canary()
	}
	broken := object{"request": object{"method": "GET", "url": "nonsense?token=" + p.canary()}}
	document.Log.Entries = append(document.Log.Entries, broken)
	if data, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "planted.har")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// runList runs the command and returns what it says, to anybody.
func runList(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, version: "test", commands: commands()}
	args = append([]string{"exchanges", "--log-level", "debug"}, args...)
	if code := a.run(t.Context(), args); code != exitPass {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	return stdout.String() + stderr.String()
}

// No secret survives in any format, wherever it was.
func TestExchangesHideSecrets(t *testing.T) {
	p := &planter{}
	file := p.plant(t)
	if p.count < 500 {
		t.Fatalf("only %d canaries were planted", p.count)
	}
	for _, format := range listFormats {
		out := runList(t, "-o", format, file)
		for _, needle := range []string{"canary", base64.RawStdEncoding.EncodeToString([]byte("cAnary"))} {
			if i := strings.Index(strings.ToLower(out), strings.ToLower(needle)); i >= 0 {
				t.Errorf("-o %s holds a secret: …%s…", format, out[max(0, i-150):min(len(out), i+50)])
			}
		}
		if !strings.Contains(out, "hub.example.test") || strings.Count(out, "POST") < 10 {
			t.Errorf("-o %s does not hold the exchanges:\n%.500s", format, out)
		}
	}
	if out := runList(t, "-o", "har", "--with-secrets", file); strings.Count(out, "cAnary") < p.count/2 {
		t.Error("--with-secrets hides secrets")
	}
}

// The secrets of real recordings do not survive either. What they are is taken
// from the recordings themselves, as --with-secrets shows them.
func TestExchangesHideRealSecrets(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/jupyterhub/*/*.*a[rp]")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	checked := 0
	for _, file := range files {
		secrets := secretsOf(t, runList(t, "-o", "har", "--log-level", "off", "--with-secrets", file))
		for _, format := range listFormats {
			out := runList(t, "-o", format, file)
			for _, secret := range secrets {
				checked++
				if strings.Contains(out, secret) {
					t.Errorf("%s -o %s holds %q", file, format, secret)
				}
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d secrets were looked for", checked)
	}
}

// secretsOf lists cookies and the values of login forms.
func secretsOf(t *testing.T, document string) []string {
	t.Helper()
	type message struct {
		Cookies []struct {
			Value string `json:"value"`
		} `json:"cookies"`
		Post struct {
			Text string `json:"text"`
		} `json:"postData"`
	}
	var parsed struct {
		Log struct {
			Entries []struct {
				Request  message `json:"request"`
				Response message `json:"response"`
			} `json:"entries"`
		} `json:"log"`
	}
	if err := json.Unmarshal([]byte(document), &parsed); err != nil {
		t.Fatal(err)
	}
	var secrets []string
	for _, entry := range parsed.Log.Entries {
		for _, cookie := range append(entry.Request.Cookies, entry.Response.Cookies...) {
			secrets = append(secrets, strings.Trim(cookie.Value, `"`))
		}
		form, err := url.ParseQuery(entry.Request.Post.Text)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, form.Get("_xsrf"), form.Get("password"))
	}
	const shortest = 6
	var long []string
	for _, secret := range secrets {
		if len(secret) >= shortest {
			long = append(long, secret)
		}
	}
	return long
}

// Several files make one list, and a file that is named twice is one.
func TestExchangesOfManyFiles(t *testing.T) {
	const file = "../../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/hub.pcap"
	one := strings.Count(runList(t, "-o", "ndjson", "--log-level", "off", file), "\n")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "copy.pcap")
	if err := os.WriteFile(other, data, 0o600); err != nil {
		t.Fatal(err)
	}
	two := strings.Count(runList(t, "-o", "ndjson", "--log-level", "off", file, other, file), "\n")
	if one < 5 || two != 2*one {
		t.Errorf("%d exchanges in one file, %d in two", one, two)
	}
}
