"""What the coach says of recorded runs, and that it is silent where there is nothing to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.coach import advise
from core.hyperparameters import Hyperparameters
from core.runs import LayerRecord, Metrics, RunRecord
from core.teaching import BLOCKS
from tests.record_curves import CURVES, SETTINGS, load
from tests.records import epoch_record, layers_record, metrics_of, step_record

# Trained by `tests.record_curves`; each of the others gets no note.
_NOTES = {
    "batch_norm": "still_improving",
    "convnet": "still_improving",
    "few_images": "still_improving",
    "highest_dropout": "still_improving",
    "low_rate_convnet_longer": "still_improving",
    "moderate_rate": "still_improving",
    "small_batch": "still_improving",
    "strong_dropout": "still_improving",
    "lstm": "still_improving",
    "resnet": "still_improving",
    "small_weights": "still_improving",
    "warmed_up": "still_improving",
    "adam_rate_1": "diverged",
    "adam_rate_10": "diverged",
    "gelu_sgd_rate_10": "diverged",
    "rate_raised": "diverged",
    "tanh_deep_rate_03": "diverged",
    "sgd_rate_1": "dead_neurons",
    "low_rate_convnet": "low_learning_rate",
    "lowest_rate": "low_learning_rate",
    "overfit": "overfitting",
    "overfit_all_data": "overfitting",
    "sgd": "overfitting",
    "lenet5_sigmoid": "nothing_learned",
    "lion_rate_01": "nothing_learned",
    "sigmoid_deep_adam": "nothing_learned",
    "sigmoid_deep_sgd": "nothing_learned",
    "zero_weights": "nothing_learned",
}
_HEALTHY = sorted(
    name for name in SETTINGS if _NOTES.get(name, "still_improving") == "still_improving"
)


def _only_note(name):
    (note,) = advise(*load(name))
    return note


@pytest.mark.parametrize("name", _NOTES)
def test_what_a_note_advises_can_be_trained_and_what_explains_it_is_there(name):
    record, _ = load(name)
    note, settings = _only_note(name), record.hyperparameters
    changed = Hyperparameters.model_validate({**settings.model_dump(), **note.changes})
    assert changed != settings
    assert note.block in BLOCKS
    for field, value in note.changes.items():
        assert getattr(changed, field) == value != getattr(settings, field)
        assert settings.applies(field)
        if field == "learning_rate":
            assert f"{value:g}" in note.headline


def _while_it_ran(name, *, without=""):
    """Return the kinds of notes after each record, as they were seen while the run ran."""
    record, metrics = load(name)
    records = [r for r in metrics.records if r.kind != without]
    running = record.model_copy(update={"status": "running", "results": None, "error": None})
    return [
        [note.kind for note in advise(running, metrics_of(*records[:count]))]
        for count in range(len(records) + 1)
    ]


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_each_recorded_run_gets_the_note_it_deserves_and_no_other_on_the_way(name):
    expected = [_NOTES[name]] if name in _NOTES else []
    assert [note.kind for note in advise(*load(name))] == expected
    kinds = {kind for notes in _while_it_ran(name) for kind in notes}
    allowed = set() if name in _HEALTHY else {_NOTES[name]}
    if name == "low_rate_convnet_longer":  # which learned at last, after four epochs
        allowed.add("low_learning_rate")
    assert kinds <= allowed


@pytest.mark.parametrize("name", [n for n in _HEALTHY if n != "low_rate_convnet_longer"])
def test_a_healthy_run_hears_nothing_in_a_first_epoch_that_is_long(name):
    assert not any(_while_it_ran(name, without="epoch"))


@pytest.mark.parametrize("name", ["adam_rate_1", "lowest_rate", "overfit", "overfit_all_data"])
def test_a_note_that_came_stays(name):
    notes = _while_it_ran(name)
    came = next(number for number, kinds in enumerate(notes) if kinds)
    assert all(notes[came:])


def test_curves_are_small_and_belong_to_settings():
    files = list(CURVES.glob("*.jsonl"))
    assert {file.stem for file in files} == set(SETTINGS)
    assert max(file.stat().st_size for file in files) < 60_000


def test_an_exploded_loss_gets_its_numbers_and_a_rate_that_works():
    note = _only_note("adam_rate_10")
    assert note.severity == "problem"
    assert "try 0.01" in note.headline  # a tenth of 10 explodes as well
    assert "learning rate of up to 10" in note.evidence


def test_a_rate_that_is_little_too_high_is_to_become_a_tenth():
    assert "try 0.1." in _only_note("sgd_rate_1").headline


def test_a_loss_that_is_not_a_number_before_anything_was_learned_can_only_start_anew():
    note = _only_note("gelu_sgd_rate_10")
    assert "stopped being a number" in note.headline
    assert "resumed" not in note.evidence


def test_a_network_that_was_good_before_it_diverged_can_be_resumed():
    record, metrics = load("rate_raised")
    (note,) = advise(record, metrics)
    assert record.status == "failed"
    assert "1e+08" in note.evidence
    assert "After epoch 1 it classified" in note.evidence
    assert "resumed" in note.evidence


def test_causes_of_having_learned_nothing_are_told_apart():
    assert "zero" in _only_note("zero_weights").headline
    assert "have died" in _only_note("lion_rate_01").headline
    assert "sigmoid" in _only_note("sigmoid_deep_sgd").headline


@pytest.mark.parametrize(
    ("learning_rate", "layers", "advice"),
    [
        (0.005, {"dead_share": 0.97, "update_ratio": 0.002}, "ReLU neurons have died"),
        (0.1, {"dead_share": 0.1, "update_ratio": 0.002}, "too high: try 0.01"),
        (0.00001, {"dead_share": 0.1, "update_ratio": 0.002}, "too low: try 0.0003"),
        (0.005, {"dead_share": 0.1, "update_ratio": 0.002}, "Begin with a preset"),
    ],
)
def test_what_to_try_depends_on_settings_and_layers(learning_rate, layers, advice):
    record = _record(learning_rate=learning_rate, learning_rate_schedule="constant")
    steps = [_guess(step, learning_rate) for step in range(100)]
    look = layers_record(99, layers=[{"name": "Dense 1", "gradient_norm": 0.5, **layers}])
    metrics = metrics_of(*steps, look)
    (note,) = advise(record, metrics)
    assert note.kind == "nothing_learned"
    assert advice in note.headline


def test_a_schedule_that_begins_low_is_not_judged_before_it_has_risen():
    metrics = metrics_of(*(_guess(step, 0.0002 + step * 1e-6) for step in range(200)))
    assert advise(_record(learning_rate=0.003), metrics) == []
    assert advise(_record(learning_rate=0.0003), metrics) != []


def test_overfitting_tells_the_epoch_both_losses_and_what_was_kept():
    note = _only_note("overfit")
    assert note.headline.startswith("Since epoch 12")
    assert "more of the data" in note.headline  # it had a tenth
    assert "0.506" in note.evidence and "0.552" in note.evidence
    assert "kept are those of epoch 13" in note.evidence


def test_where_loss_and_accuracy_disagree_the_note_says_why_and_does_not_ask_for_fewer_epochs():
    falling = [(2.0, 0.60), (1.0, 0.80), (0.5, 0.90)]  # validation loss and accuracy
    rising = [(0.6, 0.91), (0.7, 0.92), (0.8, 0.93)]
    losses = [1.9, 0.9, 0.5, 0.3, 0.2, 0.1]
    epochs = [
        epoch_record(number, loss=loss, val_loss=val_loss, val_accuracy=accuracy)
        for number, (loss, (val_loss, accuracy)) in enumerate(
            zip(losses, falling + rising, strict=True), start=1
        )
    ]
    settings = {"rotation": 10.0, "dropout": 0.3, "label_smoothing": 0.1}
    (note,) = advise(_record(**settings), metrics_of(step_record(1), *epochs))
    assert note.headline.startswith("Since epoch 3 it overfits: it becomes surer of its mistakes")
    assert "fewer epochs" not in note.headline
    assert note.headline.endswith("Try a smaller network.")
    assert "kept are those of epoch 6" in note.evidence
    assert "93.00% against 90.00% after epoch 3" in note.evidence
    assert "how sure the wrong ones are" in note.evidence
    # Where they agree, there is nothing to explain.
    agreeing = [e.model_copy(update={"val_accuracy": 0.9}) for e in epochs]
    (note,) = advise(_record(**settings), metrics_of(step_record(1), *agreeing))
    assert "does no better on new ones. Try fewer epochs." in note.headline
    assert "disagree" not in note.evidence


@pytest.mark.parametrize("name", ["overfit", "rate_raised", "sgd_rate_1"])
def test_notes_are_the_same_whether_records_came_one_by_one_or_at_once(name):
    record, metrics = load(name)
    growing = Metrics()
    for entry in metrics.records:
        growing = growing.extended([entry])
        assert advise(record, growing) == advise(record, metrics_of(*growing.records))


def test_a_run_that_was_stopped_is_not_told_to_train_on():
    record, metrics = load("convnet")
    assert advise(record.model_copy(update={"status": "stopped"}), metrics) == []
    assert advise(record.model_copy(update={"stopped_early_at": 3}), metrics) == []


def test_a_run_without_settings_or_records_gets_no_note():
    record, metrics = load("adam_rate_10")
    assert advise(record.model_copy(update={"hyperparameters": None}), metrics) == []
    assert advise(record, Metrics()) == []


def _record(**settings):
    return RunRecord(
        id="a",
        name="a",
        created="2026-01-01T00:00:00Z",
        status="running",
        hyperparameters=Hyperparameters(**settings),
    )


def _guess(step, learning_rate):
    return step_record(step, loss=2.3, accuracy=0.1, learning_rate=learning_rate)


_numbers = st.floats(0, 1e300, exclude_max=True)
_position = {"epoch": _numbers, "images": st.integers(0, 2**63 - 1)}
_layers = st.builds(
    LayerRecord,
    name=st.text(max_size=3),
    gradient_norm=st.none() | _numbers,
    update_ratio=st.none() | _numbers,
    dead_share=st.none() | st.floats(0, 1),
)
_changes = {
    "step": {"loss": st.none() | _numbers, "accuracy": _numbers, "learning_rate": _numbers},
    "epoch": {"loss": _numbers, "val_loss": _numbers, "val_accuracy": _numbers},
    "layers": {"layers": st.lists(_layers, max_size=3).map(tuple)},
    "learning_rate": {},
}


@given(st.data())
def test_no_numbers_stop_the_page_however_odd(data):
    name = data.draw(st.sampled_from(["overfit", "sgd_rate_1", "rate_raised", "zero_weights"]))
    record, metrics = load(name)
    records = list(metrics.records)
    for number in data.draw(st.lists(st.integers(0, len(records) - 1), max_size=20)):
        fields = _position | _changes[records[number].kind]
        changes = data.draw(st.fixed_dictionaries({}, optional=fields))
        records[number] = records[number].model_copy(update=changes)
    start = data.draw(st.integers(0, 3))
    for note in advise(record, metrics_of(*records[start:])):
        assert note.headline and note.evidence
