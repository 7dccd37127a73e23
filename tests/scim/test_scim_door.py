"""Who comes in at /scim/v2, what it says about itself, bulk requests, and its limits."""

import pytest

from app.kit.limits import Limiter
from tests.given.accounts import colleague
from tests.given.scim import (
    BULK,
    ENTERPRISE,
    GROUP,
    USER,
    found,
    patched,
    provider,
    refused,
    told,
    user,
    with_key,
)


@pytest.fixture(name="idp")
def identity_provider(house, admin):
    return provider(house, admin)


def test_only_an_api_key_with_the_scope_scim_opens_the_door(house, admin, idp):
    assert idp.get("/Users").status_code == 200
    for stranger in (
        with_key(house, None),
        with_key(house, "rmk_wrong"),
        with_key(house, "secret"),
    ):
        answer = stranger.get("/Users")
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    refused(provider(house, admin, "participants:write", "participants:read").get("/Users"), 403)
    signed_in = (
        colleague(house, admin, "administrator").headers["Authorization"].removeprefix("Bearer ")
    )
    refused(with_key(house, signed_in).get("/Users"), 401)
    assert admin.get("/participants").status_code == 200


def test_a_key_for_scim_opens_nothing_else(house, idp):
    key = idp.headers["Authorization"].removeprefix("Bearer ")
    assert house.client(key).get("/participants").status_code == 403


def test_a_key_that_was_revoked_opens_nothing(house, admin):
    made = admin.post("/tokens", json={"name": "IdP", "scopes": ["scim"]}).json()
    idp = with_key(house, made["token"])
    assert idp.get("/Users").status_code == 200
    etag = admin.get(f"/tokens/{made['id']}").headers["ETag"]
    assert admin.delete(f"/tokens/{made['id']}", headers={"If-Match": etag}).status_code == 204
    refused(idp.get("/Users"), 401)


def test_only_who_keeps_the_roster_can_make_a_key_for_it(house, admin):
    manager = colleague(house, admin, "program_manager")
    assert manager.post("/tokens", json={"name": "k", "scopes": ["scim"]}).status_code == 422


def test_another_organizations_people_and_groups_are_not_there(house, idp):
    other = provider(house, house.organization("Globex", "admin@globex.example"))
    mine, theirs = user(idp), user(other, "ada.osei@example.com")
    hall = told(other.post("/Groups", json={"schemas": [GROUP], "displayName": "M"}), 201)
    for kind, key in (("Users", theirs["id"]), ("Groups", hall["id"])):
        refused(idp.get(f"/{kind}/{key}"), 404)
        refused(
            idp.put(f"/{kind}/{key}", json={"schemas": [], "userName": "x", "displayName": "x"}),
            404,
        )
        refused(
            patched(idp, f"/{kind}/{key}", {"op": "replace", "path": "displayName", "value": "x"}),
            404,
        )
        refused(idp.delete(f"/{kind}/{key}"), 404)
        assert found(idp, kind, filter=f'id eq "{key}"') == []
    assert found(idp, filter='userName eq "ada.osei@example.com"') == []
    assert [each["id"] for each in found(idp)] == [mine["id"]]
    join = {"schemas": [GROUP], "displayName": "M", "members": [{"value": theirs["id"]}]}
    refused(idp.post("/Groups", json=join), 400, "invalidValue")
    lead = {"op": "add", "path": f"{ENTERPRISE}:manager", "value": theirs["id"]}
    told(patched(idp, f"/Users/{mine['id']}", lead))
    assert "$ref" not in told(idp.get(f"/Users/{mine['id']}"))[ENTERPRISE]["manager"], (
        "nobody we know"
    )
    same_name = user(idp, "ada.osei@example.com")
    assert same_name["id"] != theirs["id"]


