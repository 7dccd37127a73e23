"""Accounts, roles and the organization: who is let in, by whom, and who may not lock all out."""

import pytest

from tests.given.accounts import colleague
from tests.given.programs import program


def change(client, path: str, **facts):
    tag = client.get(path).headers.get("ETag", '"1"')
    return client.patch(path, json=facts, headers={"If-Match": tag})


def test_a_new_organization_has_one_administrator_and_a_minimum_group_of_five(admin):
    (account,) = admin.get("/accounts").json()["items"]
    (grant,) = admin.get("/grants").json()["items"]
    assert (account["email"], grant["role"]) == ("admin@example.com", "administrator")
    assert grant["program_id"] is None
    own = admin.get(f"/organizations/{admin.organization_id}").json()
    assert (own["name"], own["minimum_group"]) == ("Acme", 5)
    types = [each["type"] for each in admin.get("/events").json()["items"]]
    assert types == ["organization.opened"]


def test_an_organization_sees_itself_and_no_other(house, admin):
    globex = house.organization("Globex", "admin@globex.example")
    assert admin.get(f"/organizations/{globex.organization_id}").status_code == 404
    path = f"/organizations/{globex.organization_id}"
    taken = admin.patch(path, json={"name": "Mine"}, headers={"If-Match": '"1"'})
    assert taken.status_code == 404


def test_the_minimum_group_only_rises(admin):
    path = f"/organizations/{admin.organization_id}"
    assert change(admin, path, minimum_group=8).json()["minimum_group"] == 8
    lowered = change(admin, path, minimum_group=7)
    assert (lowered.status_code, lowered.json()["code"]) == (409, "minimum-group-only-rises")
    assert change(admin, path, minimum_group=4).status_code == 422
    assert change(admin, path, minimum_group=8, name="Acme & Co").status_code == 200
    assert admin.get(path).json()["name"] == "Acme & Co"


def test_only_administrators_change_the_organization_and_let_people_in(house, admin):
    wanted = {"email": "new@example.com", "name": "New", "roles": ["administrator"]}
    for role in ("program_manager", "facilitator", "participant", "sponsor", "auditor",
                 "integration", "confidant"):  # fmt: skip
        client = colleague(house, admin, role)
        path = f"/organizations/{admin.organization_id}"
        assert client.get(path).status_code == 200
        refused = client.patch(path, json={"name": "Mine"}, headers={"If-Match": '"1"'})
        assert refused.status_code == 403
        assert client.post("/accounts", json=wanted).status_code == 403
        me = client.get("/me").json()["account_id"]
        escalated = client.post(f"/accounts/{me}/grants", json={"role": "administrator"})
        assert escalated.status_code == 403


def test_one_e_mail_is_one_account_in_any_case(admin):
    wanted = {"email": "Rosa@Example.com", "name": "Rosa", "roles": ["sponsor"]}
    assert admin.post("/accounts", json=wanted).json()["email"] == "rosa@example.com"
    again = admin.post("/accounts", json=wanted | {"email": "rosa@EXAMPLE.com"})
    assert (again.status_code, again.json()["code"]) == (409, "email-taken")
    found = admin.get("/accounts?email=ROSA@example.com").json()["items"]
    assert len(found) == 1


@pytest.mark.parametrize(
    "email", ["", "rosa", "@example.com", "rosa@", "rosa@example", "a b@example.com", "r@e.c\x00"]
)
def test_what_is_no_address_is_refused(admin, email):
    wanted = {"email": email, "name": "Rosa", "roles": ["sponsor"]}
    assert admin.post("/accounts", json=wanted).status_code == 422


def test_a_role_is_granted_once_and_taken_away(house, admin):
    client = colleague(house, admin, "sponsor")
    me = client.get("/me").json()["account_id"]
    given = admin.post(f"/accounts/{me}/grants", json={"role": "auditor"})
    assert given.status_code == 201
    assert client.get("/audit-entries").status_code == 200
    again = admin.post(f"/accounts/{me}/grants", json={"role": "auditor"})
    assert (again.status_code, again.json()["code"]) == (409, "role-granted-already")
    assert admin.delete(f"/grants/{given.json()['id']}").status_code == 204
    assert client.get("/audit-entries").status_code == 403
    assert admin.delete(f"/grants/{given.json()['id']}").status_code == 404


