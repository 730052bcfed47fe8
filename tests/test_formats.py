"""Values as a person reads them; what somebody typed is text, whatever it looks like."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pages.components.formats import as_text, confidence_text, duration_text, percent_value


@pytest.mark.parametrize(
    ("typed", "markdown"),
    [
        ("My first network", "My first network"),
        ("Ziffern für Åsa 数字 😀", "Ziffern für Åsa 数字 😀"),
        ("**b**", r"\*\*b\*\*"),
        ("![](x.png)", r"\!\[\]\(x\.png\)"),
        (":red[x]", r"\:red\[x\]"),
        ("$x$ <b> `c`", r"\$x\$ \<b\> \`c\`"),
        ("1. a", r"1\. a"),
        ("    indented\nand broken ", "indented and broken"),
        ("a\\b", r"a\\b"),
    ],
)
def test_punctuation_is_escaped_and_letters_are_left_alone(typed, markdown):
    assert as_text(typed) == markdown


_SIGNS = ["->", "<-", "<->", "--", ">=", "<=", "~=", ":smile:", ":streamlit:", ":material/home:"]
_ADDRESSES = ["http://a.b", "HTTPS://a.b", "www.a.b", "a@b.cd"]


@pytest.mark.parametrize("sign", [*_SIGNS, *_ADDRESSES])
def test_what_streamlit_joins_although_it_is_escaped_is_kept_apart(sign):
    assert "\u2060" in as_text(f"x {sign} y")


@given(st.text())
@example("![](http://example.com/x.png) :red[x] $x$ **b** <b>c</b> [l](http://a.b)")
def test_no_text_is_lost_and_no_punctuation_is_left_bare(typed):
    markdown = as_text(typed)
    assert not re.search(r"[!-/:-@\[-`{-~]", re.sub(r"\\[!-/:-@\[-`{-~]", "", markdown))
    seen = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)
    assert seen.replace("\u2060", "") == " ".join(typed.split()).replace("\u2060", "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5400, "1.5 h")]
)
def test_a_duration_has_the_unit_that_a_person_would_use(seconds, text):
    assert duration_text(seconds) == text


def test_a_share_is_shown_without_rounding_a_doubt_away():
    assert confidence_text(0.9996) == "over 99.9%"
    assert confidence_text(0.5) == "50.0%"
    assert (percent_value(0.25), percent_value(None)) == (25.0, None)
