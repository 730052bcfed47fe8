"""Every setting of a run, its bounds, and its way through an address and a file."""

from typing import get_args

import pytest
from annotated_types import Ge, Le
from hypothesis import given
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
    combined,
    explain_errors,
    extra,
    from_query,
    is_applicable,
    to_text,
    upgrade_record,
)

_GROUPS = ["Network", "Optimization", "Data", "Augmentation", "Computation"]
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


def _as_a_whole(values):
    """Give a vit whose heads cannot share its embedding as many as can."""
    if values["embedding_size"] % values["attention_heads"]:
        values |= {"attention_heads": 1}
    return Hyperparameters.model_validate(values)


_settings = st.fixed_dictionaries({name: _valid(name) for name in FIELDS}).map(_as_a_whole)
_numbers = [name for name in FIELDS if FIELDS[name].annotation in (int, float)]


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_has_a_label_a_help_and_a_place(name):
    assert FIELDS[name].title
    assert FIELDS[name].description.endswith(".")
    assert extra(name)["group"] in _GROUPS
    assert isinstance(extra(name)["advanced"], bool)


def test_the_form_has_its_groups_in_order_and_each_begins_with_what_matters_most():
    groups = [extra(name)["group"] for name in FIELDS]
    assert list(dict.fromkeys(groups)) == _GROUPS
    assert groups == sorted(groups, key=_GROUPS.index)
    first = {group: list(FIELDS)[groups.index(group)] for group in _GROUPS}
    assert (first["Network"], first["Optimization"]) == ("architecture", "optimizer")
    assert not any(extra(name)["advanced"] for name in first.values())


@pytest.mark.parametrize("name", FIELDS)
def test_a_setting_depends_only_on_choices_that_exist(name):
    for other, choices in applies_to(name).items():
        assert choices
        assert set(choices) <= set(get_args(FIELDS[other].annotation))
        # What a field depends on stands before it, so that the form never jumps upwards.
        assert list(FIELDS).index(other) < list(FIELDS).index(name)


def test_a_setting_without_effect_is_told_from_one_with():
    mlp, convnet = Hyperparameters(architecture="mlp"), Hyperparameters(architecture="convnet")
    assert mlp.applies("hidden_units")
    assert not mlp.applies("filters")
    assert convnet.applies("filters")
    assert not convnet.applies("momentum")
    assert Hyperparameters(optimizer="sgd").applies("momentum")
    assert mlp.applies("seed")


def test_a_setting_may_belong_to_several_choices():
    matters = {
        "filters": ("architecture", {"convnet", "resnet"}),
        "activation": ("architecture", {"mlp", "lenet5", "convnet", "resnet", "vit"}),
        "batch_normalization": ("architecture", {"mlp", "lenet5", "convnet", "resnet"}),
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


def test_what_needs_a_setting_without_effect_has_none_itself(monkeypatch):
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


@pytest.mark.parametrize("name", FIELDS)
def test_a_link_carries_each_setting_and_refuses_what_it_cannot_be(name):
    default, kind = FIELDS[name].default, FIELDS[name].annotation
    if kind in (int, float):
        low, high = _bounds(name)
        good, bad = (low, high), [low - 1, high + 1]
    elif kind is bool:
        good, bad = (True, False), ["perhaps"]
    elif get_args(kind) and name not in _LAYERS:
        good, bad = get_args(kind), ["none of these"]
    else:
        good, bad = ((7,), (64, 32)), ["0", "many", ""]
    for value in good:
        # Beside a vit's lonely head any embedding will do.
        settings = Hyperparameters.model_validate({"attention_heads": 1} | {name: value})
        assert from_query(settings.to_query()) == (settings, [])
    for value in bad:
        settings, (sentence,) = from_query({name: str(value), "page": "train"})
        assert settings == Hyperparameters()
        assert getattr(settings, name) == default
        assert sentence.startswith(f"{FIELDS[name].title}: ")
        assert sentence.endswith("The default is used.")


def test_a_link_whose_values_do_not_go_together_keeps_the_others():
    settings, sentences = from_query(
        {"architecture": "vit", "embedding_size": "10", "attention_heads": "99", "epochs": "4"}
    )
    assert settings == Hyperparameters(architecture="vit", epochs=4)
    assert [sentence.split(",")[0] for sentence in sentences] == [
        "Attention heads: input should be less than or equal to 8",
        "Embedding size must be a multiple of attention heads",
    ]
    assert sentences[1].endswith("received 10 and 4. The defaults are used.")


# What a run.json of the first version says of its settings.
_FIRST_VERSION = {
    "architecture": "convnet",
    "hidden_units": [128],
    "filters": [24, 32],
    "convolutions_per_block": 1,
    "kernel_size": 5,
    "dense_units": 128,
    "batch_normalization": True,
    "activation": "relu",
    "dropout": 0.2,
    "optimizer": "sgd",
    "momentum": 0.9,
    "weight_decay": 0.004,
    "learning_rate": 0.003,
    "learning_rate_schedule": "one_cycle",
    "batch_size": 128,
    "epochs": 3,
    "validation_split": 0.1,
    "training_share": 1.0,
    "rotation": 0.0,
    "shift": 0.0,
    "zoom": 0.0,
    "shear": 0.0,
    "thickness": 0.0,
    "elastic": 0.0,
    "seed": 0,
}


def test_settings_of_the_first_version_load_and_mean_what_they_meant():
    settings = Hyperparameters(**upgrade_record(_FIRST_VERSION)[0])
    assert settings == Hyperparameters(optimizer="sgd", batch_normalization=True)
    assert not settings.applies("weight_decay")
    off = {
        "loss": "cross_entropy",
        "downsampling": "max_pooling",
        "initial_weights": "glorot_uniform",
        "label_smoothing": 0,
        "warmup_epochs": 0,
        "gradient_clipping": 0,
        "weight_averaging": 0,
        "early_stopping_patience": 0,
        "wrong_labels": 0,
        "mixed_precision": False,
        "xla": False,
        "all_gpus": False,
    }
    assert {name: getattr(settings, name) for name in off} == off


def test_a_switch_that_an_old_mlp_did_not_look_at_stays_without_effect():
    old = _FIRST_VERSION | {"architecture": "mlp"}
    assert not Hyperparameters(**upgrade_record(old)[0]).batch_normalization
    new = Hyperparameters(architecture="mlp", batch_normalization=True)
    assert Hyperparameters(**upgrade_record(new.model_dump())[0]) == new


def test_every_preset_says_what_to_look_for_in_one_sentence():
    assert set(PRESET_LABELS) == set(PRESET_NOTES) == set(PRESETS)
    assert set(PRESETS) - set(LESSONS) == {"article", "fast", "accurate"}
    assert len(set(PRESET_LABELS.values())) == len(PRESETS)
    for note in PRESET_NOTES.values():
        assert note.endswith(".")
        assert ". " not in note


def test_a_lesson_has_no_setting_that_it_does_not_need():
    for name in LESSONS:
        changed = PRESETS[name].to_query()
        assert all(PRESETS[name].applies(setting) for setting in changed), name


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
