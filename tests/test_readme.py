"""README, CONTRIBUTING and the pages in docs name only what exists."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from core.hyperparameters import LESSONS, PRESET_LABELS
from core.settings import ServerSettings

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text()
_FOLDERS = ("core", "models", "pages", "web", "tests", "benchmarks", "docs")


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/deploying.md"]
)
def test_every_command_file_and_link_that_a_document_names_exists(name):
    document = PROJECT / name
    text = document.read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)) <= targets
    for module in re.findall(r"python -m ([a-z_.]+)", text):
        assert (PROJECT / f"{module.replace('.', '/')}.py").exists(), module
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (document.parent / target).exists(), target
    new = set(re.findall(r"Create `([^`]+)`", text))
    named = re.findall(rf"\b(?:{'|'.join(_FOLDERS)})/[\w./]*", text)
    assert named
    for path in set(named) - new:
        assert (PROJECT / path.rstrip(".")).exists(), path
    # What its Python code imports of ours, but for the files that it tells to create.
    for module in re.findall(r"^ *from ([\w.]+) import", text, re.MULTILINE):
        parts = PROJECT.joinpath(*module.split("."))
        if module.split(".")[0] in _FOLDERS:
            assert parts.is_dir() or parts.with_suffix(".py").exists(), module


def test_the_readme_names_the_commands_of_every_day():
    assert {"run", "test", "lint", "bench"} <= set(re.findall(r"\bmake ([a-z]+)", README))


def test_every_path_in_the_readmes_tree_exists_and_every_part_of_core_is_in_it():
    block = README.split("```\napp.py")[1].split("```")[0]
    paths = [line.split()[0] for line in f"app.py{block}".splitlines()]
    for path in paths:
        assert (PROJECT / path).exists(), path
    packages = {f"core/{path.parent.name}/" for path in (PROJECT / "core").glob("*/__init__.py")}
    assert packages <= set(paths)


def test_the_changelog_s_newest_release_is_the_project_s_version():
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\]", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[:2] == ["Unreleased", version]


def test_deploying_lists_every_setting_of_the_server_with_its_default():
    text = (PROJECT / "docs" / "deploying.md").read_text()
    rows = re.findall(r"^\| `DIGIT_LAB_(\w+)` \| .+ \| (.+) \|$", text, re.MULTILINE)
    fields = ServerSettings.model_fields.items()
    assert rows == [(name.upper(), _written(field.default)) for name, field in fields]


def _written(default):
    """Return a default as the table of settings writes it."""
    match default:
        case None | ():
            return "none"
        case Path():
            return f"`{default.relative_to(PROJECT)}` beside `app.py`"
        case bool():
            return f"`{str(default).lower()}`"
        case float():
            return f"`{default:g}`"
        case _:
            return f"`{default}`"


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
