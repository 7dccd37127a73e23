"""Results of waves over HTTP, and what they keep to themselves."""

import numpy as np
import pytest

from tests.given.accounts import colleague, own_client
from tests.given.surveys import asked_cohort, closed_wave, granted, opened_wave, recorded, safe

SPREAD = [safe(1, 1, 5, 1, 5), safe(2, 2, 4, 2, 4), safe(3, 3, 3, 3, 3), safe(4, 4, 2, 4, 2)]


def results(client, wave):
    response = client.get(f"/survey-waves/{wave['id']}/results")
    assert response.status_code == 200, response.text
    return response.json()


def answered(count):
    """Answers whose scores are 1, 2, 3, 4 and again."""
    return [SPREAD[place % 4] for place in range(count)]


def shapes(told):
    """The shape of an answer, without its values."""
    if isinstance(told, dict):
        return {key: shapes(value) for key, value in told.items()}
    return None


def test_there_is_no_result_before_the_wave_closes(house, admin):
    wave = opened_wave(house, admin, asked_cohort(admin)["id"])
    recorded(admin, wave, answered(12))
    early = admin.get(f"/survey-waves/{wave['id']}/results")
    assert (early.status_code, early.json()["code"]) == (409, "survey-wave-not-closed")


def test_scores_are_counted_overall_and_by_role_with_reverse_items_turned(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    wave = closed_wave(house, admin, cohort["id"], answered(12))
    told = results(admin, wave)
    assert (told["minimum_group"], told["moment"], told["mode"]) == (5, "baseline", "identified")
    assert told["overall"]["answered_percent"] == 100
    (scale,) = told["scales"]
    assert (scale["survey_code"], scale["minimum"], scale["maximum"]) == ("RM-SAFE", 1, 5)
    mentors, mentees = [1, 2, 3, 4, 1, 2], [3, 4, 1, 2, 3, 4]
    for figure, values in (
        (scale["overall"], mentors + mentees),
        (scale["by_role"][0], mentors),
        (scale["by_role"][1], mentees),
    ):
        assert figure["status"] == "measured"
        assert figure["n"] == len(values)
        assert figure["mean"] == round(float(np.mean(values)), 1)
        assert figure["standard_deviation"] == round(float(np.std(values, ddof=1)), 1)
        assert figure["reliability"]["reason"] == "too_few"
    assert [each["role"] for each in scale["by_role"]] == ["mentor", "mentee"]


def test_one_small_role_hides_the_whole_breakdown(house, admin):
    cohort = asked_cohort(admin, mentors=8, mentees=4)
    (scale,) = results(admin, closed_wave(house, admin, cohort["id"], answered(12)))["scales"]
    assert scale["overall"]["n"] == 12
    told = [(e["reason"], e["n"], e["mean"]) for e in scale["by_role"]]
    assert told == [("complementary", None, None), ("group_below_minimum", None, None)]


def test_silence_of_one_role_hides_the_breakdown_too(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    (scale,) = results(admin, closed_wave(house, admin, cohort["id"], answered(6)))["scales"]
    assert scale["overall"]["n"] == 6
    assert all(each["status"] == "suppressed" for each in scale["by_role"])


def test_a_suppressed_result_has_the_shape_of_a_told_one(house, admin):
    small, large = (asked_cohort(admin, count, count) for count in (2, 6))
    hidden, told = (
        results(admin, closed_wave(house, admin, cohort["id"], answered(12)))
        for cohort in (small, large)
    )
    assert shapes(hidden) == shapes(told)
    assert hidden["scales"][0]["overall"]["reason"] == "group_below_minimum"
    assert hidden["overall"]["answered_count"] is None


def test_a_raised_minimum_hides_what_was_told_before(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    wave = closed_wave(house, admin, cohort["id"], answered(12))
    url = f"/organizations/{admin.organization_id}"
    etag = admin.get(url).headers["ETag"]
    raised = admin.patch(url, json={"minimum_group": 7}, headers={"If-Match": etag})
    assert raised.status_code == 200
    (scale,) = results(admin, wave)["scales"]
    assert scale["overall"]["n"] == 12
    assert all(each["reason"] == "group_below_minimum" for each in scale["by_role"])


def test_answers_that_are_all_alike_are_not_told(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    same = [safe(5, 5, 1, 5, 1)] * 6
    (scale,) = results(admin, closed_wave(house, admin, cohort["id"], same + answered(6)))["scales"]
    assert scale["overall"]["n"] == 12
    assert [e["reason"] for e in scale["by_role"]] == ["homogeneous", "complementary"]
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    (scale,) = results(admin, closed_wave(house, admin, cohort["id"], same * 2))["scales"]
    assert scale["overall"]["reason"] == "homogeneous"


def test_too_few_answers_give_no_score_and_silence_is_not_the_midpoint(house, admin):
    cohort = asked_cohort(admin, mentors=12, mentees=0)
    few = [safe(5, None, None, None, None)] * 3
    enough = [safe(5, 5, 1, None, None)] * 2
    wave = closed_wave(house, admin, cohort["id"], few + enough + answered(4))
    (scale,) = results(admin, wave)["scales"]
    assert scale["overall"]["n"] == 6
    assert scale["overall"]["mean"] == round((5 + 5 + 1 + 2 + 3 + 4) / 6, 1)


def test_reliability_comes_with_thirty_people_in_both_forms_of_a_scale(house, admin):
    cohort = asked_cohort(admin, mentors=16, mentees=16)
    rng = np.random.default_rng(7)
    trait = rng.normal(3, 1, 32)
    wave = opened_wave(house, admin, cohort["id"], surveys=[{"code": "RM-VOICE"}])
    table = np.clip(np.round(trait[:, None] + rng.normal(0, 0.7, (32, 4))), 1, 5).astype(int)
    answers = []
    for invitation, row in zip(wave["invitations"], table.tolist(), strict=True):
        second = f"RM-VOICE-2-{invitation['role'].upper()}"
        codes = ["RM-VOICE-1", second, "RM-VOICE-3", "RM-VOICE-4"]
        given = dict(zip(codes, row, strict=True))
        answers.append({**given, "RM-VOICE-3": 6 - given["RM-VOICE-3"]})
    recorded(admin, wave, answers)
    admin.post(f"/survey-waves/{wave['id']}/close")
    (scale,) = results(admin, wave)["scales"]
    variances = table.var(axis=0, ddof=1).sum() / table.sum(axis=1).var(ddof=1)
    told = scale["overall"]["reliability"]
    assert told["value"] == round(4 / 3 * (1 - variances), 2)
    assert told["low"] < told["value"] < told["high"]
    assert (told["n"], told["method"]) == (32, "Cronbach's alpha, Feldt interval")
    assert scale["by_role"][0]["reliability"]["reason"] == "too_few"


@pytest.mark.parametrize(
    ("chosen", "told", "merged"),
    [
        ({"none": 8, "time": 6}, {"none": 57, "time": 43}, 0),
        ({"none": 8, "time": 6, "topic": 1, "other": 1}, {"none": 50}, 50),
        ({"none": 8, "topic": 3, "other": 3}, {"none": 57}, 43),
    ],
)
def test_rare_options_are_merged_until_they_hold_the_minimum_group(
    house, admin, chosen, told, merged
):
    answers = [{"PULSE-OBSTACLE-1": code} for code, count in chosen.items() for _ in range(count)]
    cohort = asked_cohort(admin, mentors=len(answers), mentees=0)
    wave = closed_wave(
        house, admin, cohort["id"], answers, moment="pulse", surveys=[{"code": "PULSE-3"}]
    )
    shown = results(admin, wave)
    (choice,) = shown["choices"]
    assert {each["option"]: each["percent"] for each in choice["options"]} == told
    assert choice["merged_percent"] == merged
    assert len(shown["scales"]) == 2


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"none": 12}, "homogeneous"),
        ({"none": 12, "time": 2}, "group_below_minimum"),
        ({"none": 9}, "group_below_minimum"),
    ],
)
def test_a_choice_that_would_tell_on_somebody_is_withheld(house, admin, chosen, reason):
    answers = [{"PULSE-OBSTACLE-1": code} for code, count in chosen.items() for _ in range(count)]
    cohort = asked_cohort(admin, mentors=len(answers), mentees=0)
    wave = closed_wave(
        house, admin, cohort["id"], answers, moment="pulse", surveys=[{"code": "PULSE-3"}]
    )
    (choice,) = results(admin, wave)["choices"]
    assert (choice["status"], choice["reason"]) == ("suppressed", reason)
    assert (choice["n"], choice["options"], choice["merged_percent"]) == (None, [], None)


