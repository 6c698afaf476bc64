// SPDX-License-Identifier: Apache-2.0

// Package csrf decides why the login forms of Flask and Django refused a submission.
package csrf

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/djangologin"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// originFailed begins Django's reason for a form whose Origin it does not trust
// (Django 4.0 to 5.2, middleware/csrf.py, REASON_BAD_ORIGIN).
const originFailed = "Origin checking failed"

// DecideDjango says why Django refused a form. Its page hides the reason unless DEBUG is
// on; its log tells it, and else the fields on Django's own hop do: it checks Origin before
// all else.
func DecideDjango(s *djangologin.Step) causes.Decision {
	switch {
	case strings.HasPrefix(s.Reason, originFailed):
		return originMismatch(s, finding.Proven)
	case s.Reason != "":
		return causes.Decision{Undecided: &finding.Undecided{Why: "Django says: " + strings.TrimSuffix(s.Reason, "."), Missing: []finding.Missing{}}}
	case onlyOriginIsLeft(s):
		return originMismatch(s, finding.Likely)
	}
	return causes.Decision{Undecided: &finding.Undecided{
		Why: "Django's CSRF check refused the form, and its page does not say for what",
		Missing: []finding.Missing{
			causes.Missing("the reason", `Django's log: kubectl logs POD | grep "Forbidden ("; the logger django.security.csrf must have a handler`),
			causes.Missing("the request as it reached Django", causes.HowToCaptureServers),
		},
	}}
}

// onlyOriginIsLeft reports whether cookie and form hold one secret, so that nothing is
// left that Django checks but the Origin, and that is not what Django takes for its own.
func onlyOriginIsLeft(s *djangologin.Step) bool {
	return s.Form.SameSecret(s.Cookie) && s.OriginState == exchange.Known && s.Asked != "" && roles.LastServer(s.Hops) != "" && s.Origin != "http://"+s.Asked
}

func originMismatch(s *djangologin.Step, confidence finding.Confidence) causes.Decision {
	text, _ := causes.Lookup(finding.CSRFOriginMismatch)
	f := &finding.Finding{
		Code: finding.CSRFOriginMismatch, Severity: text.Severity, Confidence: confidence, Origin: finding.Origin{Kind: finding.OriginUnknown},
		Summary:     "Django does not trust the Origin of the form",
		Explanation: causes.Explanation("", text), Rejected: []finding.Rejected{}, Missing: []finding.Missing{}, Fixes: text.Fixes, NotCures: text.NoHelp,
	}
	last := len(s.Hops) - 1
	scheme, host, _ := strings.Cut(s.Origin, "://")
	if s.OriginState == exchange.Known && host == s.Asked { // else it may be somebody else's site
		f.Fixes = causes.Named(text.Fixes, []causes.Example{{Text: causes.ExampleDjango, Seen: s.Origin}})
	}
	switch {
	case roles.LastServer(s.Hops) == "" || s.OriginState != exchange.Known:
		f.Missing = append(f.Missing, causes.Missing("the request as it reached Django", causes.HowToCaptureServers))
	case host != s.Asked:
		f.Summary = fmt.Sprintf("the form comes from %s, and Django was asked for %s", host, s.Asked)
	case scheme == "https" && s.ProtoState == exchange.Absent:
		address := s.Hops[last].From.Address
		f.Summary = fmt.Sprintf("the form comes from https, and %s does not tell Django of it", address)
		f.Origin = roles.OriginAt(s.Hops, last)
	case scheme == "https" && s.Proto == "https":
		f.Summary = "the form comes from https, and Django does not believe the X-Forwarded-Proto that says so"
		f.Origin = finding.Origin{Kind: finding.OriginApplication, Party: "django", Address: roles.LastServer(s.Hops)}
		f.Fixes = causes.Picked(text.Fixes, []string{fixDjangoBelieves, fixTrustedOrigin})
	}
	f.Evidence = djangoEvidence(s)
	return causes.Decision{Finding: f}
}

func djangoEvidence(s *djangologin.Step) []finding.Evidence {
	ref := finding.NewRef(s.Ref)
	var list []finding.Evidence
	for _, e := range []struct {
		field, value string
		state        exchange.Knowledge
	}{{"Origin", s.Origin, s.OriginState}, {"Host", s.Asked, s.OriginState}, {"X-Forwarded-Proto", s.Proto, s.ProtoState}} {
		switch e.state {
		case exchange.Known:
			list = append(list, finding.Evidence{Ref: ref, Field: e.field, Value: causes.Clip(e.value)})
		case exchange.Absent:
			list = append(list, finding.Evidence{Ref: ref, Field: e.field, Note: "not sent"})
		}
	}
	for _, said := range s.Said {
		return append(list, causes.PointAt(said.Ref, "log", said.Text, ""))
	}
	return append(list, finding.Evidence{Ref: ref, Field: "answer", Value: fmt.Sprint(s.Status), Note: "CSRF verification failed"})
}

// The titles of fixes that fit some of a code's cases only.
const (
	fixDjangoBelieves = "let Django believe X-Forwarded-Proto"
	fixTrustedOrigin  = "name the site as a trusted origin"
)
