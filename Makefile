# `make demo` and `make test` start from nothing: they make .venv, install the pinned versions and
# fetch the embedded models. PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt
RUNS := .venv/runs
STAMP := .venv/installed

.PHONY: demo test check docs clean

# What the demo needs, and that plus what tests and checks need.
$(RUNS): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) -e '.[local,world]'
	touch $@

$(STAMP): $(RUNS)
	$(INSTALL) -e '.[local,world,bench,review,dev]'
	touch $@

demo: $(RUNS)
	$(BIN)/echoic demo --out runs/demo

# Threads that sleep instead of spinning while they wait: several times faster where others compute too.
test: export OMP_WAIT_POLICY ?= PASSIVE
test: $(STAMP)
	$(BIN)/echoic models fetch
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python docs/check.py
	$(MAKE) test

docs: $(STAMP)
	$(BIN)/python docs/check.py --write

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
