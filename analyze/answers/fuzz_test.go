// SPDX-License-Identifier: Apache-2.0

package answers_test

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Whatever a page, a log and a field say, nobody is found who answered a request that
// went well, or that an application answered; and no address is longer than one.
func FuzzMaker(f *testing.F) {
	f.Add(403, []byte("<hr><center>nginx/1.22.1</center>"), "", "PR--", "http://10.0.0.1:8000", "/hub/login")
	f.Add(503, []byte("<html><body><h1>503 Service Unavailable</h1>\nNo server is available.\n</body></html>\n"), "TornadoServer/6", "sC--", "[::1]:8081", "/")
	f.Add(302, []byte{}, "nginx", "S", "://:", "/hub/login/")
	f.Fuzz(func(t *testing.T, status int, page []byte, server, state, upstream, path string) {
		c := &exchange.Capture{ID: "c1", Kind: exchange.KindLog}
		x := &exchange.Exchange{
			Ref:     exchange.Ref{Capture: c, Line: 1, HasLine: true},
			Request: exchange.Request{Method: "POST", URL: exchange.URL{Path: path}},
			Response: &exchange.Response{Status: status, Body: exchange.Body{State: exchange.Known, Bytes: page},
				Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Server", Value: server}}}},
			Logged: &exchange.Logged{Program: exchange.ProgramHAProxy, Termination: state, Said: []exchange.Statement{
				{Code: exchange.SaidUpstreamFailed, Program: exchange.ProgramNginx, Values: exchange.Values{Upstream: upstream}},
			}},
		}
		r := answers.Requests([]*answers.Step{answers.NewStep(x, nil)})[0]
		m, ok := r.Maker(&answers.Witness{})
		if ok && (status < 400 || r.Application() != nil) {
			t.Errorf("%+v made the answer %d", m, status)
		}
		if len(m.Asked.Address) > 253 {
			t.Errorf("%q is no address", m.Asked.Address)
		}
	})
}
