"""Builders for cohorts whose impact is known: pairs, meetings, goals, levels, answers."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import httpx

from tests.given.competences import assessment, skills
from tests.given.sessions import Pair, pair, session
from tests.given.surveys import closed_wave
from tests.house import House

COMPETENCES = ("digcomp:2.1", "digcomp:2.4")


def pairs_of_one_cohort(house: House, admin: httpx.Client, count: int) -> list[Pair]:
    """Active pairs that meet every two weeks, at most six times, from March to December."""
    found: list[Pair] = []
    for _ in range(count):
        like = found[0] if found else None
        plan = {} if found else {"planned_meetings_count": 6}
        found.append(pair(house, admin, like=like, **plan))
    return found


def meet(house: House, pairs: Sequence[Pair], counts: Sequence[int]) -> None:
    """Each pair meets so often, every second Monday from a week after the beginning."""
    first = house.clock.now() + dt.timedelta(days=7, hours=1)
    for turn in range(max(counts)):
        starts_at = first + dt.timedelta(days=14 * turn)
        booked = [
            (each, session(each.mentor, each.pairing_id, starts_at=starts_at.isoformat()))
            for each, count in zip(pairs, counts, strict=True)
            if count > turn
        ]
        house.clock.travel_to(starts_at)
        for each, found in booked:
            response = each.mentor.post(
                f"/sessions/{found['id']}/complete",
                json={"mentor_attendance": "attended", "mentee_attendance": "attended"},
            )
            assert response.status_code == 200, response.text


def judged(
    admin: httpx.Client,
    participant_id: str,
    before: int | None,
    after: int | None,
    looking_back: int | None = None,
) -> None:
    """Somebody who wants to learn two competences, and their level in both."""
    skills(admin, participant_id, wanted=dict.fromkeys(COMPETENCES, 6))
    for competence in COMPETENCES:
        for level, facts in (
            (before, {"moment": "baseline"}),
            (after, {"moment": "end"}),
            (looking_back, {"moment": "end", "then_test": True}),
        ):
            if level is not None:
                assessment(admin, participant_id, competence=competence, level=level, **facts)


def before_and_after(
    house: House,
    admin: httpx.Client,
    cohort_id: str,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    **facts: Any,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A baseline and an end wave with these answers, in the order of enrollment."""
    return (
        closed_wave(house, admin, cohort_id, before, moment="baseline", **facts),
        closed_wave(house, admin, cohort_id, after, moment="end", **facts),
    )


def impact(client: httpx.Client, cohort_id: str) -> dict[str, Any]:
    """What is known of a cohort."""
    response = client.get(f"/impact/cohorts/{cohort_id}")
    assert response.status_code == 200, response.text
    return response.json()