def test_the_service_says_what_it_can_without_a_key(house, idp):
    for client in (with_key(house, None), idp):
        config = told(client.get("/ServiceProviderConfig"))
        for name in ("patch", "bulk", "filter", "sort", "etag"):
            assert config[name]["supported"] is True
        assert config["changePassword"]["supported"] is False
    refused(with_key(house, None).get("/Schemas"), 401)
    assert {each["id"] for each in told(idp.get("/Schemas"))["Resources"]} == {
        USER,
        ENTERPRISE,
        GROUP,
    }
    kinds = told(idp.get("/ResourceTypes"))["Resources"]
    assert {each["endpoint"] for each in kinds} == {"/Users", "/Groups"}
    assert told(idp.get("/ResourceTypes/User"))["schemaExtensions"] == [
        {"schema": ENTERPRISE, "required": False}
    ]
    refused(idp.get("/Schemas", params={"filter": 'id eq "x"'}), 403)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Nothing", 404),
        ("GET", "/Users/1/2", 404),
        ("GET", "/Me", 501),
        ("POST", "/Users/01a2139b-52cd-7013-b8df-7c8abfe953a6", 405),
        ("DELETE", "/Users", 405),
        ("PUT", "/Schemas", 405),
        ("OPTIONS", "/Users", 405),
        ("PROPFIND", "/Users", 405),
        ("GET", "/Users/%2e%2e", 404),
    ],
)
def test_what_is_not_there_is_said_in_scims_words(idp, method, path, status):
    answer = idp.request(method, path)
    refused(answer, status)
    if status == 405:
        assert answer.headers["Allow"]


def test_users_and_groups_are_searched_together_as_one_list(idp):
    made = [user(idp, f"p{number}@example.com")["id"] for number in range(3)]
    halls = [{"schemas": [GROUP], "displayName": name} for name in ("A", "B")]
    made += [told(idp.post("/Groups", json=hall), 201)["id"] for hall in halls]
    seen = []
    for start in (1, 3, 5):
        page = told(idp.get("/", params={"startIndex": start, "count": 2}))
        assert (page["totalResults"], page["itemsPerPage"]) == (5, len(page["Resources"]))
        seen += [each["id"] for each in page["Resources"]]
    assert seen == made
    only = told(
        idp.get("/", params={"filter": 'meta.resourceType eq "Group" and displayName eq "b"'})
    )
    assert [each["id"] for each in only["Resources"]] == made[-1:]
    refused(idp.get("/", params={"sortBy": "displayName"}), 501)


