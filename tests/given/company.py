"""A small company that runs a whole program: its roster file, and people who speak themselves."""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

import httpx

from tests.given.accounts import own_client
from tests.house import House

CHIEF = "P-00"
DEPARTMENTS = ("Finance", "Sales", "Research", "Operations")
# A head leads each department and reports to the chief; the other seniors stand beside them.
SENIORS = (
    ("P-01", "Łukasz", "Wiśniewski"), ("P-02", "太郎", "山田"), ("P-03", "Siobhán", "O'Neil"),
    ("P-04", "Ada", "Osei"), ("P-05", "Marta", "Conti"), ("P-06", "Jean-Luc", "d'Arcy"),
    ("P-07", "Åsa", "Öberg"), ("P-08", "Omar", "Haddad"), ("P-09", "Inês", "Gonçalves"),
    ("P-10", "Петър", "Иванов"), ("P-11", "Ruth", "Levi"),
)  # fmt: skip
JUNIORS = (
    ("P-12", "Nia", "Bello"), ("P-13", "Jun", "박"), ("P-14", "Zoë", "van den Berg"),
    ("P-15", "Tomás", "Ruiz"), ("P-16", "Emre", "Güneş"), ("P-17", "Lea", "Braun"),
    ("P-18", "Noor", "Khan"), ("P-19", "Ivo", "Horvat"), ("P-20", "Mia", "Rossi"),
    ("P-21", "Sam", "O'Brien"), ("P-22", "Aino", "Mäkinen"), ("P-23", "Leo", "Martin"),
)  # fmt: skip
ZONES = ("Europe/Rome", "Europe/Warsaw", "Europe/London")
SKILLS = ("digcomp:2.4", "digcomp:3.1", "digcomp:1.2", "digcomp:5.3")
MAPPING = {
    "external_id": {"column": "Worker ID"},
    "given_name": {"column": "First"},
    "family_name": {"column": "Last"},
    "work_email": {"column": "Mail"},
    "job_level": {"column": "Grade", "values": {"IC2": "2", "D1": "7", "D2": "8", "CEO": "10"}},
    "department": {"column": "Unit"},
    "time_zone": {"column": "Zone"},
    "languages": {"column": "Speaks", "separator": "|"},
    "manager_external_id": {"column": "Boss"},
    "hired_on": {"column": "Since"},
}
COLUMNS = (
    "Worker ID", "First", "Last", "Mail", "Grade", "Unit", "Zone", "Speaks", "Boss", "Since", "Pay",
)  # fmt: skip


def roster() -> str:
    """Twenty-four people as the HRIS exports them, with a column that is none of our business."""
    rows = [(CHIEF, "Grace", "Mbeki", "CEO", "Board", "", ZONES[0])]
    for place, (key, given, family) in enumerate(SENIORS):
        head = place < len(DEPARTMENTS)
        zone = "Asia/Tokyo" if family == "山田" else ZONES[place % 3]
        boss = CHIEF if head else f"P-{1 + place % 4:02}"
        rows.append(
            (key, given, family, "D2" if head else "D1", DEPARTMENTS[place % 4], boss, zone)
        )
    for place, (key, given, family) in enumerate(JUNIORS):
        boss = f"P-{1 + place % 4:02}"
        rows.append((key, given, family, "IC2", DEPARTMENTS[place % 4], boss, ZONES[place % 3]))
    file = io.StringIO()
    sheet = csv.writer(file)
    sheet.writerow(COLUMNS)
    for key, given, family, grade, unit, boss, zone in rows:
        since = "2024-09-01" if grade == "IC2" else "2009-05-01"
        mail = f"{key.lower()}@example.com"
        sheet.writerow(
            (key, given, family, mail, grade, unit, zone, "en|it", boss, since, "secret")
        )
    return file.getvalue()


@dataclass
class Member:
    """Somebody who takes part, and speaks with a key of their own."""

    external_id: str
    participant_id: str
    enrollment_id: str
    role: str
    client: httpx.Client


def settled_in(
    house: House, admin: httpx.Client, participant_id: str, life_days: int = 365
) -> httpx.Client:
    """Invited, password chosen, signed in, and then with a key that outlives the program."""
    signed_in = own_client(house, admin, {"id": participant_id})
    key = signed_in.post("/tokens", json={"name": "calendar", "expires_in_days": life_days})
    assert key.status_code == 201, key.text
    return house.client(key.json()["token"])


def done(response: httpx.Response) -> dict[str, Any]:
    """The answer to a step that must succeed."""
    assert response.is_success, f"{response.request.url}: {response.text}"
    return dict(response.json())


def every(client: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        wanted = {**params, "limit": 50, **({"cursor": cursor} if cursor else {})}
        page = done(client.get(path, params=wanted))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def changed(client: httpx.Client, path: str, **facts: Any) -> dict[str, Any]:
    """A PATCH on the version that is there now."""
    etag = client.get(path).headers["ETag"]
    return done(client.patch(path, json=facts, headers={"If-Match": etag}))


def as_of(date: str, time: str = "09:00") -> dt.datetime:
    """A moment in UTC."""
    return dt.datetime.fromisoformat(f"{date}T{time}+00:00")
