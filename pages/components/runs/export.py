"""Take a run, or the network of one or of the shipped model, away: as files and as a program."""

import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from core.exchange import FORMATS, Export, Format, export_run, file_name
from core.exports import Exported
from core.runs import Run, RunRecord
from pages.components.formats import as_text
from pages.components.resources import exports, wait_for
from pages.components.runs.curve_files import tensorboard_button

_SHIPPED = "digits"
_REQUIREMENTS = "requirements-export.txt"


def run_export(run: Run, record: RunRecord) -> None:
    """Offer all that can be taken away of a run."""
    fold = st.expander("Export", key="export_fold", icon=":material/output:", on_change="rerun")
    if not fold.open:
        return
    with fold, st.container(key="export_run"):
        with st.container(horizontal=True):
            _download("The whole run", "run", run, record, ".zip", "another Digit Lab imports it")
            if record.hyperparameters and record.data:
                about = "a Keras program that trains the same network without this app"
                _download("As a script", "script", run, record, ".py", about)
            if run.metrics():
                about = "steps and epochs, a line for each"
                _download("Curves as CSV", "metrics", run, record, ".csv", about)
                tensorboard_button([(run, record)])
        if record.is_finished and run.model_path.exists():
            _networks(run, file_name(record.name))


def shipped_export() -> None:
    """Offer the shipped model in every format."""
    fold = st.expander(
        "Export the shipped model", key="shipped_fold", icon=":material/output:", on_change="rerun"
    )
    if fold.open:
        with fold, st.container(key="export_run"):
            _networks(None, _SHIPPED)


def _download(
    label: str, export: Export, run: Run, record: RunRecord, suffix: str, about: str
) -> None:
    st.download_button(
        label,
        partial(_written, run, export),
        file_name(record.name, suffix),
        key=f"take_{export}",
        icon=":material/download:",
        on_click="ignore",
        help=about[0].upper() + about[1:] + ".",
    )


def _written(run: Run, export: Export) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        export_run(run, export, path)
        return path.read_bytes()


def _networks(run: Run | None, name: str) -> None:
    """Offer the network in each format, with what its own runtime has measured."""
    st.markdown("**The trained network**")
    for format, info in FORMATS.items():
        with st.container(border=True, key=f"export_{format}"):
            described, button = st.columns([3, 1], vertical_alignment="center")
            with described:
                st.markdown(f"**{info.label}** (`{info.suffix}`) for {info.purpose}")
            if info.missing:
                st.caption(
                    f"This server lacks {' and '.join(info.missing)}. Whoever runs it can add "
                    f"them: `pip install -r {_REQUIREMENTS}`"
                )
                continue
            exported, future = exports().kept(run, format), exports().under_way(run, format)
            with button:
                if exported:
                    st.download_button(
                        "Download",
                        exports().path(run, format).read_bytes,
                        f"{name}{info.suffix}",
                        "application/octet-stream",
                        key=f"download_{format}",
                        icon=":material/download:",
                        on_click="ignore",
                        width="stretch",
                    )
                elif future is None or future.done():
                    st.button(
                        "Prepare",
                        key=f"prepare_{format}",
                        icon=":material/sync_alt:",
                        on_click=_prepare,
                        args=(run, format),
                        width="stretch",
                    )
            with described:
                _figures(run, format, exported)


def _prepare(run: Run | None, format: Format) -> None:
    exports().prepare(run, format)


def _figures(run: Run | None, format: Format, exported: Exported | None) -> None:
    future = exports().under_way(run, format)
    if exported:
        st.caption(
            as_text(
                f"{_size(exported.size)}. Accuracy {exported.accuracy:.2%} on {exported.images}; "
                f"{exported.milliseconds:.2g} ms for a digit. Measured on this server, with the "
                "format's own runtime."
            )
        )
    elif future is not None and not future.done():
        wait_for(future, text="Converting it and measuring what came out")
    elif future is not None and (problem := future.exception()):
        st.error(as_text(str(problem)), icon=":material/error:")


def _size(num_bytes: int) -> str:
    return f"{num_bytes / 1e6:.1f} MB" if num_bytes >= 1e6 else f"{num_bytes / 1e3:.0f} kB"
