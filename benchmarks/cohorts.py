"""Realistic cohorts of any size, the same for the same seed: for benchmarks and property tests."""

import datetime as dt
import random
from collections.abc import Sequence

from app.matching.availability import Window, availability_bits, offset_regimes, utc_offset_minutes
from app.matching.people import Person, Role

ZONES = (
    "Europe/Rome", "Europe/London", "Europe/Helsinki", "America/New_York", "America/Chicago",
    "America/Sao_Paulo", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
OFFICES = {zone: zone.rpartition("/")[2].lower() for zone in ZONES}
LOCAL = ("it", "en", "fi", "en", "es", "pt", "hi", "zh", "ja", "en")
DEPARTMENTS = ("engineering", "sales", "finance", "people", "legal", "operations", "marketing")
SKILLS = tuple(f"{area}.{number}" for area in range(1, 6) for number in range(1, 6))[:21]
CLUSTERS = tuple(SKILLS[at : at + 7] for at in range(0, 15, 2))
INTERESTS = tuple(f"interest-{number}" for number in range(24))
VALUES = tuple(f"value-{number}" for number in range(12))
TOPICS = tuple(f"topic-{number}" for number in range(16))
WAYS = ("written", "spoken", "pictures")
STARTS, ENDS = dt.date(2027, 1, 11), dt.date(2027, 8, 6)
REGIMES = offset_regimes(ZONES, STARTS, ENDS)


def cohort(
    mentors: int, mentees: int, seed: int = 0, archetypes: int | None = None
) -> tuple[list[Person], list[Person]]:
    """Return people of both sides: skills in clusters, ten time zones, a reporting tree.

    Mentors are junior and know the new skills; mentees are senior and want them. With
    `archetypes`, only so many different people exist on each side, again and again.
    """
    dice = random.Random(seed)
    bosses = [f"p-boss-{number}" for number in range(max((mentors + mentees) // 10, 1))]
    kinds = archetypes or mentors
    left = [_mentor(dice, number, bosses) for number in range(min(kinds, mentors))]
    kinds = archetypes or mentees
    right = [_mentee(dice, number, bosses) for number in range(min(kinds, mentees))]
    return _repeated(left, mentors), _repeated(right, mentees)


def _repeated(people: list[Person], count: int) -> list[Person]:
    if len(people) == count:
        return people
    copies = []
    for number in range(count):
        like = people[number % len(people)]
        name = f"{like.id}-{number:06d}"
        fields = {f: getattr(like, f) for f in like.__slots__}
        copies.append(Person(**{**fields, "id": name, "participant_id": f"p-{name}"}))
    return copies


def _common(dice: random.Random, bosses: Sequence[str]) -> dict[str, object]:
    place = dice.randrange(len(ZONES))
    zone = ZONES[place]
    boss = dice.randrange(len(bosses))
    spoken = {LOCAL[place]} | ({"en"} if dice.random() < 0.9 else set())
    return {
        "department": DEPARTMENTS[dice.randrange(len(DEPARTMENTS))],
        "team": f"team-{boss}",
        "managers": (bosses[boss], bosses[boss // 8], bosses[boss // 64]),
        "former_managers": frozenset({bosses[dice.randrange(len(bosses))]}),
        "languages": frozenset(spoken),
        "location": OFFICES[zone],
        "modes": frozenset({"video"} if dice.random() < 0.8 else {"video", "in_person"}),
        "availability": availability_bits(_windows(dice), zone, REGIMES),
        "utc_offset_minutes": utc_offset_minutes(zone, STARTS),
        "interests": frozenset(dice.sample(INTERESTS, 5)),
        "values": frozenset(dice.sample(VALUES, 3)),
        "communication_preference": WAYS[dice.randrange(3)],
    }


def _windows(dice: random.Random) -> tuple[Window, ...]:
    """Return two to four stretches of three to nine whole hours between early and late."""
    days = dice.sample(range(5), dice.choice((2, 3, 4)))
    start = dice.choice((7, 8, 9, 13))
    end = min(start + dice.choice((3, 5, 9)), 22)
    return tuple((day, f"{start:02d}:00", f"{end:02d}:00") for day in sorted(days))


def _mentor(dice: random.Random, number: int, bosses: Sequence[str]) -> Person:
    cluster = CLUSTERS[dice.randrange(len(CLUSTERS))]
    return Person(
        id=f"mentor-{number:06d}",
        role=Role.MENTOR,
        participant_id=f"p-mentor-{number:06d}",
        capacity=dice.choices((1, 2, 3), (80, 15, 5))[0],
        job_level=dice.randrange(1, 5),
        hired_on=dt.date(2020, 1, 1) + dt.timedelta(days=dice.randrange(2500)),
        offered={skill: dice.randrange(3, 9) for skill in dice.sample(cluster, 5)},
        wanted={skill: dice.randrange(1, 5) for skill in dice.sample(SKILLS, 2)},
        topics=frozenset(dice.sample(TOPICS, 4)),
        wishes=(f"mentee-{dice.randrange(number + 1):06d}",) if dice.random() < 0.3 else (),
        **_common(dice, bosses),  # type: ignore[arg-type]
    )


def _mentee(dice: random.Random, number: int, bosses: Sequence[str]) -> Person:
    cluster = CLUSTERS[dice.randrange(len(CLUSTERS))]
    boss = number < len(bosses)
    return Person(
        id=f"mentee-{number:06d}",
        role=Role.MENTEE,
        participant_id=bosses[number] if boss else f"p-mentee-{number:06d}",
        capacity=2 if dice.random() < 0.05 else 1,
        job_level=dice.randrange(4, 10),
        hired_on=dt.date(2000, 1, 1) + dt.timedelta(days=dice.randrange(8000)),
        wanted={skill: dice.randrange(2, 8) for skill in dice.sample(cluster, 4)},
        offered={skill: dice.randrange(1, 7) for skill in dice.sample(SKILLS, 3)},
        aspirations=frozenset(dice.sample(TOPICS, 3)),
        wishes=tuple(f"mentor-{dice.randrange(number + 1):06d}" for _ in range(dice.randrange(4))),
        vetoes=frozenset({f"mentor-{dice.randrange(number + 1):06d}"}),
        **_common(dice, bosses),  # type: ignore[arg-type]
    )
