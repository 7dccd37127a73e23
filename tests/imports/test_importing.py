"""Rosters as they come: each row gets a verdict, good ones go in together, none breaks us."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.participants import service, settling
from tests.given.participants import participant
from tests.given.rosters import (
    ATTRITION,
    COLUMNS,
    DEMO,
    DEMO_COLUMNS,
    everybody,
    imported,
    person,
    table,
)
from tests.stored import stored

NAMES = {name: rule for name, rule in COLUMNS.items() if name != "manager_external_id"}


def verdicts(answer: dict[str, Any]) -> dict[str, str]:
    return {row["external_id"]: row["verdict"] for row in answer["rows"]}


def mistakes(answer: dict[str, Any]) -> dict[int, set[tuple[str, str]]]:
    """Line -> field and code of each mistake."""
    return {
        row["line"]: {(each["field"], each["code"]) for each in row["mistakes"]}
        for row in answer["rows"]
        if row["mistakes"]
    }


def test_a_file_of_three_adds_three_and_says_so(admin):
    answer = imported(admin, table(person("1"), person("2", "1"), person("3", "2")))
    assert verdicts(answer) == {"1": "added", "2": "added", "3": "added"}
    assert [row["line"] for row in answer["rows"]] == [2, 3, 4]
    people = everybody(admin)
    assert people["3"]["manager_id"] == people["2"]["id"]
    assert people["2"]["manager_id"] == people["1"]["id"]
    assert {row["participant_id"] for row in answer["rows"]} == {p["id"] for p in people.values()}
    (event,) = admin.get("/events?type=participants.imported").json()["items"]
    assert event["data"]["added_count"] == 3


def test_the_same_file_again_changes_nothing(house, admin):
    content = table(person("1"), person("2", "1"))
    imported(admin, content)
    before = stored(house.lanes, admin.organization_id)
    answer = imported(admin, content)
    assert verdicts(answer) == {"1": "unchanged", "2": "unchanged"}
    assert stored(house.lanes, admin.organization_id) == before


def test_a_dry_run_answers_the_same_and_stores_nothing(house, admin):
    imported(admin, table(person("1"), person("2", "1")))
    content = table(person("1", given="Mara"), person("3", "1"), person("4", "nobody"))
    before = stored(house.lanes, admin.organization_id)
    dry = imported(admin, content, dry_run=True)
    assert stored(house.lanes, admin.organization_id) == before
    wet = imported(admin, content)
    assert verdicts(dry) == verdicts(wet) == {"1": "changed", "3": "added", "4": "refused"}
    assert dry["dry_run"] is True


def test_what_changes_is_named_field_by_field_and_told_as_events(admin):
    imported(admin, table(person("1"), person("2"), person("3", "1")))
    answer = imported(
        admin, table(person("1", given="Mara", family="Sol"), person("2"), person("3", "2"))
    )
    changed = {row["external_id"]: row["changed_fields"] for row in answer["rows"]}
    assert changed == {"1": ["given_name", "family_name"], "2": [], "3": ["manager_id"]}
    people = everybody(admin)
    (line,) = admin.get("/events?type=participant.reporting_line_changed").json()["items"]
    assert line["data"] == {
        "participant_id": people["3"]["id"], "manager_id": people["2"]["id"],
    }  # fmt: skip


def test_managers_may_stand_below_their_people(admin):
    answer = imported(admin, table(person("3", "2"), person("2", "1"), person("1")))
    assert set(verdicts(answer).values()) == {"added"}
    people = everybody(admin)
    assert people["3"]["manager_id"] == people["2"]["id"]


def test_a_field_that_no_rule_names_stays_as_it_is(admin):
    participant(
        admin, external_id="1", department="Sales", job_level=4, languages=["de", "it"],
        hired_on="2019-04-01", work_email="rosa@example.com",
    )  # fmt: skip
    participant(admin, external_id="2")
    people = everybody(admin)
    tag = admin.get(f"/participants/{people['1']['id']}").headers["ETag"]
    admin.patch(
        f"/participants/{people['1']['id']}",
        json={"manager_id": people["2"]["id"]},
        headers={"If-Match": tag},
    )
    before = everybody(admin)["1"]
    answer = imported(
        admin,
        "ID,Title\n1,Buyer\n",
        mapping={"external_id": {"column": "ID"}, "job_title": {"column": "Title"}},
    )
    assert answer["rows"][0]["changed_fields"] == ["job_title"]
    after = everybody(admin)["1"]
    told = {name for name in after if after[name] != before[name]}
    assert told <= {"job_title", "updated_at"}
    assert after["job_title"] == "Buyer"


def test_an_empty_cell_of_a_named_column_clears_the_field(admin):
    participant(admin, external_id="1", department="Sales")
    imported(
        admin,
        "ID,Unit\n1,\n",
        mapping={"external_id": {"column": "ID"}, "department": {"column": "Unit"}},
    )
    assert everybody(admin)["1"]["department"] is None


def test_columns_are_translated_split_and_supplied(admin):
    answer = imported(
        admin,
        "ID,Given,Family,Grade,Speaks,Shoe size\n1,Rosa,Weber,VP,de| it |,39\n2,Jun,Park,7,,41\n",
        mapping={
            **{name: NAMES[name] for name in ("external_id", "given_name", "family_name")},
            "job_level": {"column": "Grade", "values": {"VP": "9"}},
            "languages": {"column": "Speaks", "separator": "|"},
            "time_zone": {"value": "Asia/Seoul"},
        },
    )
    assert answer["unread_columns"] == ["Shoe size"]
    people = everybody(admin)
    assert (people["1"]["job_level"], people["2"]["job_level"]) == (9, 7)
    assert (people["1"]["languages"], people["2"]["languages"]) == (["de", "it"], [])
    assert people["1"]["time_zone"] == "Asia/Seoul"


def test_a_required_column_that_is_missing_is_told_per_row_and_supplied_by_a_second_run(admin):
    content = "ID,Family\n1,Weber\n2,Park\n"
    mapping = {"external_id": {"column": "ID"}, "family_name": {"column": "Family"}}
    first = imported(admin, content, mapping=mapping)
    assert first["refused_count"] == 2
    assert mistakes(first) == {
        line: {("given_name", "missing"), ("time_zone", "missing")} for line in (2, 3)
    }
    supplied = {"given_name": {"value": "R."}, "time_zone": {"value": "Europe/Rome"}}
    second = imported(admin, content, mapping=mapping | supplied)
    assert second["added_count"] == 2


def test_a_column_the_file_does_not_have_is_pointed_at(admin):
    answer = admin.post(
        "/participants/import",
        json={"format": "csv", "content": "ID\n1\n", "mapping": {"job_title": {"column": "Job"}}},
    )
    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert (told["pointer"], told["code"]) == ("/mapping/job_title/column", "column_missing")


def test_a_missing_column_is_told_with_those_the_file_has(admin):
    answer = admin.post(
        "/participants/import",
        json={
            "format": "csv",
            "content": "ID,Vor\u0014name,Familie\n1,a,b\n",
            "mapping": {"given_name": {"column": "First"}},
        },
    )
    (told,) = answer.json()["errors"]
    assert told["detail"].startswith("The file has no column 'First'. It has 'ID', ")
    assert "'Familie'" in told["detail"]


def test_a_column_with_strange_characters_in_its_name_is_told_without_them(admin):
    """Found by a search of the whole contract: the answer must fit it, whatever came in."""
    content = "b\u0014\u00e7\u0083\udbf8\udf36".encode("utf-16", "surrogatepass").decode("utf-16")
    answer = imported(admin, content, mapping={"external_id": {"value": "1"}})
    assert answer["unread_columns"] == ["b\N{REPLACEMENT CHARACTER}\u00e7\u0083\U0010e336"]
    long = imported(admin, "y" * 100_000 + "\n", mapping={"external_id": {"value": "1"}})
    assert long["unread_columns"] == ["y" * 200]


def test_a_rule_of_ours_is_told_in_our_words_only(admin):
    (row,) = imported(admin, table(person("1", zone="Rome")))["rows"]
    assert row["mistakes"][0]["detail"] == "is not an IANA time zone, such as Europe/Rome"


def test_bad_rows_are_refused_one_by_one_and_the_rest_goes_in(admin):
    answer = imported(
        admin,
        table(
            person("1"),
            person(""),
            person("3", zone="Rome"),
            person("4", given=""),
            person("1"),
            person("x" * 201),
            person("7", "nobody"),
            person("8", "3"),
            person("9", family="y" * 201),
        ),
    )
    assert mistakes(answer) == {
        3: {("external_id", "missing")},
        4: {("time_zone", "value_error")},
        5: {("given_name", "missing")},
        6: {("external_id", "repeated")},
        7: {("external_id", "external_id_invalid")},
        8: {("manager_external_id", "unknown_reference")},
        9: {("manager_external_id", "unknown_reference")},
        10: {("family_name", "string_too_long")},
    }
    assert set(everybody(admin)) == {"1"}
    assert (answer["added_count"], answer["refused_count"]) == (1, 8)


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "a")],
        [("a", "b"), ("b", "a")],
        [("a", "b"), ("b", "c"), ("c", "a"), ("below", "c"), ("further below", "below")],
        [("below", "a"), ("a", "b"), ("b", "a")],
    ],
)
def test_people_in_a_circle_and_those_below_them_are_refused(admin, rows):
    answer = imported(admin, table(person("top"), *(person(*row) for row in rows)))
    assert set(everybody(admin)) == {"top"}
    assert answer["refused_count"] == len(rows)
    codes = {code for each in mistakes(answer).values() for _, code in each}
    assert codes <= {"circle", "manager_refused"}


def test_a_circle_through_people_who_are_there_already_is_refused_and_they_stay(admin):
    imported(admin, table(person("1"), person("2", "1"), person("3", "2")))
    answer = imported(admin, table(person("1", "3"), person("2", "1", given="Mara")))
    assert verdicts(answer) == {"1": "refused", "2": "changed"}
    people = everybody(admin)
    assert people["1"]["manager_id"] is None
    assert people["2"]["given_name"] == "Mara"


def test_a_circle_through_somebody_without_an_external_id_is_seen(admin):
    imported(admin, table(person("1"), person("2")))
    people = everybody(admin)
    middle = participant(admin, manager_id=people["2"]["id"])
    tag = admin.get(f"/participants/{people['1']['id']}").headers["ETag"]
    admin.patch(
        f"/participants/{people['1']['id']}",
        json={"manager_id": middle["id"]},
        headers={"If-Match": tag},
    )
    answer = imported(admin, table(person("2", "1")))
    assert mistakes(answer) == {2: {("manager_external_id", "circle")}}


def test_a_circle_that_only_a_refusal_closes_is_seen(admin):
    """X, refused for one circle, keeps the manager it had: which closes another one."""
    imported(admin, table(person("y"), person("x", "y"), person("z")))
    answer = imported(admin, table(person("x", "z"), person("z", "x"), person("y", "x")))
    assert set(verdicts(answer).values()) == {"refused"}
    people = everybody(admin)
    assert people["x"]["manager_id"] == people["y"]["id"]
    assert (people["y"]["manager_id"], people["z"]["manager_id"]) == (None, None)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from("abcdefg"), st.sampled_from(["", *"abcdefgh"])),
            min_size=1, max_size=9,
        ),
        min_size=1, max_size=3,
    )
)  # fmt: skip
def test_whatever_files_come_nobody_is_ever_above_themselves(house, files):
    """And what a row was told is what was stored."""
    admin = house.organization("Acme", "admin@example.com")
    for rows in files:
        before = everybody(admin)
        answer = imported(admin, table(*(person(*row) for row in rows)))
        after = everybody(admin)
        managers = {each["id"]: each["manager_id"] for each in after.values()}
        for start, place in managers.items():
            line, up = {start}, place
            while up is not None:
                assert up not in line
                line.add(up)
                up = managers[up]
        for (key, boss), told in zip(rows, answer["rows"], strict=True):
            if told["verdict"] == "refused":
                assert (key in after) or (key not in before)
            elif boss:
                assert after[key]["manager_id"] == after[boss]["id"]
            else:
                assert after[key]["manager_id"] is None


def test_a_byte_order_mark_quoted_line_feeds_and_every_script_are_read(admin):
    content = (
        "\ufeffID,Given,Family,Zone,Boss\r\n"
        '1,"Anna\nMaria","O\'Neil, Jr.",Europe/Rome,\r\n'
        '2,"He said ""hi""",王,Asia/Tokyo,1\r\n'
        '"3", محمد ,नरेन्द्र,Asia/Kolkata,\r\n'
    )
    answer = imported(admin, content)
    assert verdicts(answer) == {"1": "added", "2": "added", "3": "added"}
    assert [row["line"] for row in answer["rows"]] == [3, 4, 5], "the line a row ends on"
    people = everybody(admin)
    assert people["1"]["given_name"] == "Anna\nMaria"
    assert people["1"]["family_name"] == "O'Neil, Jr."
    assert people["2"]["given_name"] == 'He said "hi"'
    assert people["3"]["given_name"] == "محمد"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('ID,Given\n1,"Rosa\n', "csv_invalid"),
        ('ID,Given\n1,"Ro"sa\n', "csv_invalid"),
        ("ID,ID\n1,2\n", "column_repeated"),
        (",".join(map(str, range(1_001))) + "\n", "too_many_columns"),
        ("ID\n" + "x" * 200_000 + "\n", "csv_invalid"),
    ],
)
def test_a_file_that_is_no_table_is_refused_as_a_whole(admin, content, code):
    answer = admin.post(
        "/participants/import",
        json={"format": "csv", "content": content, "mapping": {"external_id": {"value": "1"}}},
    )
    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == [code]


