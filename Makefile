# rigwise: `make` lists what can be made.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check -q

help:  ## list the targets
	@grep -hE '^[a-z_-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "rigwise needs CPython 3.11 or later; set PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# durable_rules needs a C compiler and CPython below 3.13; without it the second engine, CLIPS, answers.
$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	@rm -rf build rigwise.egg-info
	@$(PIP) install -c constraints.txt -e . || { echo "the install failed: see above" >&2; exit 1; }
	@$(PIP) install -c constraints.txt -e ".[durable]" >$(VENV)/durable.log 2>&1 \
	  || echo "durable_rules could not be built here ($(VENV)/durable.log); CLIPS will answer" >&2
	@$(BIN)/python -m compileall -q engine cli.py
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@$(PIP) install -c constraints.txt -e ".[test]"
	@touch $@

$(VENV)/.developed: $(VENV)/.tested
	@$(PIP) install -c constraints.txt -e ".[dev]"
	@touch $@

try: $(VENV)/.installed  ## install into .venv and answer for examples/4x3090_vllm.yaml
	@$(BIN)/rigwise recommend examples/4x3090_vllm.yaml

test: $(VENV)/.tested  ## install the test extras and pass the tests
	@$(BIN)/python -m pytest -q -n auto --dist loadfile

check: $(VENV)/.developed  ## lint, types, knowledge and tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy --strict engine
	@$(BIN)/rigwise validate
	@$(BIN)/python -m pytest -q -n auto --dist loadfile

bench: $(VENV)/.installed  ## speed and memory, as ratios against something run beside it
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.plan
	@$(BIN)/python -m benchmarks.checking

mutate: $(VENV)/.installed  ## small changes of every rule, each of which some example must notice
	@$(BIN)/rigwise test knowledge/rules --mutate

accuracy: $(VENV)/.installed  ## errors on sources that the fit has not seen, into README.md and docs/
	@$(BIN)/python -m benchmarks.accuracy --write

soak: $(VENV)/.tested  ## the long versions of the random tests
	@RIGWISE_SOAK=20000 $(BIN)/python -m pytest -q tests/inference/test_differential.py tests/reading tests/checking tests/test_verify.py tests/test_verify_mutations.py

clean:  ## remove what make made
	rm -rf $(VENV) build dist *.egg-info .hypothesis

.PHONY: help try test check bench accuracy mutate soak clean
