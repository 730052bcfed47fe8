"""The curves of runs as files of other programs."""

from collections.abc import Sequence

import streamlit as st

from core.exchange import export_tensorboard
from core.runs import Run, RunRecord, distinct_names


def tensorboard_button(chosen: Sequence[tuple[Run, RunRecord]]) -> None:
    """Offer the curves of these runs as TensorBoard's event files."""
    names = distinct_names([record for _, record in chosen], timezone=st.context.timezone)

    def export() -> bytes:
        return export_tensorboard({names[run.id]: run.metrics() for run, _ in chosen})

    st.download_button(
        "For TensorBoard",
        export,
        "tensorboard.zip",
        "application/zip",
        key="export_tensorboard",
        icon=":material/download:",
        on_click="ignore",
        help="The curves as event files: unpack them and start tensorboard --logdir on the folder.",
    )
