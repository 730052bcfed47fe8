"""Make .venv and install what the app needs, for an NVIDIA GPU too where its driver answers.

    python3 install.py                       # to run the app
    python3 install.py requirements-dev.txt  # to test it as well

Written for Python 3.6 and without packages: an old Python must get as far as being refused.
"""

import argparse
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
# There until all is installed: pip takes a package that was cut short for a whole one.
UNFINISHED = VENV / "unfinished"


def supported_versions() -> list:
    """Return each (3, minor) that pyproject.toml allows, oldest first."""
    first, end = _find(r'^requires-python = ">=3\.(\d+),<3\.(\d+)"', "pyproject.toml")
    return [(3, minor) for minor in range(int(first), int(end))]


def refusal() -> str:
    """Return why this Python cannot make .venv and what to do, or "" where it can."""
    if sys.platform == "win32":
        return (
            "Digit Lab does not run on Windows itself, where files cannot be locked and replaced "
            "as it needs: use WSL 2 (`wsl --install`) and run the same command there."
        )
    major, minor = sys.version_info[:2]
    names = [f"3.{minor}" for _, minor in supported_versions()]
    if f"{major}.{minor}" not in names:
        return (
            f"Digit Lab needs Python {', '.join(names[:-1])} or {names[-1]}, and this is Python "
            f"{major}.{minor}: install one of those and run `make run PYTHON=python{names[-2]}`."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return (
            "This Python has no venv module: install it (on Debian and Ubuntu: "
            f"`sudo apt install python{major}.{minor}-venv`) and run the command again."
        )
    return ""


def is_usable() -> bool:
    """Tell whether .venv can be installed into: whole, with pip, and of a supported Python."""
    code = "import pip, sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.check_output([PYTHON, "-c", code], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return tuple(map(int, answer.split())) in supported_versions() and not UNFINISHED.exists()


def driver_answers(*, seconds: float = 10) -> bool:
    """Tell whether an NVIDIA driver answers in time, on a platform whose TensorFlow can use it."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return False
    try:
        process = subprocess.Popen(
            ["nvidia-smi"], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
    except OSError:
        return False
    try:
        return process.wait(timeout=seconds) == 0
    except subprocess.TimeoutExpired:
        process.kill()  # not waited for: what hangs inside a driver may not even die
        return False


def install(requirements: str, *, gpu: bool) -> None:
    """Bring .venv up to a file of requirements; make it first, or anew, where that is needed."""
    if not is_usable():
        if refusal():
            raise SystemExit(refusal())
        if VENV.exists():
            print(".venv is incomplete, or of a Python that is not supported: making it anew.")
            shutil.rmtree(str(VENV))
        VENV.mkdir()
        UNFINISHED.touch()
        if subprocess.call([sys.executable, "-m", "venv", str(VENV)]) != 0:
            shutil.rmtree(str(VENV))
            raise SystemExit("Python could not make .venv, for the reason above.")
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["-r", str(ROOT / requirements)]
    if gpu and driver_answers():
        command.append(
            "tensorflow[and-cuda]{}".format(*_find(r"^tensorflow(==\S+)", "requirements.txt"))
        )
        print(f"An NVIDIA driver answers: installing {command[-1]}; GPU=0 leaves it.", flush=True)
    UNFINISHED.touch()
    status = subprocess.call(command)
    if status >= 0:  # below 0 something killed pip; after a failure of its own it tidies up
        UNFINISHED.unlink()
    if status != 0:
        raise SystemExit(f"pip could not install {requirements}, for the reason above.")


def _find(pattern: str, name: str) -> tuple:
    match = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert match, f"{name} does not match {pattern}"
    return match.groups()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make .venv and install a file of requirements.")
    parser.add_argument("requirements", nargs="?", default="requirements.txt")
    parser.add_argument("--no-gpu", action="store_true", help="install nothing for a GPU")
    arguments = parser.parse_args()
    try:
        install(arguments.requirements, gpu=not arguments.no_gpu)
    except KeyboardInterrupt:
        raise SystemExit("Interrupted: run the command again, and it makes .venv anew.") from None
