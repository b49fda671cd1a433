# goldloop: what a newcomer needs is `make run`, what a contributor needs is `make check test`.
# Everything happens in this folder: the environment in .venv, the demo in .demo.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
HOME_DEMO := $(CURDIR)/.demo

# ---------------------------------------------------------------------------------------------------- for everybody

help: ## this list
	@printf 'goldloop: from export files to the golden formula\n\n'
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '%-20s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.ready-run ## make the environment in .venv (once; again only when the requirements change)

run: setup ## the demo shop group, its golden formula, and the web app running on it
	@$(BIN)/python tools/first_run.py $(HOME_DEMO)

stop: ## stop the web app that `make run` started
	@$(BIN)/python tools/first_run.py $(HOME_DEMO) --stop

test: setup-dev ## all tests, group by group, with the time of each
	@$(BIN)/python tools/run_tests.py

test-others: setup-dev ## units and properties on every other supported Python that is installed
	@$(BIN)/python tools/run_tests.py --others

soak: setup-dev ## the long form of the property tests and the kills (an hour or so)
	@$(BIN)/python tools/run_tests.py --soak

check: setup-dev ## lint, types, layers, generated pages: everything that needs no data
	@$(BIN)/python tools/check.py

bench: setup-dev ## speed and memory against bare engines, as a table of ratios
	@$(BIN)/python -m benchmarks.run

bench-full: setup-dev ## the same with more rounds and the 20 million line shop group
	@$(BIN)/python -m benchmarks.run --full

screenshots: setup-dev ## pictures of every page of the demo (zh and en, light and dark, desktop and phone) in .demo/screenshots
	@$(BIN)/python tools/screenshots.py $(HOME_DEMO) $(HOME_DEMO)/screenshots

docs: setup-dev ## write docs/reference again from the code
	@$(BIN)/python docs/generate.py

words: ## compile the Chinese words of the back office's library (needs gettext's msgfmt)
	@msgfmt --check-format -o src/goldloop/web/locale/zh_Hans/LC_MESSAGES/django.mo src/goldloop/web/locale/zh_Hans/LC_MESSAGES/django.po

clean: ## remove the demo and everything built or cached; .venv stays
	@[ ! -f $(HOME_DEMO)/serve.pid ] || $(BIN)/python tools/first_run.py $(HOME_DEMO) --stop
	@rm -rf .demo build dist benchmarks/work .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find src tests benchmarks docs tools -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo 'removed: the demo, caches and built files (for the environment: rm -rf .venv)'

# ----------------------------------------------------------------------------------------------------- environment

setup-dev: $(VENV)/.ready-dev .venv-storage/.ready

$(VENV)/.ready-run: requirements/build.txt requirements/run.txt pyproject.toml tools/set_up.sh
	@tools/set_up.sh $(VENV) requirements/build.txt requirements/run.txt
	@touch $@

SPARK := $(if $(shell command -v java),requirements/spark.txt) # half a gigabyte that is of no use without Java

$(VENV)/.ready-dev: $(VENV)/.ready-run requirements/dev.txt requirements/data.txt $(SPARK)
	@tools/set_up.sh $(VENV) requirements/dev.txt requirements/data.txt $(SPARK)
	@touch $@

.venv-storage/.ready: requirements/storage.txt # a server of object storage for the tests; without it they are skipped in words
	@$(BIN)/python -m venv --clear .venv-storage
	@.venv-storage/bin/python -m pip install --disable-pip-version-check -q --require-hashes --no-deps -r requirements/storage.txt && touch $@ || true

LOCK := uv pip compile -q --generate-hashes --universal --python-version 3.11 --custom-compile-command "make lock"

lock: ## choose the newest allowed versions again (needs uv)
	@$(LOCK) --upgrade requirements/build.in -o requirements/build.txt > /dev/null
	@$(LOCK) --upgrade pyproject.toml -o requirements/run.txt > /dev/null
	@$(LOCK) --upgrade pyproject.toml --extra dev -c requirements/run.txt -c requirements/build.txt -o requirements/dev.txt > /dev/null
	@$(LOCK) --upgrade requirements/spark.in -c requirements/run.txt -c requirements/dev.txt -o requirements/spark.txt > /dev/null
	@$(LOCK) --upgrade requirements/storage.in -o requirements/storage.txt > /dev/null
	@echo 'requirements/*.txt are written; run `make check test` before you commit them'

.PHONY: help setup setup-dev run stop screenshots test test-others soak check bench bench-full docs words clean lock
