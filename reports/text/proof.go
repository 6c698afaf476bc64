// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// evidence lists the places, each with what is to be seen there: in full on a wide
// page, and else grouped by file, without what the table above says already.
func (p *page) evidence(list []finding.Evidence) {
	if !p.wide {
		p.section("Proof", p.proof(list)...)
		return
	}
	label := "Proof"
	for _, e := range list {
		text := fmt.Sprintf("%s: %s", p.place(e.Ref), e.Field)
		if e.Value != "" {
			text += " = " + e.Value
		}
		if e.Note != "" {
			text += "; " + e.Note
		}
		p.section(label, text)
		label = ""
	}
}

// proof is a paragraph for each thing that happened to the client's address on the
// way, and then one for each file.
func (p *page) proof(list []finding.Evidence) []string {
	var paragraphs, happened []string
	places := map[string][]string{} // what happened, and where
	var rest []finding.Evidence
	for i := 0; i < len(list); i++ {
		if i+1 < len(list) {
			if hop := p.lossBetween(list[i].Ref, list[i+1].Ref); hop != nil {
				words := lossWords(hop, list[i+1].Note)
				if places[words] == nil {
					happened = append(happened, words)
				}
				places[words] = append(places[words], p.passage(list[i].Ref, list[i+1].Ref))
				i++
				continue
			}
		}
		rest = append(rest, list[i])
	}
	for _, words := range happened {
		paragraphs = append(paragraphs, withoutRepeats(places[words])+": "+words)
	}
	return append(paragraphs, p.byFile(rest)...)
}

// lossBetween is the hop behind which the client's address is lost, if the two
// references are to a request before and after it; nil if not.
func (p *page) lossBetween(in, out finding.Ref) *finding.Hop {
	is := func(ref finding.Ref) func(finding.Ref) bool {
		return func(other finding.Ref) bool { return sameRef(ref, other) }
	}
	for i := range p.report.Logins {
		for _, step := range p.report.Logins[i].Steps {
			for k := 1; k < len(step.Hops); k++ {
				hop := &step.Hops[k]
				if hop.LosesClient && slices.ContainsFunc(hop.Sightings, is(out)) && slices.ContainsFunc(step.Hops[k-1].Sightings, is(in)) {
					return hop
				}
			}
		}
	}
	return nil
}

func sameRef(a, b finding.Ref) bool {
	return a.Capture == b.Capture && a.Frame == b.Frame && a.Line == b.Line && (a.Entry == nil) == (b.Entry == nil) && (a.Entry == nil || *a.Entry == *b.Entry)
}

func lossWords(hop *finding.Hop, note string) string {
	switch {
	case hop.Translated:
		return "client address replaced here"
	case strings.HasPrefix(note, "in "):
		return "client address sent on " + note
	}
	return "client address dropped here"
}

// passage is the way of a request past a party: "ingressA.pcap 44→48".
func (p *page) passage(in, out finding.Ref) string {
	file, number := p.spot(in)
	other, next := p.spot(out)
	if file == other {
		return fmt.Sprintf("%s %s→%s", file, number, next)
	}
	return fmt.Sprintf("%s %s → %s %s", file, number, other, next)
}

// withoutRepeats lists places, and names a file again only after another one.
func withoutRepeats(places []string) string {
	list := slices.Clone(places)
	for i := 1; i < len(list); i++ {
		file := places[i][:strings.LastIndex(places[i], " ")+1]
		if strings.HasPrefix(places[i-1], file) {
			list[i] = strings.TrimPrefix(list[i], file)
		}
	}
	return strings.Join(list, ", ")
}

// spot is a reference in short: the file, or "frame" or "line" if there is one file only, and
// the number in it.
func (p *page) spot(ref finding.Ref) (file, number string) {
	name := strings.TrimSuffix(p.captureName(ref.Capture), " ")
	if ref.Entry != nil {
		return strings.TrimPrefix(name+" entry", " "), fmt.Sprint(*ref.Entry)
	}
	for i := range p.report.Captures {
		c := &p.report.Captures[i]
		if part, frame, several := c.Locate(ref.Frame); c.ID == ref.Capture && several {
			return p.shortName(part), fmt.Sprint(frame)
		}
	}
	switch {
	case ref.Line > 0 && name == "":
		return "line", fmt.Sprint(ref.Line)
	case ref.Line > 0:
		return name, fmt.Sprintf("line %d", ref.Line)
	case name == "":
		return "frame", fmt.Sprint(ref.Frame)
	}
	return name, fmt.Sprint(ref.Frame)
}

// byFile groups evidence by file, and within it by message.
func (p *page) byFile(list []finding.Evidence) []string {
	type message struct {
		number string
		words  []string
	}
	var files []string
	messages := map[string][]message{}
	for _, e := range list {
		file, number := p.spot(e.Ref)
		if messages[file] == nil {
			files = append(files, file)
		}
		at := slices.IndexFunc(messages[file], func(m message) bool { return m.number == number })
		if at < 0 {
			at = len(messages[file])
			messages[file] = append(messages[file], message{number: number})
			if step := p.stepOf(e.Ref); step != nil { // browsers show no numbers
				messages[file][at].words = []string{step.Method + " " + step.Time.UTC().Format("15:04:05.000Z")}
			}
		}
		messages[file][at].words = append(messages[file][at].words, p.brief(e))
	}
	var paragraphs []string
	for _, file := range files {
		var parts []string
		for _, m := range messages[file] {
			parts = append(parts, fmt.Sprintf("%s (%s)", m.number, strings.Join(m.words, "; ")))
		}
		paragraphs = append(paragraphs, file+" "+strings.Join(parts, ", "))
	}
	return paragraphs
}

// stepOf is the step that an entry of a HAR shows, or nil.
func (p *page) stepOf(ref finding.Ref) *finding.Step {
	if ref.Entry == nil {
		return nil
	}
	return p.stepAt(ref)
}

// brief is what is to be seen at a place, without what the table says already: whom a
// token was made for, and the answer.
func (p *page) brief(e finding.Evidence) string {
	madeFor, ok := strings.CutPrefix(e.Note, "made for ")
	switch {
	case ok && p.isBelieved(madeFor), e.Field == "login page" && e.Value == "":
		return e.Field
	case e.Field == "answer" && p.isAnswer(e.Value):
		return e.Field
	}
	words := e.Field
	if value := e.Value; value != "" {
		if strings.HasPrefix(value, "xsrf-") {
			value, _, _ = strings.Cut(value, " (") // the shape of the token and its time
		}
		words += " = " + value
	}
	if e.Note != "" {
		words += ", " + e.Note
	}
	return words
}

func (p *page) isBelieved(address string) bool {
	return slices.ContainsFunc(p.report.Logins, func(l finding.Login) bool {
		return slices.ContainsFunc(l.Steps, func(s finding.Step) bool { return s.ClientIP.AppSaw.Value == address })
	})
}

func (p *page) isAnswer(value string) bool {
	return slices.ContainsFunc(p.report.Logins, func(l finding.Login) bool {
		return slices.ContainsFunc(l.Steps, func(s finding.Step) bool { return answerWords(s) == value })
	})
}
