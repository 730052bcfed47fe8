# On a fresh machine each of these sets up what it needs first.
PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= 0.0.0.0
GPU ?= 1
BIN := .venv/bin
NO_GPU := $(if $(filter 0,$(GPU)),--no-gpu)
# With and without a GPU each has its own mark, so that a change of mind is noticed.
APP := .venv/app$(NO_GPU).installed
DEV := .venv/dev$(NO_GPU).installed
SERVE := $(if $(NO_GPU),CUDA_VISIBLE_DEVICES=-1) $(BIN)/streamlit run app.py --server.port $(PORT)

.PHONY: run serve test coverage faults lint bench pretrained screenshots

run: $(APP)  # serve the app; GPU=0 installs nothing for a GPU and uses none
	$(SERVE) --server.address localhost

serve: $(APP)  # the same for a class: everybody in the network, each with their own runs
	DIGIT_LAB_SHARED=true WEBSOCKETS_MAX_LINE_LENGTH=32768 $(SERVE) --server.address $(ADDRESS)

test: $(DEV)  # run every test, those in a browser too
	$(BIN)/python -m tests.browser.install
	$(BIN)/pytest tests/browser
	$(BIN)/pytest --ignore=tests/browser --numprocesses 2 --dist loadfile

# Apart from `make test`, since to be watched makes Python half as slow again.
coverage: $(DEV)  # which lines the tests without a browser run; fails where they are too few
	$(BIN)/pytest --ignore=tests/browser --numprocesses 2 --dist loadfile --cov --cov-report=term

faults: $(DEV)  # kill server and worker at 20 random moments; `make test` tries two of them
	$(BIN)/pytest tests/faults -m "faults or not faults"

lint: $(DEV)  # style, imports, docstrings, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(DEV)  # measure what the README states; BENCH_FLAGS="--mnist FILE" DRAWN_FLAGS="--strokes FILE"
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m benchmarks.latency $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.time_to_accuracy $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.training_speed $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.server_memory $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.class $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.arithmetic_limit
	$(BIN)/python -m benchmarks.presets $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.drawn_digits $(BENCH_FLAGS) $(DRAWN_FLAGS)
	$(BIN)/python -m benchmarks.evaluation $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.explanation $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.augmentation_cost
	$(BIN)/python -m benchmarks.reading_runs
	$(BIN)/python -m benchmarks.runs_page
	$(BIN)/python -m benchmarks.reference_speed

pretrained: $(APP)  # train the shipped model; PRETRAINED_FLAGS="--mnist FILE --strokes FILE"
	$(BIN)/python -m core.pretraining $(PRETRAINED_FLAGS)

screenshots: $(DEV)  # take the README's pictures anew
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m tests.browser.screenshots $(BENCH_FLAGS)

$(APP): requirements.txt  # what the app needs; see install.py
	$(PYTHON) install.py $< $(NO_GPU)
	@touch $@

$(DEV): requirements-dev.txt requirements-export.txt requirements.txt  # the same, and what tests need
	$(PYTHON) install.py $< $(NO_GPU)
	@touch $@
