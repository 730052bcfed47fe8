"""The sets of images that a page offers: test images, other people's digits, the user's own."""

from core.access import NotAllowed
from core.evaluation import LOAD_DIGITS_NAME
from core.reports import Source
from pages.components.resources import drawing_store, if_ready, loader


def own_drawings() -> Source | None:
    """Return the user's labelled drawings; None where there are none or nobody can have any."""
    try:
        store = drawing_store()
    except NotAllowed:
        return None
    drawings = store.list()
    return Source("drawings", store, tuple(drawings)) if drawings else None


def image_sets(own: Source | None) -> dict[str, tuple[str, Source]]:
    """Return each set of images: what to call it, and where it comes from."""
    data = if_ready(loader().data())
    name = f"{data.name}: {data.num_test:,} test images" if data else "Test images"
    sets = {"test": (name, Source("test"))}
    if data and data.name == "MNIST":
        sets["embedded"] = ("5,000 embedded MNIST images: 1,000 test images", Source("embedded"))
    sets["load_digits"] = (LOAD_DIGITS_NAME, Source("load_digits"))
    if own:
        sets["drawings"] = (f"Your drawings ({len(own.drawings):,})", own)
    return sets
