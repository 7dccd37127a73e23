"""Hostile bodies and queries on every operation of the contract: a 4xx problem, nothing stored."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.samples import Sample, samples
from tests.stored import stored

SAMPLES = samples()
WITH_BODY = [sample for sample in SAMPLES if sample.takes_body]
REFUSED = {400, 413, 415, 422}

RAW = {
    "empty": b"",
    "blank": b"   ",
    "list": b"[]",
    "null": b"null",
    "number": b"7",
    "text": b'"text"',
    "not JSON": b"{given_name: 1}",
    "cut": b'{"name": "Ro',
    "two documents": b"{}{}",
    "trailing comma": b'{"name": "x",}',
    "comment": b'{"name": "x" /* hello */}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "Latin-1": b'{"name": "M\xfcller"}',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "raw NUL": b'{"name": "a\x00b"}',
    "raw line feed in a string": b'{"name": "a\nb"}',
    "a key twice": b'{"name": "a", "name": "b"}',
    "unknown key": b'{"is_admin": true}',
    "prototype": b'{"__proto__": {"is_admin": true}, "constructor": 1}',
    "21 levels": b'{"metadata": ' + b"[" * 21 + b"]" * 21 + b"}",
    "gzip": gzip.compress(b"{}"),
}
LEAVES: dict[str, str] = {
    "NaN": "NaN",
    "infinite": "Infinity",
    "minus infinite": "-Infinity",
    "too large a float": "1e400",
    "2^63": str(2**63),
    "-2^63-1": str(-(2**63) - 1),
    "5 000 digits": "9" * 5_000,
    "lone surrogate": r'"\ud800"',
    "swapped surrogates": r'"\udc00\ud800"',
    "NUL": r'"a\u0000b"',
    "a list in a list": "[[]]",
    "an object of nothing known": '{"a": {"b": 1}}',
}
LOOSE = {"answers"}  # what an answer may be, its question says
MARK = "here stands the hostile value"


@pytest.fixture(name="caller")
def caller_who_may_everything(admin) -> httpx.Client:
    """Administrator and participant at once: no operation hides behind a missing scope."""
    me = admin.get("/me").json()
    granted = admin.post(f"/accounts/{me['account_id']}/grants", json={"role": "participant"})
    assert granted.status_code == 201
    return admin


def ask(caller: httpx.Client, sample: Sample, body: bytes, **headers: str) -> httpx.Response:
    return caller.request(
        sample.method,
        sample.path_with().removeprefix("/v1"),
        content=body,
        headers={"Content-Type": "application/json", **sample.headers, **headers},
    )


def complain(sample: Sample, what: str, response: httpx.Response, allowed: set[int]) -> str | None:
    """What is wrong with an answer to a hostile request; None when nothing is."""
    where = f"{sample.method} {sample.path} with {what}: {response.status_code}"
    if response.status_code not in allowed:
        return f"{where}, {response.text[:200]}"
    if response.headers["content-type"] != "application/problem+json":
        return f"{where}, {response.headers['content-type']}"
    if "Traceback" in response.text or 'File \\"' in response.text:
        return f"{where} tells a trace"
    return None


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a body that can hold something else."""
    if path:
        yield path
    parts = (
        (value.items() if isinstance(value, dict) else enumerate(value) if value else ())
        if isinstance(value, (dict, list))
        else ()
    )
    for name, part in parts:
        yield from leaves(part, (*path, name))


def replaced(value: Any, path: tuple[Any, ...]) -> Any:
    """The body with a mark at one place."""
    if not path:
        return MARK
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = replaced(value[path[0]], path[1:])
    return copied


def test_no_body_that_is_not_the_contracts_gets_in(house, caller):
    before = stored(house.lanes, caller.organization_id)
    complaints = []
    for sample in WITH_BODY:
        for what, body in RAW.items():
            # a change of nothing is a change, too: these operations find nothing to change
            allowed = REFUSED | ({404} if body == b"{}" else set())
            complaints.append(complain(sample, what, ask(caller, sample, body), allowed))
    assert not [each for each in complaints if each]
    assert stored(house.lanes, caller.organization_id) == before


