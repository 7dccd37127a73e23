"""The impact of a cohort over HTTP: every number against one computed by hand."""

import math

import pytest
from scipy import stats

from tests.given.accounts import colleague, own_client
from tests.given.goals import check_in, goal
from tests.given.impact import before_and_after, impact, judged, meet, pairs_of_one_cohort
from tests.given.pairings import step
from tests.given.programs import enrollment
from tests.given.surveys import asked_cohort, closed_wave, granted, safe


def level(score):
    """Answers to RM-SAFE whose score is this."""
    return safe(score, score, 6 - score, score, 6 - score)


def change(before, after):
    """Mean and t interval of paired changes, by SciPy."""
    changes = [b - a for a, b in zip(before, after, strict=True)]
    low, high = stats.t.interval(
        0.95, len(changes) - 1, loc=sum(changes) / len(changes), scale=stats.sem(changes)
    )
    return round(sum(changes) / len(changes), 1), round(low, 1), round(high, 1)


def wilson(hits, n):
    low, high = stats.binomtest(hits, n).proportion_ci(method="wilson")
    return round(hits / n, 2), round(low, 2), round(high, 2)


def numbers(measure):
    return measure["value"], measure["low"], measure["high"]


def test_an_empty_cohort_says_why_there_is_nothing(house, admin):
    told = impact(admin, asked_cohort(admin, 0, 0)["id"])
    assert told["evidence"]["grade"] == "D"
    assert "no comparison group" in told["evidence"]["statement"]
    assert told["coverage"]["overall"]["paired"]["reason"] == "group_below_minimum"
    assert told["cadence"]["kept"]["reason"] == "too_few"
    assert told["completion"]["completed"]["reason"] == "too_few"
    assert told["goals"]["pair_goals"]["share"]["reason"] == "too_few"
    assert (told["scales"], told["missing"]["waves"]) == ([], [])
    assert told["missing"]["dropped_out"]["reason"] == "baseline_missing"


def test_coverage_counts_who_found_a_partner_and_leaves_out_who_rests(house, admin):
    pairs = pairs_of_one_cohort(house, admin, 6)
    for role in ("mentor", "mentee"):
        enrollment(admin, pairs[0].cohort_id, role)
    step(admin, {"id": pairs[5].pairing_id}, "pause")
    told = impact(admin, pairs[0].cohort_id)["coverage"]
    overall = told["overall"]
    assert overall["enrolled_count"] == 14
    assert (overall["paired_count"], overall["unmatched_count"]) == (10, 2)
    assert overall["paused_count"] == 2
    assert numbers(overall["paired"]) == wilson(10, 12)
    assert overall["paired"]["method"] == "proportion, Wilson interval"
    by_role = {each["role"]: each for each in told["by_role"]}
    assert by_role["mentor"]["enrolled_count"] == 7
    assert numbers(by_role["mentor"]["paired"]) == wilson(5, 6)


def test_coverage_hides_roles_when_one_is_small(house, admin):
    cohort = asked_cohort(admin, mentors=8, mentees=2)
    told = impact(admin, cohort["id"])["coverage"]
    assert told["overall"]["enrolled_count"] == 10
    assert numbers(told["overall"]["paired"]) == wilson(0, 10)
    assert [(e["paired"]["reason"], e["enrolled_count"]) for e in told["by_role"]] == [
        ("complementary", None), ("group_below_minimum", None),
    ]  # fmt: skip


def test_cadence_asks_for_meetings_of_active_time_only(house, admin):
    pairs = pairs_of_one_cohort(house, admin, 6)
    step(admin, {"id": pairs[0].pairing_id}, "pause")
    house.clock.travel(days=14)
    step(admin, {"id": pairs[0].pairing_id}, "resume")
    meet(house, pairs, [2, 3, 3, 3, 2, 0])  # 14 + 35 days on: three are owed, by the first two
    house.clock.travel(hours=3)
    told = impact(admin, pairs[0].cohort_id)["cadence"]
    assert (told["meeting_every_days"], told["planned_meetings_count"]) == (14, 6)
    assert numbers(told["kept"]) == wilson(4, 6)
    mean = [2, 3, 3, 3, 2, 0]
    assert numbers(told["meetings"]) == change([0] * 6, mean)
    assert told["meetings"]["method"] == "mean meetings of a pair, t interval"
    assert (told["not_due_count"], told["paused_count"]) == (0, 0)


