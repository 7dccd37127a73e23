"""`rementor import`: looked at, applied, and what became of the rows."""

import json
from io import BytesIO

import pytest
from openpyxl import Workbook

from app.cli.remote import End
from tests.given.participants import participant

ROSTER = """external_id,given_name,family_name,job_level,time_zone,Shoe size
W-1,Ada,Osei,9,Europe/Rome,38
W-2,Jun,Park,2,Asia/Seoul,41
"""


@pytest.fixture(name="roster")
def roster_file(home):
    file = home / "roster.csv"
    file.write_text(ROSTER)
    return file


def names(admin) -> set[str]:
    return {each["given_name"] for each in admin.get("/participants").json()["items"]}


def test_a_roster_is_looked_at_and_then_exactly_that_is_done(rementor, roster, admin):
    looked = rementor("import", str(roster), "--dry-run")
    assert looked.exit_code == 0, looked.output
    assert "2 added" in looked.stdout
    assert "Not read: Shoe size" in looked.stdout
    assert "Nothing was changed yet" in looked.stdout
    assert names(admin) == set()
    done = rementor("import", "--apply", looked.stdout.split()[-1])
    assert done.exit_code == 0, done.output
    assert names(admin) == {"Ada", "Jun"}


def test_the_same_key_again_has_one_effect(rementor, roster, admin):
    words = ("import", str(roster), "--json", "--idempotency-key", "night-1")
    done, again = rementor(*words), rementor(*words)
    assert json.loads(done.stdout)["counts"]["added"] == 2, done.output
    assert json.loads(again.stdout)["id"] == json.loads(done.stdout)["id"]
    assert len(admin.get("/imports").json()["items"]) == 1


def test_a_plan_that_the_world_has_overtaken_is_not_applied(rementor, roster, admin):
    rementor("import", str(roster))
    roster.write_text(ROSTER.replace("Ada", "Ida"))
    plan = json.loads(rementor("import", str(roster), "--dry-run", "--json").stdout)
    person = admin.get("/participants", params={"external_id": "W-1"}).json()["items"][0]
    path = f"/participants/{person['id']}"
    version = {"If-Match": admin.get(path).headers["ETag"]}
    admin.patch(path, json={"given_name": "Eva"}, headers=version).raise_for_status()
    done = rementor("import", "--apply", plan["id"])
    assert done.exit_code == End.CHANGED
    assert "Eva" in names(admin)


def test_whoever_is_not_in_a_full_roster_leaves_if_you_know_how_many(rementor, roster, admin):
    for number in range(4):
        participant(admin, external_id=f"X-{number}")
    refused = rementor("import", str(roster), "--full")
    assert refused.exit_code == End.CHANGED
    assert names(admin) == {"Rosa"}
    done = rementor("import", str(roster), "--full", "--allow-leavers", "4")
    assert done.exit_code == 0, done.output
    assert "4 leaving" in done.stdout


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


def test_a_mapping_may_be_kept_on_the_server(rementor, roster, admin):
    fields = ("external_id", "given_name", "family_name", "time_zone")
    mapping = {"name": "nightly", "mapping": {name: {"column": name} for name in fields}}
    admin.post("/import-mappings", json=mapping).raise_for_status()
    done = rementor("import", str(roster), "--mapping-name", "nightly", "--json")
    assert json.loads(done.stdout)["unread_columns"] == ["job_level", "Shoe size"]


def test_files_are_taken_as_hr_systems_write_them(rementor, home, admin):
    file = home / "roster.csv"
    lines = "external_id;given_name;family_name;time_zone\r\nW-1;Zoë;Müller;Europe/Rome\r\n"
    file.write_bytes(lines.encode("windows-1252"))
    assert rementor("import", str(file)).exit_code == 0
    assert names(admin) == {"Zoë"}


def test_a_workbook_is_taken_with_a_mapping(rementor, home, admin):
    book, content = Workbook(), BytesIO()
    book.active.append(["external_id", "given_name", "family_name", "time_zone"])
    book.active.append(["W-1", "Ada", "Osei", "Europe/Rome"])
    book.save(content)
    file, mapping = home / "roster.xlsx", home / "mapping.json"
    file.write_bytes(content.getvalue())
    mapping.write_text(json.dumps({name.value: {"column": name.value} for name in book.active[1]}))
    done = rementor("import", str(file), "--mapping", str(mapping))
    assert done.exit_code == 0, done.output
    assert names(admin) == {"Ada"}
    assert rementor("import", str(file)).exit_code == End.WRONG_USE


def test_refused_rows_are_shown_and_end_with_a_code_of_their_own(rementor, roster):
    roster.write_text(ROSTER.replace("Asia/Seoul", "Moon/Crater"))
    done = rementor("import", str(roster))
    assert done.exit_code == End.PARTLY, done.output
    assert "1 added" in done.stdout
    assert "line 3, time_zone" in done.stdout
    told = json.loads(rementor("import", str(roster), "--json").stdout)
    assert [row["line"] for row in told["refused_rows"]] == [3]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"", b"{nonsense\n", b"\xff\xfe1"])
def test_a_file_that_cannot_be_used_is_wrong_use(rementor, roster, content):
    roster.write_bytes(content)
    done = rementor("import", str(roster))
    assert done.exit_code == End.WRONG_USE
    assert "--mapping" in done.stderr or "not JSON" in done.stderr


def test_a_mapping_that_is_no_json_is_wrong_use(rementor, roster, home):
    mapping = home / "mapping.json"
    mapping.write_text("{")
    done = rementor("import", str(roster), "--mapping", str(mapping))
    assert done.exit_code == End.WRONG_USE
    assert "is not JSON" in done.stderr
    assert rementor("import").exit_code == End.WRONG_USE
