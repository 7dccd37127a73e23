"""Runs a matcher on a frozen cohort, and says in plain values what came out, why, and how sure."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from app.kit.problems import Conflict, Invalid, Problem, Unavailable
from app.matching import criteria as soft
from app.matching import rules as hard
from app.matching.assessing import Solution
from app.matching.explain import Breakdown, breakdowns, pin_prices, scarcity, worst_pair
from app.matching.fairness import Fairness, fairness
from app.matching.people import Person
from app.matching.problem import UNWATCHED, Control, Limits, MatchingProblem, ProblemInvalid
from app.matching.problem import MatcherFailed as EngineMatcherFailed
from app.matching.solving import solve
from app.matching.unmatched import Unmatched, diagnose, relaxations
from app.pairings.candidates import Gathered
from app.pairings.frozen import digest_of

OWN_CHOICES = frozenset({"veto", "refused"})
PERSONAL_CHOICE = "personal_choice"
"""What is told of vetoes and refusals: that there is one, not whose and not which."""
WISHES = frozenset({"mentor_wishes", "mentee_wishes"})
NEVER_SET_ASIDE = frozenset({"same_person", "veto", "refused", "consent"})
"""Rules that are the people's own, or plain sense: no manager sets them aside."""

RULES_SAID = {
    **{rule.code: rule.sentence for rule in hard.BUILT_IN if rule.code not in OWN_CHOICES},
    PERSONAL_CHOICE: "One of the two has ruled the other out, or declined before.",
}
CRITERIA_SAID = {
    **{each.code: each.sentence for each in soft.BUILT_IN if each.code not in WISHES},
    "wishes": "One of the two asked for the other, or both did.",
}
NOT_FOR_PROBLEM_OF_CALLER = frozenset({"matcher-unloadable", "plugin-unloadable", "plugin-invalid"})
WHERE = {
    "matcher-unknown": "/matcher",
    "criterion-unknown": "/weights",
    "weight-negative": "/weights",
    "weight-generation": "/weights",
    "rule-unknown": "/rules",
    "person-unknown": "/query",
    "pin-unknown": "/must_pairs",
    "pin-repeated": "/must_pairs",
    "pin-exceeds-capacity": "/must_pairs",
    "pin-forbidden": "/must_pairs",
}


class MatcherFailed(Problem):
    """A matcher broke its promise: `reason` says which; nothing is stored."""

    status, slug = 422, "matcher-failed"
    title = "The matcher gave nothing that can be used"


class MatcherUnavailable(Unavailable):
    slug, title = "matcher-unavailable", "The matcher cannot be loaded on this installation"


@dataclass(frozen=True)
class Computed:
    """A result in plain values, as it is stored and shown."""

    matcher: str
    matcher_version: str
    rules_version: str
    input: dict[str, Any]
    input_digest: str
    figures: dict[str, Any]
    result: dict[str, Any]
    certificate: dict[str, Any] | None


def compute(
    gathered: Gathered, matcher: str | None, seconds: float, control: Control = UNWATCHED
) -> Computed:
    """Solve, check, explain; needs no database. Raises Invalid and the matcher's problems."""
    with told_as_problems():
        problem = gathered.input.to_problem()
        solution = solve(problem, matcher, control, Limits(seconds=seconds))
        return explained(gathered, problem, solution)


@contextmanager
def told_as_problems() -> Iterator[None]:
    """What the engine complains about, told to the caller as a problem at its place."""
    try:
        yield
    except ProblemInvalid as wrong:
        raise invalid(wrong) from wrong
    except EngineMatcherFailed as broken:
        raise failed(broken) from broken


def explained(gathered: Gathered, problem: MatchingProblem, solution: Solution) -> Computed:
    """A solution with its reasons, in plain values."""
    plain = gathered.input.to_json()
    departments = {each.id: each.department for each in gathered.people() if each.department}
    told = fairness(problem, solution, departments)
    return Computed(
        solution.matcher,
        solution.matcher_version,
        problem.rules_version,
        plain,
        digest_of(plain),
        _figures(problem, solution, told),
        _result(problem, solution, gathered, told),
        solution.certificate.to_json() if solution.certificate else None,
    )