def test_a_resting_pair_leaves_cadence_and_completion_until_it_resumes(house, admin):
    pairs = pairs_of_one_cohort(house, admin, 6)
    house.clock.travel(days=13)
    assert impact(admin, pairs[0].cohort_id)["cadence"]["not_due_count"] == 6
    step(admin, {"id": pairs[0].pairing_id}, "pause")
    for each in pairs[1:]:
        step(admin, {"id": each.pairing_id}, "end", reason="completed")
    told = impact(admin, pairs[0].cohort_id)
    assert (told["cadence"]["paused_count"], told["completion"]["paused_count"]) == (1, 1)
    assert numbers(told["completion"]["completed"]) == wilson(5, 5)
    assert told["completion"]["running_count"] == 0


def test_completion_counts_every_end_and_no_open_pair(house, admin):
    pairs = pairs_of_one_cohort(house, admin, 7)
    for each in pairs[:4]:
        step(admin, {"id": each.pairing_id}, "end", reason="completed")
    for each in pairs[4:6]:
        step(admin, {"id": each.pairing_id}, "end")
    told = impact(admin, pairs[0].cohort_id)["completion"]
    assert numbers(told["completed"]) == wilson(4, 6)
    assert told["running_count"] == 1


def test_few_pairs_are_withheld_even_where_a_share_could_be_computed(house, admin):
    (only,) = pairs_of_one_cohort(house, admin, 1)
    goal(only.mentor, pairing_id=only.pairing_id)
    step(admin, {"id": only.pairing_id}, "end", reason="completed")
    house.clock.travel(days=20)
    told = impact(admin, only.cohort_id)
    for measure in (
        told["completion"]["completed"], told["coverage"]["overall"]["paired"],
        told["goals"]["pair_goals"]["share"],
    ):  # fmt: skip
        assert measure["status"] in ("suppressed", "not_measurable")
        assert measure["value"] is None
    assert told["completion"]["completed"]["reason"] == "group_below_minimum"
    assert told["completion"]["running_count"] is None
    assert told["goals"]["pair_goals"]["goals_count"] is None


def test_goals_count_by_pair_and_those_without_a_figure_are_named(house, admin):
    pairs = pairs_of_one_cohort(house, admin, 6)
    reached = [[4, 2], [4], [2], [1], [3], [4]]
    for each, values in zip(pairs, reached, strict=True):
        for value in values:
            made = goal(each.mentor, pairing_id=each.pairing_id)
            check_in(each.mentor, made["id"], value=value)
    goal(pairs[0].mentor, pairing_id=pairs[0].pairing_id)  # nobody has looked at it yet
    told = impact(admin, pairs[0].cohort_id)["goals"]["pair_goals"]
    shares = [0.75, 1.0, 0.5, 0.25, 0.75, 1.0]
    mean = sum(shares) / 6
    half = stats.t.ppf(0.975, 5) * stats.sem(shares)
    assert numbers(told["share"]) == (round(mean, 2), round(mean - half, 2), round(mean + half, 2))
    assert (told["share"]["n"], told["share"]["method"]) == (6, "mean share of a pair, t interval")
    assert numbers(told["achieved"]) == wilson(2, 6)
    assert (told["pairings_count"], told["goals_count"]) == (6, 8)
    assert told["not_measurable"] == [{"reason": "actual_missing", "goals_count": 1}]


def test_each_goal_of_the_cohort_says_how_far_it_is_or_why_not(house, admin):
    cohort = asked_cohort(admin, 1, 1)
    measured = goal(admin, cohort_id=cohort["id"], direction="down", baseline=20, target=10)
    check_in(admin, measured["id"], value=14)
    unknown = goal(admin, cohort_id=cohort["id"])
    told = {e["goal_id"]: e for e in impact(admin, cohort["id"])["goals"]["cohort_goals"]}
    assert (told[measured["id"]]["share"], told[measured["id"]]["n"]) == (0.6, 1)
    assert "no interval" in told[measured["id"]]["method"]
    assert told[unknown["id"]]["status"] == "not_measurable"
    assert told[unknown["id"]]["reason"] == "actual_missing"


def test_skills_change_in_what_people_wanted_to_learn(house, admin):
    cohort = asked_cohort(admin, mentors=5, mentees=9)
    mentees = [each["id"] for each in cohort["people"] if each["role"] == "mentee"]
    before, after = [2, 3, 2, 4, 3, 2, 1, 3], [4, 4, 2, 5, 5, 3, 3, 4]
    back = [1, 2, 2, 3, 2, 1, 1, 2]
    for person, *levels in zip(mentees, before, after, back, strict=False):
        judged(admin, person, *levels)
    judged(admin, mentees[8], 3, None)
    told = {each["role"]: each for each in impact(admin, cohort["id"])["skills"]}
    mentee = told["mentee"]
    assert mentee["eligible_count"] == 9
    assert numbers(mentee["change"]) == change(before, after)
    assert mentee["change"]["n"] == 8
    assert mentee["standardised"]["method"] == "g_av, paired, t interval"
    assert mentee["rank"]["p"] == round(stats.wilcoxon([2, 1, 1, 2, 1, 2, 1]).pvalue, 4)
    assert numbers(mentee["risen"]) == wilson(7, 8)
    assert numbers(mentee["looking_back"]) == change(back, after)
    assert told["mentor"]["change"]["reason"] == "group_below_minimum"
    assert told["mentor"]["eligible_count"] is None
    assert impact(admin, cohort["id"])["evidence"]["grade"] == "C"


