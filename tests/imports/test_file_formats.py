"""Files as HR systems write them, and as somebody means us harm: read, or refused by name."""

import base64
import io
import zipfile
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from app.imports import workbooks
from tests.given.rosters import COLUMNS, everybody, table
from tests.stored import stored

WORDS = "ID;Given;Family;Zone;Boss\n1;Łukasz;Żak;Europe/Warsaw;\n2;Zoë;Müller;Europe/Berlin;1\n"
WESTERN = WORDS.replace("Łukasz", "Zoë").replace("Żak", "Brontë")


def asked(client, content: str | bytes, kind: str = "csv", **more: Any):
    """The answer to the plan of a file."""
    raw = content if isinstance(content, bytes) else content.encode()
    wanted = {
        "format": kind, "content_base64": base64.b64encode(raw).decode(), "mapping": COLUMNS,
        **more,
    }  # fmt: skip
    return client.post("/imports", json=wanted)


def read(client, content: str | bytes, kind: str = "csv", **more: Any) -> dict[str, Any]:
    """Plan a file and apply it: what was understood of it."""
    answer = asked(client, content, kind, **more)
    assert answer.status_code == 202, answer.text
    done = client.post(f"/imports/{answer.json()['id']}/apply", json={})
    assert done.json()["status"] == "applied", done.text
    return answer.json()


def refused(house, admin, content: str | bytes, kind: str = "csv", **more: Any) -> str:
    """The code of the only mistake; nothing is stored of the file."""
    before = stored(house.lanes, admin.organization_id)
    answer = asked(admin, content, kind, **more)
    assert answer.status_code == 422, answer.text
    assert stored(house.lanes, admin.organization_id) == before
    (mistake,) = answer.json()["errors"]
    return mistake["code"]


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        (WORDS, "utf-8", "utf-8"),
        (WORDS, "utf-8-sig", "utf-8"),
        (WORDS, "utf-16", "utf-16"),
        (WORDS, "utf-16-le", "utf-16-le"),
        (WORDS, "utf-16-be", "utf-16-be"),
        (WESTERN, "cp1252", "windows-1252"),
        (WESTERN.replace("Brontë", "Bront\x81"), "latin-1", "latin-1"),
    ],
)
def test_the_encoding_of_a_file_is_found_out_and_told(admin, text, encoding, told):
    answer = read(admin, text.encode(encoding))
    assert (answer["encoding"], answer["delimiter"]) == (told, ";")
    assert everybody(admin)["2"]["family_name"] == "Müller"


def test_an_encoding_that_is_said_is_believed_or_refused(house, admin):
    assert read(admin, WESTERN.encode("cp1252"), encoding="windows-1252")["encoding"] == (
        "windows-1252"
    )
    assert refused(house, admin, WESTERN.encode("cp1252"), encoding="utf-8") == "encoding_wrong"
    assert refused(house, admin, b"\xff\xfeI", encoding="utf-16") == "encoding_wrong"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_is_found_in_the_heading(admin, delimiter):
    text = WORDS.replace(";", delimiter).replace("ID", '"ID, or key; of|it"')
    mapping = {**COLUMNS, "external_id": {"column": "ID, or key; of|it"}}
    if delimiter != ",":
        assert read(admin, text, mapping=mapping)["delimiter"] == delimiter
    assert read(admin, text, mapping=mapping, delimiter=delimiter)["delimiter"] == delimiter
    assert set(everybody(admin)) == {"1", "2"}


def workbook(*rows: tuple[Any, ...], sheet: str = "Staff") -> bytes:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


HEADING = ("ID", "Given", "Family", "Zone", "Boss", "Level", "Since")
PEOPLE = (
    HEADING,
    (1001, "Zoë", "O'Neil", "Europe/London", None, 7.0, date(2019, 4, 1)),
    ("W-2", "太郎", "山田", "Asia/Tokyo", 1001, "3", "2020-05-06"),
    (None, None, None, None, None, None, None),
    ("W-3", "Rosa", "Weber", "Europe/Rome"),
)
SHEET = {**COLUMNS, "job_level": {"column": "Level"}, "hired_on": {"column": "Since"}}


def test_a_workbook_is_read_with_its_numbers_and_dates(admin):
    answer = read(admin, workbook(*PEOPLE), "xlsx", mapping=SHEET)
    assert (answer["sheet"], answer["encoding"], answer["counts"]["added"]) == ("Staff", None, 3)
    assert answer["columns"] == list(HEADING)
    people = everybody(admin)
    assert people["1001"]["job_level"] == 7
    assert people["1001"]["hired_on"] == "2019-04-01"
    assert people["W-2"]["manager_id"] == people["1001"]["id"]
    assert people["W-3"]["hired_on"] is None


def test_a_sheet_is_chosen_by_its_name(house, admin):
    found = refused(house, admin, workbook(*PEOPLE), "xlsx", mapping=SHEET, sheet="Managers")
    assert found == "sheet_missing"
    assert read(admin, workbook(*PEOPLE), "xlsx", mapping=SHEET, sheet="Staff")


