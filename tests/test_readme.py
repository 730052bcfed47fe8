"""The README promises only what is there."""

import json
import re
from pathlib import Path

from core.hyperparameters import LESSONS, PRESET_LABELS
from core.settings import ServerSettings

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text()


def test_every_make_command_in_the_readme_exists():
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    commands = set(re.findall(r"\bmake ([a-z]+)", README))
    assert {"run", "test", "lint", "bench"} <= commands <= targets


def test_every_module_that_the_readme_runs_exists():
    modules = re.findall(r"python -m ([a-z_.]+)", README)
    assert modules
    for module in modules:
        assert (PROJECT / f"{module.replace('.', '/')}.py").exists(), module


def test_every_link_and_picture_in_the_readme_exists():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (PROJECT / target).exists(), target


def test_every_path_in_the_readmes_tree_exists():
    block = README.split("```\napp.py")[1].split("```")[0]
    for line in f"app.py{block}".splitlines():
        assert (PROJECT / line.split()[0]).exists(), line


def test_the_readme_lists_every_setting_of_the_server():
    listed = set(re.findall(r"^\| `DIGIT_LAB_([A-Z_]+)` \|", README, re.MULTILINE))
    assert listed == {name.upper() for name in ServerSettings.model_fields}


def _rows(heading):
    """Return the first cells of the table under a heading whose first cell this is."""
    table = README.split(f"\n| {heading} |")[1].split("\n\n")[0]
    return re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)[1:]


def test_the_readme_lists_every_preset_and_every_lesson():
    sound = [label for name, label in PRESET_LABELS.items() if name not in LESSONS]
    assert _rows("preset") == sound
    assert _rows("lesson") == [PRESET_LABELS[name] for name in LESSONS]


def test_the_card_of_the_shipped_model_says_what_its_figures_are():
    folder = PROJECT / "models" / "pretrained"
    card = json.loads((folder / "card.json").read_text())
    assert f"{card['test_accuracy']:.2%}" in (folder / "README.md").read_text()
    assert card["test_accuracy"] >= 0.993
