# Two commands are enough: `make run` to look at the product, `make test` to check it.
# They need python3 (3.11 or later) and make; everything else they install into this folder.

PYTHON ?= python3
VENV := .venv/bin

.PHONY: help run test check format bench clean

help: ## list the commands
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 10

run: ## install what is missing, start everything, print address and login
	@$(PYTHON) -m config.local.bootstrap
	@$(VENV)/python -m config.local.serve

test: ## check, then the whole test suite against the real server and a browser
	@$(PYTHON) -m config.local.bootstrap --dev
	@$(VENV)/python -m config.local.assets --dev
	@$(VENV)/python -m config.local.verify test

check: ## formatting, lint, types, layers, templates, migrations
	@$(PYTHON) -m config.local.bootstrap --dev
	@$(VENV)/python -m config.local.verify check

format: ## rewrite the code as `make check` wants it
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix .
	@find templates -name "*.html" -exec $(VENV)/djade --target-version 5.2 {} +

bench: ## measure speed on this machine
	@$(PYTHON) -m config.local.bootstrap --dev
	@$(VENV)/python -m tests.bench

clean: ## remove everything that was installed or made here, the demo data included
	@$(PYTHON) -m config.local.clean
