// SPDX-License-Identifier: Apache-2.0

package exchanges

import "github.com/logintrace/logintrace/capture/exchange"

// logged is what a line of a log tells beside the messages. The user's name is not
// shown.
type logged struct {
	Program      string `json:"program,omitzero"`
	Container    string `json:"container,omitzero"`
	Believed     string `json:"believed,omitzero"`
	Location     string `json:"location,omitzero"`
	RequestID    string `json:"request_id,omitzero"`
	PassedTo     string `json:"passed_to,omitzero"`
	PassedStatus int    `json:"passed_status,omitzero"`
	Termination  string `json:"termination,omitzero"`
	ZoneUnknown  bool   `json:"zone_unknown,omitzero"`
	Said         []said `json:"said,omitempty"`
}

type said struct {
	Code   string `json:"code"`
	Line   int    `json:"line"`
	Text   string `json:"text"`
	Shared bool   `json:"shared,omitzero"`
}

func (r *record) log(x *exchange.Exchange) {
	l := x.Logged
	if l == nil {
		return
	}
	r.Logged = &logged{
		Program: string(l.Program), Container: l.Container, Believed: l.Believed, Location: l.Location, RequestID: l.RequestID,
		PassedTo: l.PassedTo, PassedStatus: l.PassedStatus, Termination: l.Termination, ZoneUnknown: l.ZoneUnknown,
	}
	for _, s := range l.Said {
		r.Logged.Said = append(r.Logged.Said, said{string(s.Code), s.Ref.Line, s.Text, s.Shared})
	}
}
