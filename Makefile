# Coproduce: every command, in one place. `make` alone lists them.
#
#   PORT=8080 make run     serves on another port
#   PYTHON=python3.13 make run     builds .venv with another Python (3.11 or newer)

PYTHON ?= python3
PORT ?= 8000
export PORT
WORKERS ?= 2# How many tests run side by side.

VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
INSTALLED := $(VENV)/.installed
COLLECTED := staticfiles/staticfiles.json

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test test-sqlite test-postgres test-browser test-interop browser coverage bench bench-participants bench-exports bench-impact lint format mutation \
	install static lock upgrade clean

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)


# Try it ---------------------------------------------------------------------------------------

# The demo is always the SQLite file beside manage.py, whatever DATABASE_URL the shell holds: the
# demo people must never reach a real site's data.
run: export DEMO = yes
run: export DATABASE_URL =
run: $(INSTALLED) $(COLLECTED) ## Serve the demo on this machine, with people to sign in as.
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_instrument
	@$(MANAGE) seed_demo
	@echo "Coproduce is at http://127.0.0.1:$(PORT) until you press Ctrl+C."
	@$(BIN)/gunicorn


# Test it --------------------------------------------------------------------------------------

test: test-sqlite test-postgres test-browser test-interop ## Run every test: on both databases, in Chromium, with R.

test-sqlite: export DATABASE_URL =
test-sqlite: $(INSTALLED) ## Run the tests on SQLite.
	$(BIN)/python -m pytest -m "not browser and not interop" -n $(WORKERS)

test-postgres: $(INSTALLED) ## Run the same tests on a PostgreSQL of their own.
	$(BIN)/python -m tests.postgres -- $(BIN)/python -m pytest -m "not browser and not interop" -n $(WORKERS)

test-browser: export DATABASE_URL =
test-browser: browser static ## Walk the site in a real Chromium.
	$(BIN)/python -m pytest -m browser -n $(WORKERS)

test-interop: export DATABASE_URL =
test-interop: $(INSTALLED) ## Open researchers' files with R and LibreOffice.
	@$(BIN)/python -m tests.interop.programs
	$(BIN)/python -m pytest -m interop

browser: $(INSTALLED)
	@$(BIN)/python -m tests.browser.chromium

coverage: export DATABASE_URL =
coverage: $(INSTALLED) ## Say which lines and branches no test reaches.
	$(BIN)/python -m pytest -m "not browser and not interop" -n $(WORKERS) --cov --cov-report=term-missing:skip-covered

bench: bench-participants bench-exports bench-impact ## Measure everything, one after the other.

bench-participants: $(INSTALLED) $(COLLECTED) ## Have 500 participants answer at once on a PostgreSQL of their own.
	$(BIN)/python -m benchmarks.participants

bench-exports: $(INSTALLED) $(COLLECTED) ## Time exports against COPY, and pages as a site grows to 100,000 responses.
	$(BIN)/python -m benchmarks.exports

bench-impact: $(INSTALLED) ## Judge 10,000 waves under a draft, and say how long it takes.
	$(BIN)/python -m benchmarks.impact

mutation: $(INSTALLED) ## Change the rules on purpose, and list the changes that no test notices.
	$(BIN)/mutmut run
	$(BIN)/mutmut results


# Check it -------------------------------------------------------------------------------------

TEMPLATES = $(shell find templates -name '*.html')

lint: export DEMO = yes
lint: export DATABASE_URL =
lint: $(INSTALLED) ## Check form, types, layers, templates and settings.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(if $(TEMPLATES),$(BIN)/djade --target-version 5.2 --check $(TEMPLATES))
	$(MANAGE) check --fail-level WARNING
	DEMO=no SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_hex(32))") \
		ALLOWED_HOSTS=coproduce.example $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) makemigrations --check --dry-run

format: $(INSTALLED) ## Put code and templates into the agreed form.
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(if $(TEMPLATES),$(BIN)/djade --target-version 5.2 $(TEMPLATES))


# Build it -------------------------------------------------------------------------------------

install: $(INSTALLED) ## Make .venv from the lock file.

$(INSTALLED): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Coproduce needs Python 3.11 or newer.")'
	@echo "Installing the locked packages into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

static: $(COLLECTED)

$(COLLECTED): $(INSTALLED) coproduce/settings.py $(shell find static -type f)
	@DEMO=yes DJANGO_SETTINGS_MODULE=coproduce.settings $(MANAGE) collectstatic --noinput --clear --verbosity 0
	@touch --no-create $@


# Keep it --------------------------------------------------------------------------------------

UV_COMPILE = $(BIN)/uv pip compile pyproject.toml --group test --group tools --universal --generate-hashes \
	--no-header --no-emit-index-url --quiet --output-file requirements.txt

lock: $(INSTALLED) ## Write requirements.txt anew from pyproject.toml; what is locked stays as it is.
	$(UV_COMPILE)

upgrade: $(INSTALLED) ## Write requirements.txt anew with the newest versions allowed.
	$(UV_COMPILE) --upgrade

clean: ## Remove what was built. The demo's database and its key stay.
	rm -rf $(VENV) staticfiles htmlcov mutants .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