def test_no_value_that_only_some_parsers_know_gets_in(house, caller):
    before = stored(house.lanes, caller.organization_id)
    complaints = []
    for sample in WITH_BODY:
        for place in leaves(sample.body):
            marked = json.dumps(replaced(sample.body, place))
            for what, value in LEAVES.items():
                body = marked.replace(json.dumps(MARK), value).encode()
                where = f"{what} at /{'/'.join(map(str, place))}"
                complaints.append(complain(sample, where, ask(caller, sample, body), REFUSED))
    assert not [each for each in complaints if each]
    assert stored(house.lanes, caller.organization_id) == before


def test_no_other_kind_of_value_is_taken_for_the_right_one(house, caller):
    """A truth is no number and a number no text: nothing is coerced."""
    complaints = []
    for sample in WITH_BODY:
        for place in leaves(sample.body):
            if LOOSE & {*place}:
                continue
            value = sample.body
            for part in place:
                value = value[part]
            for other in others(value, sample.kind_at(place)):
                body = json.dumps(replaced(sample.body, place)).replace(json.dumps(MARK), other)
                where = f"{other} for {value!r} at /{'/'.join(map(str, place))}"
                response = ask(caller, sample, body.encode())
                complaints.append(complain(sample, where, response, REFUSED))
    assert not [each for each in complaints if each]


def others(value: Any, kind: str | None) -> list[str]:
    """JSON that is something else than the value, but might be taken for it."""
    if isinstance(value, bool):
        return ["1", '"true"', '"yes"']
    if isinstance(value, (int, float)):
        whole = [f"{value}.5"] if kind == "integer" else []
        return ["true", f'"{value}"', "[]", *whole]
    if isinstance(value, str):
        return ["1", "true", "[]", "{}", "1.5"]
    return ["1", '"text"', "true"]


def test_an_unknown_member_is_refused_wherever_it_stands(house, caller):
    complaints = []
    for sample in WITH_BODY:
        for place in [(), *leaves(sample.body)]:
            value = sample.body
            for part in place:
                value = value[part]
            if not isinstance(value, dict) or place[-1:] in (("metadata",), ("mapping",)):
                continue
            for name in ("organization_id", "is_admin", "created_by", "version", "x/y~z"):
                if name in value:
                    continue
                body = json.dumps(replaced(sample.body, place)).replace(
                    json.dumps(MARK), json.dumps({**value, name: True})
                )
                response = ask(caller, sample, body.encode())
                where = f"{name} in /{'/'.join(map(str, place))}"
                complaints.append(complain(sample, where, response, REFUSED))
    assert not [each for each in complaints if each]


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"],
)
def test_a_body_of_another_content_type_is_refused(house, caller, kind):
    complaints = []
    for sample in WITH_BODY:
        response = ask(caller, sample, json.dumps(sample.body).encode(), **{"Content-Type": kind})
        complaints.append(complain(sample, kind, response, {415}))
    assert not [each for each in complaints if each]


def test_an_operation_without_a_body_takes_none(house, caller):
    for sample in SAMPLES:
        if sample.method == "POST" and not sample.takes_body:
            response = ask(caller, sample, b'{"is_admin": true}')
            assert complain(sample, "a body", response, REFUSED) is None


QUERIES = {
    "unknown": "statsu=open",
    "twice": "limit=5&limit=6",
    "too few": "limit=0",
    "negative": "limit=-1",
    "too many": "limit=201",
    "2^63": f"limit={2**63}",
    "5 000 digits": f"limit={'9' * 5_000}",
    "not a number": "limit=ten",
    "a float": "limit=1.5",
    "not UTF-8": "sort=%ff%fe",
    "NUL": "cursor=%00",
    "a hidden column": "sort=password_hash",
    "empty": "sort=",
    "not a cursor": "cursor=AAAA",
}


