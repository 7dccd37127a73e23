"""A real HR file of 1 470 people, through a mapping to proved pairs; nothing in it is invented.

The file (IBM's published sample of employees, without names, time zones or managers) is not part of
the project: where it is absent, this story is skipped and says so.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from tests.given.company import done, every
from tests.given.programs import cohort

FILE = Path(__file__).parents[3] / "shared" / "data" / "hr-attrition.csv"
pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason="the HR file is not here: expected beside the repository, in shared/"
)

IN_THE_FILE = {
    "external_id": {"column": "rownames"},
    "job_title": {"column": "JobRole"},
    "job_level": {"column": "JobLevel"},
    "department": {
        "column": "Department",
        "values": {
            "Research_Development": "Research & Development",
            "Human_Resources": "Human Resources",
        },
    },
    "employment_status": {"column": "Attrition", "values": {"Yes": "left", "No": "active"}},
}
SUPPLIED = {
    "given_name": {"value": "Employee"},
    "family_name": {"column": "rownames"},
    "time_zone": {"value": "America/New_York"},
    "languages": {"value": "en"},
}
FIELDS = {
    "Life_Sciences": "digcomp:1.2", "Medical": "digcomp:2.1", "Marketing": "digcomp:3.1",
    "Technical_Degree": "digcomp:5.1", "Human_Resources": "digcomp:2.4", "Other": "digcomp:4.2",
}  # fmt: skip
WANTED = {
    "Manager": ("digcomp:2.4", "digcomp:1.2"),
    "Research_Director": ("digcomp:3.1", "digcomp:5.1"),
    "Sales_Executive": ("digcomp:3.1", "digcomp:2.1"),
    "Manufacturing_Director": ("digcomp:5.1", "digcomp:4.2"),
    "Healthcare_Representative": ("digcomp:2.1", "digcomp:4.2"),
}


def test_a_real_roster_from_its_columns_to_proved_pairs(house, admin):
    text = FILE.read_text(encoding="utf-8")
    what_is_absent_is_said_row_by_row(admin, text)
    a_second_run_supplies_it(admin, text)
    heads = departments_get_their_heads(admin, text)
    people = {each["external_id"]: each for each in every(admin, "/participants")}
    running = two_groups_are_enrolled_by_job_level(admin)
    skills_follow_from_the_file(admin, csv.DictReader(text.splitlines()), people)
    the_pairs_are_proved_and_cross_lines(house, admin, running, people, heads)


def imported(admin, text, mapping, **more):
    wanted = {"format": "csv", "content": text, "mapping": mapping, **more}
    return done(admin.post("/participants/import", json=wanted))


def what_is_absent_is_said_row_by_row(admin, text):
    told = imported(admin, text, IN_THE_FILE)
    assert (told["refused_count"], told["added_count"]) == (1470, 0)
    assert [each["line"] for each in told["rows"]] == list(range(2, 1472))
    missing = {
        tuple(sorted((each["field"], each["code"]) for each in row["mistakes"]))
        for row in told["rows"]
    }
    assert missing == {
        (("family_name", "missing"), ("given_name", "missing"), ("time_zone", "missing"))
    }
    assert {"Age", "Gender", "MaritalStatus", "MonthlyIncome"} <= set(told["unread_columns"])
    assert every(admin, "/participants") == []


def a_second_run_supplies_it(admin, text):
    mapping = IN_THE_FILE | SUPPLIED
    rehearsal = imported(admin, text, mapping, dry_run=True)
    assert (rehearsal["added_count"], rehearsal["refused_count"]) == (1470, 0)
    told = imported(admin, text, mapping)
    assert (told["added_count"], told["refused_count"]) == (1470, 0)
    events = admin.get("/events", params={"type": "participants.imported"}).json()["items"]
    assert [each["data"]["added_count"] for each in events] == [1470]


def departments_get_their_heads(admin, text):
    """The file knows no managers: HR supplies one per department, for all but the heads."""
    heads = {}
    for place in ("Sales", "Research_Development", "Human_Resources"):
        known_as = IN_THE_FILE["department"]["values"].get(place, place)
        top = every(
            admin, "/participants", department=known_as, job_level_from=5,
            employment_status="active",
        )  # fmt: skip
        heads[place] = min(each["external_id"] for each in top if each["job_title"] == "Manager")
    header, *lines = text.splitlines(keepends=True)
    below = header + "".join(line for line in lines if line.partition(",")[0] not in heads.values())
    by_department = {"manager_external_id": {"column": "Department", "values": heads}}
    told = imported(admin, below, IN_THE_FILE | SUPPLIED | by_department)
    assert (told["changed_count"], told["refused_count"]) == (1467, 0)
    assert {tuple(row["changed_fields"]) for row in told["rows"]} == {("manager_id",)}
    return set(heads.values())


def two_groups_are_enrolled_by_job_level(admin):
    running = cohort(admin, status="running", modes=["video"])["id"]
    for role, levels in (("mentor", (1, 2)), ("mentee", (4, 5))):
        chosen = every(
            admin, "/participants", job_level_from=levels[0], job_level_to=levels[1],
            employment_status="active",
        )  # fmt: skip
        items = [
            {"participant_id": each["id"], "role": role, "consent_source": "Works agreement"}
            for each in chosen
        ]
        for start in range(0, len(items), 500):
            told = done(
                admin.post(f"/cohorts/{running}/enroll", json={"items": items[start : start + 500]})
            )
            assert told["refused_count"] == 0
    return running


def skills_follow_from_the_file(admin, rows, people):
    """What a mentor learned, the better the more they trained; what a mentee's work asks for."""
    wanted = []
    for row in rows:
        level = people[row["rownames"]]["job_level"]
        if level <= 2:
            offered = {FIELDS[row["EducationField"]]: 2 + int(row["TrainingTimesLastYear"])}
            wanted.append({"external_id": row["rownames"], "offered": offered, "wanted": {}})
        elif level >= 4:
            asked = dict.fromkeys(WANTED[row["JobRole"]], level + 1)
            wanted.append({"external_id": row["rownames"], "offered": {}, "wanted": asked})
    for start in range(0, len(wanted), 500):
        told = done(admin.post("/skills/import", json={"people": wanted[start : start + 500]}))
        assert told["refused_count"] == 0