def invalid(wrong: ProblemInvalid) -> Invalid:
    """The engine's complaint about a problem, at the place of the request that caused it."""
    code = wrong.code.replace("-", "_")
    code = "unknown_matcher" if code == "matcher_unknown" else code
    return Invalid.at(WHERE.get(wrong.code, ""), wrong.detail, code)


def failed(broken: EngineMatcherFailed) -> Problem:
    reason = broken.code.replace("-", "_")
    if broken.code in NOT_FOR_PROBLEM_OF_CALLER:
        return MatcherUnavailable(broken.detail, reason=reason)
    return MatcherFailed(broken.detail, reason=reason)


def _figures(problem: MatchingProblem, solution: Solution, told: Fairness) -> dict[str, Any]:
    mentors, mentees = len(problem.mentors), len(problem.mentees)
    matched_mentors = mentors - len(solution.unmatched_mentors)
    matched_mentees = mentees - len(solution.unmatched_mentees)
    everybody = mentors + mentees
    return {
        "counts": {
            "mentors_count": mentors,
            "mentees_count": mentees,
            "mentor_places_count": int(problem.capacities.sum()),
            "mentee_places_count": int(problem.demands.sum()),
            "matched_mentors_count": matched_mentors,
            "matched_mentees_count": matched_mentees,
            "pairs_count": len(solution.pairs),
            "new_pairs_count": len(solution.proposed),
        },
        "coverage": (matched_mentors + matched_mentees) / everybody if everybody else 0.0,
        "scores": {
            "total": sum(pair.score for pair in solution.proposed),
            "worst": told.worst,
            "percentile_1": told.percentile_1,
            "percentile_5": told.percentile_5,
            "median": told.median,
        },
        "optimality": {
            **{name: getattr(solution.optimality, name) for name in (
                "status", "value", "bound", "gap", "pairs_considered", "pairs_certified", "rounds",
            )},
            "levels": [asdict(level) for level in solution.optimality.levels],
        },
    }  # fmt: skip


def _result(
    problem: MatchingProblem, solution: Solution, gathered: Gathered, told: Fairness
) -> dict[str, Any]:
    people = {person.id: person for person in gathered.people()}
    alone = diagnose(problem, solution)
    return {
        "pairs": _pairs(problem, solution, gathered, people),
        "unmatched": [_unmatched(each, gathered, people) for each in alone],
        "notes": [note.detail for note in solution.notes],
        "relaxations": shown_rules(relaxations(alone)),
        "worst_pair": _worst_pair(problem, solution),
        "scarcity": [
            {"enrollment_id": mentor, "worth": asdict(worth)}
            for mentor, worth in scarcity(problem, solution).items()
        ],
        "pin_prices": [
            {"mentor_enrollment_id": a, "mentee_enrollment_id": b, "price": asdict(price)}
            for (a, b), price in pin_prices(problem, solution).items()
        ],
        "fairness": {
            "wishing_people_count": told.wishing_people,
            "first_wishes_met_count": told.first_wishes_met,
            "blocking_pairs_count": told.blocking_pair_count,
            "groups": [
                {
                    "name": group.name,
                    "people_count": group.people,
                    "matched_count": group.matched,
                    "ratio": group.ratio,
                    "four_fifths": group.four_fifths,
                    "p": group.p,
                }
                for group in told.groups
            ],
        },
    }


def _worst_pair(problem: MatchingProblem, solution: Solution) -> dict[str, Any] | None:
    found = worst_pair(problem, solution)
    if found is None:
        return None
    return {
        "score": found.score,
        "words": found.sentence,
        "crowd": list(found.crowd),
        "few": list(found.few),
        "places_count": found.places,
    }


def _pairs(
    problem: MatchingProblem,
    solution: Solution,
    gathered: Gathered,
    people: Mapping[str, Person],
) -> list[dict[str, Any]]:
    parts = breakdowns(problem, [(pair.mentor, pair.mentee) for pair in solution.pairs])
    live = {(each.mentor, each.mentee): str(each.id) for each in gathered.live}
    return [
        {
            "mentor_enrollment_id": pair.mentor,
            "mentee_enrollment_id": pair.mentee,
            "mentor_id": people[pair.mentor].participant_id,
            "mentee_id": people[pair.mentee].participant_id,
            "score": sum(part.points.values()),
            "breakdown": shown_points(part),
            "pinned": pair.pinned,
            "pairing_id": live.get((pair.mentor, pair.mentee)),
            "overridden_rules": shown_codes(part.broken_rules),
        }
        for pair, part in zip(solution.pairs, parts, strict=True)
    ]


