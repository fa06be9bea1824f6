# Two commands matter: `make demo` shows what this is, `make test` proves it. Everything they need is installed by them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install pulumi demo test lint actionlint types unit engine engine-many faults soak bench measured scoreboard kills lambda urns runbooks preview-report preview-engine preview-comment preview-examples lock clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## a virtual environment in .venv with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "opslib needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say which: make PYTHON=python3.12")'
	@echo "installing the locked dependencies into $(VENV) (about a minute, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

pulumi: install ## the Pulumi CLI and its Python host in .tools, from Go modules, where `pulumi` is not on PATH
	@$(BIN)/python tools/build_pulumi.py

demo: install ## sandbox, sample workload, pulumi up of staging, and what then exists in that AWS
	@$(BIN)/python -m demo

test: install ## everything CI proves
	@$(BIN)/python tools/build_pulumi.py --if-go
	@$(MAKE) --no-print-directory lint types unit

lint: install ## ruff: style and errors; actionlint: the workflows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python tools/build_actionlint.py --if-go

actionlint: install ## only the workflows, by actionlint from a pinned Go module
	@$(BIN)/python tools/build_actionlint.py

types: install ## mypy --strict
	@$(BIN)/mypy

unit: install ## all tests, the real engine's included where it is there
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --ignore=tests/faults
	@# A run of its own: it forks for every case, and forking what all the other tests have imported takes longer.
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests/faults

engine: pulumi ## only the tests against the real Pulumi engine
	@$(BIN)/python -m pytest -m engine

engine-many: pulumi ## a product of a hundred services on the real engine, timed (minutes)
	@OPSLIB_SLOW=1 $(BIN)/python -m pytest tests/engine/test_many_services.py -s

faults: install ## every call of every rollback, every way to fail there, then resumed; writes build/faults.json
	@$(BIN)/python -m tests.faults

SOAK_MINUTES ?= 30
soak: install ## SOAK_MINUTES=30 of random deployments, rollbacks, kills, colleagues; says how to repeat what it finds
	@$(BIN)/python -m tests.faults.soak --minutes $(SOAK_MINUTES)

bench: install ## every benchmark against its peer or its limit, in one run; writes build/bench.json
	@$(BIN)/python -m benchmarks

measured: install ## suggestions made on the first half of real series, judged on the second; writes build/suggestions.md
	@$(BIN)/python -m benchmarks.suggestions --table

KILLS ?= 100
kills: install ## KILLS=100 times kill -9 of the taking and of the verification of each kind of backup (minutes)
	@OPSLIB_KILLS=$(KILLS) $(BIN)/python -m pytest -q -rP -n 2 tests/backup/test_kills.py

scoreboard: install ## 25 classes of damage to backups, injected beside undamaged twins; writes build/scoreboard.json
	@$(BIN)/python -m tests.damage

lambda: install ## build/lambda/opslib.zip, the code of the stack's Lambda functions: `pulumi up` needs it
	@$(BIN)/python tools/build_lambda.py

urns: install ## write anew the frozen list of resources in tests/infra/urns (read the diff!)
	@$(BIN)/python -m tests.infra.urns

runbooks: install ## the runbooks' frames from the kinds' tables; what people wrote in them stays
	@$(BIN)/python -m tests.docs.runbooks

# What .github/workflows/preview.yml runs; STACK, AGAINST and the rest come from its environment.
STACK ?= prod
preview-report: install ## STACK=prod AGAINST=main: the report of a change in build/preview, without engine or credentials
	@rm -rf build/preview && mkdir -p build/preview
	@$(BIN)/python -m infra.preview --stack "$(STACK)" $(if $(AGAINST),--against "$(AGAINST)") $(if $(HISTORY),--history "$(HISTORY)") \
		--html build/preview/report.html --markdown build/preview/comment.md --json \
		> build/preview/report.json 2> build/preview/error.txt; code=$$?; cat build/preview/error.txt >&2; \
	if [ -n "$(SUMMARY)" ] && [ -f build/preview/comment.md ]; then cat build/preview/comment.md >> "$$GITHUB_STEP_SUMMARY"; fi; exit $$code

PULUMI_STACK ?= $(STACK)
preview-engine: install lambda ## STACK=prod: what `pulumi preview` says, in build/preview-engine
	@mkdir -p build/preview-engine
	@pulumi preview --stack "$(PULUMI_STACK)" --non-interactive --diff --color never > build/preview-engine/engine.txt 2>&1; code=$$?; \
	cat build/preview-engine/engine.txt; exit $$code

preview-comment: ## PULL_REQUEST=7: both of them as one comment of a pull request, updated in place
	@$(PYTHON) tools/preview_comment.py --report build/preview-report/comment.md --error build/preview-report/error.txt \
		--stack "$(STACK)" --engine build/preview-engine/engine.txt --run-url "$(RUN_URL)" --out build/comment.md
	@$(PYTHON) tools/preview_comment.py --post build/comment.md --pull-request "$(PULL_REQUEST)"

preview-examples: install ## docs/preview and docs/preview.schema.json from the program as it is (look at the pictures!)
	@$(BIN)/python -m tests.infra.preview.examples

lock: install ## requirements.lock from pyproject.toml
	@$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-header \
		--extra infra --extra sandbox --extra backup --extra history --extra dev --output-file requirements.lock pyproject.toml

clean: ## what the other targets made
	rm -rf $(VENV) .tools build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
