"""What the server's owner sets by environment variables."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import PRETRAINED, ServerSettings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in map(str.upper, ServerSettings.model_fields):
        monkeypatch.delenv(f"DIGIT_LAB_{name}", raising=False)


def test_untouched_settings_keep_runs_beside_the_app():
    settings = ServerSettings()
    assert settings.runs.name == "runs"
    assert (settings.runs.parent / "app.py").exists()
    assert settings.mnist is None
    assert settings.download


def test_the_environment_says_where_runs_and_images_are(monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_RUNS", "some/runs")
    monkeypatch.setenv("DIGIT_LAB_MNIST", "some/mnist.npz")
    monkeypatch.setenv("DIGIT_LAB_DOWNLOAD", "0")
    settings = ServerSettings()
    assert settings.runs == Path("some/runs")
    assert settings.mnist == Path("some/mnist.npz")
    assert not settings.download


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    expected = ServerSettings()
    for name in ServerSettings.model_fields:
        monkeypatch.setenv(f"DIGIT_LAB_{name.upper()}", "")
    assert ServerSettings() == expected


def test_a_time_that_is_not_a_number_is_refused(monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_DOWNLOAD_SECONDS", "soon")
    with pytest.raises(ValidationError, match="download_seconds"):
        ServerSettings()


def test_the_owner_sets_each_limit_which_is_a_whole_number_over_zero(monkeypatch):
    limits = [name for name in ServerSettings.model_fields if name.startswith("max_")]
    assert len(limits) == 10
    for name in limits:
        assert getattr(ServerSettings(), name) > 0
        for wrong in ("0", "-1", "many", "1.5"):
            monkeypatch.setenv(f"DIGIT_LAB_{name.upper()}", wrong)
            with pytest.raises(ValidationError, match=name):
                ServerSettings()
        monkeypatch.setenv(f"DIGIT_LAB_{name.upper()}", "7")
        assert getattr(ServerSettings(), name) == 7


def test_the_shipped_model_is_there():
    assert PRETRAINED.is_file()


def test_no_disk_at_all_may_be_kept_free_but_no_less_than_that(monkeypatch):
    assert ServerSettings().min_free_disk > 0
    monkeypatch.setenv("DIGIT_LAB_MIN_FREE_DISK", "0")
    assert ServerSettings().min_free_disk == 0
    monkeypatch.setenv("DIGIT_LAB_MIN_FREE_DISK", "-1")
    with pytest.raises(ValidationError, match="min_free_disk"):
        ServerSettings()


def test_a_key_that_is_too_short_is_refused_and_not_written_to_the_log(monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_TEACHER_KEY", "secret!")
    with pytest.raises(ValidationError, match="teacher_key") as refusal:
        ServerSettings()
    assert "secret!" not in str(refusal.value)
