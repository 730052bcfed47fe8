"""A search makes its runs one after another, ends when it should, and lets others go first."""

import pytest

from core.access import NotAllowed, Person
from core.runs.locking import is_locked
from core.search import SearchStore
from tests.search.simulated import BASE, BEST_RATE, RATES, Simulated


@pytest.fixture
def simulated(tmp_path):
    return Simulated(tmp_path)


@pytest.fixture
def under_way(monkeypatch):
    """Let a run that says it is running have a worker, as in a server."""
    monkeypatch.setattr("core.runs.Run.is_busy", lambda run: run.recorded().status == "running")


def _running(simulated, search, *, epochs=1):
    simulated.runner.advance(search)
    run = simulated.trials(search)[-1]
    simulated.train(run, epochs=epochs)
    return run


@pytest.mark.parametrize("method", ["tpe", "random"])
def test_each_run_belongs_to_the_search_and_there_are_as_many_as_asked_for(simulated, method):
    search = simulated.create(method=method)
    runs = simulated.finish(search)
    records = [run.read() for run in runs]
    assert len(runs) == simulated.woken == 12
    assert [record.name for record in records] == [f"A search, run {n}" for n in range(1, 13)]
    rates = [record.hyperparameters.learning_rate for record in records]
    assert len(set(rates)) == 12
    assert all(RATES.low <= rate <= RATES.high for rate in rates)
    ended = search.read()
    assert (ended.status, ended.num_created) == ("completed", 12)


def test_tpe_finds_the_best_learning_rate(simulated):
    runs = simulated.finish(simulated.create(num_runs=30))
    best = max(runs, key=lambda run: run.read().results.val_accuracy)
    assert BEST_RATE / 3 < best.read().hyperparameters.learning_rate < 3 * BEST_RATE


def test_seeds_differ_in_nothing_else(simulated):
    runs = simulated.finish(simulated.create(method="seeds", space=(), num_runs=3))
    settings = [run.read().hyperparameters for run in runs]
    assert [each.seed for each in settings] == [0, 1, 2]
    assert {each.model_copy(update={"seed": 0}) for each in settings} == {BASE}


def test_one_run_at_a_time(simulated):
    search = simulated.create()
    for _ in range(3):
        simulated.runner.advance(search)
    assert len(simulated.trials(search)) == 1


def test_a_search_continues_where_another_server_has_left_it(simulated, tmp_path):
    search = simulated.create(num_runs=4)
    for _ in range(2):
        simulated.runner.advance(search)
        simulated.train(simulated.trials(search)[-1])
    again = Simulated(tmp_path)
    same = again.searches.get(search.id)
    assert len(again.finish(same)) == 4


def test_it_makes_no_run_beyond_its_minutes_and_stops_the_one_under_way(simulated, under_way):
    search = simulated.create(minutes=0.5)
    for _ in range(2):
        simulated.runner.advance(search)
        simulated.train(simulated.trials(search)[-1], seconds=14)
    run = _running(simulated, search, epochs=1)  # 2.5 s more
    simulated.runner.advance(search)
    assert run.control().stop
    simulated.end(run, status="stopped", seconds=2.5)
    simulated.runner.advance(search)
    ended = search.read()
    assert ended.status == "completed" and "minutes" in ended.ended
    assert len(simulated.trials(search)) == 3


def test_a_run_that_falls_behind_is_stopped_and_counts_as_such(simulated, under_way):
    search = simulated.create(prunes=True, method="random")
    for _ in range(4):
        simulated.runner.advance(search)
        run = simulated.trials(search)[-1]
        run.update(hyperparameters=BASE.model_copy(update={"learning_rate": BEST_RATE}))
        simulated.train(run)
    simulated.runner.advance(search)
    behind = simulated.trials(search)[-1]
    behind.update(hyperparameters=BASE.model_copy(update={"learning_rate": 1e-5}))
    simulated.train(behind, epochs=1)
    simulated.runner.advance(search)
    assert behind.control().stop
    assert search.read().pruned == (behind.id,)