def computed(house, admin, running):
    """So many people are a worker's: the run is queued, and read again when it is done."""
    queued = admin.post("/pairings/propose", json={"cohort_id": running})
    assert queued.status_code == 202
    house.work_off()
    return done(admin.get(queued.headers["Location"].removeprefix("/v1")))


def the_pairs_are_proved_and_cross_lines(house, admin, running, people, heads):
    run, again = (computed(house, admin, running) for _ in range(2))
    assert (run["optimality"]["status"], run["optimality"]["gap"]) == ("proved", 0)
    counts = run["counts"]
    assert counts["mentees_count"] == counts["matched_mentees_count"] == counts["pairs_count"]
    assert counts["mentors_count"] == len(run["unmatched"]) + counts["pairs_count"]

    by_id = {each["id"]: each for each in people.values()}
    mentees = Counter(pair["mentee_id"] for pair in run["pairs"])
    assert heads & {by_id[each]["external_id"] for each in mentees}
    for pair in run["pairs"]:
        mentor, mentee = by_id[pair["mentor_id"]], by_id[pair["mentee_id"]]
        assert mentor["job_level"] < mentee["job_level"]
        assert mentor["manager_id"] != mentee["id"]
        assert mentor["manager_id"] != mentee["manager_id"]
        assert sum(pair["breakdown"].values()) == pair["score"]

    for same in ("pairs", "unmatched", "scores", "optimality", "input_digest"):
        assert again[same] == run[same], same
    told = done(admin.post(f"/match-runs/{run['id']}/verify"))
    assert (told["accepted"], told["proved"], told["objections"]) == (True, True, [])
