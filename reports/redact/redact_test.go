// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/redact"
)

// field redacts one field with a Redactor that has seen nothing.
func field(name, value string) string {
	return fields(redact.New(), exchange.Field{Name: name, Value: value})[0].Value
}

func fields(r *redact.Redactor, lines ...exchange.Field) []exchange.Field {
	x := &exchange.Exchange{Request: exchange.Request{Fields: exchange.Fields{Lines: lines}}}
	return r.Exchange(x).Request.Fields.Lines
}

func TestFields(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
	for _, c := range []struct{ name, value, want string }{
		{"Cookie", `_xsrf=abc; jupyterhub-session-id="d|e f"; theme=dark; bare`, `_xsrf=xsrf-1; jupyterhub-session-id="session-1"; theme=secret-1; secret-2`},
		{"Cookie", `a=; b=""`, `a=; b=""`},
		{"set-cookie", "sid=abc; Path=/hub/; HttpOnly; Max-Age=5; Odd=xyz", "sid=session-1; Path=/hub/; HttpOnly; Max-Age=5; Odd=secret-1"},
		{"Authorization", "Bearer abc", "Bearer secret-1"},
		{"Authorization", "token abc", "token secret-1"},
		{"Authorization", "Negotiate", "Negotiate"},
		{"Authorization", "abc def", "secret-1"},
		{"Proxy-Authorization", "Basic YWxpY2U6cHc=", "Basic user-1:redacted"},
		{"Authorization", "Basic damaged", "Basic redacted"},
		{"WWW-Authenticate", `Basic realm="Hub"`, `Basic realm="Hub"`},
		{"WWW-Authenticate", `Digest realm="x", nonce="abc"`, `Digest secret-1`},
		{"WWW-Authenticate", `Basic realm="x", Digest nonce="abc"`, `Basic secret-1`},
		{"X-XSRFToken", "abc", "xsrf-1"},
		{"X-Api-Key", "abc", "secret-1"},
		{"X-Forwarded-Email", "a@example.test", "user-1"},
		{"X-Never-Heard-Of", "abc", "secret-1"},
		{"X-Password", "abc", "redacted"},
		{"Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io.abc", "secret-1"},
		{"X-Forwarded-For", "::ffff:10.0.0.1, 10.0.0.2", "::ffff:10.0.0.1, 10.0.0.2"},
		{"Content-Type", "text/html; charset=utf-8", "text/html; charset=utf-8"},
		{"User-Agent", "curl/8 " + jwt, "curl/8 secret-1"},
		{"Origin", "https://hub.example.test", "https://hub.example.test"},
		{"Origin", "null", "null"},
		{"Referer", "https://alice:pw@hub.example.test/hub/login?next=%2Fhub%2F&token=abc#access_token=def", "https://redacted@hub.example.test/hub/login?next=%2Fhub%2F&token=secret-1#access_token=secret-2"},
		{"Location", "/hub/oauth?redirect_uri=https%3A%2F%2Fa%2F%3Fcode%3Dabcdefghi&state=xyz", "/hub/oauth?redirect_uri=https%3A%2F%2Fa%2F%3Fcode%3Dsecret-1&state=secret-2"},
		{"Location", "/app;jsessionid=abc/x", "/app;jsessionid=session-1/x"},
		{"Location", "/reset/" + jwt + "/", "/reset/secret-1/"},
		{"Location", "/reset/0123456789abcdef0123456789abcdef", "/reset/secret-1"},
		{"Location", "/api/kernels/123e4567-e89b-12d3-a456-426614174000", "/api/kernels/123e4567-e89b-12d3-a456-426614174000"},
		{"Refresh", "0; url=/x?token=abc", "0; url=%2Fx%3Ftoken%3Dsecret-1"},
	} {
		if got := field(c.name, c.value); got != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.name, c.value, got, c.want)
		}
	}
}