def test_short_and_long_rows_of_a_table_are_read_as_far_as_they_go(admin):
    answer = imported(admin, "ID,Given,Family,Zone,Boss\n1,Rosa,Weber,UTC\n2,A,B,UTC,,more,still\n")
    assert verdicts(answer) == {"1": "added", "2": "added"}


@pytest.mark.parametrize(
    "level", ["²", "--5", "1e2", "x", "٣٣٣", "9" * 30, "1.5", "-1", "101", "0x10", "1_0_0_0"]
)
def test_a_level_that_is_no_number_is_a_mistake_of_its_row_not_of_the_house(admin, level):
    answer = imported(
        admin,
        f"ID,Given,Family,Zone,Level\n1,Rosa,Weber,UTC,{level}\n2,Jun,Park,UTC,3\n",
        mapping={**NAMES, "job_level": {"column": "Level"}},
    )
    assert [row["verdict"] for row in answer["rows"]] == ["refused", "added"]
    assert {field for field, _ in mistakes(answer)[2]} == {"job_level"}


def json_lines(*objects: Any) -> str:
    return "\n".join(json.dumps(each, ensure_ascii=False) for each in objects)


LINE = {"ID": "1", "Given": "Rosa", "Family": "Weber", "Zone": "UTC"}


def test_json_lines_are_read_with_numbers_lists_and_line_separators_in_texts(admin):
    content = json_lines(
        {**LINE, "Level": 4, "Speaks": ["de", "it"]},
        {**LINE, "ID": 2, "Given": "Ro\u2028sa", "Level": "5", "Speaks": "en;fr"},
    )
    answer = imported(
        admin,
        content + "\r\n\r\n",
        format="json_lines",
        mapping={
            **NAMES, "job_level": {"column": "Level"}, "languages": {"column": "Speaks"},
        },
    )  # fmt: skip
    assert verdicts(answer) == {"1": "added", "2": "added"}
    people = everybody(admin)
    assert (people["1"]["job_level"], people["2"]["job_level"]) == (4, 5)
    assert (people["1"]["languages"], people["2"]["languages"]) == (["de", "it"], ["en", "fr"])
    assert people["2"]["given_name"] == "Ro\u2028sa"


