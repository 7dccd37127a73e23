"""What Okta and Entra ID do, each habit as a sentence."""

import pytest

from tests.given.scim import (
    ENTERPRISE,
    GROUP,
    USER,
    found,
    patched,
    provider,
    refused,
    told,
    user,
)


@pytest.fixture(name="idp")
def identity_provider(house, admin):
    return provider(house, admin)


# Okta


def test_okta_asks_for_the_user_name_in_any_case_before_it_creates(idp):
    assert found(idp, filter='userName eq "Rosa.Weber@Example.com"') == []
    made = user(idp)
    for name in ("Rosa.Weber@Example.com", "rosa.weber@example.com", "ROSA.WEBER@EXAMPLE.COM"):
        page = told(
            idp.get(
                "/Users", params={"filter": f'userName eq "{name}"', "startIndex": 1, "count": 100}
            )
        )
        assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (1, 1, 1)
        assert page["Resources"][0]["id"] == made["id"]


def test_okta_reads_an_empty_list_with_all_its_members(idp):
    page = told(
        idp.get("/Users", params={"filter": 'userName eq "nobody"', "startIndex": 1, "count": 100})
    )
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"], page["Resources"]) == (
        0, 1, 0, [],
    )  # fmt: skip


def test_okta_updates_with_the_whole_user_as_well_as_with_a_patch(idp):
    made = user(idp)
    whole = {
        **made,
        "name": {"givenName": "Rosa", "familyName": "Weber-Klein"},
        "groups": [],
        "password": "x",
    }
    assert told(idp.put(f"/Users/{made['id']}", json=whole))["name"]["familyName"] == "Weber-Klein"
    answer = patched(idp, f"/Users/{made['id']}", {"op": "replace", "value": {"title": "Lead"}})
    assert told(answer)["title"] == "Lead", "the changed user is sent back"


def test_okta_deactivates_with_a_pathless_replace_and_activates_again(idp):
    made = user(idp)
    for active in (False, True):
        answer = patched(
            idp, f"/Users/{made['id']}", {"op": "replace", "value": {"active": active}}
        )
        assert told(answer)["active"] is active
        assert told(idp.get(f"/Users/{made['id']}"))["active"] is active
    put = told(idp.put(f"/Users/{made['id']}", json={**made, "active": False}))
    assert put["active"] is False


def test_okta_reads_the_status_of_an_error_as_a_string(idp):
    assert refused(idp.get("/Users/0"), 404)["status"] == "404"
    user(idp)
    taken = idp.post("/Users", json={"schemas": [USER], "userName": "rosa.weber@example.com"})
    assert refused(taken, 409, "uniqueness")["status"] == "409"


def test_okta_reads_lists_where_there_may_be_many(idp):
    assert isinstance(user(idp)["emails"], list)
    made = told(idp.post("/Groups", json={"schemas": [GROUP], "displayName": "Mentors"}), 201)
    person = found(idp)[0]["id"]
    patched(
        idp, f"/Groups/{made['id']}", {"op": "add", "path": "members", "value": [{"value": person}]}
    )
    assert [each["value"] for each in told(idp.get(f"/Groups/{made['id']}"))["members"]] == [person]


def test_okta_names_a_manager_by_whatever_its_directory_holds(admin, idp):
    boss = user(idp, "ada.osei@example.com", externalId="00u1")
    for said in (boss["id"], "00u1", "Ada.Osei@example.com"):
        below = user(
            idp, f"p{len(found(idp))}@example.com", **{ENTERPRISE: {"manager": {"value": said}}}
        )
        assert admin.get(f"/participants/{below['id']}").json()["manager_id"] == boss["id"]


