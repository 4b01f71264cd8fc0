# make demo, make bench, make test: each alone on a clean clone. Everything lands in .venv and in the user's model folder.

SHELL := /bin/bash
VENV := .venv
FLEET := .venv-fleet
PYTHON ?= $(shell scripts/find-python)
LOCK ?= $(shell scripts/find-lock)
BIN := $(VENV)/bin
# A Pi's camera library comes from apt and cannot be had otherwise.
VENV_OPTIONS = $(shell $(PYTHON) -c 'import picamera2' 2>/dev/null && echo --system-site-packages)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: help env demo bench test test-pi4 test-arm test-node-red test-homeassistant test-appliance test-fleet bundle fleet lint lint-fleet format lock clean

help: ## show the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

env: $(VENV)/.installed ## .venv with pose-edge in it, and the model
	@scripts/model $(BIN)

demo: env $(VENV)/.demo ## a rendered person, the real model, real MQTT messages, for half a minute
	@$(BIN)/pose-edge demo

bench: env $(VENV)/.demo $(VENV)/.bench ## a short bench against MediaPipe's own loop, about two minutes
	@$(BIN)/pose-edge bench --seconds 4 --slices 2 --settle 1

test: env $(VENV)/.demo $(VENV)/.bench $(VENV)/.dev ## all tests, with the real model, broker and videos
	@scripts/test $(BIN)

test-pi4: env ## the detection tests with the Pi 4's lock (mediapipe 0.10.18)
	@scripts/test-pi4

test-arm: env ## what needs an ARM processor, under emulation (root: installs Debian packages)
	@scripts/test-arm

test-node-red: env $(VENV)/.dev ## the example flow in a real Node-RED (gets it from its registry)
	@scripts/test-node-red

test-homeassistant: env $(VENV)/.demo $(VENV)/.dev ## the box in a real Home Assistant (Python 3.13; 900 MB from the package index the first time)
	@scripts/test-homeassistant

test-appliance: env $(VENV)/.dev ## the installed service in real systemd boxes (root: installs Debian packages)
	@scripts/test-appliance

test-fleet: env $(VENV)/.dev $(FLEET)/.installed ## roll out with Ansible to a broker and three boxes (root: installs Debian packages)
	@scripts/test-fleet

fleet: env $(FLEET)/.installed ## .venv-fleet with Ansible, for a control node; docs/fleet.md

bundle: env ## dist/bundle: all that boxes need, for boxes without internet
	@$(BIN)/python scripts/bundle

lint-fleet: $(FLEET)/.installed ## ansible-lint and a syntax check of the playbooks
	@cd ansible && PATH=$(CURDIR)/$(FLEET)/bin:$$PATH ansible-lint -q
	@cd ansible && for inventory in inventories/*; do ANSIBLE_HOST_PATTERN_MISMATCH=ignore ../$(FLEET)/bin/ansible-playbook -i $$inventory --syntax-check playbooks/*.yml >/dev/null || exit 1; done

lint: $(VENV)/.installed $(VENV)/.demo $(VENV)/.dev ## ruff and mypy
	@$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy

format: $(VENV)/.dev ## lay out the code
	@$(BIN)/ruff check --fix && $(BIN)/ruff format

lock: ## resolve the lock files anew (needs uv)
	@scripts/lock

clean: ## remove what make has made in this folder; the models stay
	@rm -rf $(VENV) $(FLEET) .venv-pi4 .venv-homeassistant build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find edge tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml requirements/pi5.lock requirements/pi4.lock requirements/build.lock
	@scripts/system-packages
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 found: sudo apt install python3 python3-venv" >&2; exit 1; }
	@echo "environment: $$($(PYTHON) --version), requirements/$(LOCK).lock"
	@$(PYTHON) -m venv $(VENV_OPTIONS) $(VENV)
	@$(PIP) -r requirements/$(LOCK).lock -r requirements/build.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.demo: requirements/demo.lock $(VENV)/.installed
	@$(PIP) -r requirements/demo.lock
	@touch $@

$(VENV)/.bench: requirements/bench.lock $(VENV)/.installed
	@$(PIP) -r requirements/bench.lock
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.installed
	@$(PIP) -r requirements/dev.lock
	@touch $@

$(FLEET)/.installed: requirements/fleet.lock
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 found: sudo apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(FLEET)
	@$(FLEET)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/fleet.lock
	@touch $@
