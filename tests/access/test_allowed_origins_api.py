"""Front ends of an organization: their browsers may read its answers, and nobody else's."""

import pytest

OURS, THEIRS, NOBODYS = (
    "https://mentoring.acme.example", "https://people.globex.example", "https://evil.example",
)  # fmt: skip
ALLOWED = "Access-Control-Allow-Origin"


def allow(client, *origins: str):
    path = f"/organizations/{client.organization_id}"
    tag = client.get(path).headers["ETag"]
    told = {"allowed_origins": list(origins)}
    return client.patch(path, json=told, headers={"If-Match": tag})


@pytest.fixture(name="two")
def two_organizations_with_a_front_end_each(house, admin):
    globex = house.organization("Globex", "admin@globex.example")
    assert allow(admin, OURS).status_code == 200
    assert allow(globex, THEIRS).status_code == 200
    house.app.origins.forget()
    return admin, globex


def preflight(house, origin: str, path: str = "/v1/participants"):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    return house.unchecked.options(path, headers=asked)


def test_an_organization_has_no_origins_until_its_administrator_lists_them(admin):
    assert admin.get(f"/organizations/{admin.organization_id}").json()["allowed_origins"] == []
    changed = allow(admin, OURS, "http://localhost:5173")
    assert changed.json()["allowed_origins"] == [OURS, "http://localhost:5173"]
    assert allow(admin).json()["allowed_origins"] == [], "the list is replaced, also by none"


@pytest.mark.parametrize(
    "origin",
    [
        "*", "null", "https://*.acme.example", "https://acme.example/", "https://acme.example/app",
        "http://acme.example", "https://ACME.example", "https://acme.example:0", "acme.example",
        "https://user@acme.example", "javascript:alert(1)", "http://localhost.evil.example",
        "https://acme.example\r\nSet-Cookie: a=b", "https://", "",
    ],
)  # fmt: skip
def test_what_is_no_exact_origin_is_not_taken(admin, origin):
    refused = allow(admin, origin)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/allowed_origins/0"


def test_an_answer_is_read_from_the_origins_of_the_tokens_own_organization_only(house, two):
    acme, globex = two
    for client, origin, may in (
        (acme, OURS, True), (acme, THEIRS, False), (acme, NOBODYS, False),
        (globex, THEIRS, True), (globex, OURS, False),
    ):  # fmt: skip
        for path in ("/me", "/participants/018f0000-0000-7000-8000-000000000000"):
            answer = client.get(path, headers={"Origin": origin})
            assert answer.headers.get(ALLOWED) == (origin if may else None), (path, origin)
            assert answer.headers["Vary"] == "Origin"
            assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_token_that_may_too_little_does_not_open_its_answer_to_others(house, two):
    acme, _ = two
    scoped = acme.post("/tokens", json={"name": "k", "scopes": ["goals:read"]}).json()["token"]
    for origin, may in ((OURS, True), (THEIRS, False)):
        refused = house.client(scoped).get("/participants", headers={"Origin": origin})
        assert refused.status_code == 403
        assert (ALLOWED in refused.headers) is may


def test_a_preflight_has_no_token_and_passes_from_any_origin_that_is_known(house, two):
    for origin in (OURS, THEIRS):
        passed = preflight(house, origin)
        assert passed.status_code == 204
        assert passed.headers[ALLOWED] == origin
        assert "POST" in passed.headers["Access-Control-Allow-Methods"]
        assert "Idempotency-Key" in passed.headers["Access-Control-Allow-Headers"]
        assert int(passed.headers["Access-Control-Max-Age"]) > 0
    refused = preflight(house, NOBODYS)
    assert not [name for name in refused.headers if name.startswith("access-control")]


def test_a_front_end_reads_why_nobody_came_in(house, two):
    refused = house.client("rms_nonsense").get("/me", headers={"Origin": OURS})
    assert (refused.status_code, refused.headers[ALLOWED]) == (401, OURS)


def test_who_signs_in_from_the_front_end_of_another_organization_is_not_told(house, two):
    acme, _ = two
    for origin, may in ((OURS, True), (THEIRS, False)):
        told = {"organization_id": acme.organization_id, "email": "a@b.example", "password": "x"}
        refused = house.client().post("/tokens/sign-in", json=told, headers={"Origin": origin})
        assert refused.status_code == 401
        assert (ALLOWED in refused.headers) is may


def test_what_an_answer_tells_in_headers_is_told_to_the_page_too(house, two):
    acme, _ = two
    exposed = acme.get("/me", headers={"Origin": OURS}).headers["Access-Control-Expose-Headers"]
    assert set(exposed.split(", ")) >= {
        "ETag", "Location", "Link", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining",
        "RateLimit-Reset", "X-Request-Id", "Idempotency-Replayed",
    }  # fmt: skip


def test_a_taken_away_origin_is_forgotten_after_a_few_seconds_by_every_process(house, two, now):
    acme, _ = two
    assert ALLOWED in acme.get("/me", headers={"Origin": OURS}).headers
    allow(acme)
    now[0] += 6
    assert ALLOWED not in acme.get("/me", headers={"Origin": OURS}).headers


def test_origins_are_read_once_in_a_few_seconds_and_never_without_a_browser(house, two, now):
    acme, _ = two
    reads = []
    origins = house.app.origins
    read, origins._read = origins._read, lambda: reads.append(1) or read()
    for _ in range(5):
        acme.get("/me")
        assert not reads
    for _ in range(5):
        acme.get("/me", headers={"Origin": OURS})
        acme.get("/me", headers={"Origin": NOBODYS})
    assert len(reads) == 1
    now[0] += 6
    acme.get("/me", headers={"Origin": OURS})
    assert len(reads) == 2
    del origins._read


@pytest.fixture(name="now")
def clock_of_the_origins(house, monkeypatch) -> list[float]:
    moment = [1_000_000.0]
    monkeypatch.setattr("app.kit.origins.time.monotonic", lambda: moment[0])
    house.app.origins.forget()
    return moment
