"""A film has few frames, spread evenly from the first to the last, and is nobody's way out."""

import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.runs.film import MOST_FRAMES


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


def _add(run, *steps):
    for step in steps:
        run.film.add(step, np.full((2, 3, 3), step / 1000, np.float32))


def _steps(run):
    return [step for step, _ in run.film.frames()]


def test_frames_come_back_in_the_order_of_their_steps(run):
    assert run.film.frames() == []
    _add(run, 0, 9, 100, 20)
    frames = run.film.frames()
    assert [step for step, _ in frames] == [0, 9, 20, 100]
    for step, weights in frames:
        assert weights.dtype == np.float32
        np.testing.assert_allclose(weights, np.full((2, 3, 3), step / 1000), rtol=1e-3)


def test_a_long_film_keeps_its_ends_and_is_spread_evenly(run):
    _add(run, *range(0, 3000, 10))
    steps = _steps(run)
    assert len(steps) == len(list((run.directory / "film").iterdir())) == MOST_FRAMES
    assert (steps[0], steps[-1]) == (0, 2990)
    gaps = np.diff(steps)
    assert gaps.max() <= 2.5 * np.median(gaps)


def test_a_run_that_continues_drops_what_came_after_its_checkpoint(run):
    _add(run, 0, 10, 20, 30)
    run.film.cut(20)
    assert _steps(run) == [0, 10, 20]
    run.film.cut(0)  # begins anew
    assert _steps(run) == []


def test_numbers_that_half_precision_cannot_hold_are_its_largest_and_none_is_left_out(run):
    run.film.add(1, np.full((1, 2, 2), 1e9, np.float32))
    run.film.add(2, np.full((1, 2, 2), np.nan, np.float32))
    ((step, weights),) = run.film.frames()
    assert step == 1
    assert np.isfinite(weights).all() and weights.min() > 60_000


def test_what_is_no_frame_is_left_out(run):
    _add(run, 5, 7)
    folder = run.directory / "film"
    np.save(folder / "4.npy", np.zeros((2, 4, 3), np.float16))
    np.save(folder / "6.npy", np.zeros((2, 3, 3)))
    np.save(folder / "six.npy", np.zeros((2, 3, 3), np.float16))
    (folder / "8.npy").write_bytes(b"nonsense")
    (folder / "9.npy").mkdir()
    (folder / "notes.txt").touch()
    (folder / "10.npy").symlink_to(folder / "7.npy")
    assert _steps(run) == [5, 7]


def test_a_folder_of_many_files_is_read_in_part(run):
    folder = run.directory / "film"
    folder.mkdir()
    for number in range(1000):
        (folder / f"{number}.npy").touch()
    assert run.film.frames() == []


def test_what_a_killed_worker_had_half_written_is_removed_and_a_link_is_not_followed(run, tmp_path):
    _add(run, 1)
    half = run.directory / "film" / ".0a1b2c3d.5.npy"
    half.touch()
    run.remove_leftovers()
    assert not half.exists() and _steps(run) == [1]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / half.name).touch()
    (run.directory / "film").rename(tmp_path / "away")
    (run.directory / "film").symlink_to(elsewhere)
    run.remove_leftovers()
    run.film.cut(0)
    with pytest.raises(OSError, match="link"):
        _add(run, 3)
    assert [path.name for path in elsewhere.iterdir()] == [half.name]


def test_a_run_s_size_and_its_deletion_include_its_film(store, run):
    (before,) = store.sizes(store.look()).values()
    _add(run, 1, 2)
    run.update(status="completed")
    (after,) = store.sizes(store.look()).values()
    assert after >= before + 2 * 2 * 9 * 2
    store.delete(run.id)
    assert not run.directory.exists()