def test_a_role_for_one_program_holds_there_only(house, admin):
    here, there = program(admin), program(admin)
    client = colleague(house, admin, "sponsor")
    me = client.get("/me").json()["account_id"]
    wanted = {"role": "program_manager", "program_id": here["id"]}
    assert admin.post(f"/accounts/{me}/grants", json=wanted).status_code == 201
    assert change(client, f"/programs/{here['id']}", name="Mine to run").status_code == 200
    assert change(client, f"/programs/{there['id']}", name="Not mine").status_code in (403, 404)
    assert set(client.get("/me").json()["roles"]) == {"sponsor", "program_manager"}
    again = admin.post(f"/accounts/{me}/grants", json=wanted)
    assert again.json()["code"] == "role-granted-already"
    both = admin.post(f"/accounts/{me}/grants", json=wanted | {"program_id": there["id"]})
    assert both.status_code == 201


@pytest.mark.parametrize("role", ["administrator", "integration", "auditor", "participant"])
def test_a_role_over_the_whole_house_is_not_granted_for_one_program(house, admin, role):
    client = colleague(house, admin, "sponsor")
    me = client.get("/me").json()["account_id"]
    refused = admin.post(
        f"/accounts/{me}/grants", json={"role": role, "program_id": program(admin)["id"]}
    )
    assert refused.status_code == 422


def test_the_last_administrator_can_neither_leave_nor_be_sent_away(house, admin):
    me = admin.get("/me").json()["account_id"]
    (grant,) = admin.get(f"/grants?account_id={me}").json()["items"]
    for answer in (
        admin.delete(f"/grants/{grant['id']}"),
        change(admin, f"/accounts/{me}", disabled=True),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last-administrator")
    second = colleague(house, admin, "administrator")
    other = second.get("/me").json()["account_id"]
    assert change(second, f"/accounts/{other}", disabled=True).status_code == 200
    refused = admin.delete(f"/grants/{grant['id']}")
    assert refused.status_code == 409, "one who is disabled does not count"
    assert change(admin, f"/accounts/{other}", disabled=False).status_code == 200
    assert admin.delete(f"/grants/{grant['id']}").status_code == 204
    assert admin.get("/accounts").status_code == 403


def test_of_two_administrators_who_send_each_other_away_one_stays(real_house):
    for _ in range(5):
        one = real_house.organization("Acme", "one@example.com")
        two = colleague(real_house, one, "administrator")
        ids = [each.get("/me").json()["account_id"] for each in (one, two)]
        tags = [one.get(f"/accounts/{each}").headers["ETag"] for each in ids]
        answers = real_house.at_once(
            [
                client.build_request(
                    "PATCH",
                    f"/accounts/{ids[other]}",
                    json={"disabled": True},
                    headers={"If-Match": tags[other]},
                )
                for client, other in ((one, 1), (two, 0))
            ]
        )
        codes = sorted(each.status_code for each in answers)
        assert codes in ([200, 401], [200, 409]), codes
        assert sorted(each.get("/me").status_code for each in (one, two)) == [200, 401]


def test_of_two_administrators_who_lay_down_the_office_at_once_one_keeps_it(real_house):
    one = real_house.organization("Acme", "one@example.com")
    colleague(real_house, one, "administrator")
    grants = [e for e in one.get("/grants").json()["items"] if e["role"] == "administrator"]
    answers = real_house.at_once(
        [one.build_request("DELETE", f"/grants/{each['id']}") for each in grants]
    )
    assert min(each.status_code for each in answers) == 204
    assert sum(each.status_code == 204 for each in answers) == 1


def test_people_see_their_own_account_and_auditors_all(house, admin):
    sponsor, auditor = colleague(house, admin, "sponsor"), colleague(house, admin, "auditor")
    assert sponsor.get("/accounts").status_code == 403
    assert len(auditor.get("/accounts").json()["items"]) == 3
    assert len(auditor.get("/grants").json()["items"]) == 3
    account = admin.get("/me").json()["account_id"]
    refused = auditor.patch(f"/accounts/{account}", json={"name": "X"}, headers={"If-Match": '"1"'})
    assert refused.status_code == 403
