"""Programs as code from the command line: plan, apply, export, each as typed."""

import json

import pytest

from app.cli.remote import End

DOCUMENT = """format: rementor/v1
program:
  key: digital
  name: Digital skills, upwards
  purpose: Senior managers learn the tools of their own daily work.
goals:
  - key: meetings
    title: Executives run their meetings in the shared tools
    category: digital_skills
"""


@pytest.fixture(name="file")
def document(tmp_path):
    file = tmp_path / "digital.yaml"
    file.write_text(DOCUMENT)
    return file


def test_a_plan_is_told_applied_and_then_no_change(rementor, file, admin):
    planned = rementor("plan", str(file), "--exit-code")
    assert planned.exit_code == End.DIFFERENT, planned.output
    assert "Digital skills, upwards" in planned.stdout
    assert admin.get("/programs").json()["items"] == []
    done = rementor("apply", str(file), "--yes")
    assert done.exit_code == 0, done.output
    (program,) = admin.get("/programs").json()["items"]
    events = len(admin.get("/events").json()["items"])
    again = rementor("plan", str(file), "--exit-code", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["has_changes"] is False
    assert rementor("apply", str(file), "--yes").exit_code == 0
    assert len(admin.get("/events").json()["items"]) == events
    assert admin.get("/programs").json()["items"] == [program]


def test_exactly_the_plan_that_was_seen_is_applied_or_none(rementor, file):
    seen = json.loads(rementor("plan", str(file), "--json").stdout)["digest"]
    file.write_text(DOCUMENT.replace("upwards", "downwards"))
    done = rementor("apply", str(file), "--digest", seen)
    assert done.exit_code == End.CHANGED
    assert "blueprint-plan-outdated" in done.stderr
    file.write_text(DOCUMENT)
    assert rementor("apply", str(file), "--digest", seen, "--json").exit_code == 0


def test_nobody_is_asked_in_a_pipe_and_nothing_is_done(rementor, file, admin):
    done = rementor("apply", str(file))
    assert done.exit_code == End.WRONG_USE
    assert "--yes" in done.stderr
    assert admin.get("/programs").json()["items"] == []


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_exported_changes_nothing_when_it_is_applied(rementor, file, tmp_path, form):
    rementor("apply", str(file), "--yes")
    out = tmp_path / f"out.{form}"
    words = ("export", "Digital skills, upwards", "--format", form)
    assert rementor(*words, "--out", str(out)).exit_code == 0
    assert rementor("plan", str(out), "--exit-code").exit_code == 0
    assert rementor(*words).stdout_bytes == out.read_bytes()
    assert rementor("plan", "-", "--exit-code", typed=out.read_bytes()).exit_code == 0


def test_a_template_is_written_and_can_be_planned(rementor, tmp_path):
    out = tmp_path / "template.yaml"
    done = rementor("export", "--template", "digital-skills", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert rementor("plan", str(out), "--exit-code").exit_code == End.DIFFERENT
    assert rementor("export").exit_code == End.WRONG_USE


def test_a_document_with_an_unknown_key_is_refused_with_its_place(rementor, file):
    file.write_text(DOCUMENT.replace("purpose:", "purpos:"))
    done = rementor("plan", str(file))
    assert done.exit_code == End.REFUSED
    assert "Line 5" in done.stderr
    missing = rementor("plan", str(file.with_name("nowhere.yaml")))
    assert missing.exit_code == End.WRONG_USE
    assert "cannot be read" in missing.stderr


def test_each_template_is_applied_from_a_pipe_and_exported_again(rementor, admin):
    names = [each["name"] for each in admin.get("/templates").json()["templates"]]
    assert len(names) == 5
    for name in names:
        template = rementor("export", "--template", name).stdout_bytes
        done = rementor("apply", "-", "--yes", "--json", typed=template)
        assert done.exit_code == 0, done.output
        program = json.loads(done.stdout)["program_id"]
        written = rementor("export", program).stdout_bytes
        assert rementor("plan", "-", "--exit-code", typed=written).exit_code == 0
        assert rementor("export", program).stdout_bytes == written
