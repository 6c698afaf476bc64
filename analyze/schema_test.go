// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/reports/json"
)

var (
	reportSchema = sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(finding.ReportSchema) })
	truthSchema  = sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(finding.TruthSchema) })
)

func compile(schema []byte) (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("schema.json")
}

func validate(t *testing.T, compiled func() (*jsonschema.Schema, error), document []byte) {
	t.Helper()
	schema, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
}

// holdToSchema checks a report as it is written for other programs.
func holdToSchema(t *testing.T, report *finding.Report) {
	t.Helper()
	var document bytes.Buffer
	if err := json.Write(&document, report); err != nil {
		t.Fatal(err)
	}
	validate(t, reportSchema, document.Bytes())
}

func TestTruthsFollowTheirSchema(t *testing.T) {
	for _, truth := range loadTruths(t) {
		document, err := os.ReadFile(filepath.Join(truth.Dir, "truth.json"))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(truth.Scenario, func(t *testing.T) { validate(t, truthSchema, document) })
	}
}