def test_head_is_get_without_a_body(idp):
    made = user(idp)
    head = idp.head(f"/Users/{made['id']}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == made["meta"]["version"]


def test_the_caller_finds_a_resource_where_it_called_us(idp):
    made = user(idp)
    for host, shown in (
        ("scim.acme.example:8443", "scim.acme.example:8443"),
        ('evil"/<x>', "test:80"),
    ):
        answer = idp.get(f"/Users/{made['id']}", headers={"Host": host})
        assert told(answer)["meta"]["location"] == f"http://{shown}/scim/v2/Users/{made['id']}"


def test_a_body_is_json_and_not_too_large(idp):
    refused(
        idp.post("/Users", content=b"<user/>", headers={"Content-Type": "application/xml"}), 415
    )
    refused(idp.post("/Users", content=b'{"userName": "%s"}' % (b"a" * 1024 * 1024)), 413)
    plain = idp.post(
        "/Users",
        json={"schemas": [USER], "userName": "a"},
        headers={"Content-Type": "application/json"},
    )
    told(plain, 201)


def test_too_many_requests_are_told_when_to_come_back(house, idp, monkeypatch):
    monkeypatch.setattr(house.app, "limiter", Limiter(per_minute=1))
    assert idp.get("/Users").headers["RateLimit-Remaining"] == "0"
    answer = idp.get("/Users")
    refused(answer, 429)
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_failure_of_ours_tells_nothing_but_that(house, idp, monkeypatch, caplog):
    monkeypatch.setattr("app.scim.users.user_of", lambda *_: 1 / 0)
    answer = idp.post("/Users", json={"schemas": [USER], "userName": "a"})
    assert refused(answer, 500)["detail"] == "Internal server error"
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert found(idp) == []


def test_a_patch_of_more_than_anybody_sends_is_refused(idp):
    made = user(idp)
    many = [{"op": "add", "path": "title", "value": "x"}] * 1001
    refused(patched(idp, f"/Users/{made['id']}", *many), 400, "invalidValue")
    long = {"op": "add", "path": "emails[" + "type pr and " * 200 + "type pr].value", "value": "x"}
    refused(patched(idp, f"/Users/{made['id']}", long), 400, "invalidPath")


# Bulk requests


def bulk(idp, *operations, **facts):
    return idp.post("/Bulk", json={"schemas": [BULK], "Operations": operations, **facts})


def new(name, **facts):
    return {
        "method": "POST",
        "path": "/Users",
        "bulkId": name,
        "data": {"schemas": [USER], "userName": name, **facts},
    }


def test_a_bulk_request_does_many_things_and_tells_each(admin, idp):
    old, gone = user(idp), user(idp, "gone@example.com")
    both = [{"value": "bulkId:ada"}, {"value": old["id"]}]
    hall = {"schemas": [GROUP], "displayName": "M", "members": both}
    lead = {"schemas": [], "Operations": [{"op": "Replace", "path": "title", "value": "Lead"}]}
    done = told(
        bulk(
            idp,
            new("ada", **{ENTERPRISE: {"manager": old["id"]}}),
            {"method": "POST", "path": "/Groups", "bulkId": "g", "data": hall},
            {"method": "PATCH", "path": f"/Users/{old['id']}", "data": lead},
            {"method": "DELETE", "path": f"/Users/{gone['id']}"},
        )
    )["Operations"]
    assert [each["status"] for each in done] == ["201", "201", "200", "204"]
    ada = done[0]["location"].rpartition("/")[2]
    assert admin.get(f"/participants/{ada}").json()["manager_id"] == old["id"]
    (hall,) = found(idp, "Groups")
    assert {each["value"] for each in hall["members"]} == {ada, old["id"]}
    assert told(idp.get(f"/Users/{old['id']}"))["title"] == "Lead"


def test_an_operation_that_fails_leaves_nothing_and_the_others_stand(admin, idp):
    user(idp, "taken@example.com")
    before = [each["type"] for each in admin.get("/events", params={"limit": 200}).json()["items"]]
    done = told(
        bulk(
            idp,
            new("one"),
            new("TAKEN@example.com"),
            new("two", externalId="ext-taken@example.com"),
            new("three", emails=[{"value": "no address"}]),
            {"method": "DELETE", "path": "/Users/01a2139b-52cd-7013-b8df-7c8abfe953a6"},
            new("four"),
        )
    )["Operations"]
    assert [each["status"] for each in done] == ["201", "409", "409", "400", "404", "201"]
    assert done[1]["response"]["status"] == "409"
    names = {each["userName"] for each in found(idp)}
    assert names == {"taken@example.com", "one", "four"}
    after = [each["type"] for each in admin.get("/events", params={"limit": 200}).json()["items"]]
    assert after[len(before) :] == ["participant.added"] * 2
    assert admin.get("/audit-entries/verify").json()["whole"] is True


def test_a_bulk_request_stops_after_as_many_failures_as_it_says(idp):
    done = told(bulk(idp, new("a"), new("A"), new("b"), failOnErrors=1))["Operations"]
    assert [each["status"] for each in done] == ["201", "409"]
    assert {each["userName"] for each in found(idp)} == {"a"}


def test_a_bulk_request_larger_than_announced_is_refused_whole(idp):
    most = told(idp.get("/ServiceProviderConfig"))["bulk"]["maxOperations"]
    refused(bulk(idp, *(new(f"p{number}") for number in range(most + 1))), 413)
    assert found(idp) == []


def test_a_stale_version_in_a_bulk_request_is_a_412(idp):
    made = user(idp)
    lead = {"schemas": [], "Operations": [{"op": "replace", "path": "title", "value": "Lead"}]}
    step = {
        "method": "PATCH",
        "path": f"/Users/{made['id']}",
        "data": lead,
        "version": made["meta"]["version"],
    }
    done = told(
        bulk(
            idp,
            step,
            {**step, "data": {"schemas": [], "Operations": [{"op": "remove", "path": "title"}]}},
        )
    )["Operations"]
    assert [each["status"] for each in done] == ["200", "412"]
