"""Matching without a database: documents in, results out, and results checked again."""

import copy
import json

import numpy as np
import pytest

from app.matching.document import match_document, verify_document
from app.matching.problem import ProblemInvalid

SCORES = {
    "mentors": [{"id": "b", "capacity": 2}, {"id": "a"}],
    "mentees": [{"id": "z"}, {"id": "x"}, {"id": "y", "demand": 2}],
    "scores": [[5, None, 7], [9, 3, 1]],
    "objective": "quality",
}
EDGES = {
    "mentors": SCORES["mentors"],
    "mentees": SCORES["mentees"],
    "edges": [["b", "z", 5], ["b", "y", 7], ["a", "z", 9], ["a", "x", 3], ["a", "y", 1]],
}
HOURS = [[0, "09:00", "12:00"], [2, "14:00", "18:00"]]
PEOPLE = {
    "starts_on": "2027-01-11",
    "ends_on": "2027-08-06",
    "mentors": [
        {
            "id": "m1", "participant_id": "p1", "job_level": 2, "hired_on": "2024-05-01",
            "languages": ["en", "it"], "availability": HOURS, "time_zone": "Europe/Rome",
            "offered": {"1.1": 6}, "managers": ["p9"], "wishes": ["e1"], "modes": ["video"],
            "department": "sales", "trained": True, "capacity": 2,
        },
        {"id": "m2", "job_level": 3, "languages": ["en"], "availability": HOURS},
    ],
    "mentees": [
        {
            "id": "e1", "participant_id": "p9", "job_level": 8, "languages": ["en"],
            "availability": HOURS, "time_zone": "Europe/Berlin", "wanted": {"1.1": 4},
        },
        {"id": "e2", "job_level": 7, "languages": ["it"], "availability": HOURS, "demand": 1},
    ],
    "rules": {"direction": "job_level", "minimum_shared_minutes": 60, "training": False},
    "weights": {"skill_fit": 5000},
    "previous": [["m2", "e1"]],
    "pins": [["m2", "e1"]],
    "seed": 3,
}  # fmt: skip


def through_json(value):
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("document", [SCORES, EDGES, PEOPLE], ids=["scores", "edges", "people"])
@pytest.mark.parametrize("objective", ["quality", "participation", "fair"])
def test_a_result_survives_json_and_its_own_check(document, objective):
    result = through_json(match_document(document, objective))
    report = verify_document(document, result)
    assert result["status"] == "proved"
    assert (report["accepted"], report["proved"], report["objections"]) == (True, True, [])


def test_scores_and_edges_say_the_same():
    by_scores, by_edges = match_document(SCORES), match_document(EDGES, "quality")
    assert by_scores["pairs"] == by_edges["pairs"]
    assert (by_scores["value"], by_scores["bound"], by_scores["gap"]) == (16, 16, 0)


def test_the_order_of_a_document_does_not_matter():
    dice = np.random.default_rng(1)
    scores = dice.integers(0, 50, (6, 7)).tolist()
    document = {
        "mentors": [{"id": f"m{k}"} for k in range(6)],
        "mentees": [{"id": f"e{k}"} for k in range(7)],
        "scores": scores,
    }
    turned = {
        "mentors": document["mentors"][::-1],
        "mentees": document["mentees"][::-1],
        "scores": [line[::-1] for line in scores[::-1]],
    }
    assert match_document(document) == match_document(turned)


def test_people_in_a_document_follow_the_rules():
    result = match_document(PEOPLE)
    assert {(p["mentor"], p["mentee"], p["pinned"]) for p in result["pairs"]} == {
        ("m2", "e1", True),
        ("m1", "e2", False),
    }
    assert result["unmatched_mentees"] == []


def test_a_result_without_proof_is_checked_for_what_it_says():
    result = through_json(match_document(SCORES, matcher="greedy"))
    report = verify_document(SCORES, result)
    assert (report["accepted"], report["proved"]) == (True, False)
    assert result["certificate"] is None


def changed(value, path, new):
    """Return a copy with one place changed."""
    value = copy.deepcopy(value)
    place = value
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = new
    return value


@pytest.mark.parametrize("matcher", ["optimal", "greedy"])
@pytest.mark.parametrize(
    ("path", "new", "objection"),
    [
        (["value"], 99, "claim-wrong"),
        (["bound"], 16, None),
        (["status"], "perfect", "claim-wrong"),
        (["pairs", 0, "score"], 1, "claim-wrong"),
        (["pairs", 0, "mentee"], "q", "pair-unknown"),
        (["pairs", 0, "pinned"], True, "claim-wrong"),
        (["pairs", 1], {"mentor": "a", "mentee": "z"}, "pair-repeated"),
        (["levels", 0, "bound"], 5, "claim-wrong"),
    ],
)
def test_a_wrong_claim_is_noticed(matcher, path, new, objection):
    result = through_json(match_document(SCORES, matcher=matcher))
    report = verify_document(SCORES, changed(result, path, new))
    if objection is None and matcher == "optimal":
        assert report["accepted"]
    else:
        assert (objection or "claim-wrong") in report["objections"]


