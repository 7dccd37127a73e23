"""Each example of docs/blueprints.md does what the page says."""

import re
from pathlib import Path

import pytest

from app.blueprints import differing
from app.blueprints.pieces import PLACEHOLDERS
from app.blueprints.templates import shelf
from tests.given.blueprints import applied, exported, moved, plan

PAGE = (Path(__file__).parents[2] / "docs" / "blueprints.md").read_text(encoding="utf-8")
(DOCUMENT,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_document_of_the_page_is_planned_applied_and_exported(admin):
    told = plan(admin, DOCUMENT)
    assert ("add", "cohort", "spring", None) in moved(told)
    found = applied(admin, DOCUMENT)
    assert plan(admin, DOCUMENT)["has_changes"] is False
    assert b"key: spring" in exported(admin, found["program_id"])


def test_the_document_of_the_page_goes_when_it_is_pruned_to_nothing(admin):
    applied(admin, DOCUMENT)
    head = DOCUMENT[: DOCUMENT.index("goals:")]
    assert plan(admin, head)["has_changes"] is False
    removed = {what for action, what, *_ in moved(plan(admin, head, prune=True))}
    assert removed == {"goal", "training_module", "message_template", "cohort", "survey_wave"}


@pytest.mark.parametrize("path", re.findall(r"`GET (/v1/[^`…{]*)`", PAGE))
def test_every_address_of_the_page_answers(admin, path):
    assert admin.get(path.removeprefix("/v1")).status_code == 200


def test_the_page_names_every_refusal_every_placeholder_and_a_template():
    code = Path(differing.__file__).read_text(encoding="utf-8")
    refusals = set(re.findall(r'no\("(\w+)"', code))
    assert len(refusals) > 10
    assert not [each for each in refusals if f"`{each}`" not in PAGE]
    assert not [each for each in PLACEHOLDERS if f"{{{{{each}}}}}" not in PAGE]
    assert any(f"/v1/templates/{name}" in PAGE for name in shelf())
