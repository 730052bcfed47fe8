"""Every hyperparameter: its bounds, its place in the form, and the presets."""

from typing import get_args

import pytest
from annotated_types import Ge, Le
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.hyperparameters import (
    FIELDS,
    LESSONS,
    PRESET_LABELS,
    PRESET_NOTES,
    PRESETS,
    Hyperparameters,
    applies_to,
    choice_label,
    combined,
    explain_errors,
    extra,
    from_query,
    is_applicable,
    to_text,
)

_GROUPS = ["Network", "Optimization", "Data", "Augmentation", "Computation"]
_LAYERS = {"hidden_units": 5, "filters": 4}


def _bounds(name):
    limits = {type(m): m for m in FIELDS[name].metadata if isinstance(m, Ge | Le)}
    return limits[Ge].ge, limits[Le].le


def _valid(name):
    """Return a Hypothesis strategy of values that a field takes, its bounds among them."""
    kind = FIELDS[name].annotation
    if name in _LAYERS:
        return st.lists(st.integers(1, 1024), min_size=1, max_size=_LAYERS[name]).map(tuple)
    if kind is bool:
        return st.booleans()
    if get_args(kind):
        return st.sampled_from(get_args(kind))
    numbers = st.integers if kind is int else st.floats
    return numbers(*_bounds(name)) | st.sampled_from(_bounds(name))


def _as_a_whole(values):
    """Give a vit as many heads as can share its embedding, and a convnet an image to the end."""
    if values.get("embedding_size", 64) % values.get("attention_heads", 4):
        values |= {"attention_heads": 1}
    return Hyperparameters.model_validate({**values, "padding": "same"})


_any_valid = st.fixed_dictionaries({}, optional={name: _valid(name) for name in FIELDS})


def test_every_field_has_a_label_a_help_and_a_place_in_a_form_that_never_jumps_upwards():
    names = list(FIELDS)
    groups = [extra(name)["group"] for name in FIELDS]
    assert list(dict.fromkeys(groups)) == _GROUPS
    assert groups == sorted(groups, key=_GROUPS.index)
    # Each group begins with what matters most.
    first = {group: names[groups.index(group)] for group in _GROUPS}
    assert (first["Network"], first["Optimization"]) == ("architecture", "optimizer")
    assert not any(extra(name)["advanced"] for name in first.values())
    for name in names:
        assert FIELDS[name].title
        assert FIELDS[name].description.endswith(".")
        assert isinstance(extra(name)["advanced"], bool)
        for other, choices in applies_to(name).items():
            assert choices
            assert set(choices) <= set(get_args(FIELDS[other].annotation))
            assert names.index(other) < names.index(name)


def test_a_field_has_an_effect_with_the_choices_that_it_belongs_to_and_with_no_others():
    matters = {
        "hidden_units": ("architecture", {"mlp"}),
        "filters": ("architecture", {"convnet", "resnet"}),
        "activation": ("architecture", {"mlp", "lenet5", "convnet", "resnet", "vit"}),
        "batch_normalization": ("architecture", {"mlp", "lenet5", "convnet", "resnet"}),
        "seed": ("architecture", {"mlp", "lenet5", "convnet", "resnet", "lstm", "vit"}),
        "momentum": ("optimizer", {"sgd", "nesterov"}),
        "weight_decay": ("optimizer", {"adamw", "lion", "muon"}),
        "label_smoothing": ("loss", {"cross_entropy"}),
        "decay_rate": ("learning_rate_schedule", {"step", "exponential", "reduce_on_plateau"}),
        "warmup_epochs": (
            "learning_rate_schedule",
            {"constant", "step", "exponential", "cosine", "reduce_on_plateau"},
        ),
    }
    for name, (other, expected) in matters.items():
        choices = get_args(FIELDS[other].annotation)
        assert {c for c in choices if Hyperparameters(**{other: c}).applies(name)} == expected


def test_every_choice_has_a_full_name_of_its_own():
    for name, field in FIELDS.items():
        choices = get_args(field.annotation) if name not in _LAYERS else ()
        labels = [choice_label(name, choice) for choice in choices]
        assert len(set(labels)) == len(labels)
        assert set(extra(name)["labels"]) == set(choices)
        for choice, label in zip(choices, labels, strict=True):
            assert label != str(choice)
            assert not label[0].islower()
            assert "_" not in field.description, name  # short names are for links
    assert choice_label("architecture", "mlp") == "Multilayer perceptron"
    assert choice_label("kernel_size", 5) == "5 x 5 pixels"
    # What has no choices is written as it would be typed, and so is what is none of them.
    assert choice_label("hidden_units", (64, 32)) == "64, 32"
    assert choice_label("optimizer", "sorcery") == "sorcery"


