# crmsim: `make demo` and `make test` need Python 3.11 or newer, pip and make. Everything else goes into .venv.

PYTHON      ?= python3
UV_VERSION  := 0.13.9
PYTEST_ARGS ?=
BENCH_ARGS  ?=
LAB_ARGS    ?=
APP_ARGS    ?=

VENV := .venv
RUN  := $(VENV)/bin/python

# A list for the search below: what the user named, alone; or else python3 and then versions known to work.
ifeq ($(origin PYTHON),file)
CANDIDATES := $(PYTHON) python3.13 python3.12 python3.11
else
CANDIDATES := $(PYTHON)
endif

.DEFAULT_GOAL := help
.PHONY: help demo test bench bench-clv lab app gallery notebooks lint lock clean

help:  ## show this list
	@echo "crmsim, a flight simulator for customer relationships"
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo "Variables: PYTHON=python3.12 (after make clean), PYTEST_ARGS='-k ledger', BENCH_ARGS, LAB_ARGS, APP_ARGS='--host 0.0.0.0', UPGRADE=1 (for lock)"

demo: $(VENV)/.core  ## from a transaction log to a compared strategy, with a report
	@$(RUN) -m crmsim demo

test: $(VENV)/.test  ## run the tests (PYTEST_ARGS chooses)
	@$(RUN) -m pytest $(PYTEST_ARGS)

bench: $(VENV)/.bench  ## measure our engines beside other programs, and each mechanism
	@$(RUN) -m benchmarks.both_engines $(BENCH_ARGS)
	@$(RUN) -m benchmarks.parts $(BENCH_ARGS)
	@$(RUN) -m benchmarks.side_by_side $(BENCH_ARGS)
	@$(RUN) -m benchmarks.mechanisms $(BENCH_ARGS)
	@$(RUN) -m benchmarks.common_luck $(BENCH_ARGS)

bench-clv: $(VENV)/.bench_clv  ## measure our fit of BG/NBD beside lifetimes and PyMC-Marketing
	@$(RUN) -m benchmarks.estimators $(BENCH_ARGS)

lab: $(VENV)/.core  ## open JupyterLab at notebooks/
	@$(RUN) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks $(LAB_ARGS)

app: $(VENV)/.teach  ## the dashboards in a browser, for a classroom (APP_ARGS chooses address and port)
	@$(RUN) -m crmsim app $(APP_ARGS)

gallery: $(VENV)/.core  ## draw the pictures of all dashboards anew
	@$(RUN) -m crmsim gallery --out gallery --replace

notebooks: $(VENV)/.test  ## build the notebooks and labs of both languages from their sources
	@$(RUN) -m crmsim.teaching.build

lint: $(VENV)/.test  ## check style, and that notebooks carry no output
	@$(RUN) -m ruff check .
	@find notebooks exercises -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' \
	    -exec $(RUN) -m nbstripout --verify {} + \
	    || { echo "Strip them with: $(RUN) -m nbstripout FILE..." >&2; exit 1; }

# Keeps the pins that still fit; UPGRADE=1 takes the newest versions instead.
lock: $(VENV)/.made  ## rebuild requirements.lock from pyproject.toml
	@$(FIND_UV); test -n "$$uv" || { echo "make lock needs uv: no uv on PATH, and pip could not install it." >&2; exit 1; }; \
	cp requirements.lock $(VENV)/lock 2>/dev/null || : > $(VENV)/lock; \
	"$$uv" pip compile --quiet --universal --python-version 3.11 --extra test --extra dask --extra teach --extra nbgrader --extra bench --extra bench_clv \
	    --annotation-style line --no-header --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) \
	    --output-file $(VENV)/lock pyproject.toml > $(VENV)/lock.log || exit 1; \
	{ echo "# Made from pyproject.toml by \`make lock\`; do not edit."; cat $(VENV)/lock; } > $(VENV)/lock.new; \
	mv $(VENV)/lock.new requirements.lock; rm -f $(VENV)/lock $(VENV)/lock.log; \
	echo "requirements.lock: $$(grep -c '==' requirements.lock) pins"

clean:  ## remove .venv, caches and builds
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
	find crmsim tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment ------------------------------------------------------------------------------------------
# .made: an empty environment exists. .core, .test, .teach, .nbgrader, .bench, .bench_clv: installed as pyproject.toml and requirements.lock say.

$(VENV)/.made:
	@for candidate in $(CANDIDATES); do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        python=$$candidate; break; \
	    fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "crmsim needs Python 3.11 or newer; looked for: $(CANDIDATES)." >&2; \
	    echo "Found: $$($(PYTHON) --version 2>&1 | head -n 1). Name another with: make PYTHON=/path/to/python3.12 ..." >&2; \
	    exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python cannot make virtual environments: its venv or ensurepip module is missing." >&2; \
	    echo "On Debian and Ubuntu: apt install python3-venv. Or name another: make PYTHON=/path/to/python3.12 ..." >&2; \
	    exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made pyproject.toml requirements.lock
	@echo "Installing crmsim and what it needs (about 1 GB; the first time takes a minute or so)"
	@$(call INSTALL,.)
	@touch $@

$(VENV)/.test: $(VENV)/.core
	@echo "Adding what the tests need"
	@$(call INSTALL,.[test])
	@$(call INSTALL,.[dask])
	@$(call INSTALL,.[teach])
	@$(call INSTALL,.[nbgrader])
	@touch $@

$(VENV)/.teach: $(VENV)/.core
	@echo "Adding what the classroom app needs"
	@$(call INSTALL,.[teach])
	@touch $@

$(VENV)/.nbgrader: $(VENV)/.core
	@echo "Adding what collects and grades labs"
	@$(call INSTALL,.[nbgrader])
	@touch $@

$(VENV)/.bench: $(VENV)/.core
	@echo "Adding the programs that the benchmarks compare with"
	@$(call INSTALL,.[bench])
	@touch $@

$(VENV)/.bench_clv: $(VENV)/.core
	@echo "Adding the libraries that fits are compared with"
	@$(call INSTALL,.[bench_clv])
	@touch $@

# Sets $uv to the uv on PATH, or else to one that pip puts into the environment, or else to nothing.
define FIND_UV
uv=$$(command -v uv || true); \
if [ -z "$$uv" ]; then \
    if [ -x $(VENV)/bin/uv ] || $(RUN) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); then \
        uv=$(VENV)/bin/uv; \
    fi; \
fi
endef

define INSTALL
$(FIND_UV); \
if [ -n "$$uv" ] && "$$uv" pip install --quiet --compile-bytecode --python $(RUN) -c requirements.lock -e '$(1)'; then :; else \
    echo "uv could not do it; trying pip, which is slower"; \
    $(RUN) -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '$(1)'; \
fi
endef
