"""Rosters to import: small ones made in place, the demo's company, the public IBM sample."""

import csv
import io
from pathlib import Path
from typing import Any

import httpx

from benchmarks.roster import JOB_LEVELS

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "app" / "cli" / "roster.csv"
ATTRITION = ROOT.parent / "shared" / "data" / "hr-attrition.csv"

COLUMNS = {
    "external_id": {"column": "ID"},
    "given_name": {"column": "Given"},
    "family_name": {"column": "Family"},
    "time_zone": {"column": "Zone"},
    "manager_external_id": {"column": "Boss"},
}
DEMO_COLUMNS = {
    "external_id": {"column": "Worker ID"},
    "given_name": {"column": "Given name"},
    "family_name": {"column": "Family name"},
    "preferred_name": {"column": "Preferred name"},
    "work_email": {"column": "Work email"},
    "job_title": {"column": "Job title"},
    "job_level": {
        "column": "Level",
        "values": {label: str(level) for label, level in JOB_LEVELS.items()},
    },
    "department": {"column": "Department"},
    "location": {"column": "Location"},
    "time_zone": {"column": "Time zone"},
    "languages": {"column": "Languages"},
    "manager_external_id": {"column": "Manager ID"},
    "hired_on": {"column": "Hire date"},
    "career_stage": {"column": "Career stage"},
    "employment_status": {
        "column": "Status",
        "values": {"Active": "active", "On leave": "on_leave", "Terminated": "left"},
    },
}


def table(*rows: tuple[Any, ...]) -> str:
    """Rows of `COLUMNS` as CSV: id, given name, family name, time zone, manager."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["ID", "Given", "Family", "Zone", "Boss"])
    writer.writerows(rows)
    return text.getvalue()


def person(key: str, boss: str = "", **facts: str) -> tuple[str, ...]:
    """One row of a table."""
    row = {"given": "Rosa", "family": "Weber", "zone": "Europe/Rome", **facts}
    return (key, row["given"], row["family"], row["zone"], boss)


def imported(client: httpx.Client, content: str, **more: Any) -> dict[str, Any]:
    """What an import answers."""
    wanted = {"format": "csv", "content": content, "mapping": COLUMNS, **more}
    answer = client.post("/participants/import", json=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everybody(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """The people of an organization by external id."""
    found, cursor = {}, None
    while True:
        query = {"limit": 200} | ({"cursor": cursor} if cursor else {})
        page = client.get("/participants", params=query).json()
        found |= {each["external_id"]: each for each in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return found