def test_what_needs_a_field_without_effect_has_none_itself(monkeypatch):
    needs = {"first": {}, "second": {"first": ("on",)}, "third": {"second": (1, 2)}}
    monkeypatch.setattr(combined, "applies_to", needs.__getitem__)
    assert is_applicable("third", {"first": "on", "second": 2})
    assert not is_applicable("third", {"first": "on", "second": 3})
    assert not is_applicable("third", {"first": "off", "second": 2})


def test_attention_heads_share_the_embedding_evenly_or_are_both_named():
    with pytest.raises(ValidationError) as caught:
        Hyperparameters(architecture="vit", embedding_size=50, attention_heads=4)
    assert explain_errors(caught.value) == [
        "Embedding size must be a multiple of attention heads, but received 50 and 4."
    ]
    # Where neither matters, neither can stand in the way.
    assert Hyperparameters(architecture="mlp", embedding_size=50).embedding_size == 50


@settings(max_examples=300)
@given(
    st.fixed_dictionaries(
        {
            name: _valid(name)
            for name in ("filters", "convolutions_per_block", "downsampling", "padding")
        },
        optional={"kernel_size": st.sampled_from((3, 5, 7))},
    )
)
def test_a_convnet_has_pixels_left_for_every_layer_or_is_refused_with_what_to_change(values):
    query = {name: to_text(value) for name, value in values.items()}
    hyperparameters, sentences = from_query(query)
    if not sentences:
        assert hyperparameters == Hyperparameters(**values)
        assert min(min(sides) for sides in hyperparameters.convnet_sides()) >= 1
        return
    assert values["padding"] == "valid"
    (sentence,) = sentences
    assert "has no pixel left of the image" in sentence
    assert hyperparameters == Hyperparameters(downsampling=values["downsampling"])
    # Nobody can correct a field that the form hides.
    assert Hyperparameters(**values, architecture="mlp").padding == "valid"


def test_bounds_are_allowed_and_what_lies_beyond_is_refused_by_name():
    for name, field in FIELDS.items():
        if field.annotation not in (int, float):
            continue
        low, high = _bounds(name)
        for value in (low, high, field.default):
            assert getattr(Hyperparameters(**{name: value}), name) == value
        for value in (low - 1, high + 1, float("nan"), float("inf"), "many", None):
            with pytest.raises(ValidationError) as caught:
                Hyperparameters(**{name: value})
            (sentence,) = explain_errors(caught.value)
            assert sentence.startswith(f"{field.title}: ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"architecture": "transformer"},
        {"hidden_units": ()},
        {"hidden_units": (1, 2, 3, 4, 5, 6)},
        {"hidden_units": (0,)},
        {"hidden_units": "128; 64"},
        {"filters": (8,) * 5},
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


def test_an_error_says_which_field_and_what_was_received():
    with pytest.raises(ValidationError) as caught:
        Hyperparameters(epochs=0, dropout=2.0)
    epochs, dropout = sorted(explain_errors(caught.value), reverse=True)
    assert epochs == "Epochs: input should be greater than or equal to 1, but received 0."
    assert dropout.startswith("Dropout: input should be less than or equal to 0.9")


def test_layers_may_be_typed_as_text():
    assert Hyperparameters(hidden_units="128, 64,").hidden_units == (128, 64)
    assert to_text((128, 64)) == "128, 64"


def test_hyperparameters_cannot_be_changed_afterwards():
    with pytest.raises(ValidationError):
        Hyperparameters().epochs = 7


@given(_any_valid.map(_as_a_whole))
def test_any_hyperparameters_survive_their_link_and_their_file(hyperparameters):
    assert from_query(hyperparameters.to_query()) == (hyperparameters, [])
    written = hyperparameters.model_dump_json()
    assert Hyperparameters.model_validate_json(written) == hyperparameters


def test_every_preset_has_a_label_and_says_what_to_look_for_in_one_sentence():
    assert set(PRESET_LABELS) == set(PRESET_NOTES) == set(PRESETS)
    assert set(PRESETS) - set(LESSONS) == {"article", "fast", "accurate"}
    assert len(set(PRESET_LABELS.values())) == len(PRESETS)
    for note in PRESET_NOTES.values():
        assert note.endswith(".")
        assert ". " not in note


def test_a_lesson_changes_nothing_that_it_does_not_need():
    for name in LESSONS:
        changed = PRESETS[name].to_query().keys() & FIELDS.keys()
        assert all(PRESETS[name].applies(field) for field in changed), name


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
