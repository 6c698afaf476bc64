// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// What protects memory and patience from an archive. Members are read one after
// the other and never held, so how much they unpack to costs no memory; their list
// does, and Go reads it as a whole.
const (
	// maxDirectory is how much of an archive may be read for the list of its
	// members, maxMembers how many there may be.
	maxDirectory = 4 << 20
	maxMembers   = 4096

	// maxListed is how many names a message lists.
	maxListed = 5
)

// isZip recognises an archive by its first member, or as one without any (APPNOTE
// 4.3.7 and 4.3.16).
func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// archive is a zip archive that is being read.
type archive struct {
	name    string
	budget  *budget
	read    int      // captures
	passed  []string // members that are no captures
	secret  []string // members that are encrypted
	failure error    // of other members, joined
}

// loadZip reads the captures in an archive, by name in the order of people: 2
// stands before 10, as tcpdump -C needs it. Members that are no captures and do not
// claim to be some are passed over with a note.
func (l *Loader) loadZip(ctx context.Context, name string, file io.ReaderAt, size int64) error {
	a := &archive{name: name, budget: &budget{packed: size}}
	members, err := a.list(file, size)
	if err != nil {
		return err
	}
	for _, f := range members {
		if err := ctx.Err(); err != nil {
			return openError(name, err)
		}
		l.loadMember(ctx, a, f)
	}
	return l.concludeZip(a)
}

// list reads the directory of an archive, and leaves out folders and what macOS
// adds for itself.
func (a *archive) list(file io.ReaderAt, size int64) ([]*zip.File, error) {
	limited := &limitedAt{file, maxDirectory}
	r, err := zip.NewReader(limited, size)
	limited.left = -1 // from here on without a limit
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, a.damaged(err)
	}
	members := slices.DeleteFunc(r.File, func(f *zip.File) bool {
		return strings.HasSuffix(f.Name, "/") || strings.HasPrefix(f.Name, "__MACOSX/")
	})
	if len(members) > maxMembers {
		return nil, &InputError{Name: a.name, Reason: fmt.Sprintf("holds %d files, and logintrace reads at most %d of an archive", len(members), maxMembers), Hint: "unpack it and name the captures in it"}
	}
	slices.SortStableFunc(members, func(a, b *zip.File) int { return compareNames(a.Name, b.Name) })
	return members, nil
}

func (a *archive) damaged(err error) error {
	reason := fmt.Sprintf("the zip archive is damaged (%v)", err)
	if errors.Is(err, errDirectory) {
		reason = err.Error()
	}
	return &InputError{Name: a.name, Reason: reason, Hint: "check that the copy was complete (unzip -t FILE), or unpack it and name the files in it"}
}

// loadMember reads one member.
func (l *Loader) loadMember(ctx context.Context, a *archive, f *zip.File) {
	name := a.name + ":" + f.Name
	const encrypted = 1 // APPNOTE 4.4.4, bit 0
	if f.Flags&encrypted != 0 {
		a.secret = append(a.secret, f.Name)
		return
	}
	unpacked, err := f.Open()
	if err != nil {
		a.fail(f, &InputError{Name: name, Reason: fmt.Sprintf("cannot be unpacked (%v)", err), Hint: "unpack the archive and name the files in it"}, true)
		return
	}
	defer unpacked.Close()
	m := &member{r: unpacked, budget: a.budget}
	err = l.Read(ctx, name, m)
	switch {
	case err == nil:
		a.read++
		if m.damage != nil {
			l.current().AddNote(m.note(f.Name))
		}
	case m.damage != nil:
		a.fail(f, &InputError{Name: name, Reason: fmt.Sprintf("the archive cannot be unpacked there (%v)", m.damage), Hint: "check that the copy was complete (unzip -t FILE)"}, true)
	default:
		a.fail(f, err, isForeign(err))
	}
}

// fail is told that a member could not be read. Only what is called a capture has
// to be one.
func (a *archive) fail(f *zip.File, err error, foreign bool) {
	if foreign && !isCaptureName(f.Name) {
		a.passed = append(a.passed, f.Name)
		return
	}
	a.failure = errors.Join(a.failure, err)
}

// isForeign reports whether an error says that an input is something else than a
// capture.
func isForeign(err error) bool {
	var input *InputError
	return errors.As(err, &input)
}

// captureName fits what is expected to be a capture, or an archive of some.
var captureName = regexp.MustCompile(`(?i)\.(har|zhar|pcap|pcapng|cap|dmp|zip)[0-9]*(\.gz|\.zst)?$`)

func isCaptureName(name string) bool { return captureName.MatchString(name) }

// concludeZip says what became of the members that gave no capture.
func (l *Loader) concludeZip(a *archive) error {
	err := a.failure
	if len(a.secret) > 0 {
		err = errors.Join(err, &InputError{Name: a.name, Reason: counted(a.secret, "is encrypted", "are encrypted"), Hint: "unpack it with its password and name the files in it"})
	}
	switch {
	case a.read > 0 && len(a.passed) > 0:
		l.current().AddNote(exchange.NoteSkipped, fmt.Sprintf("of the archive %q %s", a.name, counted(a.passed, "is no capture and was passed over", "are no captures and were passed over")))
	case a.read == 0 && err == nil:
		reason := "holds no capture"
		if len(a.passed) > 0 {
			reason += ": " + counted(a.passed, "is none", "are none")
		}
		err = &InputError{Name: a.name, Reason: reason, Hint: "put HARs, packet captures or logs in it"}
	}
	return err
}

// current is the capture that was read last.
func (l *Loader) current() *exchange.Capture {
	if l.open != nil {
		return l.open.capture
	}
	return l.captures[len(l.captures)-1]
}

// counted lists names, not too many.
func counted(names []string, one, many string) string {
	what := fmt.Sprintf("%d files %s", len(names), many)
	if len(names) == 1 {
		what = "1 file " + one
	}
	quoted := make([]string, min(len(names), maxListed))
	for i := range quoted {
		quoted[i] = fmt.Sprintf("%q", names[i])
	}
	if len(names) > maxListed {
		quoted = append(quoted, "…")
	}
	return what + " (" + strings.Join(quoted, ", ") + ")"
}
