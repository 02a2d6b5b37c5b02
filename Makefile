# Three commands: `make demo` and `make test` do all their own set-up; `make check` is what reviewers run.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ROOMS := bot nlq schedules metrics localslack examples/northstar

.PHONY: install demo test check lock bench mutants load clean

# Compiled, the language files too, because where Python may not write bytecode every start would do it again: a third of
# the time that a single question takes.
install: $(STAMP)
	@$(BIN)/python -m compileall -q $(ROOMS)
	@$(BIN)/python -c 'from nlq.reader.compiled import compiled; compiled(write=True); from bot.wording.catalogue import compile_all; compile_all()'

# Everything locked, by hash. A fresh Debian has Python without its venv part: fetch that when we may.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Paceline needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; } \
		|| { echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: install
	$(BIN)/paceline demo $(ARGS)

# On two cores, a file at a time. `make test ARGS="-n 0 tests/language"` runs what you name in one process.
test: install
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/paceline bench

# Small faults put into the code, one at a time: do the tests notice? Half an hour and more on two cores
mutants: install
	@$(BIN)/python -m bench.mutants $(ARGS)

# Everybody asks at once: 50 and 200 askers, and wide askers beside others. On a machine that does nothing else.
load: install
	$(BIN)/python -m bench.load --askers 50 $(ARGS)
	$(BIN)/python -m bench.load --askers 200 $(ARGS)
	$(BIN)/python -m bench.load --askers 20 --wide 4 $(ARGS)

# Names no index: whoever installs uses their own.
lock: install
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .demo build dist *.egg-info
