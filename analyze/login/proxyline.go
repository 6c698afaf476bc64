// SPDX-License-Identifier: Apache-2.0

package login

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// AnswerBehind is the word of a proxy's log that an answer is not its own.
type AnswerBehind struct {
	Program exchange.Program
	Server  string // as the proxy names it; hostile text
	Says    string // what of the line says so
}

// handedOn reads from the line of a proxy's log that the answer came from the server
// that it names, and was handed on:
//
//   - HAProxy 2.6 (configuration.txt, 8.5): a session that ends with "--" ended
//     normally, which is with the answer of the server;
//   - ingress-nginx and Traefik's JSON tell the status that the server gave beside the
//     one that the client got.
//
// It is nil if the line does not say.
func handedOn(l *exchange.Logged, status int) *AnswerBehind {
	if l.PassedTo == "" || l.AskedNobody || status == 0 {
		return nil
	}
	says := ""
	switch {
	case l.Program == exchange.ProgramHAProxy && strings.HasPrefix(l.Termination, "--"):
		says = "termination state " + l.Termination
	case l.PassedStatus != 0 && l.PassedStatus == status:
		says = "the server's own status is the same"
	default:
		return nil
	}
	return &AnswerBehind{l.Program, clipped(l.PassedTo, 64), clipped(says, 48)}
}
