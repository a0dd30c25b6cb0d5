# What a developer types. Each target installs what is missing first and says so.

SWIFT ?= swift
BINARY = .build/release/menshen

.PHONY: run build test lint test-asan test-tsan bench bench-check smoke storms
.DEFAULT_GOAL := build

## The stand-in for WeChat, two sample services and the gateway, in one process.
run: build
	@exec $(BINARY) demo

build:
	@Scripts/install-dependencies build
	$(SWIFT) build -c release --static-swift-stdlib --disable-local-rpath --product menshen

## FILTER='suite or test' runs a part; VERBOSE=1 shows every test.
test:
	@Scripts/install-dependencies build
	@Scripts/install-dependencies test
	@Scripts/install-dependencies client
	@Scripts/run-tests
	@Scripts/test-client

## Memory errors and leaks.
test-asan:
	@Scripts/install-dependencies build
	@Scripts/install-dependencies test
	@Scripts/run-tests address

## Data races.
test-tsan:
	@Scripts/install-dependencies build
	@Scripts/install-dependencies test
	@Scripts/run-tests thread

lint:
	@Scripts/install-dependencies check
	$(SWIFT) format lint --strict -r Sources Tests Benchmarks Package.swift
	@Scripts/check-layers
	@Scripts/check-documentation
	@Scripts/check-pages

## A new user's first session, as README.md tells it, against what `make run` starts.
smoke: build
	@Scripts/install-dependencies check
	@Scripts/smoke

## Beside HAProxy, Envoy and nginx, the same work in each; docs/performance.md. BENCH='--quick' and more: BENCH=--help
bench:
	@Scripts/install-dependencies bench
	@exec env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=Benchmarks python3 -m bench $(BENCH)

## Instruction and allocation counts against Benchmarks/thresholds.json. BENCH_CHECK='--only micro' and more: BENCH_CHECK=--help
bench-check:
	@Scripts/install-dependencies count
	@PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=Benchmarks python3 -m unittest -q bench.tests
	@exec env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=Benchmarks python3 -m bench.check $(BENCH_CHECK)

## Two gateways when everybody logs in at once, and when parts of them die. STORMS='kill --rounds 5': Scripts/storms --help
storms: build
	@Scripts/install-dependencies test
	@Scripts/storms $(STORMS)
