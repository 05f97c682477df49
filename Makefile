# Coproduce: every command, in one place. `make` alone lists them.
#
#   PORT=8080 make run     serves on another port
#   PYTHON=python3.13 make run     builds .venv with another Python (3.11 or newer)

PYTHON ?= python3
PORT ?= 8000
export PORT
WORKERS ?= 2# How many tests run side by side.

START := $(PYTHON) start.py
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run own test test-sqlite test-postgres test-browser test-interop test-door coverage bench bench-participants \
	bench-exports bench-impact lint audit format mutation install tools browser static lock upgrade clean

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)


# Try it ---------------------------------------------------------------------------------------

run: ## Serve the demo on this machine, with people to sign in as.
	@$(START)

own: ## Serve an empty site of your own on this machine.
	@$(START) own


# Test it --------------------------------------------------------------------------------------

test: test-sqlite test-postgres test-browser test-interop ## Run every test: on both databases, in Chromium, with R.

test-sqlite: export DATABASE_URL =
test-sqlite: tools ## Run the tests on SQLite.
	$(BIN)/python -m pytest -m "not browser and not interop" -n $(WORKERS)

test-postgres: tools ## Run the same tests on a PostgreSQL of their own.
	$(BIN)/python -m tests.postgres -- $(BIN)/python -m pytest -m "not browser and not interop" -n $(WORKERS)

test-browser: export DATABASE_URL =
test-browser: browser static ## Walk the site in a real Chromium.
	$(BIN)/python -m pytest -m browser -n $(WORKERS)

test-interop: export DATABASE_URL =
test-interop: tools ## Open researchers' files with R and LibreOffice.
	@$(BIN)/python -m tests.interop.programs
	$(BIN)/python -m pytest -m interop

test-door: tools ## Install with old and new pips; clone into an empty folder, start there, and read a result.
	$(BIN)/python -m tests.door.matrix
	$(BIN)/python -m tests.door

browser: tools
	@$(BIN)/python -m tests.browser.chromium

coverage: export DATABASE_URL =
coverage: tools ## Say which lines and branches no test reaches.
	$(BIN)/python -m pytest -m "not browser and not interop" -n $(WORKERS) --cov --cov-report=term-missing:skip-covered

bench: bench-participants bench-exports bench-impact ## Measure everything, one after the other.

bench-participants: tools static ## Have 500 participants answer at once on a PostgreSQL of their own.
	$(BIN)/python -m benchmarks.participants

bench-exports: tools static ## Time exports against COPY, and pages as a site grows to 100,000 responses.
	$(BIN)/python -m benchmarks.exports

bench-impact: tools ## Judge 10,000 waves under a draft, and say how long it takes.
	$(BIN)/python -m benchmarks.impact

mutation: tools ## Change the rules on purpose, and list the changes that no test notices.
	$(BIN)/mutmut run
	$(BIN)/mutmut results


# Check it -------------------------------------------------------------------------------------

TEMPLATES = $(shell find templates -name '*.html')

lint: export DEMO = yes
lint: export DATABASE_URL =
lint: tools ## Check form, types, layers, templates and settings.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(if $(TEMPLATES),$(BIN)/djade --target-version 5.2 --check $(TEMPLATES))
	$(MANAGE) check --fail-level WARNING
	DEMO=no SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_hex(32))") \
		ALLOWED_HOSTS=coproduce.example BEHIND_PROXY=yes EMAIL_HOST=smtp.example \
		DEFAULT_FROM_EMAIL=site@coproduce.example $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) makemigrations --check --dry-run
	$(BIN)/python -m tests.door.vulnerabilities

audit: tools ## Fail when a locked package has a known vulnerability.
	$(BIN)/python -m tests.door.vulnerabilities --strict

format: tools ## Put code and templates into the agreed form.
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(if $(TEMPLATES),$(BIN)/djade --target-version 5.2 $(TEMPLATES))


# Build it -------------------------------------------------------------------------------------

install: ## Make .venv with what running needs.
	@$(START) install

tools: ## Make .venv with the tests and the tools as well.
	@$(START) install --tests

static: tools
	@$(START) static


# Keep it --------------------------------------------------------------------------------------

# requirements.txt is what running needs; requirements-dev.txt is what tests and tools need on top. Extras stay in
# the pins, so that whoever resolves from the locks finds nothing missing in them.
UV_COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-strip-extras --no-annotate \
	--no-header --no-emit-index-url --quiet
# Every .venv has a pip of its own, which is not replaced.
ON_TOP = --group test --group tools --constraint requirements.txt --no-emit-package pip \
	$$(sed -n 's/^\([a-z0-9.-]*\).*==.*/--no-emit-package \1/p' requirements.txt)

lock: tools ## Write both locks anew from pyproject.toml; what is locked stays as it is.
	$(UV_COMPILE) --output-file requirements.txt
	$(UV_COMPILE) $(ON_TOP) --output-file requirements-dev.txt

upgrade: tools ## Write both locks anew with the newest versions allowed.
	$(UV_COMPILE) --upgrade --output-file requirements.txt
	$(UV_COMPILE) --upgrade $(ON_TOP) --output-file requirements-dev.txt

clean: ## Remove what was built. The demo's database and its key stay.
	rm -rf .venv staticfiles htmlcov mutants .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
