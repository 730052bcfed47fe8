"""Every setting of a run, its bounds, and its way through an address and a file."""

from typing import get_args

import pytest
from annotated_types import Ge, Le
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.hyperparameters import (
    FIELDS,
    PRESET_LABELS,
    PRESETS,
    Hyperparameters,
    applies_to,
    explain_errors,
    extra,
    from_query,
    to_text,
)

_LAYERS = {"hidden_units": 5, "filters": 4}


def _bounds(name):
    limits = {type(m): m for m in FIELDS[name].metadata if isinstance(m, Ge | Le)}
    return limits[Ge].ge, limits[Le].le


def _valid(name):
    """Return a Hypothesis strategy of values that a field takes."""
    kind = FIELDS[name].annotation
    if name in _LAYERS:
        return st.lists(st.integers(1, 1024), min_size=1, max_size=_LAYERS[name]).map(tuple)
    if kind is bool:
        return st.booleans()
    if get_args(kind):
        return st.sampled_from(get_args(kind))
    numbers = st.integers if kind is int else st.floats
    return numbers(*_bounds(name))


_settings = st.fixed_dictionaries({name: _valid(name) for name in FIELDS}).map(
    Hyperparameters.model_validate
)
_numbers = [name for name in FIELDS if FIELDS[name].annotation in (int, float)]


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_has_a_label_a_help_and_a_place(name):
    assert FIELDS[name].title
    assert FIELDS[name].description.endswith(".")
    assert extra(name)["group"] in ("Network", "Optimization", "Data")


@pytest.mark.parametrize("name", FIELDS)
def test_a_setting_depends_only_on_choices_that_exist(name):
    for other, choice in applies_to(name).items():
        assert choice in get_args(FIELDS[other].annotation)


def test_a_setting_without_effect_is_told_from_one_with():
    mlp, convnet = Hyperparameters(architecture="mlp"), Hyperparameters(architecture="convnet")
    assert mlp.applies("hidden_units")
    assert not mlp.applies("filters")
    assert convnet.applies("filters")
    assert not convnet.applies("momentum")
    assert Hyperparameters(optimizer="sgd").applies("momentum")
    assert mlp.applies("seed")


@pytest.mark.parametrize("name", _numbers)
def test_bounds_are_allowed_and_what_lies_beyond_is_not(name):
    low, high = _bounds(name)
    for value in (low, high, FIELDS[name].default):
        assert getattr(Hyperparameters(**{name: value}), name) == value
    for value in (low - 1, high + 1, float("nan"), float("inf"), "many", None):
        with pytest.raises(ValidationError):
            Hyperparameters(**{name: value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"architecture": "transformer"},
        {"hidden_units": ()},
        {"hidden_units": (1, 2, 3, 4, 5, 6)},
        {"hidden_units": (0,)},
        {"hidden_units": "128; 64"},
        {"filters": (8,) * 5},
        {"kernel_size": 4},
        {"kernel_size": "4"},
        {"batch_normalization": "perhaps"},
        {"colour": "red"},
    ],
)
def test_what_no_network_could_use_is_refused_in_one_sentence(wrong):
    with pytest.raises(ValidationError) as caught:
        Hyperparameters(**wrong)
    (sentence,) = explain_errors(caught.value)
    (name,) = wrong
    assert sentence.startswith(FIELDS[name].title if name in FIELDS else name)
    assert sentence.endswith(".")


def test_an_error_says_which_setting_and_what_was_received():
    with pytest.raises(ValidationError) as caught:
        Hyperparameters(epochs=0, dropout=2.0)
    epochs, dropout = sorted(explain_errors(caught.value), reverse=True)
    assert epochs == "Epochs: input should be greater than or equal to 1, but received 0."
    assert dropout.startswith("Dropout: input should be less than or equal to 0.9")


def test_layers_may_be_typed_as_text():
    assert Hyperparameters(hidden_units="128, 64,").hidden_units == (128, 64)
    assert to_text((128, 64)) == "128, 64"


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(ValidationError):
        Hyperparameters().epochs = 7


def test_untouched_settings_need_no_address():
    assert Hyperparameters().to_query() == {}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_its_link_and_has_a_label(name):
    assert from_query(PRESETS[name].to_query()) == (PRESETS[name], [])
    assert PRESET_LABELS[name]


@given(_settings)
def test_any_settings_survive_their_link_and_their_file(settings):
    assert from_query(settings.to_query()) == (settings, [])
    assert Hyperparameters.model_validate_json(settings.model_dump_json()) == settings


@given(st.dictionaries(st.sampled_from(list(FIELDS)), st.text(max_size=12) | st.just("9" * 5000)))
def test_no_link_can_break_the_form(query):
    settings, sentences = from_query(query)
    for name in query:
        kept = getattr(settings, name)
        if kept != FIELDS[name].default:
            assert not any(s.startswith(FIELDS[name].title + ":") for s in sentences)
    assert len({s.split(":")[0] for s in sentences}) <= len(query)


def test_a_link_keeps_what_is_valid_and_says_what_is_not():
    settings, sentences = from_query({"epochs": "4", "dropout": "5", "page": "train"})
    assert (settings.epochs, settings.dropout) == (4, 0.2)
    (sentence,) = sentences
    assert sentence.startswith("Dropout: ")
    assert sentence.endswith("but received '5'. The default is used.")


def test_the_article_s_preset_is_what_the_article_has():
    article = PRESETS["article"]
    expected = {
        "architecture": "mlp",
        "hidden_units": (128,),
        "activation": "relu",
        "dropout": 0.2,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "learning_rate_schedule": "constant",
        "batch_size": 32,
        "epochs": 5,
    }
    assert {name: getattr(article, name) for name in expected} == expected
    assert (article.rotation, article.shift, article.zoom, article.shear) == (0, 0, 0, 0)
