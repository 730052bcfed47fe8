# On a fresh machine each of these sets up what it needs first.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test lint bench pretrained screenshots

run: .venv/app.installed  # serve the app
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: .venv/dev.installed  # run every test, those in a browser too
	$(BIN)/python -m tests.browser.install
	$(BIN)/pytest tests/browser
	$(BIN)/pytest --ignore=tests/browser --numprocesses 2 --dist loadfile

lint: .venv/dev.installed  # style, imports, docstrings, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/dev.installed  # measure what the README states; BENCH_FLAGS="--mnist FILE" DRAWN_FLAGS="--strokes FILE"
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m benchmarks.latency $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.time_to_accuracy $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.training_speed $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.server_memory $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.arithmetic_limit
	$(BIN)/python -m benchmarks.presets $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.drawn_digits $(BENCH_FLAGS) $(DRAWN_FLAGS)
	$(BIN)/python -m benchmarks.augmentation_cost

pretrained: .venv/app.installed  # train the shipped model; PRETRAINED_FLAGS="--mnist FILE --strokes FILE"
	$(BIN)/python -m core.pretraining $(PRETRAINED_FLAGS)

screenshots: .venv/dev.installed  # take the README's pictures anew
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m tests.browser.screenshots $(BENCH_FLAGS)

.venv/app.installed: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev.installed: requirements-dev.txt .venv/app.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
