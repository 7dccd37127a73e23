"""Matching from the command line, without any database."""

import json

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import app

PROBLEM = {
    "mentors": [{"id": "a", "capacity": 2}, {"id": "b", "capacity": 1}],
    "mentees": [{"id": "x", "demand": 1}, {"id": "y", "demand": 1}],
    "scores": [[5, 9], [7, None]],
    "objective": "quality",
}


@pytest.fixture
def written(tmp_path):
    file, out = tmp_path / "problem.json", tmp_path / "result.json"
    file.write_text(json.dumps(PROBLEM))
    done = CliRunner().invoke(app, ["match", str(file), "--out", str(out)])
    assert done.exit_code == 0, done.output
    return file, out


def test_a_document_is_matched_with_its_proof(written):
    result = json.loads(written[1].read_text())
    assert (result["value"], result["bound"], result["status"]) == (16, 16, "proved")
    assert {(pair["mentor"], pair["mentee"]) for pair in result["pairs"]} == {
        ("a", "y"),
        ("b", "x"),
    }


def test_an_honest_result_is_accepted_and_a_claim_too_high_is_not(written):
    file, out = written
    assert CliRunner().invoke(app, ["verify", str(file), str(out)]).exit_code == 0
    result = json.loads(out.read_text())
    out.write_text(json.dumps({**result, "value": 17}))
    refused = CliRunner().invoke(app, ["verify", str(file), str(out)])
    assert refused.exit_code == 1
    assert "claim-wrong" in refused.output


@pytest.mark.parametrize("text", ["{", '{"nonsense": 1}', "[]"])
def test_a_document_that_cannot_be_used_is_refused_in_one_line(tmp_path, text):
    file = tmp_path / "problem.json"
    file.write_text(text)
    refused = CliRunner().invoke(app, ["match", str(file)])
    assert refused.exit_code == 2
    assert "document-" in refused.output