def test_the_gap_between_the_two_sides_is_told_in_each_competence(house, admin):
    cohort = asked_cohort(admin, mentors=11, mentees=11)
    sides = {
        role: [each["id"] for each in cohort["people"] if each["role"] == role]
        for role in ("mentor", "mentee")
    }
    levels = {
        "mentor": [(5 + place % 3, 6 + place % 3) for place in range(11)],
        "mentee": [(1 + place % 3, 4 + place % 3) for place in range(11)],
    }
    for role, people in sides.items():
        for person, (before, after) in zip(people, levels[role], strict=True):
            judged(admin, person, before, after)
    gaps = impact(admin, cohort["id"])["gaps"]
    assert (gaps["least_on_each_side"], gaps["untold_count"]) == (10, 0)
    assert [each["competence"] for each in gaps["competences"]] == ["digcomp:2.1", "digcomp:2.4"]
    gap = gaps["competences"][0]
    ahead = {
        wave: [
            (mentor[wave] > mentee[wave]) - (mentor[wave] < mentee[wave])
            for mentor in levels["mentor"]
            for mentee in levels["mentee"]
        ]
        for wave in (0, 1)
    }
    before, after = (round(sum(each) / 121, 2) for each in ahead.values())
    assert (gap["delta_before"]["value"], gap["delta_after"]["value"]) == (before, after)
    assert gap["delta_closed"]["value"] == pytest.approx(before - after, abs=0.011)
    moved = [
        stats.wasserstein_distance(*([each[wave] for each in side] for side in levels.values()))
        for wave in (0, 1)
    ]
    assert gap["distance_closed"]["value"] == pytest.approx(moved[0] - moved[1], abs=0.006)
    assert gap["distance_closed"]["low"] <= gap["distance_closed"]["value"]
    assert "BCa interval" in gap["delta_closed"]["method"]
    assert 0 < gap["distance_before"]["value"] < moved[0]
    assert (gap["mentors_count"], gap["mentees_count"]) == (11, 11)


def test_a_gap_is_not_told_of_few_or_where_one_side_agrees(house, admin):
    cohort = asked_cohort(admin, mentors=11, mentees=10)
    for place, person in enumerate(cohort["people"]):
        mentor = person["role"] == "mentor"
        judged(admin, person["id"], 6 if mentor else 1 + place % 4, 7 if place % 2 else 6)
    gaps = impact(admin, cohort["id"])["gaps"]
    assert (gaps["competences"], gaps["untold_count"]) == ([], 2)
    few = asked_cohort(admin, mentors=9, mentees=12)
    for place, person in enumerate(few["people"]):
        judged(admin, person["id"], 1 + place % 5, 2 + place % 5)
    gaps = impact(admin, few["id"])["gaps"]
    assert (gaps["competences"], gaps["untold_count"]) == ([], 2)


def test_scales_change_in_those_who_answered_both_waves(house, admin):
    cohort = asked_cohort(admin, mentors=8, mentees=8)
    before = [1, 2, 3, 2, 1, 3, 2, 2, 3, 2, 1, 2, 4, 3, 2, 2]
    after = [3, 3, 3, 4, 2, 4, 2, 3, 4, 4, 2, 3, 4, 5, 2, 3]
    before_and_after(
        house, admin, cohort["id"], [level(s) for s in before], [level(s) for s in after]
    )
    told = impact(admin, cohort["id"])
    assert told["evidence"] == {
        "grade": "C",
        "statement": "Before and after only: participants volunteered; there is no comparison"
        " group.",
    }
    (scale,) = told["scales"]
    assert (scale["scale_code"], scale["minimum"], scale["maximum"]) == ("RM-SAFE", 1, 5)
    assert numbers(scale["overall"]["change"]) == change(before, after)
    assert (scale["overall"]["change"]["n"], scale["overall"]["rank"]["n"]) == (16, 12)
    by_role = {each["role"]: each for each in scale["by_role"]}
    assert numbers(by_role["mentor"]["change"]) == change(before[:8], after[:8])
    assert numbers(by_role["mentee"]["change"]) == change(before[8:], after[8:])
    missing = told["missing"]
    assert (missing["eligible_count"], missing["both_count"]) == (16, 16)
    assert numbers(missing["dropped_out"]) == wilson(0, 16)
    assert [each["moment"] for each in missing["waves"]] == ["baseline", "end"]