def test_okta_renames_a_group_and_replaces_its_members_by_patch(idp):
    people = [user(idp, f"p{number}@example.com")["id"] for number in range(3)]
    made = told(
        idp.post("/Groups", json={"schemas": [GROUP], "displayName": "A", "members": []}), 201
    )
    rename = {"op": "replace", "value": {"id": made["id"], "displayName": "B"}}
    assert patched(idp, f"/Groups/{made['id']}", rename).status_code == 204
    for members in (people[:2], people[1:]):
        value = [{"value": each, "display": "p"} for each in members]
        told(
            patched(
                idp, f"/Groups/{made['id']}", {"op": "replace", "path": "members", "value": value}
            ),
            204,
        )
        shown = told(idp.get(f"/Groups/{made['id']}"))
        assert shown["displayName"] == "B"
        assert {each["value"] for each in shown["members"]} == set(members)
    one = {"op": "remove", "path": f'members[value eq "{people[1]}"]'}
    told(patched(idp, f"/Groups/{made['id']}", one), 204)
    assert [each["value"] for each in told(idp.get(f"/Groups/{made['id']}"))["members"]] == [
        people[2]
    ]


# Entra ID


def test_entra_writes_the_operations_of_a_patch_with_a_capital(idp):
    made = user(idp)
    answer = patched(
        idp, f"/Users/{made['id']}",
        {"op": "Add", "path": "title", "value": "Lead"},
        {"op": "Replace", "path": "displayName", "value": "R. Weber"},
        {"op": "Remove", "path": "nickName"},
    )  # fmt: skip
    assert (told(answer)["title"], told(answer)["displayName"]) == ("Lead", "R. Weber")


@pytest.mark.parametrize("said", ["False", "false", False])
def test_entra_says_false_as_a_word(admin, idp, said):
    made = user(idp)
    answer = patched(
        idp, f"/Users/{made['id']}", {"op": "Replace", "path": "active", "value": said}
    )
    assert told(answer)["active"] is False
    assert admin.get(f"/participants/{made['id']}").json()["employment_status"] == "left"
    back = patched(
        idp, f"/Users/{made['id']}", {"op": "Replace", "path": "active", "value": "True"}
    )
    assert told(back)["active"] is True


def test_entra_replaces_without_a_path_by_dotted_and_urn_keys(admin, idp):
    boss, made = user(idp, "ada.osei@example.com"), user(idp)
    value = {
        "displayName": "Rosa W.",
        "name.givenName": "Rosalinda",
        "name.familyName": "W",
        'emails[type eq "work"].value': "rosalinda@example.com",
        f"{ENTERPRISE}:department": "Research",
        f"{ENTERPRISE}:employeeNumber": "42",
        f"{ENTERPRISE}:manager": boss["id"],
    }
    shown = told(patched(idp, f"/Users/{made['id']}", {"op": "replace", "value": value}))
    assert (shown["displayName"], shown["name"]) == (
        "Rosa W.", {"givenName": "Rosalinda", "familyName": "W"},
    )  # fmt: skip
    assert shown["emails"][0]["value"] == "rosalinda@example.com"
    assert (shown[ENTERPRISE]["department"], shown[ENTERPRISE]["employeeNumber"]) == (
        "Research",
        "42",
    )
    assert admin.get(f"/participants/{made['id']}").json()["manager_id"] == boss["id"]


def test_entra_writes_the_address_for_work_whether_there_is_one_or_not(idp):
    made = user(idp, emails=None)
    assert "emails" not in made
    for address in ("a@example.com", "b@example.com"):
        one = {"op": "Add", "path": 'emails[type eq "work"].value', "value": address}
        shown = told(patched(idp, f"/Users/{made['id']}", one))
        assert [(each["value"], each["type"]) for each in shown["emails"]] == [(address, "work")]
    for text in (
        f'emails[type eq "work"].value eq "{address}"',
        f'emails.value eq "{address}"',
        f'emails eq "{address}"',
    ):
        assert [each["id"] for each in found(idp, filter=text)] == [made["id"]]


def test_entra_sends_a_manager_as_a_bare_word_and_takes_it_away(admin, idp):
    boss, made = user(idp, "ada.osei@example.com"), user(idp)
    path = f"{ENTERPRISE}:manager"

    def manager():
        return admin.get(f"/participants/{made['id']}").json()["manager_id"]

    told(patched(idp, f"/Users/{made['id']}", {"op": "Add", "path": path, "value": boss["id"]}))
    assert manager() == boss["id"]
    told(patched(idp, f"/Users/{made['id']}", {"op": "Remove", "path": path}))
    assert manager() is None
    told(patched(idp, f"/Users/{made['id']}", {"op": "Replace", "path": path, "value": boss["id"]}))
    told(patched(idp, f"/Users/{made['id']}", {"op": "Replace", "path": path, "value": ""}))
    assert manager() is None
    below = user(idp, "kim@example.com", **{ENTERPRISE: {"manager": boss["id"]}})
    assert below[ENTERPRISE]["manager"]["value"] == boss["id"]


