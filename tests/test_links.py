"""Hyperparameters from a link or an older file keep the meaning that they had when it was made."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hyperparameters import (
    FIELDS,
    Hyperparameters,
    from_query,
    to_text,
    upgrade_record,
    versions,
)
from core.hyperparameters.links import RENAMED


@given(st.dictionaries(st.sampled_from([*FIELDS, "v"]), st.text(max_size=12) | st.just("9" * 5000)))
def test_no_link_can_break_the_form(query):
    hyperparameters, sentences = from_query(query)
    for name in set(query) - {"v"}:
        kept = getattr(hyperparameters, name)
        if kept != FIELDS[name].default:
            assert not any(s.startswith(FIELDS[name].title + ":") for s in sentences)
    assert len({s.split(":")[0] for s in sentences}) <= len(query)


def test_a_link_keeps_what_is_valid_and_says_what_is_not():
    hyperparameters, sentences = from_query({"epochs": "4", "dropout": "5", "page": "train"})
    assert hyperparameters == Hyperparameters(epochs=4)
    assert sentences == ["Dropout: a number from 0 to 0.9; received '5'. The default is used."]
    for name, wrong in {"xla": "perhaps", "loss": "none of these", "filters": "many"}.items():
        hyperparameters, (sentence,) = from_query({name: wrong})
        assert hyperparameters == Hyperparameters()
        assert sentence.startswith(f"{FIELDS[name].title}: ")


def test_a_link_with_many_wrong_layers_is_refused_in_one_sentence_and_never_taken_apart():
    for text in ("a,b,c,d,e", "8," * 50_000):
        hyperparameters, (sentence,) = from_query({"hidden_units": text, "epochs": "4"})
        assert hyperparameters == Hyperparameters(epochs=4)
        assert sentence.startswith("Hidden layers: whole numbers from 1 to 1,024, separated by")
        assert len(sentence) < 170


def test_a_link_may_use_the_old_name_of_a_field(monkeypatch):
    monkeypatch.setitem(RENAMED, "old_epochs", "epochs")
    assert from_query({"old_epochs": "4"}) == (Hyperparameters(epochs=4), [])


def test_a_link_whose_values_do_not_go_together_keeps_the_others():
    hyperparameters, sentences = from_query(
        {"architecture": "vit", "embedding_size": "10", "attention_heads": "99", "epochs": "4"}
    )
    assert hyperparameters == Hyperparameters(architecture="vit", epochs=4)
    assert [sentence.split(",")[0] for sentence in sentences] == [
        "Attention heads: a whole number from 1 to 8; received '99'. The default is used.",
        "Embedding size must be a multiple of attention heads",
    ]
    assert sentences[1].endswith("received 10 and 4. The defaults are used.")


# Every default, as a link would carry it. Links that people have rely on these.
_DEFAULTS = (
    "architecture=convnet&hidden_units=128&filters=24,32&convolutions_per_block=1&"
    "residual_blocks=1&kernel_size=5&padding=same&downsampling=max_pooling&dense_units=128&"
    "lstm_units=128&patch_size=7&embedding_size=64&attention_heads=4&transformer_blocks=2&"
    "activation=relu&dropout=0.2&batch_normalization=False&initial_weights=glorot_uniform&"
    "optimizer=adam&learning_rate=0.003&learning_rate_schedule=one_cycle&decay_rate=0.5&"
    "decay_epochs=1&plateau_patience=2&batch_size=128&epochs=3&momentum=0.9&loss=cross_entropy&"
    "label_smoothing=0.0&weight_decay=0.004&warmup_epochs=0.0&gradient_clipping=0.0&"
    "weight_averaging=0.0&early_stopping_patience=0&validation_split=0.1&training_share=1.0&"
    "seed=0&wrong_labels=0.0&rotation=0.0&shift=0.0&zoom=0.0&shear=0.0&thickness=0.0&elastic=0.0&"
    "mixed_precision=False&xla=False&all_gpus=False"
)


def test_no_default_changes_without_a_version_that_keeps_the_meaning_of_older_links():
    present = {name: to_text(field.default) for name, field in FIELDS.items()}
    pinned = {name: text.replace(",", ", ") for name, text in parse_qsl(_DEFAULTS)}
    changed = {name for name in pinned.keys() & present.keys() if present[name] != pinned[name]}
    assert not changed, (
        f"Append the old values of {changed} to EARLIER_DEFAULTS in "
        "core/hyperparameters/versions.py, then write the new ones into _DEFAULTS here."
    )
    added = present.keys() - pinned.keys()
    assert not added, (
        f"Write the defaults of {added} into _DEFAULTS here. Where they change what training did "
        "before, also append the values that change nothing to EARLIER_DEFAULTS."
    )


def test_a_link_of_an_earlier_version_gets_the_defaults_that_it_was_made_with(monkeypatch):
    monkeypatch.setattr(
        versions,
        "EARLIER_DEFAULTS",
        ({"epochs": 9, "xla": True, "gone": 1}, {"epochs": 7, "dropout": 0.4}),
    )
    present = Hyperparameters()
    assert present.to_query() == {"v": "3"}
    first = Hyperparameters(epochs=9, xla=True, dropout=0.4)
    assert from_query({}) == from_query({"v": "1"}) == (first, [])
    assert from_query({"v": "2"}) == (Hyperparameters(epochs=7, dropout=0.4), [])
    assert from_query({"v": "3"}) == (present, [])
    # What the link says itself counts, the value of today's default too.
    assert from_query({"v": "2", "epochs": "3", "dropout": "0.2"}) == (present, [])
    assert from_query(first.to_query()) == (first, [])


@pytest.mark.parametrize("version", ["2", "0", "-1", "", "1.5", "new", "9" * 5000])
def test_a_version_that_this_server_does_not_know_is_said_in_one_sentence(version):
    hyperparameters, (sentence,) = from_query({"v": version, "epochs": "4"})
    assert hyperparameters == Hyperparameters(epochs=4)
    shown = "nothing" if not version else f"'{version}'" if len(version) < 40 else f"'{'9' * 39}…'"
    assert sentence == (
        f"Version (v): a whole number from 1 to 1; received {shown}. "
        "Today's defaults are used for what the link leaves out."
    )


# The hyperparameters in a run.json of the first version.
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


def test_hyperparameters_of_the_first_version_load_and_mean_what_they_meant():
    then = Hyperparameters(**upgrade_record(_FIRST_VERSION)[0])
    assert then == Hyperparameters(optimizer="sgd", batch_normalization=True)
    assert not then.applies("weight_decay")
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
    assert {name: getattr(then, name) for name in off} == off


def test_a_switch_that_an_old_mlp_did_not_look_at_stays_without_effect():
    old = _FIRST_VERSION | {"architecture": "mlp"}
    assert not Hyperparameters(**upgrade_record(old)[0]).batch_normalization
    new = Hyperparameters(architecture="mlp", batch_normalization=True)
    assert Hyperparameters(**upgrade_record(new.model_dump())[0]) == new


def test_an_old_name_is_read_from_a_link_and_from_a_file(monkeypatch):
    monkeypatch.setitem(RENAMED, "old_epochs", "epochs")
    assert from_query({"old_epochs": "4"}) == (Hyperparameters(epochs=4), [])
    known, others = upgrade_record({"loss": "cross_entropy", "old_epochs": 4, "colour": "red"})
    assert (known["epochs"], others) == (4, {"colour": "red"})
