# `make help` lists the targets. Each sets up what it needs, once: stamp files in .venv remember it.
.DEFAULT_GOAL := help
.PHONY: help run install test fast lint types bench pictures chaos migrate constraints clean delay-crm chaos-crm
SHELL := /bin/bash

PYTHON ?= $(shell command -v python3.11 || command -v python3)
HOST ?= 127.0.0.1
PORT ?= 8000

BIN := .venv/bin
APP := .venv/.app-installed
DEV := .venv/.dev-installed
SYSTEM := .venv/.system-installed
NODE := node_modules/.installed
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore -c constraints.txt

# nginx lives here, where not every user's PATH looks.
export PATH := $(PATH):/usr/sbin:/sbin

# program:package, for what the tests start for real. Any sendmail will do: Postfix would remove another mail server.
TEST_PROGRAMS := chromium:chromium firefox-esr:firefox-esr nginx:nginx-light node:nodejs npm:npm dovecot:dovecot-imapd sendmail:postfix fc-list:fontconfig
TEST_FONTS := fonts-dejavu-core fonts-noto-core

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(APP) ## set up and start the demo; PORT=8000 HOST=127.0.0.1
	$(BIN)/skvoz demo --host $(HOST) --port $(PORT)

install: $(APP) ## set up for production, without tools and tests; start nothing

test: $(DEV) $(SYSTEM) $(NODE) ## set up and pass all checks and tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 3 --dist worksteal

fast: $(DEV) ## tests without browsers and nginx, stopping at the first failure
	$(BIN)/python -m pytest -x -n 2 --ignore=tests/browser --ignore=tests/static --ignore=tests/nginx

lint: $(DEV) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV) ## mypy, strict
	$(BIN)/mypy

bench: $(DEV) ## measurements, each with its method
	@for measurement in bench/*.py bench/snippet/measure.py; do echo "== $$measurement"; $(BIN)/python "$$measurement" || exit 1; done

delay-crm: $(DEV) ## how long from a call to the finished card, with real processes
	$(BIN)/python bench/delivery/delay.py

chaos-crm: $(DEV) ## 200 inquiries, failing requests, killed workers: nothing doubled, nothing lost
	$(BIN)/python bench/delivery/chaos.py

chaos: $(DEV) ## random operations with random kills, and the reckoning; OPERATIONS=1000000 MINUTES=600
	$(BIN)/python -m bench.chaos --operations $(or $(OPERATIONS),1000000) --minutes $(or $(MINUTES),600)

pictures: $(DEV) $(SYSTEM) ## photographs of every page in pictures/, from two pretend companies' month
	$(BIN)/python scripts/pictures.py pictures

migrate: $(APP) ## bring the database of this instance to the newest schema
	$(BIN)/skvoz db upgrade

constraints: $(DEV) ## write down the versions installed now
	$(BIN)/pip freeze --exclude-editable | grep -viE '^(pip|setuptools|wheel|skvoz)\b' | grep '==' > constraints.txt

clean: ## remove the environment and caches; instance/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info

# --- set-up ---------------------------------------------------------------------------------------

# --clear mends a half-made one; Debian keeps ensurepip in a package of its own.
.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is too old: Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/ensure_packages.sh "$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
	$(PYTHON) -m venv --clear .venv

$(APP): setup.cfg pyproject.toml constraints.txt | .venv/bin/pip
	$(PIP_INSTALL) -e .
	@touch $@

$(DEV): setup.cfg pyproject.toml constraints.txt | .venv/bin/pip
	$(PIP_INSTALL) -e '.[dev]'
	@touch $(APP) $@

$(NODE): package.json package-lock.json | $(SYSTEM)
	npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(SYSTEM): Makefile scripts/ensure_packages.sh | .venv/bin/pip
	scripts/ensure_packages.sh $(TEST_PROGRAMS) $(TEST_FONTS)
	@touch $@
