# Every command of the project; `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Where `npm ci` and `cargo install` put the tools that `.ci/setup` installs.
export PATH := $(CURDIR)/.ci/site/node_modules/.bin:$(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
# The recipes name files below it.
export CARGO_TARGET_DIR := $(CURDIR)/target

# RUSTFLAGS would replace the flags of .cargo/config.toml, which those of a target join.
RUST_HOST := $(shell PATH='$(PATH)' rustc -vV 2>/dev/null | sed -n 's/^host: //p' | tr a-z- A-Z_)
export CALLER_RUSTFLAGS := $(or $(CALLER_RUSTFLAGS),$(RUSTFLAGS))
unexport RUSTFLAGS
export CARGO_TARGET_$(RUST_HOST)_RUSTFLAGS = $(strip $(CALLER_RUSTFLAGS) $(REMAP))
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS = $(strip $(CALLER_RUSTFLAGS) $(REMAP))
# No path of this machine gets into a release build.
site bench dist: REMAP := --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo --remap-path-prefix=$(CURDIR)=/harmony

# Nor does the time of the build: C compilers take `__TIME__` from here.
site: export SOURCE_DATE_EPOCH := 0

SERVER := --features ssr
BROWSER := --lib --features hydrate --target wasm32-unknown-unknown

.PHONY: help setup site run dev check test audits journeys lint check-imports check-words deny dist bench screenshots fault-tests compliance compliance-selftest fuzz

# `make fault-test-` and a name runs one of these; docs/reliability.md describes them.
FAULTS := kill power-cut disk-full io-error database-outage clock-jump malformed-cookies slow-clients overload file-descriptors sigterm truncated-body

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' Makefile

run: site ## Build the site for release and serve it on http://127.0.0.1:3000
	@exec target/release/harmony serve

dev: ## Serve a debug build that follows every saved file
	@.ci/setup dev
	@.ci/setup bindgen
	cargo leptos watch

check: ## The quick checks: format, clippy for both builds, unit tests, content
	@.ci/setup checks
	@$(MAKE) --no-print-directory lint
	@.ci/deny --if-there
	cargo test $(SERVER) --lib --bins
	cargo run --quiet $(SERVER) -- check

test: ## Everything that CI runs: lints, all tests, the release build, a real browser
	@.ci/setup tests
	@$(MAKE) --no-print-directory lint
	@.ci/deny
	npm --prefix end2end run check --if-present
	cargo test $(SERVER)
	@$(MAKE) --no-print-directory site
	target/release/harmony check
	npm --prefix end2end test

audits: ## All external audits: HTML checker, CSP evaluator, Observatory, links, Lighthouse on every page
	@.ci/setup tests
	@$(MAKE) --no-print-directory site
	npm --prefix end2end run audits

journeys: ## User journeys in Chromium and in Firefox, with and without scripts
	@.ci/setup tests
	@$(MAKE) --no-print-directory site
	npm --prefix end2end run journeys

deny: ## Licences, bans and sources of every dependency, and known vulnerabilities if their list can be reached
	@.ci/setup deny
	@.ci/deny

fuzz: ## Run the property tests of parsers and forms with TIMES=50 times the input; failing cases are saved
	@.ci/setup checks
	HARMONY_FUZZ=$(or $(TIMES),50) PROPTEST_CASES=$$((256 * $(or $(TIMES),50))) cargo test --profile fuzz $(SERVER) --lib

dist: site ## Pack the release build into one archive, with its checksum and the list of what is in it (target/dist)
	@.ci/dist

bench: site ## Measure bytes, speed beside nginx, decisions and measurements a second, memory and start; the ledger, the database and the content as they grow
	@.ci/bench
	@.ci/bench-measurements
	@.ci/bench-growth
	@.ci/bench-database $(or $(RECORDS),10000)
	cargo bench $(SERVER) --bench ledger -- $(or $(RECORDS),10000 1000000 10000000)

fault-tests: $(FAULTS:%=fault-test-%) ## Run all fault tests in full and write their results to docs/reliability.md (one: make fault-test-kill)

$(FAULTS:%=fault-test-%): fault-test-%: site
	@.ci/setup tests
	IN_FULL=yes npm --prefix end2end run fault-tests -- fault-tests/$*.spec.ts

screenshots: ## Take docs/screenshot.png and docs/pictures anew
	@.ci/setup tests
	@$(MAKE) --no-print-directory site
	npm --prefix end2end run screenshots

compliance: $(if $(SITE),,site) ## Crawl the site, check the rules of studies and write what /transparency shows; SITE=https://… crawls another
	@.ci/setup tests
	SITE='$(SITE)' npm --prefix end2end run compliance

compliance-selftest: ## Check that the crawl finds known violations, on local sites with public consent tools
	@.ci/setup tests
	npm --prefix end2end run compliance-selftest

setup: ## Install what is missing, for the site and for its tests
	@.ci/setup tests
	@.ci/setup bindgen

site: ## Build the site for release, compressed
	@.ci/setup site
	@node .ci/site/build.mjs

lint: check-imports check-words ## Format, clippy for both builds, the architecture rules and the style of prose
	cargo fmt --check
	cargo clippy $(SERVER) --all-targets -- -D warnings
	cargo clippy $(BROWSER) -- -D warnings

check-imports:
	@.ci/check-imports

check-words:
	@.ci/check-words
