"""HTTP manners that every operation shares: methods, conditions, headers, and ways to fail."""

import json

import httpx
import pytest

from app.kit.limits import Limiter
from app.kit.problems import Problem
from tests.given.participants import participant
from tests.samples import samples

SAMPLES = samples()
PERSON = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "Europe/Rome"}


def problem(response: httpx.Response, status: int, code: str) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert (told["status"], told["code"], told["type"]) == (status, code, f"/problems/{code}")
    assert told["request_id"] == response.headers.get("X-Request-Id", "-")
    return told


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1", "/v1/", "/v1/participants/", "/v2/participants", "/", "/.env"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "TRACE"])
def test_a_path_that_is_not_there_is_a_problem(house, path, method):
    problem(house.unchecked.request(method, path), 404, "not-found")


@pytest.mark.parametrize("path", ["/docs", "/livez", "/readyz"])
def test_what_is_no_operation_answers_wrong_methods_with_a_problem_too(house, path):
    assert house.unchecked.get(path).status_code == 200
    problem(house.unchecked.post(path), 405, "method-not-allowed")
    wrong = house.unchecked.post(path, headers={"X-Request-Id": "mine-7"})
    assert (wrong.json()["request_id"], wrong.headers["X-Request-Id"]) == ("mine-7", "mine-7")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_load_balancers_ask_by_head_whether_we_are_there(house, path):
    assert house.unchecked.head(path).status_code == 200


