"""Sources of images, how they are divided, and which files are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import (
    DatasetError,
    count_split,
    load_configured,
    load_dataset,
    load_embedded,
    with_wrong_labels,
    without_embedded,
)
from core.data import dataset as module

_PARTS = ("train", "val", "test")


def _arrays(dataset):
    return {
        f"{kind}_{part}": getattr(dataset, f"{kind}_{part}") for kind in "xy" for part in _PARTS
    }


def _images(*parts):
    return [image.tobytes() for part in parts for image in part]


@pytest.fixture(scope="module")
def embedded():
    return load_embedded()


@pytest.fixture(scope="module")
def raw(small_npz):
    """The arrays in a file that can be used."""
    with np.load(small_npz) as arrays:
        return dict(arrays)


def _load(tmp_path, arrays):
    path = tmp_path / "changed.npz"
    np.savez(path, **arrays)
    return load_dataset(path)


def test_the_embedded_images_are_5000_real_digits_in_three_parts(embedded):
    counts = [len(getattr(embedded, f"x_{part}")) for part in _PARTS]
    assert counts == [3600, 400, 1000]
    assert np.bincount(embedded.y_test).tolist() == [100] * 10
    assert "5,000" in embedded.name
    assert embedded.notice is None


def test_images_are_ink_from_0_to_1_with_a_label_each(embedded, small):
    for dataset in (embedded, small):
        for name, array in _arrays(dataset).items():
            assert array.dtype == (np.float32 if name[0] == "x" else np.uint8)
        for part in _PARTS:
            x, y = getattr(dataset, f"x_{part}"), getattr(dataset, f"y_{part}")
            assert x.shape == (len(y), 28, 28)
            assert (x.min(), x.max()) == (0, 1)
            assert set(y) == set(range(10))


def test_the_parts_share_no_image(embedded):
    images = _images(embedded.x_train, embedded.x_val, embedded.x_test)
    assert len(set(images)) == len(images)


def test_without_a_file_or_a_cache_the_same_embedded_images_are_loaded_every_time(embedded):
    again = load_configured(None)
    assert again.fingerprint == embedded.fingerprint
    assert (again.name, again.notice) == ("5,000 embedded MNIST images", None)
    for name, array in _arrays(again).items():
        np.testing.assert_array_equal(array, _arrays(embedded)[name])


def test_one_changed_pixel_or_label_changes_the_fingerprint(tmp_path, raw, small):
    assert _load(tmp_path, raw).fingerprint == small.fingerprint
    for name, change in (("x_train", 1), ("y_test", 1)):
        changed = raw[name].copy()
        changed.flat[0] = (changed.flat[0] + change) % 10
        assert _load(tmp_path, raw | {name: changed}).fingerprint != small.fingerprint


@pytest.mark.parametrize(
    ("validation_split", "share"), [(0.01, 0.998), (0.1, 1.0), (0.1, 0.5), (0.5, 0.01)]
)
def test_even_little_data_is_divided_as_announced(small, validation_split, share):
    parts = small.split(validation_split=validation_split, training_share=share)
    announced = count_split(300, validation_split=validation_split, training_share=share)
    assert (len(parts.x_train), len(parts.x_val)) == announced
    assert min(announced) >= 10
    assert not set(_images(parts.x_train)) & set(_images(parts.x_val))
    np.testing.assert_array_equal(parts.x_test, small.x_test)
    assert parts.fingerprint == small.fingerprint


@given(st.integers(100, 70_000), st.floats(0.01, 0.5), st.floats(0.01, 1))
def test_a_division_never_needs_more_images_than_there_are(num_images, validation_split, share):
    num_train, num_val = count_split(
        num_images, validation_split=validation_split, training_share=share
    )
    assert num_train >= 10
    assert num_val >= 10
    assert num_train + num_val <= num_images
    left_out = num_images - num_val - num_train
    assert left_out == 0 or left_out >= 10


def test_the_same_division_is_made_every_time_and_keeps_digits_in_proportion(embedded):
    first, second = (embedded.split(validation_split=0.2, training_share=0.5) for _ in range(2))
    np.testing.assert_array_equal(first.x_val, second.x_val)
    np.testing.assert_array_equal(first.x_train, second.x_train)
    assert np.bincount(first.y_val).tolist() == [80] * 10
    assert np.bincount(first.y_train).tolist() == [160] * 10


def test_labels_stay_with_their_images(small):
    labels = dict(
        zip(_images(small.x_train, small.x_val), [*small.y_train, *small.y_val], strict=True)
    )
    parts = small.split(validation_split=0.3, training_share=0.5)
    for x, y in ((parts.x_train, parts.y_train), (parts.x_val, parts.y_val)):
        assert [labels[image] for image in _images(x)] == y.tolist()


def test_a_cache_is_used_where_there_is_one(monkeypatch, small_npz, small):
    monkeypatch.setattr(module, "MNIST_CACHE", small_npz)
    assert load_dataset().fingerprint == small.fingerprint


def test_a_damaged_cache_gives_the_embedded_images_and_a_notice(monkeypatch, tmp_path, embedded):
    monkeypatch.setattr(module, "load_embedded", lambda: embedded)
    (tmp_path / "mnist.npz").write_bytes(b"PK not a zip")
    monkeypatch.setattr(module, "MNIST_CACHE", tmp_path / "mnist.npz")
    dataset = load_dataset()
    assert dataset.fingerprint == embedded.fingerprint
    assert "mnist.npz is not a readable" in dataset.notice
    assert dataset.notice.endswith("The embedded images are used instead.")


def test_a_configured_file_that_is_missing_gives_the_embedded_images_and_a_notice(
    monkeypatch, tmp_path, embedded
):
    monkeypatch.setattr(module, "load_embedded", lambda: embedded)
    dataset = load_configured(tmp_path / "none.npz")
    assert dataset.name in dataset.notice
    assert dataset.notice.startswith("DIGIT_LAB_MNIST cannot be used: ")
    assert "none.npz does not exist." in dataset.notice


def test_a_configured_file_that_can_be_read_comes_first(monkeypatch, synthetic_npz, small_npz):
    monkeypatch.setattr(module, "MNIST_CACHE", small_npz)
    assert load_configured(synthetic_npz).name == "synthetic.npz (520 images)"


def test_a_file_as_large_as_mnist_with_other_images_is_not_called_mnist(tmp_path, raw):
    large = {
        "x_train": np.zeros((60_000, 28, 28), np.uint8),
        "y_train": np.resize(raw["y_train"], 60_000),
        "x_test": np.zeros((10_000, 28, 28), np.uint8),
        "y_test": np.resize(raw["y_test"], 10_000),
    }
    assert "70,000 images" in _load(tmp_path, large).name


def test_mnist_is_told_by_its_content(monkeypatch, tmp_path, raw):
    plain = _load(tmp_path, raw)
    assert plain.name != "MNIST"
    monkeypatch.setattr(module, "_MNIST", plain.fingerprint)
    assert _load(tmp_path, raw).name == "MNIST"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"x_train": np.zeros((300, 28, 28), np.float32)}, "uint8 images of shape"),
        ({"x_train": np.zeros((300, 32, 32), np.uint8)}, "uint8 images of shape"),
        ({"x_test": np.zeros((200, 784), np.uint8)}, "uint8 images of shape"),
        ({"y_train": np.zeros(299, np.uint8)}, "one label from 0 to 9"),
        ({"y_train": np.full(300, 10)}, "one label from 0 to 9"),
        ({"y_test": np.full(200, np.nan)}, "one label from 0 to 9"),
        ({"y_test": np.repeat(np.arange(5), 40)}, "at least 10 images of each digit"),
        ({"y_test": np.array([None] * 200)}, "not a readable mnist.npz"),
    ],
)
def test_arrays_that_are_not_digits_are_refused_with_the_reason(tmp_path, raw, change, reason):
    with pytest.raises(DatasetError, match=reason) as caught:
        _load(tmp_path, raw | change)
    assert "changed.npz" in str(caught.value)


def test_a_file_that_lacks_an_array_is_refused_by_name(tmp_path, raw):
    for name in raw:
        with pytest.raises(DatasetError, match=f"lacks the array '{name}'"):
            _load(tmp_path, {key: value for key, value in raw.items() if key != name})


def test_a_file_that_is_not_an_npz_is_refused(tmp_path, raw):
    for name, write in {
        "empty.npz": lambda path: path.touch(),
        "text.npz": lambda path: path.write_text("not images"),
        "single.npy": lambda path: np.save(path, raw["x_train"]),
        "folder.npz": lambda path: path.mkdir(),
    }.items():
        write(tmp_path / name)
        with pytest.raises(DatasetError, match=f"{name} is not a readable"):
            load_dataset(tmp_path / name)


@given(place=st.floats(0, 1), junk=st.binary(min_size=1, max_size=64), cut=st.booleans())
def test_no_damage_to_a_file_raises_another_error(
    tmp_path_factory, synthetic_npz, place, junk, cut
):
    content = bytearray(synthetic_npz.read_bytes())
    start = int(place * (len(content) - 1))
    content[start : start + len(junk)] = junk
    damaged = tmp_path_factory.getbasetemp() / "damaged.npz"
    damaged.write_bytes(content[: start + len(junk)] if cut else content)
    try:
        dataset = load_dataset(damaged)
    except DatasetError as error:
        assert "damaged.npz" in str(error)
    else:
        assert len(dataset.x_test) == 120


def test_a_model_may_be_trained_without_any_embedded_image(
    monkeypatch, tmp_path, embedded, synthetic
):
    monkeypatch.setattr(module, "load_embedded", lambda: embedded)
    mixed = {
        "x_train": np.rint(255 * np.concatenate([synthetic.x_train, embedded.x_train[:500]])),
        "y_train": np.concatenate([synthetic.y_train, embedded.y_train[:500]]),
        "x_test": np.rint(255 * synthetic.x_test),
        "y_test": synthetic.y_test,
    }
    dataset = _load(tmp_path, {name: array.astype(np.uint8) for name, array in mixed.items()})
    unseen = without_embedded(dataset)
    known = set(_images(embedded.x_train, embedded.x_val, embedded.x_test))
    assert not known & set(_images(unseen.x_train, unseen.x_val))
    assert len(unseen.x_train) + len(unseen.x_val) == len(synthetic.x_train)
    assert len(unseen.y_train) == len(unseen.x_train)
    assert unseen.name.endswith("without the 5,000 embedded images")


@given(st.lists(st.integers(0, 9), max_size=60), st.floats(0, 1), st.integers(0, 2**31 - 1))
def test_exactly_the_share_of_labels_is_wrong(digits, share, seed):
    labels = np.array(digits, np.uint8)
    before = labels.copy()
    changed = with_wrong_labels(labels, share=share, seed=seed)
    assert (changed != labels).sum() == round(share * len(labels))
    assert changed.dtype == labels.dtype
    assert ((changed >= 0) & (changed <= 9)).all()
    np.testing.assert_array_equal(labels, before)
    np.testing.assert_array_equal(changed, with_wrong_labels(labels, share=share, seed=seed))


def test_wrong_labels_are_any_other_digit_and_differ_with_the_seed():
    labels = np.full(2000, 3, np.uint8)
    changed = with_wrong_labels(labels, share=0.5, seed=1)
    counts = np.bincount(changed, minlength=10)
    assert counts[3] == 1000
    assert np.delete(counts, 3).min() > 60
    assert (changed != with_wrong_labels(labels, share=0.5, seed=2)).any()
