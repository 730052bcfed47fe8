"""Find the browser that the tests drive, or install one.

    python -m tests.browser.install

An installed Chrome or Chromium comes first, then Playwright's own download, then Debian's package.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_COMMANDS = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_PRINT_DOWNLOADED = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
_LOOK_SECONDS = 60
_INSTALL_SECONDS = 600
# A container has no user namespaces for the sandbox and often little shared memory.
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]


def find_browser() -> str | None:
    """Return the path of a browser that starts, or None."""
    return next((path for path in _candidates() if _starts(path)), None)


def install_browser() -> str:
    """Return the path of a browser, installed where there is none.

    Raises:
        SystemExit: there is none and none could be installed.
    """
    if found := find_browser():
        return found
    root = [] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["sudo", "--non-interactive"]
    for commands in (
        [[sys.executable, "-m", "playwright", "install", "chromium"]],
        [
            [*root, "apt-get", "update"],
            [*root, "apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
        ],
    ):
        for command in commands:
            print("$", *command, flush=True)
            try:
                subprocess.run(command, timeout=_INSTALL_SECONDS, check=False)
            except (OSError, subprocess.TimeoutExpired) as error:
                print(f"{command[0]}: {error}", flush=True)
        if found := find_browser():
            return found
    raise SystemExit(
        "The tests need a browser, and none could be installed. Install Chrome or Chromium "
        "and run the command again."
    )


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, _COMMANDS))
    yield _MAC
    # In a process of its own, since Playwright cannot start twice in one, and pytest has begun it.
    result = subprocess.run([sys.executable, "-c", _PRINT_DOWNLOADED], capture_output=True)
    yield result.stdout.decode().strip()


def _starts(path: str) -> bool:
    """Tell whether the browser runs: a download may lack the libraries that it needs."""
    if not Path(path).exists():
        return False
    command = [path, "--headless", *LAUNCH_ARGUMENTS, "--dump-dom", "about:blank"]
    try:
        result = subprocess.run(command, capture_output=True, timeout=_LOOK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0 and b"<html" in result.stdout


if __name__ == "__main__":
    print("Browser:", install_browser())
