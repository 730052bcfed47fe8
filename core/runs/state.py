"""How a run stands, as a page shows it: what it does, and what may be asked of it.

Computed from the run's status, what was asked of it, its worker and its results. Knows no page.
"""

from dataclasses import dataclass

from core.runs.control import Control
from core.runs.record import RunRecord, Status
from core.runs.run import Run


@dataclass(frozen=True)
class RunState:
    """How a run stands.

    Attributes:
        status: the word for it.
        detail: what there is to say beside the status; may be empty.
        activity: what is happening just now and will soon be over; may be empty.
        position: its place among those that wait, 1 for the next; None where it does not wait.
        can_pause: whether a pause may be asked for now.
        can_resume: whether it may be resumed: it is paused, or ended with a checkpoint.
        can_stop: whether a stop may be asked for now.
        can_change_learning_rate: whether it is trained or may be resumed.
        can_add_epochs: whether it is completed and may be trained for more epochs.
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
    """Return how a run stands now.

    Args:
        run: asked for what else is needed.
        record: what `Run.read` has just said.
        position: the run's place in the queue, 1 for the next; None where it is not in the queue.
    """
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
    """Return how a run stands, from what its files say.

    Args:
        record: with the true status.
        control: what was asked of the run.
        is_busy: whether a worker has it.
        has_checkpoint: whether training can continue from where it was.
        position: the run's place in the queue, 1 for the next; None where it is not in the queue.
    """
    status = record.status
    is_busy = is_busy and not record.is_measured
    is_measuring = record.is_finished and is_busy
    # Until what an ended run has reached is measured, its worker cannot continue it.
    can_continue = (
        status in ("stopped", "interrupted", "failed")
        and has_checkpoint
        and (record.results is not None or not is_busy)
    )
    can_resume = status == "paused" or can_continue
    detail, activity = _say(record, control, is_busy=is_busy, position=position)
    return RunState(
        status=status,
        detail=detail,
        activity=activity,
        position=position if status == "queued" else None,
        can_pause=status == "running" and not (control.pause or control.stop),
        can_resume=can_resume,
        can_stop=not record.is_finished and not control.stop,
        can_change_learning_rate=record.hyperparameters is not None
        and (can_continue or not record.is_finished),
        can_add_epochs=status == "completed" and has_checkpoint,
        changes_by_itself=not record.is_finished or is_measuring,
        awaits_reply=(not record.is_finished or is_measuring)
        and (control.stop or control.pause or status in ("paused", "queued")),
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
            return f"on {record.device}", ""
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
