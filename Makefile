# One verb each. Needs Python 3.11 or newer and make; everything else comes by the lock file.
.DEFAULT_GOAL := help
.PHONY: help env up demo test e2e chaos bench bench-etl bench-metrics score lint format types docs gallery migration clean
SHELL := /bin/sh

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$p" && break; done)
BIN := .venv/bin
MADE := .venv/.made

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

$(MADE): uv.lock pyproject.toml tools/bootstrap.py
	@test -n "$(PYTHON)" || { echo "Pulse needs Python 3.11 or newer: call make with PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) tools/bootstrap.py
	@touch $(MADE)

env: $(MADE) ## make the environment from the lock file

up: $(MADE) ## start everything at http://127.0.0.1:8000 (Ctrl-C stops it)
	@exec $(BIN)/pulse up $(ARGS)

demo: $(MADE) ## the same on the demo company, whatever is configured
	@exec $(BIN)/pulse up --demo $(ARGS)

test: $(MADE) ## every test, on a real PostgreSQL
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder $(ARGS)

e2e: $(MADE) ## the tests in a real browser and process tree
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { command -v apt-get >/dev/null && apt-get install -y -qq --no-install-recommends chromium >&2; } \
		|| echo "No Chromium: the browser tests are skipped; install it to run them." >&2
	@E2E=1 $(BIN)/python -m pytest tests/e2e $(ARGS)

chaos: $(MADE) ## faults on purpose, each beside its bar (minutes)
	@CHAOS=1 $(BIN)/python -m pytest tests/chaos $(ARGS)

bench: $(MADE) ## measure against the goals
	@$(BIN)/python -m benchmarks $(ARGS)

bench-etl: $(MADE) ## what a sync costs: requests, speed, memory
	@$(BIN)/python -m benchmarks --group etl $(ARGS)

bench-metrics: $(MADE) ## how fast questions are answered
	@$(BIN)/python -m benchmarks --group metrics $(ARGS)

score: $(MADE) ## how many of the sample questions come out right
	@$(BIN)/python -m tools.score_questions $(ARGS)

lint: $(MADE) ## style, import direction, house limits
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format" >&2; exit 1; }
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python tools/limits.py

format: $(MADE) ## put code into the house's form
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

types: $(MADE) ## check types, strictly
	@$(BIN)/mypy

docs: $(MADE) ## write the generated pages anew
	@$(BIN)/python -m tools.docs $(ARGS)

gallery: $(MADE) ## take the pictures of docs/gallery.md anew, from the store in use
	@$(BIN)/python -m tools.gallery $(ARGS)

migration: $(MADE) ## draft the next migration from the tables: make migration NAME=add_colour
	@$(BIN)/python -m tools.migration $(NAME)

clean: ## remove the environment and caches; data in PULSE_HOME stays
	@rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
