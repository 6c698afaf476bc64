// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"cmp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/logintrace/logintrace/capture/exchange"
)

// jsonLine holds the members that are read of a log in JSON. Numbers may be written
// as text: filters on the way do that.
type jsonLine struct {
	// Traefik's access log (docs: observability/access-logs).
	ClientAddr, ClientHost, ClientUsername      string
	RequestMethod, RequestPath, RequestProtocol string
	RequestAddr, RequestHost                    string
	ServiceAddr, ServiceURL                     jsontext.Value
	StartUTC                                    time.Time
	DownstreamStatus, OriginStatus              int
	Duration                                    int64
	UserAgent                                   string `json:"request_User-Agent"`
	Referer                                     string `json:"request_Referer"`
	Forwarded                                   string `json:"request_X-Forwarded-For"`
	RealIP                                      string `json:"request_X-Real-Ip"`
	RequestID                                   string `json:"request_X-Request-Id"`

	// structlog, as Airflow configures it.
	Event     string         `json:"event"`
	Timestamp string         `json:"timestamp"`
	Level     string         `json:"level"`
	Logger    string         `json:"logger"`
	Method    string         `json:"method"`
	Path      string         `json:"path"`
	Query     string         `json:"query"`
	Status    jsontext.Value `json:"status_code"`
	Took      jsontext.Value `json:"duration_us"`
	From      string         `json:"client_addr"`
	ID        string         `json:"request_id"`
}

// parseJSON reads a line of Traefik's access log or of Airflow's log in JSON.
func parseJSON(w *wrapped, e *entry) bool {
	if w.text[0] != '{' || !strings.Contains(w.text, `"RequestMethod"`) && !strings.Contains(w.text, `"event"`) {
		return false
	}
	var line jsonLine
	if err := json.Unmarshal([]byte(w.text), &line, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		return false
	}
	switch {
	case line.RequestMethod != "":
		e.program = exchange.ProgramTraefik
		e.at, e.zoned, e.fine = line.StartUTC.UTC(), !line.StartUTC.IsZero(), time.Nanosecond
		e.access = line.traefik()
		e.broken = e.access == nil
	case line.Event != "" && (line.Level != "" || line.Timestamp != ""):
		e.program = exchange.ProgramAirflow
		if at, ok := parseStamp(line.Timestamp); ok {
			e.at, e.zoned, e.fine = at, true, time.Microsecond
		}
		line.airflow(e)
	default:
		return false
	}
	return true
}

func (l *jsonLine) traefik() *access {
	a := &access{
		method: l.RequestMethod, target: l.RequestPath, proto: l.RequestProtocol, host: cmp.Or(l.RequestAddr, l.RequestHost),
		status: cmp.Or(l.DownstreamStatus, l.OriginStatus), passedStatus: l.OriginStatus,
		believed: l.ClientHost, requestID: l.RequestID, atStart: true, duration: -1,
	}
	if !isMethod(a.method) || !isTarget(a.target) || a.status < 0 || a.status > 999 {
		return nil
	}
	if l.Duration > 0 {
		a.duration = time.Duration(l.Duration)
	}
	if from, ok := endpoint(l.ClientAddr); ok {
		a.client = from
	}
	if l.ClientUsername != "-" {
		a.user = l.ClientUsername
	}
	a.passedTo = cmp.Or(text(l.ServiceAddr), text(l.ServiceURL))
	for _, f := range []exchange.Field{{Name: "User-Agent", Value: l.UserAgent}, {Name: "Referer", Value: l.Referer}, {Name: "X-Forwarded-For", Value: l.Forwarded}, {Name: "X-Real-Ip", Value: l.RealIP}} {
		if f.Value != "" {
			a.fields = append(a.fields, f)
		}
	}
	return a
}

func (l *jsonLine) airflow(e *entry) {
	if l.Event == "request finished" {
		values := map[string]string{
			"method": l.Method, "path": l.Path, "query": l.Query, "status_code": text(l.Status),
			"duration_us": text(l.Took), "client_addr": l.From, "request_id": l.ID,
		}
		e.access = requestFinished(func(name string) string { return values[name] })
		e.broken = e.access == nil
		return
	}
	if e.access = uvicornAccess(l.Event); e.access == nil {
		e.access = httpxAccess(l.Event)
	}
	if e.access == nil {
		e.said = airflowStatement(l.Event)
	}
}

// text is a value as it would be without quotes; null is nothing, and so are arrays and
// objects.
func text(v jsontext.Value) string {
	switch v.Kind() {
	case '"':
		var s string
		if json.Unmarshal(v, &s, jsontext.AllowInvalidUTF8(true)) == nil {
			return s
		}
	case '0':
		return string(v)
	}
	return ""
}
