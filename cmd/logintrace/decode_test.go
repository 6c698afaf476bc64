// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/logintrace/logintrace/analyze/finding"
)

// Every vector gives its identity, time, shape and, where the token holds one, the
// address, as it does for somebody who pipes the token in.
func TestDecodeVectors(t *testing.T) {
	data, err := os.ReadFile("../../analyze/token/testdata/jupyterhub-xsrf.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			ID, Token, Shape, Left, Right, Variant, Address string
			Minted                                          int64
			UserAgent                                       string `json:"user_agent"`
		}
	}
	if err := json.Unmarshal(data, &file, json.MatchCaseInsensitiveNames(true)); err != nil || len(file.Vectors) < 12 {
		t.Fatal(len(file.Vectors), err)
	}
	for _, v := range file.Vectors {
		t.Run(v.ID, func(t *testing.T) {
			args := []string{"decode", "-o", "json", "--with-secrets", "--user-agent", v.UserAgent}
			if version, ok := map[string]string{"A": "4.1.6", "B": "5.5.4"}[v.Variant]; ok {
				args = append(args, "--hub-version", version) // saves the search by the other rule
			}
			if strings.Contains(v.Address, "2001:") {
				args = append(args, "--client-ip", v.Address) // IPv6 is not searched
			}
			got := decodeJSON(t, v.Token, args)
			if got.Shape != v.Shape || got.Identity != v.Left+":"+v.Right || !got.Minted.Equal(time.Unix(v.Minted, 0)) {
				t.Errorf("got %s %s %s", got.Shape, got.Identity, got.Minted)
			}
			if got.Address.Value != v.Address || got.Address.Variant != v.Variant {
				t.Errorf("address %q by variant %q, want %q by %q", got.Address.Value, got.Address.Variant, v.Address, v.Variant)
			}
		})
	}
}

func decodeJSON(t *testing.T, token string, args []string) finding.Token {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(token + "\n"), stdout: &stdout, stderr: &stderr, version: "test", commands: commands()}
	if code := a.run(t.Context(), args); code != exitPass {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	var decoded finding.Token
	if err := json.Unmarshal(stdout.Bytes(), &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}
