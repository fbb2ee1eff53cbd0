PYTHON ?= python3
ARGS ?=
CKPT ?= outputs/demo
OUT ?= outputs/infer
RUN := .venv/bin/python
LOWEST := .venv-lowest/bin/python
PYTEST := -m pytest -n 2 --dist loadfile --no-loadscope-reorder

define NEW_ENOUGH
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "cadgen needs Python 3.11 or newer, but $(PYTHON) is '$$($(PYTHON) --version 2>&1)'." >&2; \
		echo "Install a newer one and name it: make setup PYTHON=python3.12" >&2; exit 1; }
endef

.DEFAULT_GOAL := help
.PHONY: help setup test test-pages test-lowest check docs demo train-baseline train-enhanced infer infer-enhanced \
	eval eval-enhanced compare report app test-setup

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Two at once in one checkout (make demo & make test) would install into one .venv: the second waits for the first.
setup:  ## create .venv with the tested versions (PYTHON=python3.12 picks another interpreter)
	@flock .setup.lock $(MAKE) --no-print-directory .venv/.ready

# The stamp comes last, so that an interrupted installation is resumed by the next call.
.venv/.ready: pyproject.toml constraints.txt
	$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv
	@echo 'Installing into .venv: some minutes, about 3 GB (7 GB with CUDA)'
	$(RUN) -m pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[dashboard,dev,train,wandb]'
	@touch $@

test: setup  ## run the tests (ARGS="-m slow" runs the long ones)
	$(RUN) $(PYTEST) $(ARGS)

test-pages: setup  ## run the tests that open the app and a report in Chromium, where there is one
	$(RUN) $(PYTEST) -m slow -rs tests/app/test_app_in_browser.py tests/report/test_in_browser.py $(ARGS)

# Without constraints.txt, and from an empty folder each time: uv keeps what is there when it is new enough.
test-lowest:  ## run the tests with the oldest versions that pyproject.toml allows, in .venv-lowest
	@flock .setup.lock $(MAKE) --no-print-directory .venv-lowest/.ready
	$(LOWEST) $(PYTEST) $(ARGS)

.venv-lowest/.ready: pyproject.toml
	$(NEW_ENOUGH)
	$(PYTHON) -m venv --clear .venv-lowest
	@echo 'Installing into .venv-lowest: some minutes, about 9 GB'
	$(LOWEST) -m pip install --disable-pip-version-check --quiet uv
	$(LOWEST) -m uv pip install --python $(LOWEST) --quiet --resolution lowest-direct -e '.[dashboard,dev,ray,slurm,train,wandb]'
	@touch $@

check: setup  ## lint, formatting and types
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy cadgen

docs: setup  ## the site, into site/: open site/index.html. A warning ends it
	$(RUN) -m sphinx -E -W --keep-going -q -c docs . site
	@echo 'The site is in site/index.html'

demo: setup  ## the main job on a small scale, from nothing: some minutes after the set-up
	$(RUN) -m cadgen.train experiment=enhanced trainer=demo data.train.num=800 data.val.num=32 \
		hydra.run.dir=outputs/demo $(ARGS)

train-baseline: setup  ## train the baseline (ARGS="trainer=... data=...")
	$(RUN) -m cadgen.train experiment=baseline $(ARGS)

train-enhanced: setup  ## train the enhanced model (ARGS="trainer=... data=...")
	$(RUN) -m cadgen.train experiment=enhanced $(ARGS)

infer: setup  ## picture to program: IMAGE=part.png CKPT=outputs/demo OUT=DIR
	@test -n "$(IMAGE)" || { echo 'Name a picture: make infer IMAGE=part.png' >&2; exit 1; }
	$(RUN) -m cadgen.infer $(IMAGE) --ckpt $(CKPT) --out $(OUT) $(ARGS)

infer-enhanced: CKPT = shipped
infer-enhanced: setup  ## the same, searched for until it looks right (refine): IMAGE=part.png CKPT=shipped OUT=DIR
	@test -n "$(IMAGE)" || { echo 'Name a picture: make infer-enhanced IMAGE=part.png' >&2; exit 1; }
	$(RUN) -m cadgen.infer $(IMAGE) --ckpt $(CKPT) --decoding refine --out $(OUT) $(ARGS)

eval: setup  ## score a checkpoint (ARGS="ckpt=... data=... decoding=...")
	$(RUN) -m cadgen.evaluate $(ARGS)

eval-enhanced: CKPT = shipped
eval-enhanced: setup  ## score the whole ladder of decodings: CKPT=shipped (ARGS="data=... logger=wandb")
	$(RUN) -m cadgen.evaluate experiment=ablation_decoding ckpt=$(CKPT) $(ARGS)

compare: setup  ## one table of several runs: RUNS="outputs/a outputs/b"
	@test -n "$(RUNS)" || { echo 'Name the runs: make compare RUNS="outputs/a outputs/b"' >&2; exit 1; }
	$(RUN) -m cadgen.compare $(RUNS) $(ARGS)

report: setup  ## one HTML file of judged runs: RUNS="outputs/a outputs/b"
	@test -n "$(RUNS)" || { echo 'Name the runs: make report RUNS="outputs/a outputs/b"' >&2; exit 1; }
	$(RUN) -m cadgen.report $(RUNS) $(ARGS)

app: setup  ## pictures in, parts out, on a web page of this machine
	$(RUN) -m cadgen.app $(ARGS)

test-setup: setup  ## can this machine do the main job? One picture to one program; the exit status says so
	$(RUN) -m cadgen.doctor