def test_entra_finds_people_by_several_attributes_at_once(idp):
    made = user(idp)
    user(idp, "ada.osei@example.com")
    for text in (
        'externalId eq "ext-rosa.weber@example.com"',
        'userName eq "rosa.weber@example.com" and externalId eq "ext-rosa.weber@example.com"',
        'userName sw "Rosa" and emails[type eq "work"].value eq "rosa.weber@example.com"',
        f'id eq "{made["id"]}" and active eq true',
    ):
        assert [each["id"] for each in found(idp, filter=text)] == [made["id"]], text


def test_entra_still_finds_who_it_has_set_inactive_and_reads_so(idp):
    made = user(idp)
    told(
        patched(idp, f"/Users/{made['id']}", {"op": "Replace", "path": "active", "value": "False"})
    )
    (shown,) = found(idp, filter='userName eq "rosa.weber@example.com"')
    assert (shown["id"], shown["active"]) == (made["id"], False)


def test_entra_reads_groups_without_their_members(idp):
    person = user(idp)["id"]
    made = told(
        idp.post(
            "/Groups",
            json={
                "schemas": [GROUP],
                "displayName": "Mentors",
                "externalId": "g1",
                "members": [{"value": person}],
            },
        ),
        201,
    )
    (listed,) = found(
        idp, "Groups", filter='displayName eq "mentors"', excludedAttributes="members"
    )
    assert "members" not in listed
    assert listed["externalId"] == "g1"
    one = told(idp.get(f"/Groups/{made['id']}", params={"excludedAttributes": "members"}))
    assert "members" not in one
    assert told(idp.get(f"/Groups/{made['id']}"))["members"][0]["value"] == person


def test_entra_removes_members_by_a_list_of_values(idp):
    people = [user(idp, f"p{number}@example.com")["id"] for number in range(3)]
    made = told(idp.post("/Groups", json={"schemas": [GROUP], "displayName": "Mentors"}), 201)
    add = {"op": "Add", "path": "members", "value": [{"value": each} for each in people]}
    for _ in range(2):
        told(patched(idp, f"/Groups/{made['id']}", add), 204)
    take = {"op": "Remove", "path": "members", "value": [{"value": each} for each in people[:2]]}
    for _ in range(2):
        told(patched(idp, f"/Groups/{made['id']}", take), 204)
    assert [each["value"] for each in told(idp.get(f"/Groups/{made['id']}"))["members"]] == [
        people[2]
    ]


def test_entra_asks_whether_somebody_is_in_a_group(idp):
    inside, outside = user(idp)["id"], user(idp, "ada.osei@example.com")["id"]
    made = told(
        idp.post(
            "/Groups", json={"schemas": [GROUP], "displayName": "M", "members": [{"value": inside}]}
        ),
        201,
    )
    for person, there in ((inside, True), (outside, False)):
        for asked in (
            f'members eq "{person}"',
            f'members[value eq "{person}"]',
            f'members.value eq "{person}"',
        ):
            text = f'id eq "{made["id"]}" and {asked}'
            assert bool(found(idp, "Groups", filter=text, excludedAttributes="members")) is there, (
                text
            )


def test_entra_sends_attributes_and_paths_that_we_do_not_keep(idp):
    made = user(idp)
    answer = patched(
        idp, f"/Users/{made['id']}",
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "1"},
        {"op": "Add", "path": 'addresses[type eq "work"].country', "value": "IT"},
        {"op": "Replace", "path": "preferredLanguage", "value": "it-IT"},
        {"op": "Add", "path": "urn:example:extension:1.0:User:shoeSize", "value": "44"},
    )  # fmt: skip
    assert told(answer)["preferredLanguage"] == "it-IT"