@pytest.mark.parametrize(
    "value",
    [
        r'"\ud800"', r'"a\u0000b"', "[[1]]", '{"a": 1}', "true", "1.5", "NaN", "Infinity", "[]",
        "9" * 400, '"' + "x" * 300 + '"', "[" * 900 + "]" * 900, '["a", {"b": 1}]',
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["ID", "Given", "Level", "Speaks"])
def test_no_value_in_a_json_line_is_a_failure_of_ours(house, admin, name, value):
    line = json.dumps({**LINE, name: "mark"}).replace('"mark"', value)
    before = stored(house.lanes, admin.organization_id)
    answer = imported(
        admin,
        line,
        format="json_lines",
        mapping={**NAMES, "job_level": {"column": "Level"}, "languages": {"column": "Speaks"}},
    )
    if (name, value) == ("Speaks", "[]"):
        assert answer["added_count"] == 1
    else:
        assert answer["refused_count"] == 1
        assert stored(house.lanes, admin.organization_id) == before


@pytest.mark.parametrize("line", ["{", "[]", "7", "null", '"text"', "[" * 100_000, "nonsense"])
def test_a_line_that_is_no_object_is_refused_with_its_number(admin, line):
    answer = admin.post(
        "/participants/import",
        json={
            "format": "json_lines", "content": json_lines(LINE) + "\n" + line, "mapping": NAMES,
        },
    )  # fmt: skip
    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert told["code"] == "line_invalid"
    assert "Line 2 " in told["detail"]


def test_who_had_left_already_keeps_the_day_on_which_that_was(house, admin):
    mapping = {**COLUMNS, "employment_status": {"column": "Boss", "values": {"x": "left"}}}
    del mapping["manager_external_id"]
    imported(admin, table(person("1", "active")), mapping=mapping)
    imported(admin, table(person("1", "left")), mapping=mapping)
    left_on = everybody(admin)["1"]["left_on"]
    house.clock.travel(days=9)
    imported(admin, table(person("1", "left", given="Mara")), mapping=mapping)
    assert everybody(admin)["1"]["left_on"] == left_on
    imported(admin, table(person("1", "active")), mapping=mapping)
    assert everybody(admin)["1"]["left_on"] is None
    told = [each["type"] for each in admin.get("/events").json()["items"]]
    assert [each for each in told if each in ("participant.left", "participant.returned")] == [
        "participant.left", "participant.returned",
    ]  # fmt: skip


def test_the_company_of_the_demo_comes_in_whole(admin):
    content = DEMO.read_text(encoding="utf-8")
    answer = imported(admin, content, mapping=DEMO_COLUMNS)
    assert (answer["added_count"], answer["refused_count"]) == (601, 0)
    assert answer["unread_columns"] == ["Offers", "Wants", "Interests", "Mentoring"]
    people = everybody(admin)
    assert sum(each["manager_id"] is None for each in people.values()) == 1
    assert {each["time_zone"] for each in people.values()} > {"Asia/Tokyo", "Europe/Rome"}
    again = imported(admin, content, mapping=DEMO_COLUMNS)
    assert again["unchanged_count"] == 601


@pytest.mark.skipif(not ATTRITION.exists(), reason=f"{ATTRITION} is not on this machine")
def test_the_public_sample_of_a_companys_people_comes_in_at_the_second_run(admin):
    """1 470 people without names or time zones: nothing is invented, rows say what they lack."""
    content = ATTRITION.read_text(encoding="utf-8")
    told = {
        "external_id": {"column": "rownames"},
        "department": {"column": "Department"},
        "job_title": {"column": "JobRole"},
        "job_level": {"column": "JobLevel"},
    }
    first = imported(admin, content, mapping=told)
    assert first["refused_count"] == 1470
    missing = {("given_name", "missing"), ("family_name", "missing"), ("time_zone", "missing")}
    assert set(map(frozenset, mistakes(first).values())) == {frozenset(missing)}
    assert everybody(admin) == {}
    supplied = {
        "given_name": {"value": "Employee"},
        "family_name": {"column": "rownames"},
        "time_zone": {"value": "America/New_York"},
    }
    second = imported(admin, content, mapping=told | supplied)
    assert second["added_count"] == 1470
    assert "Age" in second["unread_columns"]
    people = everybody(admin)
    assert len(people) == 1470
    assert {each["department"] for each in people.values()} == {
        "Sales", "Research_Development", "Human_Resources",
    }  # fmt: skip


def ask_unchecked(house, admin, content: str, **more: Any) -> dict[str, Any]:
    """An import whose answer, row by row, is not held against the contract: that takes longer."""
    wanted = {"format": "csv", "content": content, "mapping": COLUMNS, **more}
    answer = house.unchecked.post("/v1/participants/import", json=wanted, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.fault)])
