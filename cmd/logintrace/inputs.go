// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
)

// inputs are the files of a command line, and what became of those that gave nothing.
type inputs struct {
	failed  error // joined
	foreign []*capture.InputError

	stdin   *interruptible
	patient context.Context // for standard input, whose end Ctrl-C is
	stopped bool            // by Ctrl-C, while that was read
}

// load hands the files to the loader and ends it.
func (in *inputs) load(ctx context.Context, loader *capture.Loader, files []string) []*exchange.Capture {
	for _, name := range files {
		if in.stopped {
			in.failed = errors.Join(in.failed, fmt.Errorf("%q was not read: stopped before it", name))
			continue
		}
		err := in.one(ctx, loader, name)
		var input *capture.InputError
		switch {
		case err == nil:
		case errors.As(err, &input) && input == err && input.Foreign != "":
			in.foreign = append(in.foreign, input)
		default:
			in.failed = errors.Join(in.failed, inputError(err))
		}
	}
	captures := loader.Close()
	if len(captures) == 0 { // then even a wrong file is one that was meant
		for _, input := range in.foreign {
			in.failed = errors.Join(in.failed, inputError(input))
		}
		in.foreign = nil
	}
	return captures
}

// one hands one file to the loader.
func (in *inputs) one(ctx context.Context, loader *capture.Loader, name string) error {
	if name != capture.StdinName || ctx.Err() != nil || in.stdin == nil {
		return loader.Load(ctx, name)
	}
	err := loader.Load(in.patient, name)
	in.stopped = in.stdin.stopped()
	return err
}

// tell says which files were passed over.
func (in *inputs) tell(log zerolog.Logger) {
	for _, input := range in.foreign {
		log.Warn().Str("file", input.Name).Msg("passed over: " + input.Foreign)
	}
}

func (in *inputs) passedOver() []finding.PassedOver {
	var list []finding.PassedOver
	for _, input := range in.foreign {
		list = append(list, finding.PassedOver{Name: input.Name, Why: input.Foreign})
	}
	return list
}
