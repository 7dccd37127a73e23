"""Values at the edge of what the contract allows: taken or refused, never a failure of ours."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.kit.clock import SystemClock
from tests.asking import ask
from tests.given.seeds import Known, everything
from tests.samples import Sample, samples

pytestmark = pytest.mark.contract

WITH_BODY = [
    each
    for each in samples()
    if each.takes_body and each.name not in ("sign_in", "refresh_tokens", "accept_invitation")
]
DATES = ("0001-01-01", "9999-12-31", "2028-02-29")
MOMENTS = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999-14:00", "1969-12-31T23:59:59.5Z", "2026-03-29T02:30:00+01:00",
)  # fmt: skip
# Letters that grow when their case is folded, take four bytes, or turn the line round.
LETTERS = ("ß", "İ", "ΐ", "𐍈", "\u202e", "e\u0301")
# Whole files may be longer, but not of such letters: their bodies are refused before they are read.
LONGEST = 100_000


def extremes(sample: Sample, schema: dict[str, Any]) -> Iterator[Any]:
    """The values at the edges of one member's schema."""
    schema = sample._resolved(schema)
    for several in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(several, []):
            yield from extremes(sample, each)
    kind = schema.get("type")
    if kind in ("integer", "number"):
        yield from (schema[edge] for edge in ("minimum", "maximum") if edge in schema)
    elif kind == "string" and "enum" not in schema:
        form = schema.get("format")
        yield from {"date": DATES, "date-time": MOMENTS}.get(str(form), ())
        if form is None or form == "email":
            longest = schema.get("maxLength", 200)
            if longest > LONGEST:
                yield "x" * longest
                longest = LONGEST
            for letter in LETTERS:
                yield (letter * longest)[:longest]
                yield (letter * longest)[: longest - 10] + "@" + letter + "." + letter
    elif kind == "array":
        inner = list(extremes(sample, schema.get("items", {})))[:8]
        yield from ([each] for each in inner)
        yield from ([each] * schema.get("maxItems", 50) for each in inner[:1])
    elif kind == "object" and "additionalProperties" in schema and "properties" not in schema:
        yield {"k" * 40: "ß" * 500}


def members(sample: Sample) -> dict[str, Any]:
    return sample._resolved(sample.content["schema"]).get("properties", {})


def real(sample: Sample, known: Known) -> dict[str, Any]:
    """The sample, naming things that are there."""
    body = dict(sample.body)
    for name in members(sample):
        if name in body and name in known.ids:
            body[name] = known.ids[name][0]
    return body


def test_no_value_at_an_edge_is_a_failure_of_ours(house, admin):
    house.clock.travel_to(SystemClock().now())
    known = everything(admin, house.client(), admin.organization_id)
    account = admin.get("/me").json()["account_id"]
    admin.post(f"/accounts/{account}/grants", json={"role": "participant"})
    failed, taken = [], 0
    for sample in WITH_BODY:
        body = real(sample, known)
        for name, schema in members(sample).items():
            for value in extremes(sample, schema):
                with house.lanes.connection.begin_nested() as tried:
                    answer = ask(admin, sample, known, body | {name: value})
                    tried.rollback()
                taken += answer.is_success
                if answer.status_code >= 500:
                    failed.append(f"{sample.method} {sample.path}: {name} = {str(value)[:60]!r}")
    assert not failed, "\n" + "\n".join(failed)
    assert taken > 150
