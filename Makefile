# Two commands are all a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Tests and benchmarks start processes by the hundred: what those compile is kept for the next one.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench docs crds chart fuzz hosts compat clean

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# The main job end to end: server, master, three peels, push, drift, outage, rollback.
demo: $(STAMP)
	@$(BIN)/python examples/demo.py

# Most tests wait for servers and processes of their own: some more at once than there are cores.
AT_ONCE ?= 5
test: $(STAMP)
	@$(BIN)/python -m pytest -n $(AT_ONCE) --dist worksteal --durations=15

# Linters, types, the direction of imports.
check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# The budgets of the design, measured here and now.
bench: $(STAMP)
	@$(BIN)/python -m bench

# docs/cli.md, from the programs themselves.
docs: $(STAMP)
	@$(BIN)/python -m zester.cli.reference

# crds/*.yaml and their page, from the models of what can be said in a cluster.
crds: $(STAMP)
	@$(BIN)/python -m zester.resources.kubernetes

# The table of values in the chart's README, and what comes of the chart.
chart: $(STAMP)
	@PYTHONPATH=tests $(BIN)/python -m support.chart

# Whatever reads bytes of strangers, SECONDS each, by a coverage-guided fuzzer.
SECONDS ?= 60
fuzz: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	@set -e; for name in $$($(BIN)/python -m fuzz 2>/dev/null); do echo "$$name"; \
		$(BIN)/python -m fuzz $$name -max_total_time=$(SECONDS) -max_len=4000 -verbosity=0; done

# Cut networks, full disks, mounts, limits: as root, in namespaces of their own.
hosts: $(STAMP)
	@tests/hosts/run $(BIN)/python

# Our trees under real Salt from PyPI: are the expectations still its answers, are ours equal?
# `make compat WRITE=1` writes the expectations anew.
SALT := .venv-compat
$(SALT)/.installed: tests/compat/requirements.txt
	@$(PYTHON) -m venv $(SALT)
	@$(SALT)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/compat/requirements-of-salt.txt
	@$(SALT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

compat: $(STAMP) $(SALT)/.installed
	@PYTHONPATH=tests $(BIN)/python -m compat $(abspath $(SALT))/bin/python $(if $(WRITE),--write)
	@$(SALT)/bin/python tests/compat/salt_edits.py $(if $(WRITE),--write)

clean:
	@rm -rf $(VENV) $(SALT) .zester dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
