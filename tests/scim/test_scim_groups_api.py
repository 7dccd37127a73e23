"""Groups over HTTP: named sets of participants, and nothing more."""

import pytest

from tests.given.scim import GROUP, found, patched, provider, refused, told, user


@pytest.fixture(name="idp")
def identity_provider(house, admin):
    return provider(house, admin)


def group(idp, name="Mentors", *members, **facts):
    wanted = {
        "schemas": [GROUP],
        "displayName": name,
        "members": [{"value": each} for each in members],
    }
    return told(idp.post("/Groups", json={**wanted, **facts}), 201)


def test_a_group_holds_the_users_it_names(admin, idp):
    people = sorted(user(idp, f"p{number}@example.com")["id"] for number in range(3))
    made = group(idp, "Mentors", *people, externalId="g-1")
    assert told(idp.get(f"/Groups/{made['id']}")) == made
    assert made["members"] == [
        {"value": each, "$ref": f"http://test/scim/v2/Users/{each}", "type": "User"}
        for each in people
    ]
    (event,) = (
        each
        for each in admin.get("/events", params={"limit": 200}).json()["items"]
        if each["type"] == "group.added"
    )
    assert event["data"] == {"group_id": made["id"], "member_count": 3}


def test_a_group_of_the_same_name_is_made_once(idp):
    made = group(idp)
    refused(
        idp.post("/Groups", json={"schemas": [GROUP], "displayName": "MENTORS"}), 409, "uniqueness"
    )
    other = group(idp, "Mentees")
    rename = {"op": "replace", "path": "displayName", "value": "mentors"}
    refused(patched(idp, f"/Groups/{other['id']}", rename), 409, "uniqueness")
    told(patched(idp, f"/Groups/{made['id']}", rename), 204)
    assert told(idp.get(f"/Groups/{made['id']}"))["displayName"] == "mentors"


@pytest.mark.parametrize("member", ["nobody", "01a2139b-52cd-7013-b8df-7c8abfe953a6"])
def test_a_group_holds_no_strangers(idp, member):
    refused(
        idp.post(
            "/Groups", json={"schemas": [GROUP], "displayName": "M", "members": [{"value": member}]}
        ),
        400,
        "invalidValue",
    )
    assert found(idp, "Groups") == []


def test_a_group_in_a_group_is_refused(idp):
    inner = group(idp)
    outer = {
        "schemas": [GROUP],
        "displayName": "All",
        "members": [{"value": inner["id"], "type": "Group"}],
    }
    refused(idp.post("/Groups", json=outer), 400, "invalidValue")


def test_who_is_deleted_or_erased_is_in_no_group(house, admin, idp):
    people = [user(idp, f"p{number}@example.com")["id"] for number in range(3)]
    made = group(idp, "Mentors", *people)
    assert idp.delete(f"/Users/{people[0]}").status_code == 204
    etag = admin.get(f"/participants/{people[1]}").headers["ETag"]
    admin.post(f"/participants/{people[1]}/erase", headers={"If-Match": etag})
    house.work_off()
    assert [each["value"] for each in told(idp.get(f"/Groups/{made['id']}"))["members"]] == [
        people[2]
    ]


def test_who_is_inactive_stays_in_the_group(idp):
    person = user(idp)["id"]
    made = group(idp, "Mentors", person)
    told(patched(idp, f"/Users/{person}", {"op": "replace", "path": "active", "value": False}))
    told(
        patched(
            idp, f"/Groups/{made['id']}", {"op": "replace", "path": "displayName", "value": "X"}
        ),
        204,
    )
    assert len(told(idp.get(f"/Groups/{made['id']}"))["members"]) == 1


def test_a_group_has_another_version_when_people_come_or_go(idp):
    person, made = user(idp)["id"], group(idp)
    tag = idp.get(f"/Groups/{made['id']}").headers["ETag"]
    add = {"op": "add", "path": "members", "value": [{"value": person}]}
    after = patched(idp, f"/Groups/{made['id']}", add, If_Match=tag)
    assert after.headers["ETag"] != tag
    refused(
        patched(idp, f"/Groups/{made['id']}", {"op": "remove", "path": "members"}, If_Match=tag),
        412,
    )
    again = patched(idp, f"/Groups/{made['id']}", add)
    assert again.headers["ETag"] == after.headers["ETag"], "nothing changed"
    refused(idp.delete(f"/Groups/{made['id']}", headers={"If-Match": tag}), 412)
    assert (
        idp.delete(f"/Groups/{made['id']}", headers={"If-Match": after.headers["ETag"]}).status_code
        == 204
    )
    refused(idp.get(f"/Groups/{made['id']}"), 404)
    assert told(idp.get(f"/Users/{person}"))["active"] is True, (
        "a group that goes takes nobody with it"
    )


def test_groups_are_found_sorted_and_paged(idp):
    person = user(idp)["id"]
    for name in ("Charlie", "alpha", "Bravo"):
        group(idp, name, *([person] if name == "Bravo" else []))
    page = told(idp.get("/Groups", params={"sortBy": "displayName", "startIndex": 2, "count": 1}))
    assert (page["totalResults"], [each["displayName"] for each in page["Resources"]]) == (
        3,
        ["Bravo"],
    )
    for text, names in (
        ("members pr", {"Bravo"}),
        ("not (members pr)", {"Charlie", "alpha"}),
        (f'members ne "{person}"', {"Charlie", "alpha"}),
        ('displayName sw "B" or displayName ew "A"', {"Bravo", "alpha"}),
        ('members[type eq "User"]', {"Bravo"}),
    ):
        assert {each["displayName"] for each in found(idp, "Groups", filter=text)} == names, text
