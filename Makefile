# SPDX-License-Identifier: Apache-2.0
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ORIGIN ?= guestbook

.PHONY: help
help: ## list these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Sealock needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

.venv-protos/ready: requirements/protos.lock
	$(PYTHON) -m venv .venv-protos
	.venv-protos/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/protos.lock
	@touch $@

.PHONY: setup
setup: $(VENV)/ready ## make the virtual environment

.PHONY: protos
protos: .venv-protos/ready ## write gen/ from protos/
	PYTHON=.venv-protos/bin/python protos/generate

.PHONY: locks
locks: $(VENV)/ready ## write requirements/*.lock anew, at the newest versions
	requirements/lock
