# SPDX-License-Identifier: Apache-2.0

# What CI runs is `make test check`; `make help` lists the rest.

GO         ?= go
FUZZTIME   ?= 30s
BENCHTIME  ?= 1s
BENCHCOUNT ?= 10
SCENARIO   ?= all

# Linters run at a pinned version and are no dependency of the program.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

export CGO_ENABLED = 0

.PHONY: build demo test race check cross fuzz bench lab clean help
.DEFAULT_GOAL := help

build: ## build ./bin/logintrace
	$(GO) build -trimpath -o bin/logintrace ./cmd/logintrace

demo: ## analyze the real recording that comes with logintrace
	@$(GO) run ./cmd/logintrace demo

test: ## run all tests, and print the peak memory on large inputs
	$(GO) test ./...
	$(GO) test -count=1 -v -run TestPeakMemory ./cmd/logintrace

# The detector uses memory of its own, so the tests of peak memory are left out.
race: ## run the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short -timeout 30m ./...

check: cross ## vet, staticcheck, formatting, tidy modules; the rules of all_test.go
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) test -count=1 .

cross: ## compile for the systems on which HARs are read
	GOOS=linux GOARCH=arm64 $(GO) build -o /dev/null ./cmd/logintrace
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/logintrace
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/logintrace

fuzz: ## run every fuzz target for FUZZTIME
	@set -e; for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package | tail -n 2; \
	  done; \
	done

bench: ## run all benchmarks; give the output to benchstat
	$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) -count $(BENCHCOUNT) ./...

lab: ## record real logins: SCENARIO=name, OUT=folder (root, Debian or Ubuntu)
	$(if $(OUT),OUT="$(OUT)") fixtures/lab/run $(SCENARIO)

clean: ## remove what build made
	rm -rf bin

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