def test_recorded_answers_do_not_hide_a_given_one(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=0)
    wave = opened_wave(house, admin, cohort["id"])
    victim = own_client(house, admin, cohort["people"][-1])
    (invitation,) = victim.get("/survey-invitations").json()["items"]
    url = f"/survey-invitations/{invitation['id']}/answer"
    assert victim.post(url, json={"answers": safe(5, 1, 1, 2, 5)}).status_code == 200
    others = [each for each in wave["invitations"] if each["id"] != invitation["id"]]
    recorded(admin, {**wave, "invitations": others}, answered(5))
    admin.post(f"/survey-waves/{wave['id']}/close")
    (scale,) = results(admin, wave)["scales"]
    assert scale["overall"]["reason"] == "group_below_minimum"


def test_there_is_no_filter_and_the_answer_stays_the_same(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    wave = closed_wave(house, admin, cohort["id"], answered(12))
    first = results(admin, wave)
    for query in ("department=Sales", "role=mentor", "fields=mean", "sort=mean"):
        assert admin.get(f"/survey-waves/{wave['id']}/results?{query}").status_code == 422
    for person in cohort["people"][:3]:
        admin.post(f"/enrollments/{person['enrollment_id']}/withdraw", json={})
    house.clock.travel(days=3)
    assert results(admin, wave) == first


def test_who_sees_results_and_who_does_not(house, admin):
    cohort = asked_cohort(admin, mentors=6, mentees=6)
    wave = closed_wave(house, admin, cohort["id"], answered(12))
    url = f"/survey-waves/{wave['id']}/results"
    other = asked_cohort(admin, 0, 0)
    statuses = {
        "facilitator": colleague(house, admin, "facilitator"),
        "theirs": granted(house, admin, "program_manager", cohort["program_id"]),
        "another's": granted(house, admin, "program_manager", other["program_id"]),
        "participant": own_client(house, admin, cohort["people"][0]),
        "sponsor": colleague(house, admin, "sponsor"),
        "stranger": house.organization("Other", "boss@other.example"),
    }
    assert {name: client.get(url).status_code for name, client in statuses.items()} == {
        "facilitator": 200, "theirs": 200, "another's": 404, "participant": 404,
        "sponsor": 403, "stranger": 404,
    }  # fmt: skip
