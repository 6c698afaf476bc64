// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/logintrace/logintrace/capture/exchange"
)

// typicalHAR makes a recording as DevTools writes it: indented, a dozen fields
// a message, contents of 1 to 200 KB of which a third is base64.
func typicalHAR(size int) []byte {
	var b bytes.Buffer
	b.WriteString("{\n  \"log\": {\n    \"version\": \"1.2\",\n    \"creator\": {\"name\": \"WebInspector\", \"version\": \"537.36\"},\n    \"entries\": [\n")
	fields := strings.Repeat("          {\n            \"name\": \"x-some-field\",\n            \"value\": \"a value of the usual length; charset=utf-8\"\n          },\n", 11)
	fields += "          {\n            \"name\": \"Host\",\n            \"value\": \"hub.example.test\"\n          },\n          {\n            \"name\": \"Cookie\",\n            \"value\": \"session=1\"\n          }\n"
	line := strings.Repeat("lorem ipsum <a href=\"/x\">dolor</a>\n", 6000)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteString(",\n")
		}
		n := 1000 << (i % 8)
		text := fmt.Sprintf("%q", line[:n])
		if i%3 == 0 {
			text = `"` + base64.StdEncoding.EncodeToString([]byte(line[:n])) + "\",\n          \"encoding\": \"base64\""
		}
		fmt.Fprintf(&b, "      {\n        \"_connectionId\": \"%d\",\n        \"startedDateTime\": \"2026-11-22T07:28:07.250Z\",\n        \"time\": 3.5,\n"+
			"        \"request\": {\n        \"method\": \"GET\",\n        \"url\": \"http://hub.example.test/hub/%d\",\n        \"headers\": [\n%s        ]},\n"+
			"        \"response\": {\n        \"status\": 200,\n        \"headers\": [\n%s        ],\n        \"content\": {\n          \"size\": %d,\n          \"mimeType\": \"text/html\",\n          \"text\": %s\n        }},\n"+
			"        \"timings\": {\n          \"send\": 1,\n          \"wait\": 2,\n          \"receive\": 0.5\n        }\n      }", i, i, fields, fields, n, text)
	}
	b.WriteString("\n    ]\n  }\n}\n")
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	data := typicalHAR(20 << 20)
	for _, bench := range []struct {
		name   string
		bodies exchange.BodyPolicy
	}{
		{"skip", exchange.BodyPolicy{}},
		{"keep", keepAll(1 << 20)},
	} {
		b.Run("bodies="+bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				var c exchange.Capture
				err := Read(context.Background(), bytes.NewReader(data), &c, bench.bodies, func(*exchange.Exchange) error { return nil })
				if err != nil || c.Ledger.Exchanges == 0 || len(c.Notes) > 0 {
					b.Fatal(err, c.Ledger, c.Notes)
				}
			}
		})
	}
}

// BenchmarkTokens is the floor: the decoder alone, over the same bytes.
func BenchmarkTokens(b *testing.B) {
	data := typicalHAR(20 << 20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		decoder := jsontext.NewDecoder(plainReader{bytes.NewReader(data)},
			jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		for {
			_, err := decoder.ReadToken()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
