// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"github.com/rs/zerolog"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
)

// inputs are the files of a command line, and what became of those that gave nothing.
type inputs struct {
	failed  error // joined
	foreign []*capture.InputError
}

// load hands the files to the loader and ends it.
func (in *inputs) load(ctx context.Context, loader *capture.Loader, files []string) []*exchange.Capture {
	for _, name := range files {
		err := loader.Load(ctx, name)
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