func TestQueryAndForm(t *testing.T) {
	for _, c := range []struct{ in, query, form string }{
		{"", "", ""},
		{"_xsrf=a&username=u&password=p&otp=1&x=y", "_xsrf=xsrf-1&username=user-1&password=redacted&otp=redacted&x=secret-1", "_xsrf=xsrf-1&username=user-1&password=redacted&otp=redacted&x=secret-1"},
		{"password=&new_password2=p", "password=&new_password2=redacted", "password=&new_password2=redacted"},
		{"code=123456&page=2", "code=redacted&page=2", "code=redacted&page=2"},
		{"code=AbCdEfGh12", "code=secret-1", "code=secret-1"},
		{"redirects", "redirects", "secret-1"},
		{"tok3n", "secret-1", "secret-1"},
		{`{"password":"x=1"}`, "secret-1", "secret-1"},
		{"next=%2Fhub%2Fuser%3Ftoken%3Dabc", "next=%2Fhub%2Fuser%3Ftoken%3Dsecret-1", "next=%2Fhub%2Fuser%3Ftoken%3Dsecret-1"},
		{"scope=%2Fx%3Ftoken%3Dabc", "scope=%2Fx%3Ftoken%3Dsecret-1", "scope=%2Fx%3Ftoken%3Dsecret-1"},
		{"next=a%2Fb", "next=secret-1", "next=secret-1"},
		{"token=%2Fa%2Bb%3D%3D", "token=secret-1", "token=secret-1"},
		{"lang=gAAAAAbcdefghijklmnopqrstuvw", "lang=secret-1", "lang=secret-1"},
		{"a=%zz&b=%zz", "a=secret-1&b=secret-1", "a=secret-1&b=secret-1"},
	} {
		x := &exchange.Exchange{Request: exchange.Request{URL: exchange.URL{RawQuery: c.in}}}
		if got := redact.New().Exchange(x).Request.URL.RawQuery; got != c.query {
			t.Errorf("query %s\n got %s\nwant %s", c.in, got, c.query)
		}
		x.Request = exchange.Request{Body: exchange.Body{State: exchange.Known, Bytes: []byte(c.in), MediaType: "application/x-www-form-urlencoded"}}
		if got := string(redact.New().Exchange(x).Request.Body.Bytes); got != c.form {
			t.Errorf("form %s\n got %s\nwant %s", c.in, got, c.form)
		}
	}
}

// One token has one pseudonym, however the place in which it stands writes it.
func TestEquality(t *testing.T) {
	const token = "2|1:0|10:1716000000|5:_xsrf|8:YWJjZA==|0123"
	x := &exchange.Exchange{
		Request: exchange.Request{
			URL: exchange.URL{Path: "/x/" + token, RawQuery: "_xsrf=2%7C1%3A0%7C10%3A1716000000%7C5%3A_xsrf%7C8%3AYWJjZA%3D%3D%7C0123"},
			Fields: exchange.Fields{Lines: []exchange.Field{
				{Name: "Cookie", Value: `other=1; _xsrf="` + token + `"`},
				{Name: "X-XSRFToken", Value: token},
				{Name: "Authorization", Value: "Bearer " + token},
			}},
			Body: exchange.Body{State: exchange.Known, MediaType: "application/x-www-form-urlencoded", Bytes: []byte("a=b&_xsrf=2%7c1:0%7c10:1716000000%7c5:_xsrf%7c8:YWJjZA==%7c0123")},
		},
		Response: &exchange.Response{Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Set-Cookie", Value: "_xsrf=" + token + "; Path=/"}}}},
	}
	r := redact.New()
	r.Exchange(x)
	got := r.Exchange(x) // the path is read before the query has told what the token is
	if all := fmt.Sprint(got.Request.URL, got.Request.Fields.Lines, string(got.Request.Body.Bytes), got.Response.Fields.Lines); strings.Count(all, "xsrf-1") != 7 {
		t.Errorf("got %s", all)
	}
	if other := fields(r, exchange.Field{Name: "Cookie", Value: "_xsrf=other"})[0].Value; other != "_xsrf=xsrf-2" {
		t.Errorf("another token is %s", other)
	}
}

// tornado masks its token anew each time it shows it.
func TestMaskedTokensAreEqual(t *testing.T) {
	r := redact.New()
	a := fields(r, exchange.Field{Name: "Cookie", Value: "_xsrf=2|00000000|00112233445566778899aabbccddeeff|1716000000"})
	b := fields(r, exchange.Field{Name: "Cookie", Value: "_xsrf=2|ffffffff|ffeeddccbbaa99887766554433221100|1716000009"})
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s and %s", a, b)
	}
}

