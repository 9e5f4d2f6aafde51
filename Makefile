# Everything runs from .venv, which is made when it is missing or pyproject.toml or constraints.txt have changed.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
READY_DEMO := .venv/ready-demo
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
# Processes that tests start would compile all modules each time where this is set.
export PYTHONDONTWRITEBYTECODE :=

# Tests wait for processes, those that take long most. The tests of a file share servers, so they stay together.
# Files begin in the order of tests/conftest.py, slow ones first, not by their number of tests.
PARALLEL := --dist loadfile --no-loadscope-reorder

BENCH := .venv/ready-bench

.PHONY: demo test test-slow bench bench-full lint types format check lock clean help

help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# What runs, without the developers' tools, which take several times as much.
$(READY_DEMO): pyproject.toml constraints.txt
	@echo "Setting up .venv, once: downloading about 350 MB of Python packages; this takes a minute or two."
	$(PYTHON) -m venv .venv
	$(PIP) .
	@touch $@

# With all that runs: so a demo after it installs nothing.
$(READY): pyproject.toml constraints.txt
	@echo "Setting up .venv, once: downloading up to 500 MB of Python packages, with the tools for developers; this takes minutes."
	$(PYTHON) -m venv .venv
	$(PIP) '.[dev]'
	@touch $(READY_DEMO) $@

demo: $(READY_DEMO) ## make made-up data, load it, serve it, and print requests to try
	$(BIN)/quotidian demo $(ARGS)

test: $(READY) ## run the tests but those that take long each
	$(BIN)/python -m pytest -n 3 $(PARALLEL) -m 'not slow' $(ARGS)

test-slow: $(READY) ## run the others: kills under load, clusters, whole worlds, clients
	$(BIN)/python -m pytest -n 4 $(PARALLEL) -m slow $(ARGS)

lint: $(READY) ## check style, format, and which floor imports from which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(READY) ## check types
	$(BIN)/mypy

$(BENCH): $(READY)
	$(PIP) '.[bench]'
	@touch $@

bench: $(BENCH) ## measure, small: about five minutes
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(ARGS)

bench-full: $(BENCH) ## measure with full sizes, and write the table into benchmarks/README.md
	PYTHONPATH=tests $(BIN)/python -m benchmarks --full --write $(ARGS)

check: lint types test test-slow ## everything that CI runs

format: $(READY) ## put code into the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## pin the newest versions that pyproject.toml allows in constraints.txt
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	.venv-lock/bin/python -m pip freeze --exclude-editable > constraints.txt
	rm -rf .venv-lock

clean: ## remove everything that is made
	rm -rf .venv .venv-lock build dist demo-data .pytest_cache .mypy_cache .ruff_cache .hypothesis
