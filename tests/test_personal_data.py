"""All that a server keeps of a person is exported and deleted in one place, and nobody else's."""

import io
import json
import zipfile

import numpy as np
import pytest

from core import personal_data as module
from core.access import Person
from core.classifier import Calibration, save_calibration
from core.hyperparameters import Hyperparameters
from core.personal_data import delete_data, export_data, personal_data
from core.runs import Predictions
from core.server import Server
from core.server_status import server_status
from core.settings import ServerSettings
from tests.helpers import STROKES, draw

OWNER, OTHER = Person("aaaaaaaaaaaa"), Person("bbbbbbbbbbbb")
WITHOUT_COOKIE = Person(None, no_id="Allow cookies.")
SETTINGS = Hyperparameters(architecture="mlp", epochs=2)


@pytest.fixture
def make_server(tmp_path):
    def make(*, shared):
        folders = {"runs": tmp_path / "runs", "drawings": tmp_path / "drawings"}
        return Server(ServerSettings(**folders, shared=shared))

    return make


@pytest.fixture
def server(make_server):
    """A shared server, on which two people have a run and a drawing each."""
    server = make_server(shared=True)
    for person, digit in ((OWNER, 7), (OTHER, 4)):
        run = server.runs.create(SETTINGS, f"Run {digit}", by=person)
        run.update(status="completed")
        run.model_path.write_bytes(b"a model" * 1000)
        save_calibration(Calibration(1.5, 0.6), run.model_path)
        answers = Predictions(np.full((10, 10), 0.1), np.arange(10))
        run.write_validation_predictions(answers)
        run.write_test_predictions(answers)
        run.write_seen_images(np.arange(10))
        server.drawings.of(person).add(draw(STROKES[digit]), label=digit)
        server.searches.create(SETTINGS, name="A", method="seeds", num_runs=2, by=person)
    return server


def _names(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_an_export_holds_what_is_the_person_s_and_nothing_else(server):
    own, other = personal_data(server, OWNER).runs[0], personal_data(server, OTHER).runs[0]
    names = _names(export_data(server, OWNER))
    assert {name.removeprefix(f"runs/{own.id}/") for name in names if own.id in name} == {
        *("run.json", "model.keras", "model.calibration.json"),
        *("validation_predictions.npz", "test_predictions.npz"),
    }
    assert next(name for name in names if name.endswith(".png")).startswith("drawings/7/")
    (search,) = personal_data(server, OWNER).searches
    assert [name for name in names if name.startswith("searches/")] == [
        f"searches/{search.id}.json"
    ]
    assert not [name for name in names if other.id in name or name.startswith("drawings/4")]
    assert not [name for name in names if "lock" in name or "checkpoint" in name]


def test_a_large_export_names_what_it_leaves_out(server, monkeypatch):
    monkeypatch.setattr(module, "_MAX_BYTES", 5000)
    names = _names(export_data(server, OWNER))
    assert "left_out.txt" in names
    assert not [name for name in names if name.endswith("model.keras")]
    assert [name for name in names if name.endswith("run.json")]


def test_deleting_takes_all_of_one_person_and_nothing_of_others(server):
    assert delete_data(server, OWNER) == []
    left = personal_data(server, OWNER)
    assert not left.runs and not left.searches
    assert left.drawings.count() == 0
    kept = personal_data(server, OTHER)
    assert len(kept.runs) == len(kept.searches) == 1
    assert kept.drawings.count() == 1
    lines = (server.settings.runs / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["action"] for line in lines] == [
        "delete search",
        "delete run",
        "delete drawings",
    ]


def test_a_run_that_is_being_trained_is_left_and_named(server):
    run = personal_data(server, OWNER).runs[0]
    run.update(status="running", name="Busy")
    with run.locked_for_training():
        assert delete_data(server, OWNER) == ["Busy is being trained; stop it first."]
    assert personal_data(server, OWNER).runs == [run]


def test_without_a_cookie_nothing_is_one_s_own_on_a_shared_server(server):
    data = personal_data(server, WITHOUT_COOKIE)
    assert not data.runs and not data.searches
    assert data.drawings is None
    assert _names(export_data(server, WITHOUT_COOKIE)) == []
    assert delete_data(server, WITHOUT_COOKIE) == []
    assert len(server.runs.list()) == 2


def test_on_a_server_of_one_user_everything_is_theirs(make_server):
    server = make_server(shared=False)
    for person in (OWNER, OTHER, WITHOUT_COOKIE):
        server.runs.create(SETTINGS, owner=person.id).update(status="completed")
    anybody = Person(None, is_in_charge=True)
    assert len(personal_data(server, anybody).runs) == 3
    assert delete_data(server, anybody) == []
    assert not server.runs.list()


def test_the_status_says_who_trains_who_waits_and_what_is_left(server):
    waiting = server.runs.create(SETTINGS, "Waits", by=OTHER)
    trained = server.runs.create(SETTINGS, "Trains", by=OWNER)
    trained.update(status="paused")
    status = server_status(server)
    assert [(run.id, run.status, run.owner) for run in status.runs] == [
        (trained.id, "paused", OWNER.id),
        (waiting.id, "queued", OTHER.id),
    ]
    assert min(status.memory_left, status.memory_used, status.disk_left) > 0


def test_the_status_of_a_server_that_has_no_folder_yet_is_known(tmp_path):
    server = Server(ServerSettings(runs=tmp_path / "not" / "yet"))
    assert server_status(server).disk_left > 0
