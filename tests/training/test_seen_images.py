"""It is known which images a run has seen, whenever there is a model that has seen them."""

from dataclasses import replace

import numpy as np
import pytest

from core.data import dataset as data_module
from core.data import image_fingerprints
from core.training import train
from tests.training.steered_runs import Killed, kill, resume, steered, stop

pytestmark = pytest.mark.usefixtures("without_drawn_digits")


def _fingerprints(*parts):
    return np.sort(image_fingerprints(np.concatenate(parts)))


def test_training_and_validation_images_are_seen_and_test_images_are_not(trained, synthetic, tiny):
    seen = trained.seen_images()
    parts = synthetic.split(validation_split=tiny.validation_split)
    np.testing.assert_array_equal(seen, _fingerprints(parts.x_train, parts.x_val))
    assert not np.isin(image_fingerprints(synthetic.x_test), seen).any()


def test_images_that_a_share_leaves_out_count_as_seen(store, small):
    run = store.create(steered(epochs=1, training_share=0.5))
    train(run, small)
    assert run.read().data.num_train == 120
    np.testing.assert_array_equal(run.seen_images(), _fingerprints(small.x_train, small.x_val))


def test_they_are_noted_before_the_first_model_and_not_before_the_first_epoch(store, small, at):
    run = store.create(steered())
    looks = []
    for step in (14, 16):
        at(step, lambda *_: looks.append((run.seen_images() is None, run.model_path.exists())))
    train(run, small)
    assert looks == [(True, False), (False, True)]


def test_a_stop_in_the_first_epoch_notes_them_with_the_model(store, small, at):
    run = store.create(steered())
    at(5, stop)
    train(run, small)
    assert run.model_path.exists()
    np.testing.assert_array_equal(run.seen_images(), _fingerprints(small.x_train, small.x_val))


def test_a_run_of_an_earlier_version_gets_them_as_soon_as_it_continues(store, small, at):
    run = store.create(steered())
    at(15, stop)
    train(run, small)
    (run.directory / "seen_images.npy").unlink()
    at(16, kill)
    with pytest.raises(Killed):
        resume(run, small)
    assert run.model_path.exists()
    np.testing.assert_array_equal(run.seen_images(), _fingerprints(small.x_train, small.x_val))


def test_the_images_are_looked_at_once_for_all_runs(monkeypatch, store, small):
    looks = []
    original = data_module.image_fingerprints

    def look(images):
        looks.append(len(images))
        return original(images)

    monkeypatch.setattr(data_module, "image_fingerprints", look)
    data = replace(small)  # nobody has asked this one
    for validation_split in (0.1, 0.3):
        run = store.create(steered(epochs=1, validation_split=validation_split))
        train(run, data)
        assert len(run.seen_images()) == 300
    assert sum(looks) == 300
