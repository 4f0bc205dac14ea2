# SPDX-License-Identifier: Apache-2.0
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell .ci/python)
VENV := .venv
BIN := $(VENV)/bin
ORIGIN ?= guestbook
FOLDER ?= .demo/screenshots
WORKERS ?= 4
MINUTES ?= 1
DISTRIBUTIONS := contract connector/sdk connector/origins edge devkit

.PHONY: help
help: ## list these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The demo needs a few of the packages that development needs: who has all of them has these.
DEMO := $(if $(wildcard $(VENV)/ready),$(VENV)/ready,$(VENV)/demo)

# What an origin needs besides is asked for before anything is set up.
NEEDED := $(wildcard devkit/sealock_devkit/emulators/$(ORIGIN)/installed.py)
.PHONY: needed
needed:
	@$(if $(and $(NEEDED),$(PYTHON)),.ci/usable "$(PYTHON)" && $(PYTHON) -I $(NEEDED))

.PHONY: demo
demo: needed $(DEMO) ## run everything and show where to click (ORIGIN=wordpress for another origin)
	@$(BIN)/sealock demo --origin $(ORIGIN)

.PHONY: demo-once
demo-once: needed $(DEMO) ## play the whole story by itself (ORIGIN=wordpress for another origin)
	@$(BIN)/sealock demo --once --origin $(ORIGIN)

.PHONY: test
test: $(VENV)/ready ## run the tests (ARGS= goes to pytest, WORKERS= is how many processes run them)
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: test-long
test-long: $(VENV)/ready ## run the long tests, and every property with many examples
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "long or hypothesis" --hypothesis-profile=long --timeout 3600 $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/ready ## try mutations of what strangers send (MINUTES= for each harness, ARGS= names some)
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(ARGS)

.PHONY: recordings
recordings: $(VENV)/ready ## record anew what each origin answers, for tests (ARGS=wordpress for one origin)
	@SSL_CERT_FILE=tests/authority_of_nobody.pem $(BIN)/python -m tests.origins.recorded.record $(ARGS)