def shown_points(part: Breakdown) -> dict[str, int]:
    """Points by criterion; who of the two wished for the other stays their own."""
    points = {code: value for code, value in part.points.items() if code not in WISHES}
    return {**points, "wishes": sum(part.points.get(code, 0) for code in WISHES)}


def shown_codes(codes: Iterable[str]) -> list[str]:
    """Codes of broken rules; a veto and a refusal are told as one thing."""
    return sorted({PERSONAL_CHOICE if code in OWN_CHOICES else code for code in codes})


def shown_rules(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by rule; a veto and a refusal are told as one thing."""
    found: dict[str, int] = {}
    for code, count in sorted(counts.items()):
        name = PERSONAL_CHOICE if code in OWN_CHOICES else code
        found[name] = found.get(name, 0) + count
    return found


def _unmatched(
    person: Unmatched, gathered: Gathered, people: Mapping[str, Person]
) -> dict[str, Any]:
    helping = {code: n for code, n in person.only_by.items() if code not in NEVER_SET_ASIDE}
    relaxation = min(helping, key=lambda code: (-helping[code], code), default=None)
    reason = person.reason.replace("-", "_")
    if reason == "no_capacity":
        reason = "on_leave" if person.person in gathered.on_leave else "no_place"
    return {
        "enrollment_id": person.person,
        "participant_id": people[person.person].participant_id,
        "side": person.side,
        "reason": reason,
        "words": _words(reason, person, relaxation, helping),
        "eligible_count": person.eligible_count,
        "forbidden_by": shown_rules(person.forbidden_by),
        "only_by": helping,
        "relaxation": relaxation,
        "missed": [
            {
                "enrollment_id": missed.partner,
                "score": missed.score,
                "taken_by": list(missed.taken_by)[:100],
                "ahead_by": missed.ahead_by,
            }
            for missed in person.missed
        ],
    }


def _words(
    reason: str, person: Unmatched, relaxation: str | None, helping: Mapping[str, int]
) -> str:
    if reason == "on_leave":
        return "Away at the moment: a new partner can be found after the return."
    if reason == "no_place":
        return "Has no place for a partner."
    if reason == "out_competed":
        many = "one possible partner" if person.eligible_count == 1 else "possible partners"
        count = "" if person.eligible_count == 1 else f"{person.eligible_count} "
        return f"Has {count}{many}, but others serve the whole better there; one more place helps."
    forbidding = shown_rules(person.forbidden_by)
    told = "There is nobody on the other side."
    if forbidding:
        code = max(forbidding, key=lambda each: (forbidding[each], each))
        sentence = RULES_SAID.get(code, f"The rule {code} forbids it.")
        told = f"Has no possible partner. The commonest reason ({forbidding[code]}): {sentence}"
    if relaxation is not None:
        told += f" Setting aside {relaxation} alone would open {helping[relaxation]}."
    return told


class PairForbidden(Conflict):
    """`rules` names the hard rules that a pair breaks."""

    slug, title = "pair-forbidden", "Hard rules of the program forbid this pair"


def look_at_pair(gathered: Gathered, overridden: Iterable[str]) -> tuple[dict[str, int], list[str]]:
    """The points of the only pair of a problem by criterion, and the rules set aside for it.

    Raises PairForbidden, and Invalid like `compute`.
    """
    with told_as_problems():
        problem = gathered.input.to_problem()
    (part,) = breakdowns(problem, [(problem.mentors[0], problem.mentees[0])])
    allowed = frozenset(overridden) - NEVER_SET_ASIDE
    forbidding = [code for code in part.broken_rules if code not in allowed]
    if forbidding:
        names = shown_codes(forbidding)
        told = " ".join(RULES_SAID.get(name, f"The rule {name} forbids it.") for name in names)
        raise PairForbidden(told, rules=names)
    return shown_points(part), list(part.broken_rules)
