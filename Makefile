# What a developer types. Each target installs what is missing first and says so.

SWIFT ?= swift
BINARY = .build/release/menshen

.PHONY: run build test lint test-asan test-tsan compare smoke storms
.DEFAULT_GOAL := build

## The stand-in for WeChat, two sample services and the gateway, in one process.
run: build
	@exec $(BINARY) demo

build:
	@Scripts/install-dependencies build
	$(SWIFT) build -c release --product menshen

## FILTER='suite or test' runs a part; VERBOSE=1 shows every test.
test:
	@Scripts/install-dependencies build
	@Scripts/install-dependencies test
	@Scripts/run-tests

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
	$(SWIFT) format lint --strict -r Sources Tests Package.swift
	@Scripts/check-layers

## A new user's first session, as README.md tells it, against what `make run` starts.
smoke: build
	@Scripts/install-dependencies check
	@Scripts/smoke

## CPU per request beside HAProxy with jwt_verify. COMPARE='--rounds 5 --seconds 10' and more: Scripts/compare --help
compare: build
	@Scripts/install-dependencies compare
	@Scripts/compare $(COMPARE)

## Two gateways when everybody logs in at once, and when parts of them die. STORMS='kill --rounds 5': Scripts/storms --help
storms: build
	@Scripts/install-dependencies test
	@Scripts/storms $(STORMS)