def test_the_few_who_answered_one_wave_only_cannot_be_worked_out(house, admin):
    cohort = asked_cohort(admin, mentors=12, mentees=0)
    before = [level(1 + place % 5) for place in range(12)]
    after = [level(1 + (place + place // 4) % 5) for place in range(8)]
    before_and_after(house, admin, cohort["id"], before, after)
    told = impact(admin, cohort["id"])
    assert told["scales"][0]["overall"]["change"]["reason"] == "complementary"
    assert numbers(told["missing"]["dropped_out"]) == wilson(4, 12)


def test_a_change_that_is_the_same_for_all_is_withheld(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    before = [level(1 + place % 4) for place in range(12)]
    after = [level(2 + place % 4) for place in range(12)]
    before_and_after(house, admin, cohort["id"], before, after)
    (scale,) = impact(admin, cohort["id"])["scales"]
    for each in (scale["overall"], *scale["by_role"]):
        for figure in ("change", "standardised", "rank"):
            assert (each[figure]["status"], each[figure]["reason"]) == ("suppressed", "homogeneous")


def test_a_scale_asked_only_once_says_what_is_missing(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    answers = [level(1 + place % 5) for place in range(12)]
    closed_wave(house, admin, cohort["id"], answers, moment="baseline")
    told = impact(admin, cohort["id"])
    assert told["scales"][0]["overall"]["change"]["reason"] == "actual_missing"
    assert told["missing"]["dropped_out"]["reason"] == "actual_missing"
    surveys = [{"code": "RM-REC"}]
    recommend = [{"RM-REC-1": place % 11} for place in range(12)]
    closed_wave(house, admin, cohort["id"], recommend, moment="end", surveys=surveys)
    told = {each["scale_code"]: each for each in impact(admin, cohort["id"])["scales"]}
    assert told["RM-REC"]["overall"]["change"]["reason"] == "baseline_missing"
    assert told["RM-SAFE"]["overall"]["change"]["reason"] == "actual_missing"


def test_drop_out_of_too_few_is_withheld(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=0)
    answers = [level(1 + place % 5) for place in range(4)]
    before_and_after(house, admin, cohort["id"], answers, answers)
    told = impact(admin, cohort["id"])["missing"]
    assert told["dropped_out"]["reason"] == "group_below_minimum"
    assert (told["eligible_count"], told["both_count"]) == (None, None)


def test_who_sees_the_impact_of_a_cohort(house, admin):
    cohort, other = asked_cohort(admin, 1, 1), asked_cohort(admin, 0, 0)
    url = f"/impact/cohorts/{cohort['id']}"
    clients = {
        "sponsor": colleague(house, admin, "sponsor"),
        "sponsor of another": granted(house, admin, "sponsor", other["program_id"]),
        "manager": granted(house, admin, "program_manager", cohort["program_id"]),
        "participant": own_client(house, admin, cohort["people"][0]),
        "facilitator": colleague(house, admin, "facilitator"),
        "stranger": house.organization("Other", "boss@other.example"),
    }
    assert {name: client.get(url).status_code for name, client in clients.items()} == {
        "sponsor": 200, "sponsor of another": 404, "manager": 200, "participant": 403,
        "facilitator": 403, "stranger": 404,
    }  # fmt: skip
    for query in ("role=mentor", "department=Sales", "minimum_group=1"):
        assert admin.get(f"{url}?{query}").status_code == 422


def test_power_says_what_so_many_people_could_show(admin):
    told = admin.get("/impact/power", params={"n": 12}).json()
    assert told["detectable"] == {
        "n": 12, "design": "paired", "power": 0.8, "level": 0.05, "effect": 0.89,
        "method": "two-sided t test, noncentral t",
    }  # fmt: skip
    table = {(each["design"], each["n"]): each["effect"] for each in told["table"]}
    assert (table["paired", 20], table["two_groups", 50]) == (0.66, 0.57)
    groups = admin.get("/impact/power", params={"n": 50, "design": "two_groups"}).json()
    assert groups["detectable"]["effect"] == 0.57
    large = admin.get("/impact/power", params={"n": 10_000, "power": 0.99}).json()
    assert math.isclose(large["detectable"]["effect"], 0.04, abs_tol=0.01)


@pytest.mark.parametrize("query", ["", "n=1", "n=10001", "n=12&power=0.4", "n=12&design=three"])
def test_power_of_nothing_is_refused(admin, query):
    assert admin.get(f"/impact/power?{query}").status_code == 422
