"""The building blocks: one at a time, with the setting on Train that it explains."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.teaching import BLOCKS
from pages.components.choosing import begin_with_address
from pages.components.learn.address import BLOCK_KEY
from pages.components.learn.descent_blocks import descent, learning_rate
from pages.components.learn.function_blocks import activations, dropout, losses, softmax_block
from pages.components.learn.image_blocks import (
    convolution,
    lstm,
    own_digit,
    patch_attention,
    pooling,
)
from pages.components.learn.values import one_of

_SHOW = {
    "activations": activations,
    "losses": losses,
    "softmax": softmax_block,
    "descent": descent,
    "learning_rate": learning_rate,
    "dropout": dropout,
}
_SHOW_IN_DIGIT = {
    "convolution": convolution,
    "pooling": pooling,
    "attention": patch_attention,
    "lstm": lstm,
}
_NAMES = tuple(name for name in BLOCKS if name in _SHOW or name in _SHOW_IN_DIGIT)


def building_blocks(drawn: Callable[[], np.ndarray | None]) -> None:
    """Let the user choose a block, and show it.

    `drawn` returns what the network gets of the drawing of this session, shape `(28, 28)`; None
    where there is no drawing.
    """
    begin_with_address(BLOCK_KEY, "block", _NAMES)
    one_of(BLOCK_KEY, _NAMES)
    st.pills(
        "Building block",
        _NAMES,
        format_func=lambda name: BLOCKS[name].title,
        key=BLOCK_KEY,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
    )
    name = one_of(BLOCK_KEY, _NAMES)
    with st.container(key=f"block_{name}"):
        st.markdown(f"#### {BLOCKS[name].title}")
        st.markdown(BLOCKS[name].question)
        if name in _SHOW:
            _SHOW[name]()
        else:
            _SHOW_IN_DIGIT[name](own_digit(drawn()))
