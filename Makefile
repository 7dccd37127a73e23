# The commands of the house: each is a line or two of ordinary tools. `make` alone lists them.
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK = 1
B := .venv/bin
# npm's tools find node through PATH; everything else is called by its place
NODE := PATH="$(CURDIR)/$(B):$$PATH"

.PHONY: help demo serve test test-fault coverage check check-python check-contract check-generators check-image contract release-contract examples bench bench-matching mutate lock

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.app ## walk the whole story of a program on a realistic company
	@$(B)/rementor demo

serve: .venv/.app ## API, worker and documentation page on http://127.0.0.1:8000 (PORT=… for another)
	@$(B)/rementor serve

test: .venv/.dev ## all tests, on SQLite and on a real PostgreSQL
	$(B)/pytest -n 2

test-fault: .venv/.dev ## hostile input, races, kills and long searches; what fails is tried once more, and told
	$(B)/pytest -n 2 -m fault --reruns 1 -r R

coverage: .venv/.dev ## how much of app/ the tests reach, without those of the engine alone
	$(B)/pytest -n 2 --ignore=tests/matching --cov=app --cov-report=term:skip-covered --cov-fail-under=90

check: check-python check-contract check-image ## style, types, floors, migrations, contract, image

check-python: .venv/.dev
	$(B)/ruff check && $(B)/ruff format --check
	$(B)/mypy
	$(B)/lint-imports --no-logo
	$(B)/pytest -q -m "contract and not fault"

TOOLS := openapi/tools/node_modules/.bin
CONSUMER := tests/consumers/typescript

check-contract: .venv/.dev openapi/tools/node_modules/.package-lock.json
	$(NODE) $(TOOLS)/spectral lint --ruleset openapi/tools/.spectral.yaml --fail-severity=hint openapi/openapi.json
	$(NODE) $(TOOLS)/redocly lint --config openapi/tools/redocly.yaml openapi/openapi.json
	$(NODE) $(TOOLS)/openapi-typescript openapi/openapi.json --default-non-nullable=false -o $(CONSUMER)/contract.gen.ts
	$(B)/python -m tests.consumers.documented
	$(NODE) $(TOOLS)/tsc --project $(CONSUMER)
	$(NODE) $(B)/python -m tests.consumers.live $(TOOLS)/../.consumer/live.mjs
	$(NODE) $(B)/python -m tests.consumers.webhooks $(TOOLS)/../.consumer

check-generators: .venv/.generators openapi/generators/node_modules/.package-lock.json ## five generators of clients accept the contract
	$(NODE) $(B)/python openapi/generators/check.py .venv/generators/bin/python

contract: .venv/.dev ## write the contract, its catalogues and the client anew, after a change of the API
	$(B)/rementor openapi --out openapi/openapi.json
	$(B)/python openapi/tools/catalogues.py
	$(B)/python openapi/tools/client.py

release-contract: .venv/.dev ## with a release: keep its contract, which later ones are compared with
	$(B)/python openapi/tools/breaking.py --release

examples: .venv/.dev ## record an answer of each operation that shows none yet, or one that is outdated
	REMENTOR_RECORD_EXAMPLES=app/examples.json $(B)/pytest -q -k sqlite tests/stories tests/*/test_*_api.py

check-image: .venv/.dev
	$(B)/hadolint Dockerfile

bench: .venv/.dev ## the bars of the API, of other stacks, of long work and of imports, each beside its reference
	@missed=0; for part in api rivals beside importing; do $(B)/python -m benchmarks.$$part || missed=1; done; exit $$missed

bench-matching: .venv/.dev ## the bars of the matching engine
	$(B)/python -m benchmarks.matching

mutate: .venv/.dev ## small mistakes written into the engine: each must fail a test (half an hour)
	$(B)/python -m benchmarks.mutants

lock: ## resolve the dependencies anew (needs uv and npm)
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml requirements/build.in -o requirements/app.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements/app.txt pyproject.toml requirements/build.in --group dev -o requirements/dev.txt
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/generators.in -o requirements/generators.txt
	npm install --prefix openapi/tools --package-lock-only --omit-lockfile-registry-resolved
	npm install --prefix openapi/generators --package-lock-only --omit-lockfile-registry-resolved

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Rementor needs Python 3.11 or newer as $(PYTHON); name another one with: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Rementor needs Python's venv module, which is missing here (Debian, Ubuntu: apt install python3-venv)."; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.app: requirements/app.txt pyproject.toml | .venv/bin/python
	@echo "Installing the locked dependencies into .venv, which takes a minute or two …"
	@$(B)/pip install -qq --require-hashes --requirement requirements/app.txt
	@$(B)/pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.app
	@echo "Installing the locked tools for tests and checks into .venv, which takes a minute or two …"
	@$(B)/pip install -qq --require-hashes --requirement requirements/dev.txt
	@touch $@

.venv/.generators: requirements/generators.txt | .venv/bin/python
	@echo "Installing the locked generators into .venv/generators; one of them brings a Java of its own …"
	@$(B)/python -m venv .venv/generators
	@.venv/generators/bin/pip install -qq --require-hashes --requirement requirements/generators.txt
	@touch $@

openapi/%/node_modules/.package-lock.json: openapi/%/package-lock.json .venv/.dev
	$(NODE) npm ci --prefix openapi/$* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