def test_a_certificate_that_cannot_be_read_is_named():
    result = through_json(match_document(SCORES))
    for broken in ({}, 7, [], {**result["certificate"], "proofs": 3}):
        with pytest.raises(ProblemInvalid) as problem:
            verify_document(SCORES, result | {"certificate": broken})
        assert problem.value.code == "document-invalid"


def test_a_price_in_a_result_cannot_be_changed():
    result = through_json(match_document(SCORES))
    result["certificate"]["proofs"][-1]["mentor_prices"][0] += 1
    assert "tampered" in verify_document(SCORES, result)["objections"]


BAD = [
    ([], "document is no object"),
    ({}, "mentors is missing"),
    ({"mentors": []}, "mentees is missing"),
    (SCORES | {"colour": 1}, "unknown members"),
    (SCORES | {"edges": []}, "either scores or edges"),
    (SCORES | {"scores": [[1, 2, 3]]}, "has 1 rows for 2 mentors"),
    (changed(SCORES, ["scores", 0], [1, 2]), "scores[0] is no list of 3 scores"),
    (changed(SCORES, ["scores", 0, 0], 1.5), "scores[0][0] is no integer"),
    (changed(SCORES, ["scores", 0, 0], True), "scores[0][0] is no integer"),
    (changed(SCORES, ["scores", 0, 0], -1), "is not between 0 and"),
    (changed(SCORES, ["scores", 0, 0], 10**10), "is not between 0 and"),
    (changed(SCORES, ["mentors", 0, "id"], "a"), "mentors names somebody twice"),
    (changed(SCORES, ["mentors", 0, "id"], ""), "mentors[0].id is no text"),
    (changed(SCORES, ["mentors", 0], 7), "mentors[0] is no object"),
    (changed(SCORES, ["mentors", 0, "capacity"], -1), "mentors[0].capacity"),
    (SCORES | {"mentors": {}}, "mentors is no list"),
    (SCORES | {"objective": "best"}, "objective is none of"),
    (SCORES | {"pins": [["a"]]}, "pins[0] is no [mentor, mentee]"),
    (SCORES | {"pins": [{"mentor": "a", "mentee": "z", "override": 1}]}, "neither true nor false"),
    (SCORES | {"floors": [0]}, "floors[0]"),
    (changed(EDGES, ["edges", 0], ["b", "z"]), "edges[0] is no [mentor, mentee, score]"),
    (changed(EDGES, ["edges", 0], ["b", "nobody", 1]), "edges[0] names somebody"),
    (changed(PEOPLE, ["mentors", 0, "languages"], "en"), "mentors[0].languages is no list"),
    (changed(PEOPLE, ["mentors", 0, "offered"], ["a"]), "mentors[0].offered is no object"),
    (changed(PEOPLE, ["mentors", 0, "hired_on"], "May"), "mentors[0].hired_on is no date"),
    (changed(PEOPLE, ["mentors", 0, "time_zone"], "Mars/Olympus"), "time_zone"),
    (changed(PEOPLE, ["mentors", 0, "availability"], [[0, "9"]]), "availability[0]"),
    (changed(PEOPLE, ["mentors", 0, "availability"], [[0, "9", "10:00"]]), "availability"),
    (changed(PEOPLE, ["rules", "direction"], "down"), "rules.direction is none of"),
    (changed(PEOPLE, ["rules", "same_team"], 1), "rules.same_team"),
    (changed(PEOPLE, ["rules", "reporting_line_levels"], -1), "rules.reporting_line_levels"),
    (changed(PEOPLE, ["weights", "skill_fit"], -1), "weights.skill_fit"),
    (PEOPLE | {"ends_on": "2020-01-01"}, "ends_on must follow"),
    (changed(PEOPLE, ["mentors", 1, "id"], "m1"), "mentors names somebody twice"),
]


@pytest.mark.parametrize(("document", "detail"), BAD)
def test_a_bad_document_says_where(document, detail):
    with pytest.raises(ProblemInvalid) as problem:
        match_document(document)
    assert problem.value.code == "document-invalid"
    assert detail in problem.value.detail


def test_an_edge_given_twice_is_named():
    with pytest.raises(ProblemInvalid) as problem:
        match_document(EDGES | {"edges": [["b", "z", 5], ["b", "z", 6]]})
    assert problem.value.code == "edge-repeated"


def test_a_pin_with_override_and_a_rule_switched_off_are_read():
    document = changed(PEOPLE, ["rules", "direction"], None)
    document["pins"] = [{"mentor": "m1", "mentee": "e1", "override": True}]
    result = match_document(document, "quality")
    (note,) = result["notes"]
    assert note["code"] == "pin-overrides-rule"


def test_unknown_plug_ins_are_named():
    document = changed(PEOPLE, ["rules", "plugins"], {"nowhere": {}})
    with pytest.raises(ProblemInvalid) as problem:
        match_document(document)
    assert problem.value.code == "rule-unknown"
    document = changed(PEOPLE, ["weights", "plugins"], {"nowhere": 5})
    with pytest.raises(ProblemInvalid) as problem:
        match_document(document)
    assert problem.value.code == "criterion-unknown"
