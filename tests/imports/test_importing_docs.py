"""docs/importing.md is true: its requests are sent, in order, and answered as it says."""

import json
import re
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[2] / "docs" / "importing.md"
BLOCK = re.compile(r"^```(http|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shown(told: Any, answer: Any) -> bool:
    """Whether an answer holds all that is told of it."""
    if isinstance(told, dict):
        return all(name in answer and shown(value, answer[name]) for name, value in told.items())
    if isinstance(told, list):
        return len(told) == len(answer) and all(map(shown, told, answer))
    return told == answer


def test_every_request_of_the_document_is_answered_as_it_says(admin):
    answer, import_id, compared = None, "", 0
    for kind, text in BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        if kind == "json":
            assert shown(json.loads(text), answer.json()), f"{text}\n{answer.text}"
            compared += 1
            continue
        head, _, body = text.partition("\n\n")
        method, _, path = head.strip().partition(" ")
        answer = admin.request(
            method,
            path.removeprefix("/v1").format(import_id=import_id),
            json=json.loads(body) if body else None,
        )
        if path == "/v1/imports":
            assert answer.status_code == 202, answer.text
            import_id = answer.json()["id"]
    assert compared >= 7
    assert not shown({"status": "planned"}, answer.json()), "this test can fail"


def test_every_code_of_the_document_is_one_of_ours():
    told = DOCUMENT.read_text(encoding="utf-8").partition("## Mistakes by name")[2]
    source = "".join(
        path.read_text(encoding="utf-8")
        for room in ("imports", "participants", "kit")
        for path in (DOCUMENT.parents[1] / "app" / room).glob("*.py")
    )
    rows = re.findall(r"^\| (`.*?) \|", told, re.MULTILINE)
    codes = {code for row in rows for code in row.split("`") if code.strip()}
    assert "formula" in codes
    assert {code for code in codes if f'"{code}"' not in source} == set()