.PHONY: dists
dists: $(VENV)/ready ## build the wheels and source distributions of all five into dist/
	@mkdir -p dist && rm -f dist/*.whl dist/*.tar.gz
	@for folder in $(DISTRIBUTIONS); do \
	  said=$$(cd $$folder && "$(CURDIR)/$(BIN)/hatchling" build --directory "$(CURDIR)/dist" 2>&1) || { echo "$$said" >&2; exit 1; }; \
	done
	@ls dist/*.whl dist/*.tar.gz

.PHONY: release-check
release-check: check dists ## say whether what is committed can be tagged as a release, and with what
	@.ci/release

.PHONY: images
images: ## build the images of the edge and of each connector, and list what is in them (ARGS= goes to docker build)
	images/build "" $(ARGS)

.PHONY: test-images
test-images: $(VENV)/ready ## run the tests of the images that `make images` built
	SEALOCK_TEST_IMAGES=$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' contract/sealock_contract/__init__.py) $(BIN)/pytest tests/images $(ARGS)

.PHONY: test-cluster
test-cluster: $(VENV)/ready ## run the tests in the cluster of KUBECONFIG (HOST= is where its pods reach this machine)
	@test -n "$(HOST)" || { echo "Say with HOST= under which address pods reach this machine: docs/operations/trying-on-a-cluster.md" >&2; exit 1; }
	SEALOCK_TEST_CLUSTER=$(HOST) $(BIN)/pytest tests/cluster -s $(ARGS)

.PHONY: check
check: $(VENV)/ready .venv-protos/ready ## run every tool that judges the code
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	@BUF=$(BIN)/buf .ci/breaking
	@PYTHON=.venv-protos/bin/python .ci/fresh

.PHONY: routes
routes: $(VENV)/ready ## print the edge's routes
	@$(BIN)/python -m sealock_edge.routes

.PHONY: trips
trips: $(VENV)/ready ## count the files that a pull enters, and all files (ARGS=-v lists them)
	@$(BIN)/python -m tests.architecture.trips $(ARGS)

.PHONY: screenshots
screenshots: $(VENV)/ready ## take pictures of every page (FOLDER=, and ARGS= such as "--only ticket --look dark")
	@$(BIN)/python -m tests.browser.views.pictures $(FOLDER) $(ARGS)

.PHONY: bench
bench: $(VENV)/ready ## measure what pulls cost, beside other services (ARGS="--only nothing": a part)
	$(BIN)/sealock bench $(ARGS)

.PHONY: ledger
SECONDS ?= 60
ledger: $(VENV)/ready ## run everything while everything breaks, and count what arrived (SECONDS=60 SEED=)
	$(BIN)/sealock ledger --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(ARGS)

# The Node service needs npm; the Go gateway Go 1.19 and grpc-go, which Debian has as golang-google-grpc-dev.
YARDSTICKS := devkit/sealock_devkit/bench/yardsticks
GO_SOURCES ?= /usr/share/gocode
.PHONY: yardsticks
yardsticks: ## install what `make bench` compares with, as far as Node and Go are here
	@mkdir -p .bench && cp $(YARDSTICKS)/package.json $(YARDSTICKS)/package-lock.json .bench
	@if command -v npm >/dev/null; then cd .bench && npm ci --silent --ignore-scripts; else echo "No Node: npm is not installed"; fi
	@if [ -d "$(GO_SOURCES)/src/google.golang.org/grpc" ] && command -v go >/dev/null; then \
	  GO111MODULE=off GOPATH=$(GO_SOURCES) go build -o .bench/gateway $(YARDSTICKS)/gateway.go; \
	else echo "No Go gateway: Go or grpc-go is not installed"; fi

.PHONY: capacity
capacity: $(VENV)/ready ## measure what edges and connectors hold, for planning (ARGS= goes to the command)
	$(BIN)/sealock bench capacity $(ARGS)

.PHONY: hostile
hostile: $(VENV)/ready ## measure what hostile traffic costs (ARGS="--minutes 10": all of it at once)
	$(BIN)/sealock bench hostile $(ARGS)

.PHONY: fmt
fmt: $(VENV)/ready ## format the code and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/buf format --write

.PHONY: clean
clean: ## remove everything that is made here
	rm -rf $(VENV) .venv-protos .demo .bench build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .fuzz .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Who has pip already needs no second one for the demo: to install it takes seconds.
HAS_PIP = $(if $(PYTHON),$(shell $(PYTHON) -m pip --python $(PYTHON) --version >/dev/null 2>&1 && echo yes))
pip = .ci/fetch $(if $(1),$(PYTHON) -m pip --python $(BIN)/python,$(BIN)/python -m pip)

# What builds our own distributions comes first: while they are built, what they need is installed beside them.
define install
	@.ci/usable "$(PYTHON)"
	@echo "Setting up $(VENV) with $(PYTHON); this takes $(2) the first time."
	@$(PYTHON) -m venv $(if $(3),--without-pip )$(VENV)
	@$(call pip,$(3)) install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/editable.lock
	@$(call pip,$(3)) install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(1) & needed=$$!; \
	  $(call pip,$(3)) install --quiet --disable-pip-version-check --no-build-isolation --no-deps $(DISTRIBUTIONS:%=--editable ./%); \
	  built=$$?; wait $$needed && exit $$built
	@touch $@
endef

$(VENV)/ready: requirements/dev.lock requirements/editable.lock $(DISTRIBUTIONS:%=%/pyproject.toml)
	$(call install,requirements/dev.lock,a minute)

$(VENV)/demo: requirements/demo.lock requirements/editable.lock $(DISTRIBUTIONS:%=%/pyproject.toml)
	$(call install,requirements/demo.lock,some seconds,$(HAS_PIP))

.venv-protos/ready: requirements/protos.lock
	$(PYTHON) -m venv .venv-protos
	.venv-protos/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/protos.lock
	@touch $@

.PHONY: setup
setup: $(VENV)/ready ## make the virtual environment

.PHONY: protos
protos: .venv-protos/ready ## write contract/sealock from protos/
	PYTHON=.venv-protos/bin/python protos/generate

.PHONY: locks
locks: $(VENV)/ready ## write requirements/*.lock anew, at the newest versions (KEEP=1: at those that they have)
	requirements/lock