// Only forms keep their content, and that there is none is still said.
func TestBodies(t *testing.T) {
	for media, c := range map[string]struct {
		content string
		state   exchange.Knowledge
	}{
		"application/json":                  {`{"password":"p"}`, exchange.Unknown},
		"multipart/form-data":               {"--x", exchange.Unknown},
		"":                                  {"a=b", exchange.Unknown},
		"text/html":                         {"", exchange.Known},
		"application/x-www-form-urlencoded": {"a=b", exchange.Known},
	} {
		x := &exchange.Exchange{Response: &exchange.Response{Body: exchange.Body{State: exchange.Known, Bytes: []byte(c.content), MediaType: media}}}
		got := redact.New().Exchange(x).Response.Body
		if got.State != c.state || c.state == exchange.Unknown && got.Bytes != nil || got.MediaType != media {
			t.Errorf("%s: got %+v", media, got)
		}
	}
}

func TestTheOriginalIsLeftAlone(t *testing.T) {
	x := &exchange.Exchange{
		Request: exchange.Request{
			URL:    exchange.URL{RawQuery: "token=a"},
			Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Cookie", Value: "a=b"}}},
			Body:   exchange.Body{State: exchange.Known, Bytes: []byte("a=b"), MediaType: "application/x-www-form-urlencoded"},
		},
		Response: &exchange.Response{Reason: "token=a", Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Set-Cookie", Value: "a=b"}}}},
		Gaps:     []exchange.Gap{{Where: "request head", Length: 1}},
	}
	before := fmt.Sprintf("%+v %+v", *x, *x.Response)
	got := redact.New().Exchange(x)
	got.Gaps[0].Length = 2
	if after := fmt.Sprintf("%+v %+v", *x, *x.Response); after != before {
		t.Errorf("was %s, is %s", before, after)
	}
}

func TestText(t *testing.T) {
	const in = `its URL is "ftp://x/?token=abc&lang=de"; tcpdump -s 0`
	if got, want := redact.New().Text(in), `its URL is "ftp://x/?token=secret-1&lang=de"; tcpdump -s 0`; got != want {
		t.Errorf("got %s", got)
	}
	c := redact.New().Capture(&exchange.Capture{Name: "x", Notes: []exchange.Note{{Code: exchange.NoteDamaged, Text: in}}})
	if c.Name != "x" || strings.Contains(c.Notes[0].Text, "abc") {
		t.Errorf("got %+v", c)
	}
}

// Memory is bounded: the oldest secret is forgotten, and its number never given
// to another.
func TestForgets(t *testing.T) {
	r := redact.New()
	cookie := func(n int) string {
		return fields(r, exchange.Field{Name: "Cookie", Value: fmt.Sprintf("sid=%d", n)})[0].Value
	}
	const many = 140_000
	for n := range many {
		cookie(n)
	}
	if got := cookie(many - 1); got != fmt.Sprintf("sid=session-%d", many) {
		t.Errorf("a recent one is %s", got)
	}
	if got := cookie(0); got != fmt.Sprintf("sid=session-%d", many+1) {
		t.Errorf("a forgotten one is %s", got)
	}
}

// No value of a secret place survives, whatever it looks like.
func FuzzValues(f *testing.F) {
	f.Add("a b;c=d%20&\"")
	f.Fuzz(func(t *testing.T, value string) {
		const canary = "canary"
		value = canary + value
		for _, name := range []string{"Authorization", "X-Unknown", "X-XSRFToken"} {
			if got := field(name, value); strings.Contains(got, canary) {
				t.Errorf("%s: %q", name, got)
			}
		}
		for _, name := range []string{"Cookie", "Set-Cookie"} {
			if got := field(name, "a="+canary+strings.ReplaceAll(value, ";", "")); strings.Contains(got, canary) {
				t.Errorf("%s: %q", name, got)
			}
		}
		value = strings.ReplaceAll(value, "&", "")
		x := &exchange.Exchange{Request: exchange.Request{URL: exchange.URL{RawQuery: "token=" + value + "&lang=de"}}}
		if got := redact.New().Exchange(x).Request.URL.RawQuery; strings.Contains(got, canary) || !strings.HasSuffix(got, "&lang=de") {
			t.Errorf("query: %q", got)
		}
	})
}
