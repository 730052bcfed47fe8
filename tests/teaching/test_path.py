"""What is explained can be reached: blocks, terms and stations name what there is."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.classifier import PRETRAINED, Classifier
from core.drawing import preprocess_drawing
from core.hyperparameters import FIELDS, PRESETS, extra
from core.teaching import BLOCKS, STATIONS, TERMS, WORKED_NETWORK, block_of, is_found, term_of

_PROJECT = Path(__file__).parents[2]
_PAGES = _PROJECT / "pages"
_STAR = [
    (160 + 110 * math.sin(turn), 160 - 110 * math.cos(turn))
    for turn in np.linspace(0, 4 * math.pi, 6)
]
_HOUSE = [(60, 280), (60, 150), (160, 50), (260, 150), (260, 280), (60, 280)]


def test_every_setting_of_what_is_learned_has_a_block_or_a_term_and_only_one():
    for name in FIELDS:
        explained = [block_of(name), term_of(name)]
        if extra(name)["group"] == "Computation" or name == "seed":
            assert explained == [None, None], name
        else:
            assert sum(each is not None for each in explained) == 1, name
    assert {block_of(name) for name in FIELDS} - {None} == set(BLOCKS)
    fields = [field for block in BLOCKS.values() for field in block.fields]
    assert len(fields) == len(set(fields)) and set(fields) <= set(FIELDS)


def test_every_term_names_a_page_that_there_is():
    wanted = ["transfer learning", "generalisation", "overfitting", "regularisation", "precision"]
    wanted += ["recall", "f1", "interpretability", "fairness across writers"]
    wanted += ["privacy of drawings"]
    assert sorted(map(str.lower, TERMS)) == sorted(wanted)
    assert all((_PAGES / f"{term.page}.py").is_file() for term in TERMS.values())


@pytest.mark.parametrize("name", STATIONS)
def test_a_station_has_one_right_answer_and_a_page(name):
    station = STATIONS[name]
    assert [choice for choice in station.choices if is_found(name, choice)] == [station.answer]
    assert len(set(station.choices)) == len(station.choices) >= 3
    assert (_PAGES / f"{station.page}.py").is_file()
    assert station.preset is None or station.preset in PRESETS
    assert not is_found(name, "nonsense")


@pytest.mark.parametrize("name", STATIONS)
def test_what_a_station_tells_to_press_there_is(name):
    station = STATIONS[name]
    sources = [*_PAGES.rglob("*.py"), *(_PROJECT / "core" / "hyperparameters").glob("*.py")]
    written = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    written += BLOCKS[WORKED_NETWORK].title
    for label in re.findall(r"\*(.+?)\*", station.task + station.hint):
        assert label in written, label


@pytest.mark.parametrize(("outline", "is_sure"), [(_STAR, False), (_HOUSE, True)])
def test_the_shipped_model_is_not_sure_of_a_star_and_takes_a_house_for_a_digit(outline, is_sure):
    picture = Image.new("RGBA", (320, 320), "white")
    ImageDraw.Draw(picture).line(outline, fill="black", width=22, joint="curve")
    prediction = Classifier.load(PRETRAINED).predict(preprocess_drawing(np.array(picture)))
    assert prediction.is_sure == is_sure