def test_an_unknown_method_is_told_the_known_ones_everywhere(house):
    by_path: dict[str, set[str]] = {}
    for sample in SAMPLES:
        by_path.setdefault(sample.path_with(), set()).add(sample.method)
    for path, methods in by_path.items():
        allowed = {*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - methods:
            answer = house.unchecked.request(method, path)
            problem(answer, 405, "method-not-allowed")
            assert set(answer.headers["Allow"].split(", ")) == allowed
        asked = house.unchecked.options(path)
        assert (asked.status_code, asked.content) == (204, b"")
        assert set(asked.headers["Allow"].split(", ")) == allowed


def test_head_answers_as_get_does_without_a_body(admin):
    person = participant(admin)
    for path in ("/participants", f"/participants/{person['id']}", "/me", "/participants/nothing"):
        got, head = admin.get(path), admin.head(path)
        assert head.status_code == got.status_code
        assert head.content == b""
        for name in ("content-length", "content-type", "etag"):
            assert head.headers.get(name) == got.headers.get(name)


def test_without_a_token_every_operation_answers_401_before_it_looks_at_anything_else(house):
    for sample in SAMPLES:
        if sample.open_to_anyone:
            continue
        for body in (b"", b"{broken", b"{}"):
            answer = house.unchecked.request(
                sample.method, sample.path.replace("{", "").replace("}", ""), content=body
            )
            problem(answer, 401, "unauthenticated")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_the_scope_every_operation_answers_403_before_422(house, admin):
    made = admin.post("/tokens", json={"name": "reader", "scopes": ["events:read"]})
    reader = house.client(made.json()["token"])
    for sample in SAMPLES:
        if sample.open_to_anyone or sample.name == "read_events":
            continue
        path = sample.path.replace("{", "").replace("}", "").removeprefix("/v1")
        told = problem(reader.request(sample.method, path, content=b"{broken"), 403, "forbidden")
        assert sorted(told["missing_scopes"]) == sample.operation["x-required-scopes"]


def test_a_request_id_of_the_caller_comes_back_and_a_strange_one_does_not(admin):
    assert admin.get("/me", headers={"X-Request-Id": "a-1_B.2"}).headers["X-Request-Id"] == (
        "a-1_B.2"
    )
    for strange in ("", "with space", "x" * 81, "<script>", 'a"b'):
        given = admin.get("/me", headers={"X-Request-Id": strange}).headers["X-Request-Id"]
        assert given not in ("", strange)


def test_every_answer_forbids_caching_and_sniffing(house, admin):
    for answer in (admin.get("/me"), house.unchecked.get("/v1/nothing"), house.client().get("/me")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


def test_a_change_needs_the_tag_of_what_was_read(admin):
    person = participant(admin)
    path = f"/participants/{person['id']}"
    tag = admin.get(path).headers["ETag"]
    problem(admin.patch(path, json={"given_name": "A"}), 428, "precondition-required")
    problem(admin.patch(path, json={"given_name": "A"}, headers={"If-Match": '"77"'}), 412, "stale")
    for strange in ("1", "nonsense", "", '"1", "2"', '"99999999999999999999"', 'W/"x"'):
        answer = admin.patch(path, json={"given_name": "A"}, headers={"If-Match": strange})
        problem(answer, 412, "stale")
    changed = admin.patch(path, json={"given_name": "A"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert admin.get(path).headers["ETag"] == changed.headers["ETag"]
    problem(admin.patch(path, json={"given_name": "B"}, headers={"If-Match": tag}), 412, "stale")
    assert admin.get(path).json()["given_name"] == "A"


def test_of_many_who_change_one_version_one_wins(real_house):
    admin = real_house.organization()
    path = f"/participants/{participant(admin)['id']}"
    tag = admin.get(path).headers["ETag"]
    answers = real_house.at_once(
        [
            admin.build_request(
                "PATCH", path, json={"given_name": f"Rosa {n}"}, headers={"If-Match": tag}
            )
            for n in range(12)
        ]
    )
    assert sorted(each.status_code for each in answers) == [200] + [412] * 11
    (won,) = [each for each in answers if each.status_code == 200]
    assert admin.get(path).json()["given_name"] == won.json()["given_name"]


def test_what_has_not_changed_is_not_sent_again(admin):
    path = f"/participants/{participant(admin)['id']}"
    tag = admin.get(path).headers["ETag"]
    again = admin.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    for condition in (f'"never", {tag}', f"W/{tag}", "*"):
        assert admin.get(path, headers={"If-None-Match": condition}).status_code == 304
    admin.patch(path, json={"given_name": "A"}, headers={"If-Match": tag})
    changed = admin.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.json()["given_name"] == "A"


@pytest.mark.parametrize("name", ["\u200b", "\u2060\ufeff", " \u00ad ", "\u3164"])
def test_a_name_that_shows_as_nothing_is_no_name(admin, name):
    told = problem(admin.post("/participants", json={**PERSON, "given_name": name}), 422, "invalid")
    assert [each["pointer"] for each in told["errors"]] == ["/given_name"]


def test_what_steers_a_script_may_stand_in_a_name(admin):
    name = "نیما\u200cپور"  # a zero-width non-joiner, as Persian writes it
    made = admin.post("/participants", json={**PERSON, "given_name": name})
    assert made.json()["given_name"] == name


def test_an_error_in_a_body_is_pointed_at(admin):
    answer = admin.post("/participants", json={**PERSON, "languages": ["en", "?"], "x/y~z": 1})
    told = problem(answer, 422, "invalid")
    places = {each["pointer"]: each["code"] for each in told["errors"]}
    assert places == {
        "/languages/1": "string_pattern_mismatch",
        "/x~1y~0z": "extra_forbidden",
    }


def test_no_more_than_a_hundred_errors_are_told(admin):
    answer = admin.post("/participants", json={f"k{n}": n for n in range(500)})
    assert len(problem(answer, 422, "invalid")["errors"]) == 100


def test_a_failure_of_ours_tells_a_request_id_and_nothing_else(house, admin, monkeypatch):
    def broken(uow, wanted):
        raise RuntimeError("secret of the house: hunter2")

    operation = house.app.index.find(["v1", "participants"])[0].operations["POST"]
    monkeypatch.setattr(operation, "endpoint", broken)
    answer = admin.post("/participants", json=PERSON, headers={"X-Request-Id": "look-here"})
    told = problem(answer, 500, "internal")
    assert "look-here" in told["detail"]
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    monkeypatch.undo()
    assert admin.get("/participants").json()["items"] == []


def test_a_body_over_the_limit_is_refused_by_its_length_alone(house, admin):
    limit = house.lanes.settings.body_limit_bytes
    fits = json.dumps({**PERSON, "metadata": {}}).encode()
    padded = fits + b" " * (limit - len(fits))
    kind = {"Content-Type": "application/json"}
    assert admin.post("/participants", content=padded, headers=kind).status_code == 201
    problem(admin.post("/participants", content=padded + b" ", headers=kind), 413, "too-large")
    told = {**kind, "Content-Length": str(limit + 1)}
    problem(admin.post("/participants", content=iter([b"{}"]), headers=told), 413, "too-large")


def test_more_requests_than_agreed_are_told_when_to_come_back(house, admin, monkeypatch):
    monkeypatch.setattr(house.app, "limiter", Limiter(3))
    other = house.organization("Globex", "admin@globex.example")
    remaining = [admin.get("/me").headers["RateLimit-Remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]
    refused = admin.get("/me")
    problem(refused, 429, "too-many-requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    problem(admin.post("/participants", json=PERSON), 429, "too-many-requests")
    assert other.get("/me").status_code == 200, "one token's flood is not another's"


def test_a_window_of_the_limiter_ends_with_its_minute(monkeypatch):
    moment = [30.0]
    monkeypatch.setattr("app.kit.limits.time.monotonic", lambda: moment[0])
    limiter, token = Limiter(1), object()
    assert limiter.count(token)["RateLimit-Reset"] == "30"
    moment[0] = 59.5
    with pytest.raises(Exception, match="At most 1 requests"):
        limiter.count(token)
    moment[0] = 60.0
    assert limiter.count(token)["RateLimit-Remaining"] == "0"


def test_a_browser_of_a_known_origin_may_call_and_no_other(house, admin, monkeypatch):
    known_everywhere = frozenset({b"https://app.example.com"})
    monkeypatch.setattr(house.app.origins, "everywhere", known_everywhere)
    known = admin.get("/me", headers={"Origin": "https://app.example.com"})
    assert known.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    for origin in ("https://evil.example.com", "null", "https://app.example.com.evil.example"):
        stranger = admin.get("/me", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in stranger.headers
    refused = house.client().get("/me", headers={"Origin": "https://app.example.com"})
    assert refused.headers["Access-Control-Allow-Origin"] == "https://app.example.com"


def test_each_problem_has_a_code_of_its_own():
    def kinds(kind: type[Problem]) -> list[type[Problem]]:
        return [kind, *(found for each in kind.__subclasses__() for found in kinds(each))]

    slugs = [kind.slug for kind in kinds(Problem) if "slug" in kind.__dict__]
    assert sorted(slugs) == sorted(set(slugs))
    assert all(slug == slug.lower() and " " not in slug for slug in slugs)
