"""A teacher is somebody whom the server's owner lists, or who has typed the key."""

import pytest

from core import teachers as module
from core.identity import Identity
from core.teachers import Teachers, TooManyTries

_IDENTITY = Identity(b"a secret of this server, long enough")
_KEY = "correct horse battery"


@pytest.fixture
def make(tmp_path):
    def make(*, key=_KEY, listed=()):
        path = tmp_path / "teachers.json"
        return Teachers(_IDENTITY, key=key, listed=listed, path=path)

    return make


def test_nobody_is_a_teacher_without_being_named(make):
    teachers = make()
    assert not teachers.includes("aaaaaaaaaaaa", ["someone@example.org"])
    assert not teachers.includes(None, [])


def test_who_types_the_key_once_is_a_teacher_after_a_restart_too(make):
    teachers = make()
    assert not teachers.admit("aaaaaaaaaaaa", "correct horse batterx")
    assert not teachers.includes("aaaaaaaaaaaa")
    assert teachers.admit("aaaaaaaaaaaa", _KEY)
    for each in (teachers, make()):
        assert each.includes("aaaaaaaaaaaa")
        assert not each.includes("bbbbbbbbbbbb")


def test_another_key_and_stopping_to_be_one_end_it(make):
    teachers = make()
    teachers.admit("aaaaaaaaaaaa", _KEY)
    assert not make(key="another key").includes("aaaaaaaaaaaa")
    teachers.dismiss("aaaaaaaaaaaa")
    assert not teachers.includes("aaaaaaaaaaaa")
    assert not make().includes("aaaaaaaaaaaa")


def test_without_a_key_nobody_becomes_a_teacher_by_typing(make):
    teachers = make(key=None)
    assert not teachers.has_key
    for typed in ("", "None", _KEY):
        assert not teachers.admit("aaaaaaaaaaaa", typed)


def test_a_listed_identity_is_a_teacher_however_it_is_capitalised(make):
    teachers = make(listed=["Teacher@Example.org", "aaaaaaaaaaaa"])
    assert teachers.includes("bbbbbbbbbbbb", ["teacher@example.ORG"])
    assert teachers.includes("aaaaaaaaaaaa")
    assert not teachers.includes("bbbbbbbbbbbb", ["student@example.org"])


def test_a_key_cannot_be_found_by_trying(make, monkeypatch):
    teachers = make()
    for _ in range(10):
        assert not teachers.admit("aaaaaaaaaaaa", "wrong")
    with pytest.raises(TooManyTries):
        teachers.admit("bbbbbbbbbbbb", _KEY)
    monkeypatch.setattr(module, "_SECONDS", 0.0)
    assert teachers.admit("bbbbbbbbbbbb", _KEY)


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", "[" * 100_000, "null"])
def test_a_damaged_list_of_teachers_names_nobody(make, tmp_path, content):
    (tmp_path / "teachers.json").write_text(content)
    assert not make().includes("aaaaaaaaaaaa")
    teachers = make()
    assert teachers.admit("aaaaaaaaaaaa", _KEY)
    assert make().includes("aaaaaaaaaaaa")
