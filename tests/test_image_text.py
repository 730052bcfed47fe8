"""An image in an address: what was written is read again, and nothing else harms."""

import base64
import string
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drawing import image_from_text, image_to_text

ALPHABET = string.ascii_letters + string.digits + "-_="


def _packed(content: bytes) -> str:
    packed = zlib.compress(content, wbits=-zlib.MAX_WBITS)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def test_an_image_is_read_as_it_was_written():
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28))
    text = image_to_text(pixels / 255)
    assert len(text) <= 1100
    assert text.replace("-", "").replace("_", "").isalnum()
    np.testing.assert_allclose(image_from_text(text), pixels / 255, atol=1e-6)
    assert image_to_text(image_from_text(text)) == text


@given(st.one_of(st.text(max_size=50), st.text(ALPHABET, max_size=200)))
def test_any_text_is_an_image_or_none(text):
    image = image_from_text(text)
    assert image is None or (image.shape == (28, 28) and 0 <= image.min() < image.max() <= 1)


@pytest.mark.parametrize(
    "content",
    [b"", bytes(784), b"\1" * 783, b"\1" * 785, b"\1" * 10_000_000],
    ids=["empty", "blank", "short", "long", "huge"],
)
def test_what_is_no_image_with_ink_is_none(content):
    assert image_from_text(_packed(content)) is None
