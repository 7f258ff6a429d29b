# Needs python3 (3.11 or newer) and make. `make` prints this list; every target sets itself up first.

PYTHON ?= python3
BIN    := .venv/bin
LOCK   := $(wildcard requirements/*.txt)
# In the order of what they need: nothing, nothing, the definition folders; brokers, the whole product, brokers to kill.
QUICK  := $(wildcard tests/unit tests/properties tests/definitions)
SLOW   := $(wildcard tests/broker tests/end_to_end tests/faults)

.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*## .*/\1/p' Makefile)
.DEFAULT_GOAL := help

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 20

setup: .venv/gateway.ready ## make .venv from the hash-pinned lock (done by itself where needed)

.venv/lock.ready: $(LOCK) ops/setup.py
	@$(PYTHON) ops/setup.py
	@touch $@

.venv/gateway.ready: .venv/lock.ready pyproject.toml
	@PYTHONWARNINGS=ignore $(BIN)/pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## four provinces exchange for 30 s, on the embedded broker
	@$(BIN)/gateway demo

test: test-core ## every ring of tests, and the branch coverage of the core
	$(BIN)/pytest tests/native $(SLOW)

test-core: setup ## the rings that need no broker, then the branch coverage of the core: at least 98 %
	$(BIN)/coverage run -m pytest --durations=20 $(QUICK)
	$(BIN)/coverage report --fail-under=98

test-brokers: setup ## the rings that need brokers (Java 17, Maven, Node)
	$(BIN)/pytest --durations=20 $(SLOW)

kills: setup ## 200 kills over 200 000 events on real Kafka, then the checker, 20 to 25 min (needs Java 17, Maven)
	$(BIN)/python -m tests.faults.kills $(KILLS)

test-fast: setup ## the rings that need no broker
	$(BIN)/pytest -q $(QUICK)

native: setup ## compile the core in place, with mypyc (needs a C compiler)
	@$(BIN)/python ops/native.py

pure: setup ## remove the compiled core: plain Python runs again
	@$(BIN)/python ops/native.py --clean

# The compiled copy lies in build/native; what the tests start themselves finds it by PYTHONPATH.
test-native: setup ## both cores beside each other, then the rings that need no broker on a compiled one
	@$(BIN)/python ops/native.py --into build/native
	$(BIN)/pytest tests/native
	@PYTHONPATH=$(CURDIR)/build/native $(BIN)/gateway --version
	PYTHONPATH=$(CURDIR)/build/native $(BIN)/pytest -q -o pythonpath="build/native ." $(QUICK)

fuzz: setup ## mutated bodies against the decoders; BODIES=1000000, SEED= of an earlier run
	@$(BIN)/python -m tests.hostile.fuzz --bodies $(or $(BODIES),1000000) $(if $(SEED),--seed $(SEED))

bench: setup ## the line beside its peers on one core: QUICK=1 took 17 min on two cores, the whole takes longer (Java, Maven, C compiler)
	@$(BIN)/python -m bench.run $(if $(filter 1,$(QUICK)),--quick) $(if $(KEEP),--keep)

bench-latency: setup ## publish to inbox beside the bare copy, first uncounted, and nothing else; prints, writes nothing (Java, Maven)
	@$(BIN)/python -m bench.run --latency $(if $(filter 1,$(QUICK)),--quick)

bench-memory: setup ## memory of the exchange over 10 min at 5 000/s, beside its bound; SECONDS=120 RATE=2500 (Java, Maven)
	@$(BIN)/python -m bench.memory $(if $(SECONDS),--seconds $(SECONDS)) $(if $(RATE),--rate $(RATE))

bench-core: setup ## CPU per event of the core alone, without Kafka
	@$(BIN)/python -m bench.core

bench-growth: setup ## what more pairs, rules and ids cost the core, without Kafka
	@$(BIN)/python -m bench.growth $(if $(filter 1,$(QUICK)),--quick)

lint: setup ## ruff, mypy --strict and the map of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup ## put the code into its one form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

kafka: ## start Apache Kafka on 127.0.0.1:9092 (needs Java 17 and Maven); KAFKA="--brokers 3" for three
	@$(PYTHON) ops/kafka/kafka.py start $(KAFKA)

kafka-stop: ## stop it; its data stay in build/kafka
	@$(PYTHON) ops/kafka/kafka.py stop $(KAFKA)

registry: ## start a schema registry on 127.0.0.1:8081 (needs Java 17 and Maven); then GATEWAY_REGISTRY__URL
	@$(PYTHON) ops/registry/registry.py start $(REGISTRY)

registry-stop: ## stop it; what is registered stays in build/registry
	@$(PYTHON) ops/registry/registry.py stop $(REGISTRY)

generate: setup ## write again what is printed from the definitions: decoders, JSON schemas, tables in docs/
	$(BIN)/python -m gateway.codegen
	$(BIN)/python -m gateway.app.documents
	$(BIN)/python -m tests.definitions.test_onboarding
	$(BIN)/python -m tests.findings
	$(BIN)/python -m tests.definitions.test_agreements_document
	$(BIN)/python -c 'from pathlib import Path; from gateway.definition_files import *; write_json_schemas(Path())'

lock: setup ## write requirements/*.txt anew after a change of pyproject.toml; UPGRADE=1 for newer versions too
	$(BIN)/python ops/lock.py $(if $(UPGRADE),--upgrade)

clean: ## remove what was made here: .venv, build/, caches
	@$(PYTHON) ops/kafka/kafka.py stop
	@$(PYTHON) ops/registry/registry.py stop
	rm -rf .venv build .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache *.egg-info
