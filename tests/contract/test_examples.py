"""The examples the contract shows are accepted by the schemas that show them."""

import json

import pytest

from app import main
from app.kit.wire import In


def every(kind: type) -> list[type]:
    return [each for child in kind.__subclasses__() for each in (child, *every(child))]


SHOWN = [
    (kind, example)
    for kind in sorted(every(In), key=lambda kind: (kind.__module__, kind.__name__))
    for example in (kind.model_config.get("json_schema_extra") or {}).get("examples", [])
]


@pytest.mark.contract
@pytest.mark.parametrize(
    ("kind", "example"), SHOWN, ids=lambda value: getattr(value, "__name__", "")
)
def test_the_example_of_a_body_is_a_body(kind, example):
    assert main.ROUTERS
    kind.model_validate_json(json.dumps(example))
