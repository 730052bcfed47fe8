"""The user's labelled drawings: browse, download and delete them, and say who drew them."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.charts import to_png
from core.drawing import MAX_WRITER_LENGTH, DrawingStore, LabelledDrawing, find_ink
from core.reading import explain_os_error
from pages.components.confirmation import confirmed
from pages.components.dialogs import note_dialog
from pages.components.formats import as_text
from pages.components.person import current_person
from pages.components.resources import audit, server_settings

_TILE = 104  # in pixels
_NUM_AT_ONCE = 48


def drawings_gallery(store: DrawingStore, drawings: Sequence[LabelledDrawing]) -> None:
    """Show the drawings, newest first, or how to add some."""
    if drawings:
        num_misread = sum(_is_misread(drawing) for drawing in drawings)
        st.markdown(
            f"**{len(drawings):,}** {'drawing' if len(drawings) == 1 else 'drawings'}, of which "
            f"**{num_misread:,}** {'was' if num_misread == 1 else 'were'} misread when drawn."
        )
    else:
        st.info(
            "There are none yet. Draw a digit and say which one it was: it is saved here and "
            "becomes part of your own test set.",
            icon=":material/gesture:",
        )
        st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
    st.caption(_where(store))
    if not drawings:
        return
    num_shown = st.session_state.get("num_drawings", _NUM_AT_ONCE)
    with st.container(key="drawings_gallery", horizontal=True, gap="small"):
        for drawing in drawings[:num_shown]:
            _tile(store, drawing)
    if len(drawings) > num_shown and st.button("Show more", icon=":material/expand_more:"):
        st.session_state["num_drawings"] = num_shown + _NUM_AT_ONCE
        st.rerun()
    ticked = [d for d in drawings if st.session_state.get(_key(d))]
    with st.container(horizontal=True):
        if st.button(
            "Set who drew them",
            key="set_writer",
            icon=":material/person_edit:",
            disabled=not ticked,
        ):
            _ask_for_writer(store, ticked)
        if st.button(
            f"Delete {len(ticked)} selected" if ticked else "Delete selected",
            key="delete_drawings",
            icon=":material/delete:",
            disabled=not ticked,
        ):
            _confirm(store, ticked)
        if st.button("Delete all", key="delete_all_drawings", icon=":material/delete_sweep:"):
            _confirm(store, drawings)
        st.download_button(
            "Download all as a zip file",
            data=store.export,
            file_name="drawings.zip",
            mime="application/zip",
            key="export_drawings",
            icon=":material/download:",
            on_click="ignore",
        )


def _tile(store: DrawingStore, drawing: LabelledDrawing) -> None:
    said = f"read as {drawing.answer}" if drawing.answer is not None else "not sure"
    mark = f":orange-badge[:material/close: {said}]" if _is_misread(drawing) else f":gray[{said}]"
    with st.container(width=_TILE, gap="xxsmall"):
        if picture := _thumbnail(store.root, drawing):
            st.image(picture, width=_TILE, alt=f"A drawn {drawing.label}, {said}")
        else:
            st.caption("Its picture is damaged.")
        st.checkbox(f"**{drawing.label}**", key=_key(drawing))
        st.markdown(f":small[{mark}]")
        if drawing.writer:
            st.markdown(f":small[:gray[by {as_text(drawing.writer)}]]")


@st.dialog("Who drew them?", on_dismiss="rerun")
def _ask_for_writer(store: DrawingStore, drawings: Sequence[LabelledDrawing]) -> None:
    note_dialog()
    what = "the drawing" if len(drawings) == 1 else f"the {len(drawings):,} drawings"
    named = {drawing.writer for drawing in drawings}
    writer = st.text_input(
        "Drawn by (nickname)",
        named.pop() if len(named) == 1 else "",
        key="new_writer",
        max_chars=MAX_WRITER_LENGTH,
        placeholder="Nobody named",
        autocomplete="off",
    )
    st.caption(f"It is kept with {what} that you ticked. Leave it empty to name nobody.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_writer"):
            st.rerun()
        if not st.button("Save", type="primary", key="confirm_writer"):
            return
    try:
        store.set_writer(drawings, writer)
    except OSError as error:
        problem = f"their folder cannot be written to ({explain_os_error(error)})."
        st.error(as_text(f"Who drew them cannot be saved: {problem}"), icon=":material/error:")
    else:
        st.rerun()


@st.dialog("Delete for good?", on_dismiss="rerun")
def _confirm(store: DrawingStore, drawings: Sequence[LabelledDrawing]) -> None:
    note_dialog()
    what = "1 drawing" if len(drawings) == 1 else f"{len(drawings):,} drawings"
    st.markdown(f"This removes **{what}** from your test set and from the disk.")
    if confirmed():
        try:
            store.delete(drawings)
            audit().record("delete drawings", by=current_person())
        except OSError as error:
            problem = f"their folder cannot be written to ({explain_os_error(error)})."
            st.error(as_text(f"Not all could be deleted: {problem}"), icon=":material/error:")
        else:
            _thumbnail.clear()
            st.rerun()


def _where(store: DrawingStore) -> str:
    """Say where drawings are and for how long, as much of it as concerns who asks."""
    settings, kept = server_settings(), ""
    if settings.keep_drawings_days:
        kept = f" They are deleted after {settings.keep_drawings_days:,} days."
    if settings.shared:
        return (
            "Your drawings are saved on this server, sent nowhere and shown to nobody else. They "
            f"are used to test models, not to train them.{kept}"
        )
    root = store.root
    if root.is_relative_to(Path.home()):
        root = "~" / root.relative_to(Path.home())
    return (
        f"Drawings are saved in {as_text(str(root))} on the computer that runs this app, and "
        f"sent nowhere. They are used to test models, not to train them.{kept}"
    )


def _is_misread(drawing: LabelledDrawing) -> bool:
    return drawing.answer != drawing.label


def _key(drawing: LabelledDrawing) -> str:
    return f"select_{drawing.id}"


@st.cache_data(show_spinner=False, max_entries=1000)
def _thumbnail(root: Path, drawing: LabelledDrawing) -> bytes | None:
    """Return a drawing as a small PNG, ink light on dark as the network gets it."""
    try:
        return to_png(find_ink(DrawingStore(root).picture(drawing)), side=_TILE)
    except OSError:
        return None
