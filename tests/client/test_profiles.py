"""Whom to call and as whom, from the environment and the profile file."""

import stat

import pytest

from app.client import profiles
from app.client.operations import Rementor
from app.client.profiles import NotConfigured, Profile


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("REMENTOR_URL", "REMENTOR_TOKEN", "REMENTOR_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_stored_profile_is_found_and_only_its_owner_reads_it(home):
    profiles.keep("default", Profile("https://one.example", "rmk_1"))
    profiles.keep("test", Profile("https://two.example", "rmk_2"))
    file = home / "rementor" / "profiles.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert profiles.find().token == "rmk_1"
    assert profiles.find("test") == Profile("https://two.example", "rmk_2")
    assert "rmk_2" not in repr(profiles.find("test"))


def test_the_environment_comes_before_the_file_and_a_name_before_both(monkeypatch):
    profiles.keep("default", Profile("https://one.example", "rmk_1"))
    monkeypatch.setenv("REMENTOR_TOKEN", "rmk_env")
    assert profiles.find() == Profile("http://127.0.0.1:8000", "rmk_env")
    monkeypatch.setenv("REMENTOR_URL", "https://env.example")
    assert profiles.find() == Profile("https://env.example", "rmk_env")
    assert profiles.find("default").token == "rmk_1"


def test_a_token_of_the_file_is_never_sent_to_another_address(monkeypatch):
    profiles.keep("default", Profile("https://one.example", "rmk_1"))
    monkeypatch.setenv("REMENTOR_URL", "https://other.example")
    with pytest.raises(NotConfigured, match="not for https://other"):
        profiles.find()
    monkeypatch.setenv("REMENTOR_URL", "https://one.example/")
    assert profiles.find().token == "rmk_1"


def test_the_profile_may_be_named_by_the_environment(monkeypatch):
    profiles.keep("night", Profile("https://one.example", "rmk_1"))
    monkeypatch.setenv("REMENTOR_PROFILE", "night")
    assert profiles.find().token == "rmk_1"
    assert Rementor.configured().address == "https://one.example"


def test_no_profile_is_told_with_what_to_do():
    with pytest.raises(NotConfigured, match="rementor login"):
        profiles.find()


def test_a_profile_is_forgotten():
    profiles.keep("default", Profile("https://one.example", "rmk_1"))
    profiles.keep("default", None)
    assert profiles.stored() == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"default": 3}', '{"default": {"url": "x"}}'])
def test_a_broken_file_is_named(home, text):
    file = home / "rementor" / "profiles.json"
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(NotConfigured, match=r"profiles\.json cannot be read"):
        profiles.find()