def test_thousands_come_in_at_once_with_every_manager_somewhere_in_the_file(house, admin, count):
    rows = [person(str(n), "" if n == 0 else str(n // 7)) for n in range(count)]
    random.Random(7).shuffle(rows)
    assert ask_unchecked(house, admin, table(*rows))["added_count"] == count


@pytest.mark.parametrize("count", [500, pytest.param(20_000, marks=pytest.mark.fault)])
@pytest.mark.parametrize("shape", ["chain", "chain upside down", "one circle", "dangling chain"])
def test_rows_of_malice_are_judged_with_work_that_grows_with_the_file_only(
    house, admin, monkeypatch, shape, count
):
    climbed = []
    plain = settling._Links._circle_from

    def counted(links, start):
        climbed.append(start)
        return plain(links, start)

    monkeypatch.setattr(settling._Links, "_circle_from", counted)
    order = range(count) if shape != "chain upside down" else range(count - 1, -1, -1)
    last = {"one circle": "0", "dangling chain": "nobody"}.get(shape, "")
    rows = [person(str(n), str(n + 1) if n < count - 1 else last) for n in order]
    answer = ask_unchecked(house, admin, table(*rows), dry_run=True)
    assert answer["refused_count"] >= count - service.DEEPEST_LINE - 1
    assert len(climbed) <= count


def test_two_imports_at_once_add_everybody_once(real_house):
    admin = real_house.organization()
    content = table(*(person(str(n), "" if n == 0 else str(n // 3)) for n in range(300)))
    wanted = {"format": "csv", "content": content, "mapping": COLUMNS}
    requests = [admin.build_request("POST", "/participants/import", json=wanted) for _ in range(3)]
    answers = real_house.at_once(requests)
    assert [each.status_code for each in answers] == [200] * 3
    assert sorted(each.json()["added_count"] for each in answers) == [0, 0, 300]
