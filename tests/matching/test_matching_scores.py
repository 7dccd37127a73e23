"""Points and verdicts: equal, pair by pair, to a scorer in plain Python; each criterion alone."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from app.matching import blocks, rules, shared_time
from app.matching.explain import breakdowns
from app.matching.features import to_problem
from app.matching.people import FULL_SCORE, Direction, Rules, Weights
from app.matching.problem import ProblemInvalid
from app.matching.shared_time import SharedTime
from benchmarks.cohorts import cohort
from benchmarks.plain_scorer import broken_rules, earned, score
from tests.matching.cases import mentee, mentor

PROGRAMS = {
    "usual": (Rules(), Weights()),
    "tenure": (Rules(direction=Direction.TENURE, minimum_shared_minutes=0), Weights(values=0)),
    "skill": (Rules(direction=Direction.SKILL, location=True), Weights(generation=2000)),
    "open": (
        Rules(
            reporting_line_levels=0, same_team=False, former_manager=False, direction=None,
            shared_language=False, minimum_shared_minutes=0, mode=False, consent=False,
        ),
        Weights(skill_fit=1, interests=3, shared_time=7),
    ),
    "trained": (Rules(training=True, minimum_shared_minutes=300), Weights()),
}  # fmt: skip


def people(size=90, seed=3):
    """Return a realistic cohort with the rarer fields filled in here and there."""
    mentors, mentees = cohort(size, size + 7, seed)
    for side in (mentors, mentees):
        for k, person in enumerate(side):
            side[k] = replace(
                person,
                trained=k % 5 > 0,
                consented=k % 7 > 0,
                generation=(None, "x", "y", "z")[k % 4],
                modes=(frozenset(), person.modes, frozenset({"in_person"}))[k % 3],
                refused=frozenset({f"mentee-{k:06d}"}) if k % 4 == 0 else frozenset(),
                job_level=None if k % 31 == 0 else person.job_level,
                hired_on=None if k % 29 == 0 else person.hired_on,
                team=None if k % 11 == 0 else person.team,
            )
    mentees[5] = replace(mentees[5], participant_id=mentors[5].participant_id)
    return mentors, mentees


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("large_tables", [False, True])
def test_every_pair_scores_as_in_plain_python(program, large_tables, monkeypatch):
    """With small limits, the same points come from look-ups per tile instead of the product."""
    if large_tables:
        monkeypatch.setattr(blocks, "ONE_HOT_LIMIT", 1)
        monkeypatch.setattr(shared_time, "PATTERN_LIMIT", 1)
        monkeypatch.setattr(rules, "CLASS_PAIR_LIMIT", 1)
        monkeypatch.setattr(rules, "SAME_KEY_LIMIT", 0)
    law, weights = PROGRAMS[program]
    mentors, mentees = people()
    problem = to_problem(mentors, mentees, law, weights)
    found = problem.block(slice(0, len(mentors)), slice(0, len(mentees)))
    points = weights.points()
    expected = [[score(a, b, law, points) for b in mentees] for a in mentors]
    assert found.tolist() == expected
    every = np.divmod(np.arange(found.size), len(mentees))
    assert problem.pair_scores(*every).tolist() == found.ravel().tolist()
    assert problem.allowed_block(slice(3, 9), np.array([1, 5])).shape == (6, 2)
    assert (problem.score_block(slice(0, 9), slice(0, 9)) >= 0).all()


@pytest.mark.parametrize("program", PROGRAMS)
def test_breakdowns_add_up_and_name_the_broken_rules(program):
    law, weights = PROGRAMS[program]
    mentors, mentees = people(30)
    problem = to_problem(mentors, mentees, law, weights)
    pairs = [(a, b) for a in mentors for b in mentees]
    parts = breakdowns(problem, [(a.id, b.id) for a, b in pairs])
    points = weights.points()
    for (a, b), part in zip(pairs, parts, strict=True):
        expected = {code: n for code, n in earned(a, b, law, points).items() if points[code]}
        assert part.points == expected
        assert set(part.broken_rules) == broken_rules(a, b, law)
        assert part.score == (-1 if part.broken_rules else sum(expected.values()))


def test_the_points_of_all_criteria_are_ten_thousand():
    assert sum(Weights().points().values()) == FULL_SCORE
    assert sum(Weights(skill_fit=1, values=1, interests=1).points().values()) == FULL_SCORE


def test_a_perfect_pair_earns_every_point():
    same = {
        "interests": frozenset({"chess"}), "values": frozenset({"candour"}),
        "communication_preference": "spoken", "utc_offset_minutes": 60,
    }  # fmt: skip
    junior = mentor(
        offered={"a": 5}, wanted={"b": 2}, topics=frozenset({"t"}), department="x",
        wishes=("e1",), **same,
    )  # fmt: skip
    senior = mentee(
        offered={"b": 3}, wanted={"a": 4}, aspirations=frozenset({"t"}), department="y",
        wishes=("m1",), **same,
    )  # fmt: skip
    (part,) = breakdowns(to_problem([junior], [senior]), [("m1", "e1")])
    assert part.score == FULL_SCORE


@pytest.mark.parametrize("scale", [2, 7, 100])
def test_only_the_proportions_of_weights_matter(scale):
    usual = Weights()
    scaled = Weights(**{code: weight * scale for code, weight in usual.by_code().items()})
    assert scaled.points() == usual.points()


def test_zero_weights_are_no_points_but_still_pairs():
    nothing = Weights(**dict.fromkeys(Weights().by_code(), 0))
    problem = to_problem([mentor()], [mentee()], weights=nothing)
    assert problem.block(slice(0, 1), slice(0, 1)).tolist() == [[0]]


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        (Weights(values=-1), "weight-negative"),
        (Weights(generation=3000), "weight-generation"),
        (Weights(plugins={"nowhere": 1}), "criterion-unknown"),
    ],
)
def test_bad_weights_are_named(weights, code):
    with pytest.raises(ProblemInvalid) as problem:
        to_problem([mentor()], [mentee()], weights=weights)
    assert problem.value.code == code


def test_a_person_on_the_wrong_side_is_named():
    with pytest.raises(ProblemInvalid) as problem:
        to_problem([mentee()], [mentee("e2")])
    assert problem.value.code == "role-wrong"


def test_different_numbers_of_offset_regimes_are_named():
    with pytest.raises(ProblemInvalid) as problem:
        to_problem([mentor(availability=(1, 1))], [mentee(availability=(1,))])
    assert problem.value.code == "regimes-differ"


WINDOWS = st.sampled_from(
    [0, 1, 1 << 671, (1 << 672) - 1, 0b111100001111 << 5, 0b11111111 << 36, 0b1010 << 668]
)


@st.composite
def two_sides_of_weeks(draw):
    """People whose weeks stay from one offset regime to the next, or move, or are not known."""
    regimes = draw(st.integers(1, 3))
    odd = st.tuples(*[WINDOWS] * regimes)
    calm = WINDOWS.map(lambda week: (week,) * regimes)
    side = st.lists(odd | calm | st.just(()), max_size=5)
    return draw(side), draw(side)


@examples(two_sides_of_weeks(), st.sampled_from([0, shared_time.PATTERN_LIMIT]))
@settings(max_examples=300, deadline=None)
def test_two_people_share_the_quarter_hours_of_their_worst_regime(sides, limit):
    """Computed once for all patterns or tile by tile, it is the bits that both weeks have."""
    mentors = [mentor(f"m{k}", availability=weeks) for k, weeks in enumerate(sides[0])]
    mentees = [mentee(f"e{k}", availability=weeks) for k, weeks in enumerate(sides[1])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared_time, "PATTERN_LIMIT", limit)
        found = SharedTime(mentors, mentees).beyond(0, 240).numbers(slice(None), slice(None))
    expected = [
        [min(((a & b).bit_count() for a, b in zip(x, y, strict=True)), default=0) if x and y else 0
         for y in sides[1]]
        for x in sides[0]
    ]  # fmt: skip
    assert found.tolist() == expected


class Plugin:
    """A criterion or rule that does what a test wants."""

    code, sentence = "odd", "An odd one."

    def __init__(self, make):
        self.make = make

    def terms(self, sides, parameters):
        return self.make(sides, parameters)


def too_much(sides, points):
    from_class = np.zeros(1, np.int32)
    return [blocks.Table(from_class, from_class, np.array([[points + 1]], np.int32))]


def fractions(sides, points):
    return [blocks.Product(np.array([[0.5]], np.float32), np.array([[1]], np.float32))]


def wrong_shape(sides, points):
    return [blocks.Sparse(np.array([7]), np.array([0]), np.array([1]))]


def raises(sides, points):
    raise KeyError("secret")


def leaves(sides, points):
    raise SystemExit


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (too_much, "criterion-out-of-range"),
        (fractions, "layer-invalid"),
        (wrong_shape, "layer-invalid"),
        (raises, "criterion-failed"),
        (leaves, "criterion-failed"),
    ],
)
def test_a_bad_criterion_is_named(make, code):
    with pytest.raises(ProblemInvalid) as problem:
        to_problem(
            [mentor()],
            [mentee()],
            weights=Weights(plugins={"odd": 100}),
            plugin_criteria={"odd": Plugin(make)},
        )
    assert problem.value.code == code
    assert "secret" not in problem.value.detail


@pytest.mark.parametrize(
    ("plugins", "code"),
    [
        ({}, "rule-unknown"),
        ({"odd": Plugin(raises)}, "rule-failed"),
        ({"odd": Plugin(leaves)}, "rule-failed"),
    ],
)
def test_a_bad_rule_is_named(plugins, code):
    with pytest.raises(ProblemInvalid) as problem:
        to_problem([mentor()], [mentee()], Rules(plugins={"odd": 1}), plugin_rules=plugins)
    assert problem.value.code == code


def test_the_fingerprint_follows_the_features():
    def print_of(*pair):
        return to_problem([pair[0]], [pair[1]]).scores.fingerprint()

    assert print_of(mentor(), mentee()) == print_of(mentor(), mentee())
    assert print_of(mentor(), mentee()) != print_of(mentor(), mentee(languages=frozenset({"it"})))
    assert print_of(mentor(), mentee()) != print_of(mentor(vetoes=frozenset({"e1"})), mentee())


@pytest.mark.parametrize(
    ("law", "change"),
    [
        (Rules(direction=Direction.TENURE), {"hired_on": dt.date(2001, 1, 1)}),
        (Rules(), {"team": "t2"}),
        (Rules(), {"languages": frozenset({"en", "fr"})}),
        (Rules(), {"availability": ((1 << 671) - 1,)}),
    ],
)
def test_the_fingerprint_follows_what_is_computed_tile_by_tile(law, change, monkeypatch):
    monkeypatch.setattr(shared_time, "PATTERN_LIMIT", 0)
    monkeypatch.setattr(rules, "CLASS_PAIR_LIMIT", 0)
    monkeypatch.setattr(rules, "SAME_KEY_LIMIT", 0)
    known = {"hired_on": dt.date(2000, 1, 1), "team": "t1", "languages": frozenset({"en"})}
    people = [mentee("e1", **known), mentee("e2", **known | {"team": "t2"})]
    young = [mentor("m1", **known), mentor("m2", **known | {"languages": frozenset({"fr"})})]
    usual = to_problem(young, people, law).scores.fingerprint()
    other = [replace(people[0], **change), people[1]]
    assert to_problem(young, people, law).scores.fingerprint() == usual
    assert to_problem(young, other, law).scores.fingerprint() != usual
