"""Bring a model or a run: choose a file, wait while it is tried out, and go on with it."""

from concurrent.futures import Future

import streamlit as st

from core.access import NotAllowed
from core.exchange import ImportRefused
from core.reading import explain_os_error
from core.runs import Run
from pages.components.formats import as_text
from pages.components.model_choice import draw_button
from pages.components.person import current_person
from pages.components.resources import imports, wait_for
from pages.components.uploads import take

_NUMBER, _FUTURE, _NAME = "import_number", "import_future", "import_name"


def import_file() -> None:
    """Let the user import a file; say what came of the last one."""
    future: Future[Run] | None = st.session_state.get(_FUTURE)
    fold = st.expander(
        "Import a model or a run",
        expanded=future is not None,
        key="import_fold",
        icon=":material/input:",
        on_change="rerun",
    )
    if not fold.open:
        return
    with fold, st.container(key="import_run"):
        number = st.session_state.setdefault(_NUMBER, 0)
        uploaded = st.file_uploader(
            "A .keras or .h5 file that reads MNIST's digits, or the zip of a run",
            key=f"import_file_{number}",
            disabled=future is not None and not future.done(),
        )
        st.caption(
            "In whichever shape and between whichever numbers it takes its images of 28 x 28 "
            "pixels: that is found out by trying. No code in the file is run."
        )
        if uploaded is not None:
            st.session_state[_NUMBER] = number + 1
            st.session_state[_NAME] = uploaded.name
            st.session_state[_FUTURE] = _begun(take(uploaded), uploaded.name)
            st.rerun()
        if future is None:
            return
        if not future.done():
            name = as_text(st.session_state[_NAME])
            wait_for(future, text=f"Opening {name} and trying out what it reads")
        elif problem := future.exception():
            st.error(as_text(_sentence(problem)), icon=":material/error:")
        else:
            _imported(future.result())


def _begun(content: bytes, name: str) -> Future[Run]:
    try:
        return imports().begin(content, name, by=current_person())
    except (ImportRefused, NotAllowed, OSError) as error:
        refused: Future[Run] = Future()
        refused.set_exception(error)
        return refused


def _sentence(problem: BaseException) -> str:
    if isinstance(problem, OSError):
        return f"It cannot be imported: {explain_os_error(problem)}."
    return str(problem)


def _imported(run: Run) -> None:
    record = run.read()
    if record.status == "unreadable":  # deleted meanwhile
        return
    st.success(
        f"**{as_text(record.name)}** is among the runs. {as_text(record.origin)}",
        icon=":material/check_circle:",
    )
    draw_button(run, key="draw_imported")
