// SPDX-License-Identifier: Apache-2.0

package login

// WithoutUnused drops, of the steps that are old, the login pages whose token nobody
// is known to have submitted, and calls dropped for each. A probe that asks for the
// page every second leaves thousands of them. It reuses the slice.
func WithoutUnused(steps []*Step, old func(*Step) bool, dropped func(*Step)) []*Step {
	used := map[string]bool{}
	for _, s := range steps {
		if s.Method != "POST" {
			continue
		}
		used[s.Form.copies()] = true
		for _, cookie := range s.Cookies {
			used[cookie.copies()] = true
		}
	}
	kept := steps[:0]
	for _, s := range steps {
		if s.Method == "POST" || !old(s) || s.gaveOut(used) {
			kept = append(kept, s)
		} else {
			dropped(s)
		}
	}
	clear(steps[len(kept):])
	return kept
}

// gaveOut reports whether the page or a cookie of an answer holds one of the tokens.
func (s *Step) gaveOut(tokens map[string]bool) bool {
	for _, set := range s.Set {
		if tokens[set.copies()] {
			return true
		}
	}
	raw := s.Page.Token()
	return raw != "" && tokens[newToken(raw).copies()]
}
