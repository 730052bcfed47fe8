"""Text that somebody typed, or that a file from anywhere holds, as one line that can be shown.

Does not know where it is shown, or how it is kept from being taken for Markdown.
"""

import unicodedata

# Control and format characters (those of no width, those that turn the direction of writing) and
# halves of surrogate pairs: nobody sees them, and they make one name look like another.
_UNSEEN = ("Cc", "Cf", "Cs")


def clean_text(text: str, *, most: int) -> str:
    """Return a text in one line, without characters that nobody sees, `most` characters at most."""
    # Cut first, since a text from a file may be long; what is not seen is as long as what is.
    text = text[: 4 * most + 100]
    seen = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return " ".join(seen.split())[:most].strip()
