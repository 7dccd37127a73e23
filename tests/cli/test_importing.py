"""`rementor import`: rehearsed, done, and what became of the rows."""

import json

import pytest

from app.cli.remote import End

ROSTER = """external_id,given_name,family_name,job_level,time_zone,Shoe size
W-1,Ada,Osei,9,Europe/Rome,38
W-2,Jun,Park,2,Asia/Seoul,41
"""


def test_a_roster_is_rehearsed_and_imported(rementor, home, admin):
    file = home / "roster.csv"
    file.write_text(ROSTER)
    rehearsed = rementor("import", str(file), "--dry-run")
    assert rehearsed.exit_code == 0, rehearsed.output
    assert "nothing was stored" in rehearsed.stdout
    assert "Not read: Shoe size" in rehearsed.stdout
    done = rementor("import", str(file), "--json", "--idempotency-key", "night-1")
    assert json.loads(done.stdout)["added_count"] == 2
    again = rementor("import", str(file), "--json", "--idempotency-key", "night-1")
    assert json.loads(again.stdout) == json.loads(done.stdout)
    names = {each["given_name"] for each in admin.get("/participants").json()["items"]}
    assert names == {"Ada", "Jun"}


def test_a_mapping_says_which_column_is_which(rementor, home):
    file, mapping = home / "roster.jsonl", home / "mapping.json"
    file.write_text('{"ID": "W-1", "First": "Ada", "Last": "Osei"}\n')
    rules = {"external_id": "ID", "given_name": "First", "family_name": "Last"}
    zone = {"time_zone": {"value": "Europe/Rome"}}
    mapping.write_text(
        json.dumps({name: {"column": column} for name, column in rules.items()} | zone)
    )
    done = rementor("import", str(file), "--mapping", str(mapping))
    assert done.exit_code == 0, done.output
    assert "1 added" in done.stdout


def test_refused_rows_are_shown_and_end_with_a_code_of_their_own(rementor, home):
    file = home / "roster.csv"
    file.write_text(ROSTER.replace("Asia/Seoul", "Moon/Crater"))
    done = rementor("import", str(file))
    assert done.exit_code == End.PARTLY
    assert "1 added" in done.stdout
    assert "line 3, time_zone" in done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe1", "not UTF-8"),
        (b"a,b\n1,2\n", "No column is named as a field"),
        (b"", "No column is named as a field"),
    ],
)
def test_a_file_that_cannot_be_used_is_wrong_use(rementor, home, content, words):
    file = home / "roster.csv"
    file.write_bytes(content)
    done = rementor("import", str(file))
    assert done.exit_code == End.WRONG_USE
    assert words in done.stderr


def test_a_mapping_that_is_no_json_is_wrong_use(rementor, home):
    file, mapping = home / "roster.csv", home / "mapping.json"
    file.write_text(ROSTER)
    mapping.write_text("{")
    done = rementor("import", str(file), "--mapping", str(mapping))
    assert done.exit_code == End.WRONG_USE
    assert "is not JSON" in done.stderr
