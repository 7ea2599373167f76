# Two commands matter: `make demo` and `make test`. Both make their own environment in .venv, from hash-locked requirements.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench lock clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PACKAGES := domain ledger projections api docs benchmarks
# A Python to make the environment with: PYTHON=... or the first of these that runs and is 3.11 or newer.
PYTHON ?=
CANDIDATES := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
# Bytecode is kept, whatever the environment says: the tests start hundreds of processes that import the same modules.
export PYTHONDONTWRITEBYTECODE :=
# Test workers; each has its own database. A third keeps two cores busy while others wait for a server or a browser.
WORKERS ?= 3

help:
	@echo "make demo   run Parley here on its own PostgreSQL, with the real timelines (ARGS=--once: print and leave)"
	@echo "make test   run the tests"
	@echo "make lint   check the style, the types and the direction of imports"
	@echo "make docs   write the generated documents (ARGS=--check: name those that are out of date)"
	@echo "make bench  measure"
	@echo "make lock   resolve the dependencies again and lock them by hash (needs uv)"
	@echo "make clean  remove the environment and what tools left behind; recorded data stays"

demo: .venv/.runs
	$(BIN)/parley demo $(ARGS)

test: .venv/.tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: .venv/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(addprefix -p ,$(PACKAGES))
	$(BIN)/lint-imports
	$(BIN)/hadolint docker/Dockerfile

docs: .venv/.tests
	$(BIN)/python -m docs.generate $(ARGS)
	$(BIN)/python -m docs.screenshots $(ARGS)

bench: .venv/.tests
	$(BIN)/python -m benchmarks $(ARGS)

lock:
	uv pip compile pyproject.toml --group dev --generate-hashes --universal --no-header -o requirements.lock
	uv pip compile pyproject.toml --group build -c requirements.lock --generate-hashes --universal --no-header -o requirements-run.lock

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# What `parley` itself needs, and the build backend for the editable install.
.venv/.runs: requirements-run.lock pyproject.toml | .venv/bin/python
	@echo "Installing what Parley needs into .venv (once)"
	@$(PIP) install --require-hashes -r requirements-run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# What the tests, linters and benchmarks need besides.
.venv/.tests: requirements.lock .venv/.runs
	@echo "Installing what the tests need into .venv (once)"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

.venv/bin/python:
	@for candidate in $(CANDIDATES); do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	    echo "Parley needs Python 3.11 or newer; none of these is: $(CANDIDATES). Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$found cannot make environments: install its venv module (on Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 1; \
	fi; \
	rm -rf .venv; "$$found" -m venv .venv
