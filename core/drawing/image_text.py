"""Write a 28 x 28 image as text short enough for an address, and read it again."""

import base64
import binascii
import zlib

import numpy as np

_PIXELS = 28 * 28
# Base64 of 784 bytes that cannot be compressed, and a little more.
_MAX_LENGTH = 1100


def image_to_text(image: np.ndarray) -> str:
    """Return an image of shape `(28, 28)`, in [0, 1], as letters, digits, hyphens, underscores.

    Its values are rounded to multiples of 1/255, and it has at most 1,100 letters.
    """
    pixels = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
    packed = zlib.compress(pixels.tobytes(), level=9, wbits=-zlib.MAX_WBITS)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def image_from_text(text: str) -> np.ndarray | None:
    """Return what `image_to_text` wrote, float32; None for text that it did not write."""
    if len(text) > _MAX_LENGTH:
        return None
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        reader = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        content = reader.decompress(packed, _PIXELS + 1)  # a little may unpack to gigabytes
    except (binascii.Error, ValueError, zlib.error):
        return None
    if len(content) != _PIXELS:
        return None
    pixels = np.frombuffer(content, np.uint8).reshape(28, 28)
    return pixels.astype(np.float32) / np.float32(255) if pixels.any() else None
