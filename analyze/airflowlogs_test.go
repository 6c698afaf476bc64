// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
)

// What users have of Airflow's logs is what kubectl printed of several pods into one
// file, or a few lines in a mail. Both say what the files say.
func TestAirflowLogsAsUsersHaveThem(t *testing.T) {
	for _, test := range []struct {
		scenario string
		files    []string
		want     []finding.Code
	}{
		{"airflow-no-secret-3.0.0", []string{"apiA.log", "apiB.log"}, []finding.Code{finding.JWTKeyMismatch, finding.JWTSecretGenerated}},
		{"airflow-no-secret-3.3.2", []string{"apiA.log", "apiB.log"}, []finding.Code{finding.JWTKeyMismatch, finding.JWTSecretGenerated}},
		{"airflow-no-secret-refuses-3.0.0", []string{"apiA.log", "apiB.log"}, []finding.Code{finding.JWTSecretMissing}},
		{"airflow-two-flask-secrets-3.0.0", []string{"apiB.log"}, []finding.Code{finding.CSRFSessionLost}},
		{"airflow-two-flask-secrets-3.3.2", []string{"apiB.log"}, []finding.Code{finding.CSRFSessionLost}},
		{"airflow-scheduler-other-secret-3.0.0", []string{"scheduler.log"}, []finding.Code{finding.JWTKeyMismatch}},
		{"airflow-scheduler-other-secret-3.0.0", []string{"apiA.log", "scheduler.log"}, []finding.Code{finding.JWTKeyMismatch}},
		{"airflow-scheduler-other-secret-3.3.2", []string{"apiA.log", "scheduler.log"}, []finding.Code{finding.JWTKeyMismatch}},
	} {
		for name, wrap := range map[string]func(pod, line string) string{
			"kubectl --prefix":   func(pod, line string) string { return fmt.Sprintf("[pod/%s/api-server] %s", pod, line) },
			"docker compose":     func(pod, line string) string { return fmt.Sprintf("%-12s | %s", pod, line) },
			"a mail that quotes": func(_, line string) string { return "> " + line },
		} {
			t.Run(test.scenario+"/"+name, func(t *testing.T) {
				var all strings.Builder
				for _, file := range test.files {
					text, err := os.ReadFile("../fixtures/airflow/" + test.scenario + "/" + file)
					if err != nil {
						t.Fatal(err)
					}
					for line := range strings.Lines(string(text)) {
						all.WriteString(wrap(strings.TrimSuffix(file, ".log"), line))
					}
				}
				holdToCodes(t, all.String(), test.want)
			})
		}
	}
}

// Lines that were pasted, with words around them.
func TestAirflowLinesInAMail(t *testing.T) {
	for _, test := range []struct {
		text string
		want []finding.Code
	}{
		{"Hello, our pod says\n\n`api_auth/jwt_secret` was empty, using a generated one for now. Please set this in your config\n\nWhat is that?\n", []finding.Code{finding.JWTSecretGenerated}},
		{"it ends with\n    ValueError: The value api_auth/jwt_secret must be set!\n", []finding.Code{finding.JWTSecretMissing}},
		{"we see\n> `api/secret_key` was empty, using a generated one for now. Please set this in your config\n", nil},
		{"after the change it works:\nValueError: The value api_auth/jwt_secret must be set!\nINFO:     Application startup complete.\n", nil},
	} {
		holdToCodes(t, test.text, test.want)
	}
}

func holdToCodes(t *testing.T, text string, want []finding.Code) {
	t.Helper()
	a := analyze.New(analyze.Options{})
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	if err := loader.Read(t.Context(), "pasted.txt", bytes.NewReader([]byte(text))); err != nil {
		t.Fatal(err)
	}
	report := a.Close(t.Context(), loader.Close())
	holdToSchema(t, report)
	got := map[finding.Code]bool{}
	for _, f := range concluded(report) {
		got[f.Code] = true
	}
	for _, code := range want {
		if !got[code] {
			t.Errorf("%s is not named: %s", code, report.Summary)
		}
		delete(got, code)
	}
	for code := range got {
		t.Errorf("accuses %s: %s", code, report.Summary)
	}
}
