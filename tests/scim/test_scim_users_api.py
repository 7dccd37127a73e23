"""Users over HTTP: what a provider writes is a participant, and what it reads is what it wrote."""

import pytest

from tests.given.accounts import own_client
from tests.given.pairings import pairing
from tests.given.participants import participant
from tests.given.scim import ENTERPRISE, found, patched, provider, refused, told, user

EIGHTH_NOTE = "\N{MUSICAL SYMBOL EIGHTH NOTE}"  # three letters where it is composed


@pytest.fixture(name="idp")
def identity_provider(house, admin):
    return provider(house, admin)


def kinds(admin):
    return [each["type"] for each in admin.get("/events", params={"limit": 200}).json()["items"]]


def test_a_user_becomes_a_participant_with_the_fields_hr_knows(admin, idp):
    boss = user(idp, "ada.osei@example.com")
    made = user(
        idp,
        title="Analyst",
        nickName="Rosi",
        timezone="Europe/Berlin",
        preferredLanguage="de-DE",
        **{
            ENTERPRISE: {
                "department": "Finance",
                "costCenter": "4711",
                "employeeNumber": "7",
                "division": "EMEA",
                "organization": "Acme",
                "manager": {"value": boss["id"]},
            }
        },
    )
    person = admin.get(f"/participants/{made['id']}").json()
    assert {name: person[name] for name in (
        "external_id", "given_name", "family_name", "preferred_name", "work_email", "job_title",
        "department", "time_zone", "languages", "manager_id", "employment_status", "job_level",
    )} == {
        "external_id": "ext-rosa.weber@example.com", "given_name": "Rosa", "family_name": "Weber",
        "preferred_name": "Rosi", "work_email": "rosa.weber@example.com", "job_title": "Analyst",
        "department": "Finance", "time_zone": "Europe/Berlin", "languages": ["de"],
        "manager_id": boss["id"], "employment_status": "active", "job_level": None,
    }  # fmt: skip
    shown = told(idp.get(f"/Users/{made['id']}"))
    assert shown == made
    assert shown[ENTERPRISE]["manager"] == {
        "value": boss["id"],
        "$ref": f"http://test/scim/v2/Users/{boss['id']}",
    }
    assert shown["meta"]["location"] == f"http://test/scim/v2/Users/{made['id']}"
    assert kinds(admin).count("participant.added") == 2


def test_what_a_provider_does_stands_in_the_audit_trail_under_its_key(admin, idp):
    made = user(idp)
    told(patched(idp, f"/Users/{made['id']}", {"op": "replace", "path": "title", "value": "Lead"}))
    entries = admin.get("/audit-entries").json()["items"]
    assert [each["action"] for each in entries[-2:]] == ["scim_create", "scim_patch"]
    assert entries[-1]["actor"].startswith("account:")
    assert admin.get("/audit-entries/verify").json()["whole"] is True


def test_attributes_we_have_no_purpose_for_are_not_kept(idp):
    made = user(
        idp,
        password="secret",
        phoneNumbers=[{"value": "+39 06 1", "type": "home"}],
        addresses=[{"formatted": "At home", "type": "home"}],
        birthDate="1970-01-01",
        emails=[
            {"value": "rosa@home.example", "type": "home"},
            {"value": "R@Work.example", "type": "work"},
        ],
    )
    assert not {"password", "phoneNumbers", "addresses", "birthDate"} & made.keys()
    assert made["emails"] == [{"value": "r@work.example", "type": "work"}]


def test_a_participant_who_was_here_before_is_found_and_taken_over(admin, idp):
    person = participant(admin, work_email="rosa@example.com", department="Sales")
    (seen,) = found(idp, filter='userName eq "ROSA@example.com"')
    assert (seen["id"], seen["userName"]) == (person["id"], "rosa@example.com")
    refused(
        idp.post("/Users", json={"schemas": seen["schemas"], "userName": "Rosa@Example.com"}),
        409,
        "uniqueness",
    )
    body = {**seen, "externalId": "okta-1", "title": "Lead"}
    told(idp.put(f"/Users/{person['id']}", json=body))
    after = admin.get(f"/participants/{person['id']}").json()
    assert (after["external_id"], after["job_title"], after["department"]) == (
        "okta-1",
        "Lead",
        "Sales",
    )


