"""Imports go one way: app.py, pages, core, models, Keras."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

_PROJECT = Path(__file__).parent.parent
_OURS = {"app", "pages", "core", "models", "tests", "benchmarks"}


def _modules(folder):
    found = sorted((_PROJECT / folder).rglob("*.py"))
    assert found, f"{folder} holds no modules"
    return found


def _imports(path):
    """Return every module that a file imports, wherever in the file it does so."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relative to itself"
            # `from core import training` imports core.training.
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _violations(folder, *forbidden):
    return {
        f"{path.relative_to(_PROJECT)} imports {name}"
        for path in _modules(folder)
        for name in _imports(path)
        if any(name == banned or name.startswith(f"{banned}.") for banned in forbidden)
    }


def test_core_knows_neither_streamlit_nor_pages():
    assert not _violations("core", "streamlit", "app", "pages", "tests", "benchmarks")


def test_pages_import_neither_tensorflow_nor_what_trains():
    assert not _violations("pages", "tensorflow", "keras", "models", "core.training", "tests")


def test_models_import_nothing_of_ours_but_models():
    assert not _violations("models", *(_OURS - {"models"}), "streamlit")


def test_components_do_not_know_the_pages_that_use_them():
    pages = [f"pages.{path.stem}" for path in (_PROJECT / "pages").glob("*.py")]
    assert pages
    assert not _violations("pages/components", "app", *pages)


def test_the_frame_is_short_and_imports_pages_only():
    app = _PROJECT / "app.py"
    assert len(app.read_text(encoding="utf-8").splitlines()) < 25
    assert {name.split(".")[0] for name in _imports(app)} <= {"pages", "streamlit"}


@pytest.mark.parametrize("folder", ["core", "models", "pages"])
def test_every_module_says_what_it_is_for(folder):
    assert all(ast.get_docstring(ast.parse(path.read_text("utf-8"))) for path in _modules(folder))


def test_what_pages_import_of_core_does_not_load_tensorflow():
    imported = {name for path in _modules("pages") for name in _imports(path)}
    modules = sorted({".".join(n.split(".")[:2]) for n in imported if n.startswith("core.")})
    assert modules
    code = f"import sys, {', '.join(modules)}; print({{'tensorflow', 'keras'}} & set(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=_PROJECT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "set()"
