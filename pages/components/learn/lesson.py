"""The path for a lesson: six stations, whose progress is kept in the browser."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.hyperparameters import PRESET_LABELS, PRESETS
from core.teaching import STATIONS, Station, is_found
from pages.components.form_values import fill_form

_FOUND_KEY, _RESTARTS_KEY, _COMPANION = "stations_found", "stations_restarts", "lesson_companion"
_PLACES = {
    "draw": ("Go to Draw", ":material/draw:"),
    "train": ("Go to Train", ":material/model_training:"),
    "explain": ("Go to Explain", ":material/psychology_alt:"),
}
_companion = st.components.v2.component(
    "digit_lab.lesson_progress",
    js=Path(__file__).with_name("progress.js").read_text(encoding="utf-8"),
)


def lesson() -> None:
    """Show the stations, and how many of them are found."""
    found = _found()
    _companion(
        key=_COMPANION,
        data={
            "known": list(STATIONS),
            "found": found,
            "restarts": st.session_state.setdefault(_RESTARTS_KEY, 0),
        },
        on_kept_change=_receive,
    )
    st.markdown(
        "Six stations, each with one task and one thing to find out: together about an hour. Your "
        "progress stays in this browser."
    )
    with st.container(key="lesson_progress"):
        share = len(found) / len(STATIONS)
        done = " You have found them all." if share == 1 else ""
        st.progress(share, text=f"{len(found)} of {len(STATIONS)} stations found.{done}")
    following = next((name for name in STATIONS if name not in found), None)
    for number, (name, station) in enumerate(STATIONS.items(), 1):
        sign = "✓ " if name in found else ""
        # The key keeps open what is open when its label gets the sign.
        with st.expander(
            f"{sign}{number}. {station.title}", expanded=name == following, key=f"station_{name}"
        ):
            _station(name, station)
    st.button(
        "Forget my progress",
        key="forget_progress",
        icon=":material/restart_alt:",
        on_click=_forget,
        disabled=not found,
    )


def _station(name: str, station: Station) -> None:
    st.markdown(station.task)
    if station.preset:
        if st.button(
            f"Fill the form on Train: {PRESET_LABELS[station.preset]}",
            key=f"fill_{name}",
            icon=":material/model_training:",
        ):
            fill_form(PRESETS[station.preset])
            st.switch_page("pages/train.py")
    elif station.page in _PLACES:
        label, icon = _PLACES[station.page]
        st.page_link(f"pages/{station.page}.py", label=label, icon=icon)
    key = f"answer_{name}"
    if st.session_state.get(key) not in (*station.choices, None):
        st.session_state[key] = None
    choice = st.radio(
        f"**{station.question}**", station.choices, index=None, key=key, persist_state="session"
    )
    st.button("Check", key=f"check_{name}", on_click=_check, args=(name,), disabled=choice is None)
    with st.container(key=f"verdict_{name}"):
        if name in _found():
            st.success(f"Found. {station.found}", icon=":material/check_circle:")
        elif choice is not None and st.session_state.get(f"checked_{name}") == choice:
            st.warning(f"Not yet. {station.hint}", icon=":material/lightbulb:")


def _found() -> list[str]:
    found: list[str] = st.session_state.setdefault(_FOUND_KEY, [])
    return found


def _check(name: str) -> None:
    choice = st.session_state.get(f"answer_{name}")
    st.session_state[f"checked_{name}"] = choice
    if isinstance(choice, str) and is_found(name, choice):
        _add([name])


def _receive() -> None:
    """Take over what the browser has kept, which may be anything."""
    kept: Any = getattr(st.session_state.get(_COMPANION), "kept", None)
    if isinstance(kept, list):
        _add([name for name in STATIONS if name in kept])


def _add(names: list[str]) -> None:
    found = _found()
    st.session_state[_FOUND_KEY] = [name for name in STATIONS if name in (*found, *names)]


def _forget() -> None:
    st.session_state[_FOUND_KEY] = []
    st.session_state[_RESTARTS_KEY] += 1
    for name in STATIONS:
        st.session_state.pop(f"checked_{name}", None)
