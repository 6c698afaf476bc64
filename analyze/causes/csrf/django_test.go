// SPDX-License-Identifier: Apache-2.0

package csrf

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/djangologin"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Without Django's own hop nobody is accused, and without its word or its hop nothing is
// concluded.
func TestDjangoFromOutside(t *testing.T) {
	secret := token.Django{Secret: "abcdefghijklmnopqrstuvwxyzABCDEF"}
	s := djangologin.Step{
		Refused: true, Status: 403, Asked: "shop.example.test", Origin: "https://shop.example.test", OriginState: exchange.Known,
		Cookie: secret, Form: secret, CookieState: exchange.Known, TokenStated: exchange.Known,
	}
	if d := DecideDjango(&s); d.Finding != nil || d.Undecided == nil || len(d.Undecided.Missing) == 0 {
		t.Errorf("the page alone: %+v", d)
	}
	s.Reason = "Origin checking failed - https://shop.example.test does not match any trusted origins."
	if d := DecideDjango(&s); d.Finding == nil || d.Finding.Code != finding.CSRFOriginMismatch || d.Finding.Origin.Kind != finding.OriginUnknown {
		t.Errorf("with the log: %+v", d.Finding)
	}
	s.Reason = "CSRF cookie not set."
	if d := DecideDjango(&s); d.Finding != nil || d.Undecided == nil {
		t.Errorf("another reason: %+v", d)
	}
}
