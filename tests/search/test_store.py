"""The file of a search: whose it is, what is written down, and what is no search at all."""

import json

import pytest

from core.access import NotAllowed, Person
from core.audit import AuditLog
from core.search import SearchStore, store
from tests.hostile.folders import nested
from tests.search.simulated import BASE, RATES

_OWNER, _STRANGER = Person("aaaaaaaaaaaa"), Person("bbbbbbbbbbbb")
_TEACHER = Person("cccccccccccc", is_in_charge=True)
_RATES = RATES.model_dump()
# What may stand in the file of a search that somebody else wrote, or that a disk has damaged.
_DAMAGES = {
    "nothing": lambda told: "",
    "half of it": lambda told: json.dumps(told)[:100],
    "a list": lambda told: "[]",
    "deep": lambda told: json.dumps({**told, "space": nested(150)}),
    "long": lambda told: json.dumps({**told, "ended": "x" * 100_000}),
    "of another": lambda told: json.dumps({**told, "id": "another"}),
    "a path for an id": lambda told: json.dumps({**told, "id": "../run"}),
    "a field that is none": lambda told: json.dumps({**told, "space": [{**_RATES, "field": "x"}]}),
    "what must not vary": lambda told: json.dumps(
        {**told, "space": [{"field": "validation_share", "low": 0.1, "high": 0.2}]}
    ),
    "bounds without end": lambda told: json.dumps({**told, "space": [{**_RATES, "high": 1e999}]}),
    "bounds the wrong way": lambda told: json.dumps({**told, "space": [{**_RATES, "low": 2.0}]}),
    "the same twice": lambda told: json.dumps({**told, "space": [_RATES, _RATES]}),
    "runs without end": lambda told: json.dumps({**told, "num_runs": 10**9}),
    "a number of 400 digits": lambda told: json.dumps({**told, "num_created": 10**400}),
    "no time": lambda told: json.dumps({**told, "minutes": -1}),
    "unknown settings": lambda told: json.dumps({**told, "hyperparameters": {"epochs": 0}}),
    "no status": lambda told: json.dumps({**told, "status": "on holiday"}),
}


@pytest.fixture
def searches(tmp_path):
    return SearchStore(tmp_path / "searches", audit=AuditLog(tmp_path / "audit.jsonl"))


def _create(searches, **values):
    own = {"name": "A search", "method": "tpe", "space": (RATES,), "num_runs": 4, "by": _OWNER}
    return searches.create(BASE, **own | values)


def test_who_stops_or_deletes_one_is_in_the_audit_log_and_refusals_are_not(searches, tmp_path):
    search = _create(searches)
    for act in (search.request_stop, search.delete):
        with pytest.raises(NotAllowed):
            act(by=_STRANGER)
    search.request_stop(by=_TEACHER)
    search.request_stop(by=_OWNER)  # which changes nothing any more
    search.delete(by=_OWNER)
    assert searches.list() == []
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(line["action"], line["by"], line["search"]) for line in lines] == [
        ("stop search", _TEACHER.id, search.id),
        ("delete search", _OWNER.id, search.id),
    ]


def test_nobody_has_more_searches_under_way_than_are_allowed(searches, monkeypatch):
    monkeypatch.setattr(store, "MAX_OWN", 4)
    monkeypatch.setattr(store, "MAX_IN_ALL", 6)
    first = [_create(searches) for _ in range(store.MAX_UNDER_WAY)]
    with pytest.raises(ValueError, match=r"^You have 3 searches under way"):
        _create(searches)
    _create(searches, by=_STRANGER)
    with first[0].changing() as record:
        first[0].write(record, status="stopped")
    _create(searches)
    with first[1].changing() as record:
        first[1].write(record, status="completed")
    with pytest.raises(ValueError, match=r"^You have 4 searches"):
        _create(searches)
    _create(searches, by=_STRANGER)
    with pytest.raises(ValueError, match=r"^There are 6 searches here"):
        _create(searches, by=_TEACHER)
    assert len(searches.list()) == 6


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_file_that_holds_no_search_is_left_out_and_the_others_stay(searches, tmp_path, damage):
    sound, damaged = _create(searches), _create(searches)
    path = tmp_path / "searches" / f"{damaged.id}.json"
    path.write_text(_DAMAGES[damage](json.loads(path.read_text())))
    for found in (searches, SearchStore(tmp_path / "searches")):
        assert [search.id for search in found.list()] == [sound.id]
        with pytest.raises(KeyError):
            found.get(damaged.id)


def test_what_is_no_file_is_no_search(searches, tmp_path):
    sound = _create(searches)
    folder = tmp_path / "searches"
    (folder / "folder.json").mkdir()
    (folder / "nowhere.json").symlink_to(tmp_path / "missing")
    (folder / ".hidden.json").write_text("{}")
    assert [search.id for search in searches.list()] == [sound.id]


def test_a_name_like_a_path_finds_nothing(searches):
    _create(searches)
    for name in ("../../secret", "", "\0", "x" * 5_000):
        with pytest.raises(KeyError):
            searches.get(name)
