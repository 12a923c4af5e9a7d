# Every command of the project; `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Where `npm ci` and `cargo install` put the tools that `.ci/setup` installs.
export PATH := $(CURDIR)/end2end/node_modules/.bin:$(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
# The recipes name files below it.
export CARGO_TARGET_DIR := $(CURDIR)/target

# No path of this machine gets into a release build.
site bench dist: export RUSTFLAGS := $(strip $(RUSTFLAGS) \
	--remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo --remap-path-prefix=$(CURDIR)=/harmony)

SERVER := --features ssr
BROWSER := --lib --features hydrate --target wasm32-unknown-unknown

.PHONY: help setup site run dev check test judges journeys lint check-imports check-words deny dist bench screenshots faults compliance compliance-known fuzz

# Each of these is tried by `make fault-` and its name, and described in docs/reliability.md.
FAULTS := kill power-cut disk-full io-error database-outage clock-jump malformed-cookies slow-clients overload file-descriptors sigterm truncated-body

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

run: site ## Build the site for release and serve it on http://127.0.0.1:3000
	@exec target/release/harmony serve

dev: ## Serve a debug build that follows every saved file
	@.ci/setup site
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

judges: ## The judges from outside, in full: HTML checker, CSP evaluator, Observatory, links, Lighthouse on every page
	@.ci/setup tests
	@$(MAKE) --no-print-directory site
	npm --prefix end2end run judges

journeys: ## What people do, in Chromium and in Firefox, with and without scripts
	@.ci/setup tests
	@$(MAKE) --no-print-directory site
	npm --prefix end2end run journeys

deny: ## Licences, bans and sources of every dependency, and the known holes where their list can be reached
	@.ci/setup deny
	@.ci/deny

fuzz: ## Try every property of what parses and of every form so many times as often as in the tests (TIMES=50); what fails is kept
	@.ci/setup checks
	HARMONY_FUZZ=$(or $(TIMES),50) PROPTEST_CASES=$$((256 * $(or $(TIMES),50))) cargo test --profile fuzz $(SERVER) --lib

dist: site ## Pack the release build into one archive, with its checksum and the list of what is in it (target/dist)
	@.ci/dist

bench: site ## Measure bytes, speed beside nginx, decisions a second, memory and start; and the ledger as it grows
	@.ci/bench
	cargo bench $(SERVER) --bench ledger -- $(or $(RECORDS),10000 1000000 10000000)

faults: $(FAULTS:%=fault-%) ## Try every fault in full, and renew the figures in docs/reliability.md (one: make fault-kill)

$(FAULTS:%=fault-%): fault-%: site
	@.ci/setup tests
	IN_FULL=yes npm --prefix end2end run faults -- fault-tests/$*.spec.ts

screenshots: ## Take docs/screenshot.png anew
	@.ci/setup tests
	@$(MAKE) --no-print-directory site
	npm --prefix end2end run screenshots

compliance: $(if $(SITE),,site) ## Walk the site by the rules of studies and write what /transparency shows; SITE=https://… walks another
	@.ci/setup tests
	SITE='$(SITE)' npm --prefix end2end run compliance

compliance-known: ## Check that the walk finds what is known to be wrong, on public consent tools served from here
	@.ci/setup tests
	npm --prefix end2end run compliance-known

setup: ## Install what is missing, for the site and for its tests
	@.ci/setup tests

site: ## Build the site for release, compressed
	@.ci/setup site
	cargo leptos build --release --precompress

lint: check-imports check-words ## Format, clippy for both builds, the architecture rules and the style of prose
	cargo fmt --check
	cargo clippy $(SERVER) --all-targets -- -D warnings
	cargo clippy $(BROWSER) -- -D warnings

check-imports:
	@.ci/check-imports

check-words:
	@.ci/check-words