def test_no_query_that_is_not_the_contracts_gets_in(house, caller):
    complaints = []
    for sample in SAMPLES:
        if sample.method != "GET":
            continue
        taken = {each["name"] for each in sample.operation["parameters"]}
        for what, query in QUERIES.items():
            if query.partition("=")[0] not in {*taken, "statsu"}:
                continue
            response = caller.get(f"{sample.path_with().removeprefix('/v1')}?{query}")
            # where the path names nothing, that may be seen first
            complaints.append(complain(sample, what, response, {*REFUSED, 404}))
    assert not [each for each in complaints if each]


@pytest.mark.parametrize("value", ["%00", "a%00b", "%0a%07", "x" * 3_000, "%0a"])
def test_no_strange_value_in_a_path_gets_in(house, caller, value):
    complaints = []
    for sample in SAMPLES:
        if "{" not in sample.path:
            continue
        path = sample.path.removeprefix("/v1")
        for name in {each["name"] for each in sample.operation["parameters"]}:
            path = path.replace(f"{{{name}}}", value)
        response = house.unchecked.request(
            sample.method,
            f"/v1{path}",
            content=json.dumps(sample.body).encode() if sample.takes_body else b"",
            headers={
                **caller.headers, "Content-Type": "application/json", **sample.headers
            },
        )  # fmt: skip
        complaints.append(complain(sample, value[:20], response, {*REFUSED, 404, 409}))
    assert not [each for each in complaints if each]


BIG = {
    "100 000 levels, never closed": b"[" * 100_000,
    "100 000 levels": b"[" * 100_000 + b"]" * 100_000,
    "900 levels": b'{"metadata": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
    "100 000 keys": b"{" + b",".join(b'"k%d": 1' % n for n in range(70_000)) + b"}",
    "a string of a mebibyte": b'{"name": "' + b"x" * 1_040_000 + b'"}',
    "more than a mebibyte": b'{"name": "' + b"x" * 1_050_000 + b'"}',
    "escapes that never end": b"[" * 30 + b'"' + rb"\"" * 500_000,
    "backslashes": b'{"name": "' + b"\\" * 1_000_000 + b'"}',
    "brackets in a string": b'{"name": "' + b"[" * 1_000_000 + b'"}',
    "a list of nulls": b'{"roles": [' + b"null," * 200_000 + b"null]}",
    "half a million objects": b"[" + b"{}," * 340_000 + b"{}]",
    "a gzip bomb": gzip.compress(b"0" * 2**26),
}
HARDEST = ("invite_account", "add_participant", "import_participants", "change_participant")


@pytest.mark.parametrize("what", list(BIG))
def test_a_big_body_is_refused_in_time_that_grows_with_its_length_only(house, caller, what):
    complaints = []
    for sample in WITH_BODY:
        if sample.name in HARDEST:
            response = ask(caller, sample, BIG[what])
            complaints.append(complain(sample, what, response, REFUSED))
    assert not [each for each in complaints if each]


@pytest.mark.fault
@pytest.mark.parametrize("what", list(BIG))
def test_a_big_body_costs_little_memory(house, caller, what):
    complaints = []
    tracemalloc.start()
    for sample in WITH_BODY:
        response = ask(caller, sample, BIG[what])
        complaints.append(complain(sample, what, response, REFUSED))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not [each for each in complaints if each]
    assert peak < 128 * 2**20  # ours: a process has two such bodies in its hands at most


def test_a_body_without_an_end_is_cut_at_the_limit(house, caller):
    """Chunk after chunk, no length told: not more than the limit is ever kept."""
    limit = house.lanes.settings.body_limit_bytes

    def endless() -> Iterator[bytes]:
        for _ in range(10 * limit // 65_536):
            yield b" " * 65_536

    response = caller.post(
        "/accounts", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413