def test_everything_sent_twice_is_made_once(admin, idp):
    body = {"userName": "rosa", "externalId": "1", "schemas": [], "displayName": "Rosa Weber"}
    first = idp.post("/Users", json=body)
    assert first.status_code == 201
    refused(idp.post("/Users", json=body), 409, "uniqueness")
    refused(idp.post("/Users", json={**body, "userName": "other"}), 409, "uniqueness")
    made = first.json()
    before = kinds(admin)
    for _ in range(2):
        put = idp.put(f"/Users/{made['id']}", json={**made, "title": "Lead"})
        patch = patched(
            idp, f"/Users/{made['id']}", {"op": "add", "path": "title", "value": "Lead"}
        )
        assert put.headers["ETag"] == patch.headers["ETag"]
    assert kinds(admin)[len(before) :] == ["participant.changed"]
    assert idp.delete(f"/Users/{made['id']}").status_code == 204
    refused(idp.delete(f"/Users/{made['id']}"), 404)
    assert len(admin.get("/participants").json()["items"]) == 1


def test_who_is_set_inactive_leaves_and_their_pair_ends(house, admin, idp):
    running = pairing(admin)
    told(
        patched(
            idp,
            f"/Users/{running['mentor_id']}",
            {"op": "replace", "path": "active", "value": False},
        )
    )
    house.work_off()
    assert admin.get(f"/pairings/{running['id']}").json()["status"] == "ended"
    shown = told(idp.get(f"/Users/{running['mentor_id']}"))
    assert shown["active"] is False
    assert [each["id"] for each in found(idp, filter="active eq false")] == [shown["id"]]
    told(patched(idp, f"/Users/{shown['id']}", {"op": "replace", "path": "active", "value": True}))
    assert admin.get(f"/participants/{shown['id']}").json()["employment_status"] == "active"
    assert "participant.returned" in kinds(admin)


def test_who_is_created_inactive_has_left_already(admin, idp):
    made = user(idp, active=False)
    assert admin.get(f"/participants/{made['id']}").json()["employment_status"] == "left"


def test_leave_is_hrs_word_and_no_provider_ends_it_by_saying_active(admin, idp):
    made = user(idp)
    etag = admin.get(f"/participants/{made['id']}").headers["ETag"]
    admin.patch(
        f"/participants/{made['id']}",
        json={"employment_status": "on_leave"},
        headers={"If-Match": etag},
    )
    told(idp.put(f"/Users/{made['id']}", json={**made, "title": "Lead"}))
    assert admin.get(f"/participants/{made['id']}").json()["employment_status"] == "on_leave"


def test_a_changed_manager_who_makes_a_pair_a_reporting_line_is_shown_to_a_person(
    house, admin, idp
):
    running = pairing(admin)
    path = f"{ENTERPRISE}:manager"
    told(
        patched(
            idp,
            f"/Users/{running['mentor_id']}",
            {"op": "replace", "path": path, "value": {"value": running["mentee_id"]}},
        )
    )
    assert "participant.reporting_line_changed" in kinds(admin)
    house.work_off()
    assert "pairing.conflict_found" in kinds(admin)