def test_without_pruning_nothing_is_stopped(simulated, under_way):
    search = simulated.create(method="random")
    for _ in range(5):
        run = _running(simulated, search, epochs=1)
        simulated.runner.advance(search)
        assert not run.control().stop
        simulated.end(run)


def test_its_runs_stand_behind_all_others_in_the_queue(simulated):
    search = simulated.create()
    simulated.runner.advance(search)
    other = simulated.runs.create(BASE)
    assert [run.id for run in simulated.runs.queued()] == [
        other.id,
        simulated.trials(search)[0].id,
    ]


def test_a_run_under_way_makes_room_for_others_and_continues_after_them(simulated, under_way):
    search = simulated.create()
    run = _running(simulated, search)
    simulated.runner.advance(search)
    assert not run.control().pause
    other = simulated.runs.create(BASE)
    simulated.runner.advance(search)
    assert run.control().pause and run.control().gives_way
    run.update(status="paused")
    simulated.runner.advance(search)
    assert run.read().status == "paused"
    other.update(status="completed")
    simulated.runner.advance(search)
    assert run.read().status == "queued" and not run.control().pause


def test_what_a_person_has_paused_stays_paused(simulated, under_way):
    search = simulated.create()
    run = _running(simulated, search)
    run.request_pause()
    run.update(status="paused")
    simulated.runner.advance(search)
    assert run.read().status == "paused"
    assert len(simulated.trials(search)) == 1


def test_a_stopped_search_stops_its_run_and_makes_no_other(simulated, under_way):
    search = simulated.create()
    run = _running(simulated, search)
    search.request_stop()
    simulated.runner.advance(search)
    assert run.control().stop
    simulated.end(run, status="stopped")
    simulated.runner.advance(search)
    assert search.read().status == "stopped"
    assert len(simulated.trials(search)) == 1


def test_a_deleted_run_is_not_made_again(simulated):
    search = simulated.create(num_runs=3)
    simulated.runner.advance(search)
    simulated.train(simulated.trials(search)[0])
    simulated.runs.delete(simulated.trials(search)[0].id)
    assert len(simulated.finish(search)) == 2


def test_what_a_server_refuses_is_said_and_tried_again(tmp_path):
    simulated = Simulated(tmp_path, max_runs=1)
    search = simulated.create(num_runs=2)
    simulated.runner.advance(search)
    simulated.train(simulated.trials(search)[0])
    simulated.runner.advance(search)
    assert "at most 1 runs" in search.read().problem
    simulated.runs.delete(simulated.trials(search)[0].id)
    simulated.runner.advance(search)
    assert search.read().problem == ""
    assert len(simulated.trials(search)) == 1


def test_settings_that_are_too_large_for_the_server_are_not_tried(tmp_path):
    simulated = Simulated(tmp_path, max_epochs=4)
    epochs = RATES.model_copy(update={"field": "epochs", "low": 1, "high": 8, "log": False})
    runs = simulated.finish(simulated.create(space=(epochs,), method="random", num_runs=8))
    assert all(run.read().hyperparameters.epochs <= 4 for run in runs)


def test_only_its_owner_may_stop_or_delete_it(simulated):
    search = simulated.create(by=Person("somebody"))
    for change in (search.request_stop, search.delete):
        with pytest.raises(NotAllowed):
            change(by=Person("somebody else"))
    search.delete(by=Person("somebody"))
    assert not simulated.searches.list()


def test_a_file_that_holds_no_search_is_left_out(simulated, tmp_path):
    search = simulated.create()
    for name, content in {"a": "{", "b": "[" * 9_000, "c": '{"id": "d"}'}.items():
        (tmp_path / "searches" / f"{name}.json").write_text(content)
    assert [each.id for each in SearchStore(tmp_path / "searches").list()] == [search.id]
    assert not is_locked(tmp_path / "searches" / f"{search.id}.lock")
