"""The score of one pair in plain Python, written from the documentation: oracle and yardstick.

It shares no code with the engine but the weights; tests and benchmarks compare the two.
"""

from collections.abc import Collection, Mapping

from app.matching.people import Direction, Person, Rules

FORBIDDEN = -1
HALF_DAY = 12 * 60


def score(mentor: Person, mentee: Person, rules: Rules, points: Mapping[str, int]) -> int:
    """Return the points of a pair, -1 if a hard rule is broken."""
    if broken_rules(mentor, mentee, rules):
        return FORBIDDEN
    return sum(earned(mentor, mentee, rules, points).values())


def broken_rules(mentor: Person, mentee: Person, rules: Rules) -> set[str]:
    """Return the codes of all hard rules a pair breaks."""
    modes = _common(mentor.modes, mentee.modes)
    free = not mentor.modes and not mentee.modes
    near = mentor.location is not None and mentor.location == mentee.location
    levels = rules.reporting_line_levels
    verdicts = {
        "same_person": bool(mentor.participant_id)
        and mentor.participant_id == mentee.participant_id,
        "reporting_line": mentor.participant_id in mentee.managers[:levels]
        or mentee.participant_id in mentor.managers[:levels],
        "former_manager": rules.former_manager
        and (
            mentor.participant_id in mentee.former_managers
            or mentee.participant_id in mentor.former_managers
        ),
        "same_team": rules.same_team
        and _team(mentor) is not None
        and _team(mentor) == _team(mentee),
        "veto": mentee.id in mentor.vetoes or mentor.id in mentee.vetoes,
        "refused": mentee.id in mentor.refused or mentor.id in mentee.refused,
        "direction": _wrong_way(mentor, mentee, rules.direction),
        "shared_language": rules.shared_language and not mentor.languages & mentee.languages,
        "minimum_shared_minutes": shared_minutes(mentor, mentee) < rules.minimum_shared_minutes,
        "mode": rules.mode and not free and not (modes - {"in_person"} or (modes and near)),
        "location": rules.location and not near,
        "consent": rules.consent and not (mentor.consented and mentee.consented),
        "training": rules.training and not (mentor.trained and mentee.trained),
    }
    return {code for code, broken in verdicts.items() if broken}


def _common(one: Collection[str], other: Collection[str]) -> set[str]:
    return set(one or other) & set(other or one)


def _team(person: Person) -> str | None:
    return person.team or (f"of {person.managers[0]}" if person.managers else None)


def _wrong_way(mentor: Person, mentee: Person, direction: Direction | None) -> bool:
    if direction is Direction.JOB_LEVEL:
        known = mentor.job_level is not None and mentee.job_level is not None
        return not (known and (mentor.job_level or 0) < (mentee.job_level or 0))
    if direction is Direction.TENURE:
        known = mentor.hired_on is not None and mentee.hired_on is not None
        return not (known and str(mentor.hired_on) > str(mentee.hired_on))
    if direction is Direction.SKILL:
        wanted = {skill for skill, level in mentee.wanted.items() if level}
        return not any(level and skill in wanted for skill, level in mentor.offered.items())
    return False


def shared_minutes(mentor: Person, mentee: Person) -> int:
    """Return the free minutes a week two people share in their worst offset regime."""
    weeks = zip(mentor.availability, mentee.availability, strict=False)
    return min((15 * (one & other).bit_count() for one, other in weeks), default=0)


def earned(
    mentor: Person, mentee: Person, rules: Rules, points: Mapping[str, int]
) -> dict[str, int]:
    """Return what each criterion gives, whether the pair is allowed or not."""
    ways = mentor.communication_preference, mentee.communication_preference
    extra = shared_minutes(mentor, mentee) - rules.minimum_shared_minutes
    return {
        "skill_fit": level_share(mentor.offered, mentee.wanted, points["skill_fit"]),
        "mentor_growth": level_share(mentee.offered, mentor.wanted, points["mentor_growth"]),
        "aspirations": share(mentor.topics, mentee.aspirations, points["aspirations"]),
        "interests": both_shares(mentor.interests, mentee.interests, points["interests"]),
        "values": both_shares(mentor.values, mentee.values, points["values"]),
        "communication": points["communication"] * (ways[0] == ways[1] and ways[0] is not None),
        "shared_time": points["shared_time"] * min(max(extra, 0), 240) // 240,
        "cross_function": points["cross_function"] * _differ(mentor.department, mentee.department),
        "generation": points["generation"] * _differ(mentor.generation, mentee.generation),
        "mentee_wishes": _wish(mentee.wishes, mentor.id, points["mentee_wishes"]),
        "mentor_wishes": _wish(mentor.wishes, mentee.id, points["mentor_wishes"]),
        "time_zone": _nearness(mentor, mentee, points["time_zone"]),
    }


def level_share(has: Mapping[str, int], needs: Mapping[str, int], points: int) -> int:
    """Give every needed level, in order of skill, its share of the points if it is had."""
    units = sum(needs.values())
    total, done = 0, 0
    for skill, needed in sorted(needs.items()):
        for level in range(1, needed + 1):
            unit = points * (done + level) // units - points * (done + level - 1) // units
            total += unit * (level <= has.get(skill, 0))
        done += needed
    return total


def share(has: Collection[str], needs: Collection[str], points: int) -> int:
    """Return the points for the needed things that are had."""
    return level_share(dict.fromkeys(has, 1), dict.fromkeys(needs, 1), points)


def both_shares(mentor: Collection[str], mentee: Collection[str], points: int) -> int:
    """Return half the points by either side's own things."""
    half = points // 2
    return share(mentor, mentee, points - half) + share(mentee, mentor, half)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _wish(wishes: tuple[str, ...], name: str, points: int) -> int:
    ranked = list(dict.fromkeys(wishes))
    return points * max(5 - ranked.index(name), 0) // 5 if name in ranked else 0


def _nearness(mentor: Person, mentee: Person, points: int) -> int:
    if mentor.utc_offset_minutes is None or mentee.utc_offset_minutes is None:
        return 0
    apart = abs(mentor.utc_offset_minutes - mentee.utc_offset_minutes) % (2 * HALF_DAY)
    return points * (HALF_DAY - min(apart, 2 * HALF_DAY - apart)) // HALF_DAY
