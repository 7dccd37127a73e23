"""Two requests at once: what is sent twice is made once, and no change is lost."""

import pytest

from tests.given.scim import GROUP, PATCH, USER, found, patched, provider, told, user


@pytest.fixture(name="idp")
def identity_provider(real_house):
    return provider(real_house, real_house.organization())


def at_once(idp, method, path, bodies):
    """The answers to requests of which each is handed in before the first is answered."""
    asked = [idp.build_request(method, path, json=body) for body in bodies]
    return idp._transport.handle_together(asked)


def test_one_of_two_who_create_the_same_user_is_refused(idp):
    body = {"schemas": [USER], "userName": "rosa", "externalId": "1"}
    answers = at_once(idp, "POST", "/Users", [body] * 4)
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert len(found(idp)) == 1


def test_all_who_join_a_group_at_once_are_in_it(idp):
    people = [user(idp, f"p{number}@example.com")["id"] for number in range(6)]
    hall = told(idp.post("/Groups", json={"schemas": [GROUP], "displayName": "M"}), 201)
    bodies = [
        {
            "schemas": [PATCH],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": person}]}],
        }
        for person in people
    ]
    answers = at_once(idp, "PATCH", f"/Groups/{hall['id']}", bodies)
    assert {each.status_code for each in answers} == {204}
    members = told(idp.get(f"/Groups/{hall['id']}"))["members"]
    assert {each["value"] for each in members} == set(people)


def test_two_patches_of_one_user_both_stand(idp):
    made = user(idp)
    bodies = [
        {"schemas": [PATCH], "Operations": [{"op": "replace", "path": path, "value": "x"}]}
        for path in ("title", "nickName", "displayName", "locale")
    ]
    answers = at_once(idp, "PATCH", f"/Users/{made['id']}", bodies)
    assert {each.status_code for each in answers} == {200}
    shown = told(idp.get(f"/Users/{made['id']}"))
    assert all(shown[name] == "x" for name in ("title", "nickName", "displayName", "locale"))
    refused = patched(idp, f"/Users/{made['id']}", {"op": "remove", "path": "userName"})
    assert refused.status_code == 400