def test_nobody_is_above_themselves(idp):
    boss = user(idp, "ada.osei@example.com")
    below = user(idp, **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    above = {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": below["id"]}}
    refused(patched(idp, f"/Users/{boss['id']}", above), 409)


def test_a_manager_who_comes_later_is_linked_then(house, admin, idp):
    early = user(idp, **{ENTERPRISE: {"manager": {"value": "ext-ada.osei@example.com"}}})
    assert early[ENTERPRISE]["manager"] == {"value": "ext-ada.osei@example.com"}
    boss = user(idp, "ada.osei@example.com")
    house.work_off()
    assert told(idp.get(f"/Users/{early['id']}"))[ENTERPRISE]["manager"]["value"] == boss["id"]
    assert admin.get(f"/participants/{early['id']}").json()["manager_id"] == boss["id"]
    same = {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": "ext-ada.osei@example.com"}
    told(patched(idp, f"/Users/{early['id']}", same))
    assert admin.get(f"/participants/{early['id']}").json()["manager_id"] == boss["id"]


def test_a_deleted_user_is_gone_for_scim_and_has_left_for_hr(admin, idp):
    made = user(idp)
    assert idp.delete(f"/Users/{made['id']}").status_code == 204
    refused(idp.get(f"/Users/{made['id']}"), 404)
    refused(patched(idp, f"/Users/{made['id']}", {"op": "remove", "path": "title"}), 404)
    assert found(idp) == []
    person = admin.get(f"/participants/{made['id']}").json()
    assert (person["employment_status"], person["external_id"]) == ("left", None)
    again = user(idp)
    assert again["id"] != made["id"], "somebody else may have this name now"


def test_an_erased_person_is_gone_and_what_was_said_about_them_too(house, admin, idp):
    made = user(idp, **{ENTERPRISE: {"employeeNumber": "7"}})
    etag = admin.get(f"/participants/{made['id']}").headers["ETag"]
    assert (
        admin.post(f"/participants/{made['id']}/erase", headers={"If-Match": etag}).status_code
        == 200
    )
    refused(idp.get(f"/Users/{made['id']}"), 404)
    house.work_off()
    assert user(idp)["id"] != made["id"]


def test_what_people_say_about_themselves_stands_until_the_provider_says_something_new(
    house, admin, idp
):
    made = user(idp, timezone="Europe/Rome", nickName="Rosi", preferredLanguage="en")
    person = admin.get(f"/participants/{made['id']}").json()
    own = own_client(house, admin, person)
    etag = own.get(f"/participants/{made['id']}").headers["ETag"]
    mine = {"time_zone": "Asia/Tokyo", "preferred_name": "R.", "languages": ["it", "en"]}
    assert (
        own.patch(f"/participants/{made['id']}", json=mine, headers={"If-Match": etag}).status_code
        == 200
    )
    told(idp.put(f"/Users/{made['id']}", json={**made, "title": "Lead"}))
    kept = admin.get(f"/participants/{made['id']}").json()
    assert {name: kept[name] for name in mine} == mine
    told(
        idp.put(
            f"/Users/{made['id']}",
            json={**made, "timezone": "Europe/Paris", "preferredLanguage": "fr"},
        )
    )
    moved = admin.get(f"/participants/{made['id']}").json()
    assert (moved["time_zone"], moved["languages"]) == ("Europe/Paris", ["fr", "it", "en"])


def test_a_time_zone_we_do_not_know_is_read_back_and_not_applied(admin, idp):
    made = user(idp, timezone="W. Europe Standard Time")
    assert made["timezone"] == "W. Europe Standard Time"
    assert admin.get(f"/participants/{made['id']}").json()["time_zone"] == "UTC"


@pytest.mark.parametrize(
    ("facts", "given", "family"),
    [
        ({"displayName": "Ada Maria Osei"}, "Ada Maria", "Osei"),
        ({"displayName": "Suharto"}, "Suharto", "-"),
        ({}, "a.osei", "-"),
        ({"name": {"familyName": "Osei"}}, "-", "Osei"),
    ],
)
def test_who_comes_without_a_name_is_called_what_is_known(admin, idp, facts, given, family):
    made = told(
        idp.post("/Users", json={"schemas": [], "userName": "a.osei@example.com", **facts}), 201
    )
    person = admin.get(f"/participants/{made['id']}").json()
    assert (person["given_name"], person["family_name"]) == (given, family)
    assert made.get("name") == facts.get("name")


@pytest.mark.parametrize(
    "name", ["山田\u3000太郎", "किंग\u200c सिंह", "O'Neil", "Zoë", "Nguyễn\xa0An", "👩\u200d💻"]
)
def test_names_of_every_script_are_read_back_as_they_were_written(admin, idp, name):
    made = user(idp, displayName=name, name={"givenName": name, "familyName": name})
    assert (made["displayName"], made["name"]["givenName"]) == (name, name)
    assert [each["id"] for each in found(idp, filter=f'name.familyName eq "{name.upper()}"')] == [
        made["id"]
    ]


def test_pages_count_from_one_and_tell_how_many_there_are(idp):
    names = [f"p{number:02}.weber@example.com" for number in range(7)]
    for name in names:
        user(idp, name)
    seen = []
    for start in (1, 4, 7):
        page = told(
            idp.get(
                "/Users",
                params={
                    "startIndex": start,
                    "count": 3,
                    "sortBy": "userName",
                    "sortOrder": "descending",
                },
            )
        )
        assert (page["totalResults"], page["startIndex"]) == (7, start)
        assert page["itemsPerPage"] == len(page["Resources"])
        seen += [each["userName"] for each in page["Resources"]]
    assert seen == names[::-1]
    empty = told(idp.get("/Users", params={"count": 0, "filter": 'userName sw "p0"'}))
    assert (empty["totalResults"], empty.get("Resources", [])) == (7, [])
    assert told(idp.get("/Users", params={"startIndex": 100}))["totalResults"] == 7
    assert len(told(idp.get("/Users", params={"count": 100_000}))["Resources"]) == 7
    posted = told(
        idp.post(
            "/Users/.search", json={"schemas": [], "filter": 'userName eq "P03.Weber@example.com"'}
        )
    )
    assert [each["userName"] for each in posted["Resources"]] == [names[3]]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("userName", "invalidFilter"),
        ("nobody eq 1", "invalidFilter"),
        ('userName regex "a"', "invalidFilter"),
        ("active gt true", "invalidFilter"),
        ('meta.created gt "yesterday"', "invalidFilter"),
        ('meta.created gt "0001-01-01T00:00:00+14:00"', "invalidFilter"),
        ('meta.version eq "1"', "invalidFilter"),
        (" or ".join(['userName eq "a"'] * 60), "invalidFilter"),
        ("(" * 40 + 'userName eq "a"' + ")" * 40 + " and " + "title pr " * 1000, "invalidFilter"),
        ('userName eq "' + "a" * 5000 + '"', "invalidFilter"),
        ('userName eq "a\\u0000b"', "invalidFilter"),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_answered_is_refused_by_name(idp, text, word):
    refused(idp.get("/Users", params={"filter": text}), 400, word)


def test_filters_are_values_and_never_sql(idp):
    user(idp)
    for text in ("' or 1=1 --", "%", "_", "\\", '") or ("1" eq "1'):
        assert found(idp, filter=f"userName co {_quoted(text)}") == []
        assert found(idp, filter=f"title eq {_quoted(text)}") == []


def _quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def test_only_what_is_asked_for_is_sent(idp):
    made = user(idp)
    (asked,) = found(idp, attributes="userName")
    assert set(asked) == {"schemas", "id", "userName"}
    left = told(idp.get(f"/Users/{made['id']}", params={"excludedAttributes": "emails,name"}))
    assert not {"emails", "name"} & left.keys()


def test_a_version_that_is_not_current_changes_nothing(admin, idp):
    made = user(idp)
    first = idp.get(f"/Users/{made['id']}")
    tag = first.headers["ETag"]
    assert tag == first.json()["meta"]["version"]
    unchanged = idp.get(f"/Users/{made['id']}", headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    lead = {"op": "replace", "path": "title", "value": "Lead"}
    moved = patched(idp, f"/Users/{made['id']}", lead, If_Match=tag)
    assert told(moved)["title"] == "Lead"
    assert moved.headers["ETag"] != tag
    for refuse in (
        patched(idp, f"/Users/{made['id']}", {**lead, "value": "Boss"}, If_Match=tag),
        idp.put(f"/Users/{made['id']}", json=made, headers={"If-Match": tag}),
        idp.delete(f"/Users/{made['id']}", headers={"If-Match": tag}),
    ):
        refused(refuse, 412)
    assert told(idp.get(f"/Users/{made['id']}"))["title"] == "Lead"
    person = admin.get(f"/participants/{made['id']}")
    admin.patch(
        f"/participants/{made['id']}",
        json={"department": "Ops"},
        headers={"If-Match": person.headers["ETag"]},
    )
    refused(patched(idp, f"/Users/{made['id']}", lead, If_Match=moved.headers["ETag"]), 412)


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"{", 400, "invalidSyntax"),
        (b'{"userName": "a", "userName": "b"}', 400, "invalidSyntax"),
        (b'{"userName": "a\\u0000"}', 400, "invalidSyntax"),
        (b"[" * 100 + b"]" * 100, 400, "invalidSyntax"),
        (b"[]", 400, "invalidSyntax"),
        (b"{}", 400, "invalidValue"),
        (b'{"userName": "\\ud800"}', 400, "invalidSyntax"),
        (b'{"userName": "a\\u0007"}', 400, "invalidValue"),
        (b'{"userName": "   "}', 400, "invalidValue"),
        (b'{"userName": "%s"}' % (b"a" * 201), 400, "invalidValue"),
        (b'{"userName": "a", "emails": [{"value": "no address"}]}', 400, "invalidValue"),
        (b'{"userName": "a", "emails": [{"value": "%s@example.com"}]}' % (b"a" * 64), 201, None),
        (b'{"userName": "%s"}' % (EIGHTH_NOTE * 200).encode(), 400, "invalidValue"),
        (b'{"userName": "a", "title": "\xe2\x80\x8b"}', 400, "invalidValue"),
        (b'{"userName": "a", "active": "perhaps"}', 400, "invalidValue"),
    ],
)  # fmt: skip
def test_a_body_that_means_trouble_is_refused_in_scims_words(admin, idp, body, status, word):
    answer = idp.post("/Users", content=body)
    if status == 201:
        told(answer, 201)
        return
    refused(answer, status, word)
    assert admin.get("/participants").json()["items"] == []
