# `make course` and `make test` do everything on a machine with Python 3.11, git and make.
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

PYTHON  ?= $(shell command -v python3.11 || command -v python3)
VENV    := .venv
BIN     := $(VENV)/bin
COURSE  := build/course
SITE    := build/_build/html
PORT    ?= 8000

# The virtual environment's programs first (jupyter-book starts `jupyter` and kernels by name);
# one BLAS thread each: the work is small arrays, run in several processes.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.PHONY: help course test check book release serve lint format bench bench-grading clean setup

help:  ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

setup: $(VENV)/.ready  ## the virtual environment, from fully pinned packages

$(VENV)/.ready: requirements.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Python 3.11 is needed; $(PYTHON) is another version. Try: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up $(VENV) (a few minutes the first time)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
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
	@$(BIN)/python -m pytest -n 2

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
