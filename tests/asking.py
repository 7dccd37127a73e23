"""A request for any operation of the contract, on things that are known to be there."""

import json
from typing import Any

import httpx

from tests.given.seeds import Known
from tests.samples import Sample


def ask(
    client: httpx.Client, sample: Sample, known: Known, body: Any = None, **headers: str
) -> httpx.Response:
    values = {name: known.of(name, sample.name)[-1] for name in named(sample, "path")}
    needed = {
        name: known.ids.get(name, known.ids["mentee_enrollment_id"])[0]
        for name in named(sample, "query", required=True)
    }
    kind = {"Content-Type": "application/json"} if sample.takes_body else {}
    return client.request(
        sample.method,
        sample.path_with(**values).removeprefix("/v1"),
        params=needed,
        content=json.dumps(sample.body if body is None else body) if sample.takes_body else None,
        headers={**sample.headers, **kind, **headers},
    )


def named(sample: Sample, place: str, *, required: bool = False) -> list[str]:
    return [
        each["name"]
        for each in sample.operation["parameters"]
        if each["in"] == place and (each.get("required") or not required)
    ]
