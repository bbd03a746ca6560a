# `make course` and `make test` do everything on a machine with Python 3.11, 3.12 or 3.13, git and make.
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

VENV    := .venv
BIN     := $(VENV)/bin
COURSE  := build/course
SITE    := build/_build/html
PORT    ?= 8000

# TORCH=cpu takes PyTorch's build for the CPU, a tenth of the default's size; TORCH=no goes without.
TORCH   ?=
CPU_INDEX := https://download.pytorch.org/whl/cpu
ifneq ($(filter-out cpu no,$(TORCH)),)
$(error TORCH is '$(TORCH)'; it may be 'cpu' or 'no')
endif
export TORCH

SUPPORTED  := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
version_of  = $(shell { "$(1)" -c 'import sys; print(*sys.version_info[:2])'; } 2>/dev/null)
PYTHON     ?= $(firstword $(wildcard $(BIN)/python) $(shell for python in python3 python3.13 python3.12 python3.11; \
	do "$$python" -c '$(SUPPORTED)' 2>/dev/null && echo "$$python"; done))
PIP        := $(BIN)/python -m pip --disable-pip-version-check
READY      := $(VENV)/.ready$(if $(filter no,$(TORCH)),-without-torch)
ifneq ($(origin PYTHON),file)
ifneq ($(call version_of,$(PYTHON)),$(call version_of,$(BIN)/python))
.PHONY: $(READY)  # another Python than the one of the environment
endif
endif

# The virtual environment's programs first (jupyter-book starts `jupyter` and kernels by name);
# one BLAS thread each: the work is small arrays, run in several processes.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.PHONY: help course test check book release serve lint format bench bench-grading clean setup

help:  ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

setup: $(READY)  ## the virtual environment, from fully pinned packages

$(READY): requirements.txt pyproject.toml
	@"$(PYTHON)" -c '$(SUPPORTED)' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed, not '$(PYTHON)'. Try: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) (a few minutes the first time)"
	@rm -f $(VENV)/.ready*
	@test "$(call version_of,$(BIN)/python)" = "$(call version_of,$(PYTHON))" || "$(PYTHON)" -m venv --clear $(VENV)
ifeq ($(TORCH),no)
	@$(PIP) uninstall -qq --yes torch 2>/dev/null
	@grep -v '^torch==' requirements.txt | $(PIP) install -qq -r /dev/stdin
else
	$(if $(TORCH),@$(PIP) install -qq --no-deps --index-url $(CPU_INDEX) "$$(grep -o '^torch==[^ ]*' requirements.txt)")
	@$(PIP) install -qq -r requirements.txt
endif
	@PYTHONWARNINGS=ignore $(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@

# What a step needs beyond Python comes from Debian where that may be installed; else the command to run is printed.
.PHONY: sandbox-programs test-programs
sandbox-programs:
	@tools/system_packages.sh bwrap=bubblewrap libseccomp.so.2=libseccomp2
test-programs: sandbox-programs
	@tools/system_packages.sh chromium=chromium initdb=postgresql setpriv=util-linux openssl=openssl

course: release book  ## the whole course: book, released assignments, graded sample classes, reports
	@$(BIN)/autograder demo rnn --course $(COURSE)
	@$(BIN)/autograder demo bptt --answers-only --students 10 --course $(COURSE)
	@echo
	@echo "The book            $(SITE)/index.html   (make serve, then open the address it prints)"
	@echo "The assignments     build/release/*.zip            (what students get)"
	@echo "The sample classes  $(COURSE)/submitted         (made from the banks of mistakes)"
	@echo "Their feedback      $(COURSE)/feedback          (one page a student and assignment)"
	@echo "The reports         $(COURSE)/report/*.html     (and *.csv; the grades are in $(COURSE)/gradebook.db)"

release: setup sandbox-programs  ## the assignments as students get them
	@$(BIN)/autograder release --course $(COURSE)

book: release  ## the book, in build/_build/html
	@$(BIN)/python book/tools/build_book.py

serve: book  ## show the book in a browser
	@$(BIN)/python book/tools/serve_book.py --port $(PORT)

test: test-programs book  ## every test, on both cores
	@$(BIN)/python -m pytest -n 2 --dist worksteal

check: setup  ## the quick tests of one part: make check PART=rnn (or book/rnn, grader, grader/report, library)
	@$(BIN)/python tools/check.py $(PART)

lint: setup  ## style, types, direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --explicit-package-bases book/_ext/bookkit
	@MYPYPATH=book/_ext $(BIN)/mypy book/tools/*.py
	@$(BIN)/lint-imports

format: setup  ## put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup  ## how fast the library is, next to PyTorch
	@for script in benchmarks/*_vs_torch.py; do $(BIN)/python "$$script"; done

bench-grading: sandbox-programs setup  ## how fast a class is graded, next to nbgrader and Otter (OTTER=no: without)
	@$(BIN)/python benchmarks/grading_vs_nbgrader.py $(if $(filter no,$(OTTER)),--without-otter)

clean:  ## remove everything that was made
	@rm -rf build $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
