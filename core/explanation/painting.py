"""Paint over an image, with ink or with paper, and find one that it could have been."""

import numpy as np


def paint_over(image: np.ndarray, strokes: np.ndarray) -> np.ndarray:
    """Lay strokes over an image, dark ones as ink and white ones as paper.

    Args:
        image: float32 of shape `(28, 28)` in [0, 1], ink 1.
        strokes: uint8 RGBA, shape `(28 k, 28 k, 4)`, transparent where nothing was painted.

    Returns:
        float32 array of shape `(28, 28)` in [0, 1]; each pixel has the mean of its k x k.

    Raises:
        ValueError: the strokes are no such square.
    """
    side = len(strokes)
    if strokes.shape != (side, side, 4) or side % 28 or not side:
        raise ValueError(f"expected strokes of shape (28 k, 28 k, 4), received {strokes.shape}")
    k = side // 28
    paint = strokes.astype(np.float32) / 255
    cover, ink = paint[..., 3], 1 - paint[..., :3].mean(axis=-1)
    fine = np.kron(image, np.ones((k, k), np.float32))
    painted = (1 - cover) * fine + cover * ink
    return painted.reshape(28, k, 28, k).mean(axis=(1, 3)).astype(np.float32)


def nearest_image(image: np.ndarray, images: np.ndarray) -> np.ndarray | None:
    """Return the image with the smallest squared difference, never the same one; as `image` is.

    Args:
        image: float32 of shape `(28, 28)` in [0, 1], ink 1.
        images: uint8 of shape `(n, 28, 28)`, 255 is ink, or floats as `image`.

    Returns:
        None where there is no other image.
    """
    scale = np.float32(255 if np.issubdtype(images.dtype, np.integer) else 1)
    others = images.astype(np.float32) / scale
    distances = ((others - image) ** 2).sum(axis=(1, 2))
    distances[distances < 1e-6] = np.inf
    if not np.isfinite(distances).any():
        return None
    return others[distances.argmin()]
