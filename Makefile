# Sluice. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# What the build and the run need of Debian, and what the tests look at results with.
PACKAGES := libvips-dev liblcms2-dev libjpeg62-turbo-dev zlib1g-dev libsqlite3-dev libexif-dev nettle-dev liblinear-dev libraw-dev pkg-config binutils
# What a package is made with.
PACKAGING := dpkg-dev python3
# What the status page and reports are looked at with.
BROWSER_PACKAGES := chromium fonts-dejavu-core
# What `make sanitize` runs workers in; Debian's valgrind reads libc by its debug information.
SANITIZE_PACKAGES := valgrind libc6-dbg python3
TEST_PACKAGES := libimage-exiftool-perl libvips-tools libheif-examples python3-jsonschema python3-yaml strace procps e2fsprogs xfsprogs libfuse3-dev

SWIFT_NEEDED := 6.2
# The Swift run-time is linked in, so that the programs run where no toolchain is installed.
RELEASE := swift build -c release --static-swift-stdlib

DEMO_OUT := demo-out

# What `make torture` runs; all, when empty.
CASES :=
# What `make test` runs; all, the torture in short, and the documentation's commands, when empty.
FILTER ?=
# Where nothing but decisions is tested.
FAST := ^(Admission|HTTP|ImageHeader|Journal|Outbox|Pipeline|Report|Training)Tests\.
# What `make sanitize` looks for.
SANITIZE := address memory threads
# Where `make install` puts things; what `make deb` calls its package, when not the programs' own version.
DESTDIR ?=
PREFIX ?= /usr
VERSION ?=
# What `make bench` measures in full: speed, memory, denoise, classify, train, scale or all; when empty, a short form of both.
BARS ?=
# What `make fuzz` runs (all, when empty), for how many seconds each, or all of them together.
TARGETS :=
SECONDS := 60
TOTAL :=

.PHONY: help setup setup-test demo build test test-fast torture browser fuzz sanitize check format reference bench figures deb install service-test clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Install the Debian packages that are missing and ONNX Runtime, and look for Swift
	@Tests/Checks/setup.sh $(SWIFT_NEEDED) $(PACKAGES)
	@Tests/Checks/onnxruntime.sh

setup-test: ## The same, with what the tests look at results with
	@Tests/Checks/setup.sh $(SWIFT_NEEDED) $(PACKAGES) $(TEST_PACKAGES)
	@Tests/Checks/onnxruntime.sh

build: setup ## Build the release programs
	$(RELEASE) --product sluice
	$(RELEASE) --product sluice-worker

demo: build ## Install, build, and process the example pictures
	@Tests/Checks/demo.sh "$$($(RELEASE) --show-bin-path)" $(DEMO_OUT)

test: setup-test ## Install, build, and run the tests; some of them with FILTER='JournalTests' (a regular expression)
	swift build --build-tests
	@Tests/Checks/test.py "$$(swift build --show-bin-path)" $(if $(FILTER),'$(FILTER)')
ifeq ($(FILTER),)
	@Tests/Checks/text.py "$$(swift build --show-bin-path)"
	@Tests/Grading/reference.py "$$(swift build --show-bin-path)"
	@Tests/Torture/torture.py --short "$$(swift build --show-bin-path)"
	@Tests/Documentation/commands.py "$$(swift build --show-bin-path)"
	@Tests/Browser/run.sh "$$(swift build --show-bin-path)" --scenario busy --scenario hostile
endif

test-fast: setup-test ## Build, and run the tests of decisions: no processes, under a minute
	swift build --build-tests
	@Tests/Checks/test.py "$$(swift build --show-bin-path)" '$(FAST)'

torture: build setup-test ## Prove that nothing is lost: an hour or two of kills, power loss, full disks, hostile files
	@Tests/Checks/text.py "$$($(RELEASE) --show-bin-path)"
	@Tests/Torture/torture.py "$$($(RELEASE) --show-bin-path)" $(CASES)

browser: build ## Look at the status page and a report in Chromium: contrast, names, focus, policy, phones, dark mode
	@Tests/Checks/setup.sh $(SWIFT_NEEDED) $(PACKAGES) $(BROWSER_PACKAGES)
	@Tests/Browser/run.sh "$$($(RELEASE) --show-bin-path)"

fuzz: setup ## Give every parser any bytes at all, under sanitizers: make fuzz SECONDS=1200 TARGETS='exif xmp', or TOTAL=120
	@Tests/Fuzz/fuzz.py $(if $(TOTAL),--total $(TOTAL),--seconds $(SECONDS)) $(TARGETS)

sanitize: setup-test ## Look for freed and uninitialised memory and data races, in about an hour; SHORT=1: the examples under AddressSanitizer
	@Tests/Checks/setup.sh $(SWIFT_NEEDED) $(SANITIZE_PACKAGES)
	@Tests/Sanitize/sanitize.py $(if $(SHORT),address --short,$(SANITIZE))

check: setup-test ## Lint, what is linked, imports, examples, reference pages
	@Tests/Checks/check.sh

format: ## Format the Swift sources
	swift format --in-place --recursive --parallel Package.swift Sources Tests

reference: setup ## Write Documentation/reference/ from what the program declares
	swift build --product sluice
	@Documentation/reference.py "$$(swift build --show-bin-path)"

bench: build setup-test ## Measure, in under five minutes; in full with BARS=speed, BARS=memory, BARS=denoise, BARS=classify, BARS=train, BARS=scale or BARS=all
	@BARS='$(BARS)' Benchmarks/run.sh "$$($(RELEASE) --show-bin-path)"

figures: build setup-test ## Measure the throughput in full, and put it into Documentation/comparison.md
	@Benchmarks/speed/peers.sh
	@Benchmarks/speed/throughput.py "$$($(RELEASE) --show-bin-path)" --json Benchmarks/speed/throughput.json || true
	@Benchmarks/speed/plot.py

deb: build ## Debian packages in .build/: need no Swift where they are installed; with service, manual pages, completions
	@Tests/Checks/setup.sh $(SWIFT_NEEDED) $(PACKAGING)
	@systemd/package/deb.sh "$$($(RELEASE) --show-bin-path)" .build $(VERSION)

install: build ## Install below DESTDIR, into PREFIX (/usr): make install DESTDIR=/tmp/tree PREFIX=/usr/local
	@Tests/Checks/setup.sh $(SWIFT_NEEDED) $(PACKAGING)
	@systemd/package/install.sh "$$($(RELEASE) --show-bin-path)" '$(DESTDIR)' '$(PREFIX)'

service-test: deb ## Boot a systemd of its own (as root), install the package there, and try the service
	@Tests/Service/service.py "$$($(RELEASE) --show-bin-path)"

clean: ## Remove what was built
	rm -rf .build $(DEMO_OUT)
