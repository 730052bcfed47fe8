"""Every page stays up whatever lies in the folder of runs and stands in the address."""
# The fixture `store` is the one of the pages' own tests.
# ruff: noqa: F811

from itertools import cycle

import pytest
from streamlit.testing.v1 import AppTest

from core.hyperparameters import Hyperparameters, from_query
from core.server import current_server
from core.settings import SERVER_FOLDER
from tests.hostile.file_cases import file_cases
from tests.hostile.folders import write_cases
from tests.hostile.link_cases import LINKS
from tests.hostile.memory import resident
from tests.hostile.model_cases import MODELS
from tests.hostile.record_cases import record_cases
from tests.hostile.test_runs import listing
from tests.test_pages import APP, completed, finish_loading, open_page, store, texts  # noqa: F401

CASES = [*record_cases(), *file_cases()]
_READ = [case for case in CASES if case.is_readable]
_SIMILAR = (
    *("drawing.npy", "first_layer.npy", "run.json.lock", "worker.lock", "checkpoint"),
    *("seen_images.npy", "validation_predictions.npz", "model.calibration.json", "film"),
)
# The pages show the same of all records that cannot be read, their sentence, and of all arrays,
# locks and pipes that cannot be used, nothing.
_ALIKE = [case for case in _READ if case.name.startswith(_SIMILAR) or " is " in case.name]
SHOWN = [
    *(case for case in _READ if case not in _ALIKE),
    *_ALIKE[::6],
    *[case for case in CASES if not case.is_readable][::12],
]


def _listing(store):
    """Return what is in the server's folders, but for what it keeps of its own."""
    assert current_server().identity  # which writes its secret there
    own, found = str(store.root / SERVER_FOLDER), listing(store.root.parent)
    return {path: status for path, status in found.items() if not path.startswith(own)}


@pytest.fixture
def hostile(store):
    """The server's folder of runs, with every case in it."""
    write_cases(store.root, CASES)
    return store


@pytest.fixture
def models(store, model_files):
    """The server's folder of runs, with a run for each model that cannot be used."""
    for file in model_files.iterdir():
        # A hard link, since one of them is a terabyte of nothing.
        completed(store, file.stem).model_path.hardlink_to(file)
    return store


def test_the_train_page_shows_every_damaged_run(store):
    write_cases(store.root, SHOWN)
    before = _listing(store)
    app = open_page("train")
    for case, inside in zip(SHOWN, cycle(("Your digit", "Inside the layers"))):
        app.session_state["run"], app.session_state["insight"] = case.name, inside
        app.run()
        assert not app.exception, case.name
        assert app.session_state["run"] == case.name
    assert _listing(store) == before


def test_the_runs_page_compares_all_damaged_runs(hostile):
    before = _listing(hostile)
    app = open_runs(run.id for run in hostile.list())
    assert len(app.dataframe[0].value) == len(CASES) + 1
    assert _listing(hostile) == before


def test_the_runs_page_shows_each_that_is_ticked(store):
    ticked = SHOWN[::12]
    write_cases(store.root, ticked)
    for case in ticked:
        open_runs([case.name])
    for case in ticked[::4]:
        app = open_page("train", run=case.name)
        assert app.query_params["run"] in (case.name, [case.name])


@pytest.mark.parametrize("where", ["draw", "evaluate"])
def test_models_that_cannot_be_used_stop_no_page_and_leave_no_memory(models, where):
    before = _listing(models)
    app = open_page(where)
    if where == "evaluate":
        app.toggle(key="all_models").set_value(True).run()
    finish_loading(app)
    first = resident()
    for run in models.list() if where == "draw" else ():
        app.selectbox(key="model").set_value(run.id).run()
        finish_loading(app)
        assert f"{run.model_path.name} is not a usable model" in texts(app)
    if where == "evaluate":
        assert texts(app).count("is not a usable model") == len(MODELS)
    assert resident() < 1.1 * first
    assert _listing(models) == before


def test_an_address_may_hold_anything(store):
    run = completed(store)
    app = open_page("train")
    for name, query in LINKS.items():
        hyperparameters, sentences = from_query(query)
        assert isinstance(hyperparameters, Hyperparameters)
        assert all(len(sentence) < 250 for sentence in sentences)
        for key in ("form_filled", "run"):
            if key in app.session_state:
                del app.session_state[key]
        app.query_params.clear()
        app.query_params.update(query)
        app.run()
        assert not app.exception, name
        assert app.query_params["run"] in (run.id, [run.id])


def open_runs(ticked):
    """Open the Runs page with the runs of these ids ticked."""
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["ticked_runs"] = [*ticked]
    app.run()
    app.switch_page("pages/runs.py").run()
    assert not app.exception, ticked
    return app
