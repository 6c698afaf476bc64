// SPDX-License-Identifier: Apache-2.0

package bearer

import (
	"slices"
	"strings"
)

// unchecked are the ends of the paths of Airflow's APIs that answer without a look at the
// token (airflow-core 3.0.0 and 3.3.2, api_fastapi/core_api/routes/public: monitor.py,
// version.py and auth.py; all other routes of public and ui ask who the user is).
var unchecked = []string{"/api/v2/monitor/health", "/api/v2/version", "/api/v2/auth/login", "/api/v2/auth/logout"}

// checked reports whether a good answer to a request tells that its token was taken. Of
// Airflow's paths that are those of its APIs: the page of its user interface, with each path
// that is no other's, and what stands below /static are for everybody, and the pages below
// /auth go by the session (airflow-core 3.0.0 and 3.3.2, api_fastapi/core_api/app.py,
// webapp). Of other applications it is not known, and each path counts.
func (s *Step) checked() bool {
	if slices.ContainsFunc(unchecked, func(end string) bool { return strings.HasSuffix(s.Path, end) }) {
		return false
	}
	return isAPI(s.Path) || !slices.ContainsFunc(s.shownAnywhere(), Token.ofAirflow)
}

// ofAirflow reports whether a token is one of Airflow's for users, by the cookie that it
// stands in or by its audience.
func (t Token) ofAirflow() bool {
	return t.By == "Cookie "+airflowCookie || slices.ContainsFunc(t.Claims.Audience, AirflowAudience)
}

// AirflowAudience reports whether an audience is what Airflow 3 sets unless it is told
// otherwise.
func AirflowAudience(audience string) bool {
	return audience == "apache-airflow" || strings.HasPrefix(audience, "urn:airflow.apache.org:")
}