@pytest.mark.parametrize(
    "formula", ["=1+1", '=HYPERLINK("http://evil.example","x")', "=cmd|' /C calc'!A0"]
)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_formula_is_nobodys_name(admin, formula, kind):
    people = [HEADING[:5], ("1", formula, "Weber", "Europe/Rome"), ("2", "Jun", "Park", "UTC")]
    content = workbook(*people) if kind == "xlsx" else table(*people[1:])
    answer = asked(admin, content, kind)
    assert (answer.json()["counts"]["refused"], answer.json()["counts"]["added"]) == (1, 1)
    page = admin.get(f"/imports/{answer.json()['id']}/rows?verdict=refused").json()
    assert {each["code"] for each in page["items"][0]["mistakes"]} >= {"formula"}


def test_zeros_that_a_spreadsheet_kept_with_a_formula_are_kept(admin):
    read(admin, 'ID;Given;Family;Zone;Boss\n"=""00123""";Rosa;Weber;Europe/Rome;\n')
    assert set(everybody(admin)) == {"00123"}


def test_half_a_workbook_is_none(house, admin):
    whole = workbook(*PEOPLE)
    for length in (4, 100, len(whole) // 2, len(whole) - 30):
        assert refused(house, admin, whole[:length], "xlsx") == "xlsx_invalid"
    assert refused(house, admin, b"no archive at all", "xlsx") == "xlsx_invalid"


def rebuilt(whole: bytes, **members: bytes) -> bytes:
    """A workbook with some of its parts replaced."""
    kept = io.BytesIO()
    names = {name.replace("__", "/").replace("_xml", ".xml"): put for name, put in members.items()}
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as old,
        zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, names.get(name, old.read(name)))
    return kept.getvalue()


@pytest.mark.parametrize("content", [b"", b"<worksheet", b"<a/>", b"\x00" * 50, b"<!DOCTYPE x>"])
@pytest.mark.parametrize("part", ["xl__worksheets__sheet1_xml", "xl__workbook_xml"])
def test_a_workbook_with_broken_parts_is_refused_by_name(admin, content, part):
    answer = asked(admin, rebuilt(workbook(*PEOPLE), **{part: content}), "xlsx")
    assert answer.status_code == 422, answer.text
    assert {each["code"] for each in answer.json()["errors"]} <= {
        "xlsx_invalid", "heading_missing", "sheet_missing",
    }  # fmt: skip


def test_a_zip_bomb_is_not_unpacked(house, admin):
    bomb = rebuilt(workbook(*PEOPLE), xl__worksheets__sheet1_xml=b" " * 120_000_000)
    assert len(bomb) < 200_000
    assert refused(house, admin, bomb, "xlsx") == "xlsx_too_large"


def test_a_billion_laughs_are_not_laughed(admin):
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
    )
    sheet = (
        f'<!DOCTYPE x [{laughs}]><worksheet xmlns="http://schemas.openxmlformats.org/'
        'spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t>'
        "</is></c></row></sheetData></worksheet>"
    )
    bomb = rebuilt(workbook(*PEOPLE), xl__worksheets__sheet1_xml=sheet.encode())
    answer = asked(admin, bomb, "xlsx")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] in ("xlsx_invalid", "heading_missing")


def test_five_thousand_columns_are_too_many(house, admin):
    wide = tuple(f"c{number}" for number in range(5_000))
    assert refused(house, admin, workbook(wide), "xlsx") == "too_many_columns"
    assert refused(house, admin, ",".join(wide) + "\n") == "too_many_columns"


@pytest.mark.parametrize("content", ["\n", ",,\n", "\r\n\r\n"])
def test_a_file_without_a_heading_is_no_roster_of_nobody(house, admin, content):
    assert refused(house, admin, content, mode="full") == "heading_missing"


def test_a_nul_is_no_part_of_a_roster(house, admin):
    assert refused(house, admin, table(("1", "Ro\x00sa", "Weber", "UTC", ""))) == "string_with_nul"


def test_what_is_not_base64_is_no_file(house, admin):
    answer = admin.post(
        "/imports", json={"format": "csv", "content_base64": "AAAAA", "mapping": COLUMNS}
    )
    assert answer.json()["errors"][0]["code"] == "base64_invalid"


def test_lines_of_json_tell_only_what_stands_in_them(admin):
    first = '{"ID":"1","Given":"Rosa","Family":"Weber","Zone":"UTC","Unit":"Sales"}\n'
    mapping = {**COLUMNS, "department": {"column": "Unit"}}
    read(admin, first, "json_lines", mapping=mapping)
    read(admin, '{"ID":"1","Given":"Mara"}\n', "json_lines", mapping=mapping)
    assert everybody(admin)["1"]["given_name"] == "Mara"
    assert everybody(admin)["1"]["department"] == "Sales"
    read(admin, '{"ID":"1","Unit":null}\n', "json_lines", mapping=mapping)
    assert everybody(admin)["1"]["department"] is None


def test_a_formula_is_told_apart_from_every_text():
    assert "\x00" in workbooks.FORMULA, "no file may hold this character"
