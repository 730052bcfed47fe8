"""Let each search make its next run when the one before has ended.

A search's runs give way: they stand behind all other runs in the queue, and one under way makes
room for those. Everything it goes by lies in files, so that it continues after a restart. Does not
know how a run is trained.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from core.access import PROGRAM
from core.limits import refuse_settings, refuse_start
from core.runs import Look, RunStore
from core.search.record import SearchRecord
from core.search.store import Search, SearchStore
from core.search.suggest import falls_behind, load_optuna, next_settings
from core.search.trials import Trial, read_trials, training_seconds
from core.settings import ServerSettings

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LOOKS = 1.0


class SearchRunner:
    """Goes through the searches every second, in a thread of its own."""

    def __init__(
        self,
        searches: SearchStore,
        runs: RunStore,
        settings: ServerSettings,
        *,
        wake: Callable[[], None],
    ) -> None:
        """Begin at once; `wake` tells the queue of a new run."""
        self._searches, self._runs, self._settings, self._wake = searches, runs, settings, wake
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="searches", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; what a search was doing continues with the next server."""
        self._closed.set()
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        is_loaded = False
        while not self._closed.wait(_SECONDS_BETWEEN_LOOKS):
            for search, record in self._searches.look().items():
                if not is_loaded:
                    load_optuna()
                    is_loaded = True
                if not record.is_under_way:
                    continue
                try:
                    self.advance(search)
                except (KeyError, TimeoutError):  # deleted, or another server has it
                    continue
                except ValueError as error:
                    self._note_problem(search, str(error))
                except Exception as error:
                    # Others must go on, whatever is wrong with one.
                    _log.exception("The search %s cannot go on", search.id)
                    self._note_problem(search, f"{type(error).__name__}: {error}")

    def advance(self, search: Search) -> None:
        """Do what a search has to do now: make a run, stop one, make room, or end.

        Raises:
            KeyError: it was deleted.
        """
        with search.changing() as record:
            look = self._runs.look()
            trials = read_trials(look, search.id)
            active = [trial for trial in trials if trial.is_active]
            used = training_seconds(trials)
            if record.status == "stopping" or used >= record.seconds:
                _stop(active)
                if not active and record.status == "stopping":
                    search.write(record, status="stopped", problem="", ended="It was stopped.")
                elif not active:
                    ended = f"Its {record.minutes:g} minutes of training are used up."
                    search.write(record, status="completed", problem="", ended=ended)
            elif active:
                self._attend(search, record, trials, active, look)
            elif max(record.num_created, len(trials)) >= record.num_runs:
                search.write(
                    record, status="completed", problem="", ended="All its runs have ended."
                )
            else:
                self._create(search, record, trials)

    def _attend(
        self,
        search: Search,
        record: SearchRecord,
        trials: list[Trial],
        active: list[Trial],
        look: Look,
    ) -> None:
        """Stop what falls behind, and let others' runs go first."""
        others_wait = any(look.records[run].search is None for run in look.queued)
        for trial in active:
            control, status = trial.run.control(), trial.record.status
            if status == "running" and not (control.stop or control.pause):
                if falls_behind(record, trials, trial):
                    trial.run.request_stop()
                    record = search.write(record, pruned=(*record.pruned, trial.run.id))
                elif others_wait:
                    trial.run.request_pause(gives_way=True)
            elif status == "paused" and control.gives_way and not others_wait:
                trial.run.request_resume()
                self._wake()

    def _create(self, search: Search, record: SearchRecord, trials: list[Trial]) -> None:
        # Refused for what the queue, the disk or the number of runs is full of, it tries again.
        if problem := refuse_start(self._settings, self._runs, owner=record.owner):
            if problem != record.problem:
                search.write(record, problem=problem)
            return
        settings = next_settings(record, trials, refuse=partial(refuse_settings, self._settings))
        number = max(record.num_created, len(trials)) + 1
        name = f"{record.name}, run {number}"
        run = self._runs.create(settings, name, owner=record.owner, by=PROGRAM, search=record.id)
        search.write(record, num_created=number, problem="")
        _log.info("The search %s has made the run %s", search.id, run.id)
        self._wake()

    def _note_problem(self, search: Search, problem: str) -> None:
        with suppress(Exception), search.changing() as record:
            if record.problem != problem:
                search.write(record, problem=problem)


def _stop(active: list[Trial]) -> None:
    for trial in active:
        if not trial.record.is_finished and not trial.run.control().stop:
            trial.run.request_stop()
