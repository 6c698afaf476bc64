// SPDX-License-Identifier: Apache-2.0

package logs

import "time"

const (
	// maxLine is the longest line that is read. Uvicorn and nginx write whole request
	// targets, which servers limit to 64 KiB at most.
	maxLine = 64 << 10

	// lookBytes is how much of an input is looked at to tell whether it is a log.
	lookBytes = 64 << 10

	// minShare is the share of lines that must be known for that: one in so many.
	// Tracebacks and what people write around a pasted line make up the rest.
	minShare = 20

	// maxStatements is how many statements a capture keeps that belong to no request,
	// maxSaid how many a request keeps, maxText how much of each text.
	maxStatements = 2000
	maxSaid       = 32
	maxText       = 1000

	// overlap is how long a request is held back, by the clock of the log, because
	// another one that began before it may end later: the telling lines of both stand
	// between. maxHeld and maxPending are how many are held at most.
	overlap    = 10 * time.Second
	maxHeld    = 512
	maxPending = 1024

	// maxContainers is how many containers are told apart in one log; further ones are
	// taken for one.
	maxContainers = 256

	// maxDump limits the lines of a head that a Hub dumps for an answer of 500.
	maxDump = 200
)
