"""What goes into the image serves every page, and nothing else goes in. Builds no image."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ServerSettings

PROJECT = Path(__file__).resolve().parents[1]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
_SHOW_EVERY_PAGE = """
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("frame.py", default_timeout=60)
for name in ("draw", "train", "runs", "evaluate", "account"):
    app.switch_page(f"pages/{name}.py").run()
    assert not app.exception, (name, app.exception)
    assert app.main.children
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A folder with what .dockerignore, a list of exceptions from "nothing", lets in."""
    folder = tmp_path_factory.mktemp("image") / "app"
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    for name in [line[1:] for line in lines if line.startswith("!")]:
        source, copy = PROJECT / name, folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    return folder


def test_the_image_s_files_show_every_page(image, tmp_path):
    folders = {f"DIGIT_LAB_{name}": str(tmp_path / name) for name in ("RUNS", "DRAWINGS")}
    environment = {**os.environ, **folders, "HOME": str(tmp_path), "DIGIT_LAB_DOWNLOAD": "false"}
    command = [sys.executable, "-c", _SHOW_EVERY_PAGE]
    result = subprocess.run(command, cwd=image, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_the_image_holds_no_secrets_and_nobody_s_work(image):
    names = {path.name for path in image.rglob("*")}
    assert not names & {"secrets.toml", "audit.jsonl", "run.json", ".git", ".venv"}
    assert {path.name for path in (image / ".streamlit").iterdir()} == {"config.toml"}


def test_the_image_sets_what_exists_and_does_not_run_as_root():
    environment = dict(re.findall(r"^(?:ENV|   ) (\w+)=(\S+)", DOCKERFILE, re.MULTILINE))
    ours = {name.removeprefix("DIGIT_LAB_").lower(): value for name, value in environment.items()}
    settings = {name: value for name, value in ours.items() if name in ServerSettings.model_fields}
    assert len(settings) == sum(name.startswith("DIGIT_LAB_") for name in environment)
    assert ServerSettings(**settings).shared
    assert re.search(r"^USER (?!root|0)", DOCKERFILE, re.MULTILINE)


def test_the_image_has_the_pinned_tensorflow_for_a_gpu_too():
    pattern = re.search(r"sed -n '(.+?)' requirements.txt", DOCKERFILE)[1]
    command = ["sed", "-n", pattern, str(PROJECT / "requirements.txt")]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pinned = re.search(r"^tensorflow(==\S+)", (PROJECT / "requirements.txt").read_text(), re.M)[1]
    assert found == f"tensorflow[and-cuda]{pinned}\n"


def test_the_health_check_is_a_program_that_fails_where_nothing_answers():
    written = re.search(r"HEALTHCHECK .*?CMD (\[.+?\])\n\n", DOCKERFILE, re.DOTALL)[1]
    _, *arguments = json.loads(written.replace("\\\n", ""))
    arguments[-1] = arguments[-1].replace("8501", "1")
    result = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    assert result.returncode == 1
    assert "URLError" in result.stderr
