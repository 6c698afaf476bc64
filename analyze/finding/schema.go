// SPDX-License-Identifier: Apache-2.0

package finding

import _ "embed"

// ReportSchema is the JSON Schema of Report.
//
//go:embed report.schema.json
var ReportSchema []byte

// TruthSchema is the JSON Schema of a fixture's truth.json: what really
// happened, by the word of the application itself.
//
//go:embed truth.schema.json
var TruthSchema []byte
