"""Imports go one way: app.py and pages, their components, core, models, Keras."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

_PROJECT = Path(__file__).parent.parent
_OURS = {"app", "frame", "pages", "web", "core", "models", "tests", "benchmarks"}

# Each part of core imports those of lower floors only, so there are no circles.
_FLOORS = (
    ("access", "reading", "memory", "typed_text"),
    (
        *("audit", "settings", "devices", "background", "worker_process"),
        *("hyperparameters", "data", "drawing"),
    ),
    ("schedules", "network_size", "teaching", "process_apart"),
    ("runs",),
    ("classifier", "charts", "coach", "limits"),
    ("evaluation", "search"),
    ("explanation",),
    ("training",),
    ("training_task", "exchange"),
    ("engine", "loading", "identity", "imports"),
    ("teachers", "reports"),
    ("explainer", "exports"),
    ("server",),
    ("personal_data", "server_status"),
    ("pretraining",),
)
_FLOOR = {part: floor for floor, parts in enumerate(_FLOORS) for part in parts}
# TensorFlow is what these are about; the others load it, if at all, when they are asked to work.
_LOADS_TENSORFLOW = {"devices", "training", "pretraining"}


def _modules(folder):
    found = sorted((_PROJECT / folder).rglob("*.py"))
    assert found, f"{folder} holds no modules"
    return found


def _imports(path):
    """Return every module that a file imports, in functions and for type hints too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relative to itself"
            # `from core import training` imports core.training.
            packages = {"core", "models", "pages", "pages.components"}
            whole = node.module not in packages
            names |= {node.module if whole else f"{node.module}.{a.name}" for a in node.names}
    return names


def _parts(name):
    """Return `("core", "runs")` for core.runs.store, and as much of it as a shorter name has."""
    return tuple(name.split(".")[:2])


def _part_of(path):
    return path.relative_to(_PROJECT).with_suffix("").parts[:2]


def _violations(folder, *forbidden):
    return {
        f"{path.relative_to(_PROJECT)} imports {name}"
        for path in _modules(folder)
        for name in _imports(path)
        if any(name == banned or name.startswith(f"{banned}.") for banned in forbidden)
    }


def test_core_knows_neither_streamlit_nor_pages():
    assert not _violations("core", "streamlit", "app", "pages", "tests", "benchmarks")


def test_pages_import_nothing_that_is_made_of_tensorflow():
    parts = [f"core.{part}" for part in _LOADS_TENSORFLOW]
    assert not _violations("pages", "tensorflow", "keras", "models", "tests", "benchmarks", *parts)


def test_models_import_nothing_of_ours_but_models():
    assert not _violations("models", *(_OURS - {"models"}), "streamlit")


def test_components_do_not_know_the_pages_that_use_them():
    pages = [f"pages.{path.stem}" for path in (_PROJECT / "pages").glob("*.py")]
    assert pages
    assert not _violations("pages/components", "app", *pages)


def test_what_components_of_two_pages_share_lies_beside_their_folders():
    components = _PROJECT / "pages" / "components"
    folders = {path.parent for path in components.glob("*/__init__.py")}
    assert folders
    for path in _modules("pages/components"):
        foreign = tuple(f"pages.components.{f.name}." for f in folders if f not in path.parents)
        assert not {name for name in _imports(path) if f"{name}.".startswith(foreign)}, path


def test_every_part_of_core_imports_only_parts_of_lower_floors():
    parts = {_part_of(path)[1] for path in _modules("core")} - {"__init__"}
    assert parts == set(_FLOOR), "A part of core is missing in _FLOORS here, or is gone."
    upwards = {
        f"{path.relative_to(_PROJECT)} imports {name}"
        for path in _modules("core")
        for name in _imports(path)
        if name.startswith("core.") and _part_of(path) != _parts(name)
        if _FLOOR[_parts(name)[1]] >= _FLOOR[_part_of(path)[1]]
    }
    assert not upwards


def test_pages_and_benchmarks_import_what_a_package_of_core_names_as_its_own():
    inside = {
        f"{path.relative_to(_PROJECT)} imports {name}"
        for folder in ("pages", "benchmarks")
        for path in _modules(folder)
        for name in _imports(path)
        if name.startswith("core.") and name.count(".") > 1
    }
    assert not inside


def test_the_server_and_the_frame_are_short_and_import_what_they_put_together():
    may_import = {
        "app.py": {"core", "web", "streamlit", "starlette"},
        "frame.py": {"pages", "streamlit"},
    }
    for name, packages in may_import.items():
        path = _PROJECT / name
        assert len(path.read_text("utf-8").splitlines()) < 40
        assert {imported.split(".")[0] for imported in _imports(path)} <= packages


def test_what_stands_before_the_pages_does_not_know_them():
    parts = [f"core.{part}" for part in _LOADS_TENSORFLOW]
    assert not _violations("web", "pages", "models", "tests", "benchmarks", "app", *parts)


@pytest.mark.parametrize("folder", ["core", "models", "pages", "web"])
def test_every_module_says_what_it_is_for(folder):
    assert all(ast.get_docstring(ast.parse(path.read_text("utf-8"))) for path in _modules(folder))


def test_a_package_of_core_is_what_its_modules_make_public_and_nothing_more():
    for path in (_PROJECT / "core").glob("*/__init__.py"):
        _, *public = ast.parse(path.read_text("utf-8")).body
        assert public, path
        assert all(isinstance(node, ast.ImportFrom) for node in public), path


def test_what_is_not_about_tensorflow_does_not_load_it():
    modules = ", ".join(f"core.{part}" for part in sorted(set(_FLOOR) - _LOADS_TENSORFLOW))
    code = f"import sys, {modules}; print({{'tensorflow', 'keras'}} & set(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=_PROJECT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "set()"
