# Each target does its own set-up and says nothing when there is nothing to do.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
SWIFT ?= swift
RELEASE := .build/release

.PHONY: setup build test lint format demo bench soak clean

# What the build and the tests need of the system, beside the Swift toolchain: the file that shows it is
# there, and its package.
NEEDS := /usr/include/uv.h:libuv1-dev /usr/bin/pkg-config:pkg-config /usr/bin/qemu-mips64el:qemu-user /usr/bin/spin:spin /usr/bin/gdb-multiarch:gdb-multiarch /usr/bin/gcc:gcc /usr/bin/mips64el-linux-gnuabi64-gcc:gcc-mips64el-linux-gnuabi64 /usr/mips64el-linux-gnuabi64/lib/libc.a:libc6-dev-mips64el-cross

setup:
	@command -v $(SWIFT) >/dev/null || { echo "make: there is no 'swift'; install the Swift 6.3 toolchain (swift.org/install)" >&2; exit 1; }
	@missing=(); for need in $(NEEDS); do [ -e "$${need%%:*}" ] || missing+=("$${need##*:}"); done; \
	if [ $${#missing[@]} -gt 0 ]; then \
	  echo "installing $${missing[*]}"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=$$(command -v sudo || true); \
	  { command -v apt-get >/dev/null && { $$sudo apt-get install -y -qq "$${missing[@]}" >/dev/null 2>&1 \
	    || { $$sudo apt-get update -qq >/dev/null 2>&1; $$sudo apt-get install -y -qq "$${missing[@]}" >/dev/null 2>&1; }; }; } \
	  || { echo "make: could not install $${missing[*]}; as root: apt-get install $${missing[*]}" >&2; exit 1; }; \
	fi

build: setup
	@[ -x $(RELEASE)/tctl ] || echo "building; the first time takes some minutes"
	@$(SWIFT) build -c release --quiet --product stationd
	@$(SWIFT) build -c release --quiet --product tctl

# Daemons that wait for each other in every window crawl when others want the processors too: tests with
# several come last, one after the other. Those of clusters start the daemons and the client of the same build.
DAEMONS := 'OnACluster|RunnerTests'
test: setup lint
	@[ -x .build/debug/tctl ] || echo "building; the first time takes some minutes"
	@$(SWIFT) build --build-tests --quiet
	@$(SWIFT) test --skip-build --quiet --skip $(DAEMONS)
	@$(SWIFT) test --skip-build --quiet --no-parallel --filter $(DAEMONS)

lint:
	@$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests Plugins Workloads

format:
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Plugins Workloads

demo: build
	@deploy/demo.sh $(RELEASE)

bench: build
	@deploy/bench.sh $(RELEASE)

# The random testers and the models, long: a night.
soak: setup
	@TORNADO_SOAK=1 $(SWIFT) test

clean:
	@rm -rf .build
