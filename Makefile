# Every chore of the project, one line each. `make test` and `make try` set everything up by themselves.

# The first Python that works and is new enough.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PROVIDERS := .venv-providers

.PHONY: test try faults bench lint types unit providers schemas readme clean

test: lint types unit  ## lint, types and tests

try: $(VENV)/package  ## a tour: a real client, the real server, a sandbox instead of Hoody; then how to enter it into your client
	$(BIN)/hoody-mcp try

faults: $(VENV)/installed  ## a table: what goes wrong, and what becomes of each kind of call
	$(BIN)/python -m tests.fault_table

bench: $(VENV)/installed  ## times, as ratios to a bare SDK server and a bare HTTP call; tokens; how well the search finds
	$(BIN)/python -m tests.bench

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed
	$(BIN)/basedpyright

unit: $(VENV)/installed
	$(BIN)/coverage erase
	$(BIN)/python -m pytest -n auto --dist loadfile -m wide  # measuring these takes minutes and shows nothing more
	$(BIN)/coverage run -m pytest -n auto --dist loadfile -m "not wide"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

providers: $(PROVIDERS)/installed  ## what the packages of Google, Anthropic and OpenAI make of every tool schema; nothing may be skipped
	$(PROVIDERS)/bin/python -m pytest -p tests.providers tests/providers

schemas: $(VENV)/installed  ## compile tool_schemas/ from the operations
	$(BIN)/hoody-mcp schemas --write

readme: $(VENV)/installed  ## write the generated parts of README.md
	$(BIN)/python -m tests.readme

clean:
	rm -rf $(VENV) $(PROVIDERS) build dist .coverage* .pytest_cache .ruff_cache .hypothesis

$(VENV)/package: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed: $(VENV)/package
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

$(PROVIDERS)/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(PROVIDERS)
	$(PROVIDERS)/bin/python -m pip install --quiet "pip>=25.1"
	$(PROVIDERS)/bin/python -m pip install --quiet --editable . --group providers
	touch $@
