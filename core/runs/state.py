"""How a run stands, as a page shows it: what it does, and what may be asked of it.

Computed from the run's status, what was asked of it, its worker and its results. Knows no page.
"""

from dataclasses import dataclass

from core.runs.record import Control, RunRecord, Status
from core.runs.run import Run


@dataclass(frozen=True)
class RunState:
    """How a run stands, and what may be asked of it now.

    Attributes:
        detail: what there is to say beside the status; may be empty.
        activity: what is happening just now and will soon be over; may be empty.
        position: its place among those that wait, 1 for the next; None where it does not wait.
        changes_by_itself: whether anything more happens to it without anybody's asking.
        awaits_reply: whether somebody has asked for something that is about to happen.
    """

    status: Status
    detail: str
    activity: str
    position: int | None
    can_pause: bool
    can_resume: bool
    can_stop: bool
    can_change_learning_rate: bool
    can_add_epochs: bool
    changes_by_itself: bool
    awaits_reply: bool


def read_state(run: Run, record: RunRecord, *, position: int | None = None) -> RunState:
    """Return how a run stands now; `record` is what `Run.read` has just said."""
    return describe_state(
        record,
        run.control(),
        is_busy=not record.is_measured and run.is_busy(),
        has_checkpoint=run.has_checkpoint,
        position=position,
    )


def changes_by_itself(run: Run, record: RunRecord) -> bool:
    """Tell whether anything more happens to a run without anybody's asking."""
    return not record.is_finished or (not record.is_measured and run.is_busy())


def describe_state(
    record: RunRecord,
    control: Control,
    *,
    is_busy: bool,
    has_checkpoint: bool,
    position: int | None = None,
) -> RunState:
    """Return how a run stands; `record` has the true status, a worker has a run that `is_busy`."""
    status, under_way = record.status, not record.is_finished
    is_busy = is_busy and not record.is_measured
    changes = under_way or is_busy
    # Until what an ended run has reached is measured, its worker cannot continue it.
    can_continue = (
        status in ("stopped", "interrupted", "failed")
        and has_checkpoint
        and (record.results is not None or not is_busy)
    )
    detail, activity = _say(record, control, is_busy=is_busy, position=position)
    return RunState(
        status=status,
        detail=detail,
        activity=activity,
        position=position if status == "queued" else None,
        can_pause=status == "running" and not (control.pause or control.stop),
        can_resume=status == "paused" or can_continue,
        can_stop=under_way and not control.stop,
        can_change_learning_rate=record.hyperparameters is not None and (can_continue or under_way),
        can_add_epochs=status == "completed" and has_checkpoint,
        changes_by_itself=changes,
        awaits_reply=changes and (control.stop or control.pause or status in ("paused", "queued")),
    )


def _say(
    record: RunRecord, control: Control, *, is_busy: bool, position: int | None
) -> tuple[str, str]:
    """Return what there is to say beside the status, and what is happening just now."""
    measuring = "measuring it on drawn digits" if is_busy and record.results else ""
    match record.status:
        case "queued" if position:
            return f"number {position} in line", ""
        case "queued" if measuring:
            return "", "continues as soon as what it has reached is measured"
        case "queued":
            return "", "starting: the training process loads TensorFlow and the images"
        case "running" | "paused" if control.stop:
            return "", "stopping"
        case "running" if control.pause:
            return "", "pausing"
        case "running":
            return f"on {record.device}" if record.device else "", ""
        case "paused" if is_busy:
            return "can be resumed at once", ""
        case "paused":
            return "kept on disk; others train meanwhile", ""
        case "stopped" if record.results:
            return "the best weights so far are kept", measuring
        case "stopped" if is_busy:
            return "", "measuring what it reached"
        case "stopped":
            return "while it waited", ""
        case "completed" if record.stopped_early_at:
            early = f"early, after epoch {record.stopped_early_at}: validation no longer improved"
            return early, measuring
        case "completed":
            return "", measuring
    return "", ""
