"""What is checked before anything is installed, and what pip is asked for, in a dry run."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers import wait_until

PROJECT = Path(__file__).resolve().parents[1]
_FILES = (
    *("install.py", "pyproject.toml"),
    *("requirements.txt", "requirements-export.txt", "requirements-dev.txt"),
)
_LINUX = "import platform, sys; sys.platform = 'linux'; platform.machine = lambda: 'x86_64'; "
_TENSORFLOW = next(
    line.split()[0]
    for line in (PROJECT / "requirements.txt").read_text().splitlines()
    if line.startswith("tensorflow==")
)
_GPU_TENSORFLOW = _TENSORFLOW.replace("tensorflow", "tensorflow[and-cuda]")


def _script(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


class Project:
    """A copy of what `install.py` reads, whose .venv is this test's Python under another name."""

    def __init__(self, folder):
        self.folder = folder
        self.venv = folder / ".venv"
        self.unfinished = self.venv / "unfinished"
        for name in _FILES:
            shutil.copy(PROJECT / name, folder)

    def make_venv(self, first_line=""):
        _script(self.venv / "bin" / "python", f'{first_line}\nexec {sys.executable} "$@"')

    def add_driver(self, body):
        _script(self.folder / "bin" / "nvidia-smi", body)

    def start(
        self, *arguments, before="pass", call="runpy.run_path('install.py', run_name='__main__')"
    ):
        """Run install.py with pip dry and offline; `before` is Python that changes the machine."""
        code = (
            f"{_LINUX}import runpy, sys; sys.argv = {['install.py', *arguments]}; {before}; {call}"
        )
        environment = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin"}
        pip = dict.fromkeys(("PIP_DRY_RUN", "PIP_NO_INDEX", "PIP_NO_DEPS", "PIP_VERBOSE"), "1")
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=self.folder,
            env={**environment, **pip},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments, **options):
        """Return the exit status, and what was printed to stdout and stderr."""
        with self.start(*arguments, **options) as process:
            output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_an_nvidia_driver_gets_tensorflow_for_the_gpu_at_the_same_pin(project):
    project.make_venv()
    project.add_driver("exit 0")
    status, output, errors = project.run()
    assert status == 0, errors
    assert f"An NVIDIA driver answers: installing {_GPU_TENSORFLOW}" in output
    assert f"Requirement already satisfied: {_GPU_TENSORFLOW}" in output
    assert "does not provide the extra" not in errors
    assert not project.unfinished.exists()


@pytest.mark.parametrize("arguments", [(), ("--no-gpu",)])
def test_without_a_driver_or_with_gpu_0_it_is_left(project, arguments):
    project.make_venv()
    project.add_driver("exit 0" if arguments else "exit 9")
    status, output, errors = project.run(*arguments)
    assert status == 0, errors
    assert f"Requirement already satisfied: {_TENSORFLOW}" in output
    assert "cuda" not in output


def test_a_driver_that_hangs_is_not_waited_for(project):
    project.add_driver("exec sleep 60")
    began = time.monotonic()
    status, output, errors = project.run(
        call="import install; print(install.driver_answers(seconds=0.2))"
    )
    assert (status, output) == (0, "False\n"), errors
    assert time.monotonic() - began < 20


def _refused(project, before):
    status, output, errors = project.run(before=before)
    assert status == 1
    assert output == ""
    assert len(errors.splitlines()) == 1
    assert not project.venv.exists()
    return errors


@pytest.mark.parametrize("minor", [10, 14])
def test_an_unsupported_python_is_refused_in_one_sentence(project, minor):
    errors = _refused(project, f"sys.version_info = (3, {minor}, 0, 'final', 0)")
    assert f"needs Python 3.11, 3.12 or 3.13, and this is Python 3.{minor}" in errors
    assert "`make run PYTHON=python3.12`" in errors


def test_windows_is_refused_in_one_sentence_that_says_what_works(project):
    # What is imported from here on would look for Windows.
    errors = _refused(project, "import argparse, pathlib, shutil; sys.platform = 'win32'")
    assert "does not run on Windows itself" in errors
    assert "use WSL 2" in errors


@pytest.mark.parametrize("minor", [11, 13])
@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_said_in_one_sentence(project, minor, module):
    errors = _refused(
        project, f"sys.version_info = (3, {minor}, 0, 'final', 0); sys.modules[{module!r}] = None"
    )
    assert f"sudo apt install python3.{minor}-venv" in errors


def test_an_old_python_gets_as_far_as_the_sentence():
    ast.parse((PROJECT / "install.py").read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("fault", ["echo 3 10; exit", "exit 1", "unfinished"])
def test_a_venv_that_is_unsupported_broken_or_unfinished_is_not_used(project, fault):
    project.make_venv()
    usable = {"call": "import install; print(install.is_usable())"}
    assert project.run(**usable)[1] == "True\n"
    if fault == "unfinished":
        project.unfinished.touch()
    else:
        project.make_venv(fault)
    assert project.run(**usable)[1] == "False\n"


def test_a_venv_that_is_whole_serves_even_if_make_finds_another_python(project):
    project.make_venv()
    status, _, errors = project.run(before="sys.version_info = (3, 14, 0, 'final', 0)")
    assert status == 0, errors


def test_an_interrupted_installation_starts_afresh(project):
    project.make_venv('case "$*" in *"-m pip"*) exec sleep 60 ;; esac')
    with project.start() as process:
        wait_until(project.unfinished.exists)
        os.killpg(process.pid, signal.SIGINT)
        errors = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert errors.splitlines() == ["Interrupted: run the command again, and it makes .venv anew."]
    (project.venv / "half").touch()
    whole, python = project.folder / "whole", project.folder / "python"
    _script(whole, f'exec {sys.executable} "$@"')
    _script(python, f'mkdir "$3/bin" && cp {whole} "$3/bin/python"')  # python -m venv .venv
    status, output, errors = project.run(before=f"sys.executable = {str(python)!r}")
    assert status == 0, errors
    assert "making it anew" in output
    assert not (project.venv / "half").exists()
    assert not project.unfinished.exists()


def test_a_venv_that_cannot_be_made_is_not_left_half_made(project):
    status, _, errors = project.run(before="sys.executable = 'false'")
    assert status == 1
    assert "could not make .venv" in errors
    assert not project.venv.exists()


def test_pip_that_fails_leaves_a_venv_that_can_be_used(project):
    project.make_venv()
    (project.folder / "requirements.txt").write_text("a-package-that-nobody-has==1\n")
    status, _, errors = project.run()
    assert status == 1
    assert "pip could not install requirements.txt" in errors
    assert "Traceback" not in errors
    assert not project.unfinished.exists()


def test_pre_commit_runs_the_ruff_that_lint_runs():
    hooks = (PROJECT / ".pre-commit-config.yaml").read_text()
    lint = (PROJECT / "requirements-dev.txt").read_text()
    hooked = re.search(r"ruff-pre-commit\n +rev: v(\S+)", hooks)
    assert hooked[1] == re.search(r"^ruff==(\S+)", lint, re.MULTILINE)[1]
