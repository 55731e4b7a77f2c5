# Carillon: the two commands are `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export CARGO_TERM_COLOR ?= never

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# A program or a file that shows whether a Debian package is there, and the package.
APT_BUILD := cc:gcc make:make node:nodejs npm:npm /usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc:fonts-noto-cjk
APT_TEST := sipp:sip-tester baresip:baresip chromium:chromium firefox-esr:firefox-esr curl:curl pulseaudio:pulseaudio paplay:pulseaudio-utils openssl:openssl kamailio:kamailio linphonec:linphone-cli aiosmtpd:python3-aiosmtpd pdftotext:poppler-utils

.PHONY: demo demo-program build run test check asked tools-asked types bench web sounds fuzz tools-build tools-test

## A complete center on this machine, with simulated callers and agents; the links are printed. Server and desktop are
## built side by side, for the shortest wait (docs/decisions/0003-first-minutes.md).
demo: tools-build
	$(MAKE) --no-print-directory --jobs=2 web demo-program
	exec target/demo/carillon demo

demo-program:
	cargo build --profile demo --locked

## The program as it is served: target/release/carillon, with the desktop inside.
build: web
	cargo build --release --locked

## The server, by config/carillon.toml.
run: build
	exec target/release/carillon serve

## Installs what the tests need, then checks and runs them all.
test: tools-test web check
	cargo test --locked
	cd web && npm test
	node --test --test-concurrency=1 tests/e2e/browser/
	if $(MAKE) --no-print-directory tools-asked; then $(MAKE) --no-print-directory asked; \
	else echo 'NOT ASKED by its description: the Python package index is out of reach'; fi

## Format, lints, docs, types.
check: web/node_modules
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --locked --no-deps --document-private-items
	cd web && npm run check

## Makes what is made from the description of the API: the types of the desktop and the reference of events.
types:
	BLESS=1 cargo test --locked --test web described

## The API asked by its own description, right and wrong, thousands of times.
asked: tools-asked web
	cargo test --locked --test e2e description -- --ignored

## Every bench; figures are ratios within one run.
bench:
	cargo bench --locked

## The desktop: web/dist, which the server carries. Made anew only after a change: the program is built anew with it.
web: tools-build web/dist/index.html

web/dist/index.html: web/package-lock.json $(shell find web/src web/public) $(wildcard web/*.ts web/*.js web/*.json web/*.html) | web/node_modules
	cd web && npm run build

web/node_modules: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	touch web/node_modules

## Makes every prompt and the hold music anew (needs espeak-ng, flite, sox, python3).
sounds:
	sounds/make

## Ten million mutated messages (minutes; the suite runs a short one).
fuzz:
	CARILLON_FUZZ_ITERATIONS=10000000 cargo test --locked --release --test sip fuzz -- --nocapture

tools-build:
	@missing=(); for pair in $(APT_BUILD); do [ -e "$${pair%%:*}" ] || command -v "$${pair%%:*}" >/dev/null || missing+=("$${pair##*:}"); done; \
	$(call install)

tools-test: tools-build
	@missing=(); for pair in $(APT_TEST); do command -v "$${pair%%:*}" >/dev/null || missing+=("$${pair##*:}"); done; \
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql); \
	$(call install); \
	case " $${missing[*]} " in *" kamailio "*) $(SUDO) systemctl disable --quiet --now kamailio 2>/dev/null || true;; esac

## What asks: schemathesis, of the versions that are written down, in a place of its own.
tools-asked: target/schemathesis/requirements.txt

target/schemathesis/requirements.txt: tests/e2e/requirements.txt
	@missing=(); python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv); $(call install)
	python3 -m venv --clear target/schemathesis
	target/schemathesis/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: -r $<
	cp $< $@

define install
if [ "$${#missing[@]}" -gt 0 ]; then \
  echo "installing: $${missing[*]}"; \
  $(SUDO) apt-get update -qq; \
  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends "$${missing[@]}"; \
fi
endef
