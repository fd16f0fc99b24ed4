# Everything runs in .venv, which make builds itself. No GPU and no service is needed.
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 5
PYTEST ?= -n auto
CORPUS ?= $(DIGLOT_CORPUS)
MINUTES ?= 30
VLLM_SERVER := $(BIN)/python -m tests.servers.vllm
VLLM_PORT ?= 8411

.PHONY: pictures help install demo test fuzz-api test-vllm vllm-server vllm-stop lint bench fault-proof watch-proof load-proof clean

help:
	@echo "make demo    translate three sample documents into Brazilian Portuguese (demo-output/)"
	@echo "make serve   run the service on this machine: web page, upload endpoint, workers"
	@echo "make test    run the tests"
	@echo "make fuzz-api  ask the HTTP API for whatever its OpenAPI document allows, for half an hour"
	@echo "make lint    ruff and mypy --strict"
	@echo "make test-vllm    run the tests that need a vLLM server: installs one for the CPU (3 GB, once), starts and stops it"
	@echo "make vllm-server  start such a server at VLLM_PORT=$(VLLM_PORT) and leave it running; make vllm-stop ends it"
	@echo "make bench   speed of parsing and rendering beside other tools (CORPUS=folder of real documents)"
	@echo "make fault-proof  over each database: every fault, every named point, 200 kills (two hours)"
	@echo "make watch-proof  two watchers on 10,000 files, one or the other killed again and again (minutes)"
	@echo "make load-proof  200 clients at once, and a queue of 10,000 jobs (MINUTES=$(MINUTES) of uploads, then ten more)"
	@echo "make install the diglot command with its service, as $(BIN)/diglot"
	@echo "make clean   remove what make has made"

$(VENV)/made: .ci/venv
	@.ci/venv $(VENV)
	@touch $@

$(VENV)/diglot-installed: $(VENV)/made pyproject.toml
	@echo "Installing Diglot …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/dev-installed: $(VENV)/made pyproject.toml
	@echo "Installing Diglot and what its tests need …"
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/diglot-installed $(VENV)/service-installed

$(VENV)/service-installed: $(VENV)/made pyproject.toml
	@echo "Installing Diglot and its service …"
	@$(PIP) --editable '.[service]'
	@touch $@ $(VENV)/diglot-installed

install: $(VENV)/service-installed

serve: $(VENV)/service-installed
	$(BIN)/diglot serve

demo: $(VENV)/diglot-installed
	$(BIN)/diglot translate demo/en -o demo-output --from en --to pt-BR --glossary demo/terms.csv --report demo-output/reports --force
	@for name in guide.md page.html report.docx; do \
		echo "$(BIN)/diglot check demo/en/$$name demo-output/$$name"; \
		$(BIN)/diglot check demo/en/$$name demo-output/$$name || exit 1; \
	done
	@echo
	@echo "The translations are in demo-output/: guide.md, page.html and report.docx."
	@echo "The originals are in demo/en/; what became of each segment is in demo-output/reports/."

test: $(VENV)/dev-installed
	$(BIN)/python -m pytest $(PYTEST)

fuzz-api: $(VENV)/dev-installed
	DIGLOT_FUZZ_EXAMPLES=500 $(BIN)/python -m pytest -n 0 tests/gateway/test_schemathesis.py

# One process, because all of these tests share one server.
test-vllm: $(VENV)/dev-installed
	@$(VLLM_SERVER) install
	$(BIN)/python -m pytest -m vllm -n 0 tests/vllm

vllm-server: $(VENV)/dev-installed
	@$(VLLM_SERVER) install
	@$(VLLM_SERVER) start --port $(VLLM_PORT)

vllm-stop: $(VENV)/dev-installed
	@$(VLLM_SERVER) stop --port $(VLLM_PORT)

lint: $(VENV)/dev-installed
	$(BIN)/ruff check .
	$(BIN)/mypy

# The pictures of the documentation, from the service as it is now; needs Chromium.
pictures: $(VENV)/dev-installed
	$(BIN)/python docs/pictures.py

bench: $(VENV)/dev-installed
	$(BIN)/python benchmarks/parsing.py $(CORPUS)

# Over each database: each fault with the periods of a service, every named point, two hundred kills; two hours.
fault-proof: $(VENV)/dev-installed
	for store in sqlite postgres; do for proof in --recovery --points "--kills 200"; do \
		$(BIN)/python -m tests.workers.proof $$proof --store $$store || exit 1; \
	done; done

# 200 clients upload for half an hour; then 10,000 jobs are queued. MINUTES=1 shows that it runs.
load-proof: $(VENV)/dev-installed
	@$(PIP) --editable '.[load]'
	$(BIN)/python benchmarks/load.py --minutes $(MINUTES)

# Two watchers share 10,000 files while one or the other is killed again and again; some minutes.
watch-proof: $(VENV)/dev-installed
	DIGLOT_WATCH_FILES=10000 $(BIN)/python -m pytest -n 0 -q -s tests/workers/watching/test_killed_watchers.py -k two_watchers \
		| grep "files put there"

clean:
	rm -rf $(VENV) demo-output build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
