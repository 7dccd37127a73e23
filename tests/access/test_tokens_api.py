"""API keys: never more than their maker may, dead the moment they end, refused without a look."""

import pytest
from sqlalchemy import event

from app.access.scopes import SCOPES, Role, Scope
from app.access.secrets import ALPHABET, TokenKind, checksum, new_secret, well_formed
from tests.given.accounts import colleague
from tests.given.participants import participant


def made(client, **facts) -> dict:
    answer = client.post("/tokens", json={"name": "key", **facts})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_key_is_shown_once_and_only_its_end_afterwards(house, admin):
    key = made(admin, scopes=["participants:read"])
    assert key["token"].startswith("rmk_")
    shown = admin.get(f"/tokens/{key['id']}")
    assert key["token"] not in shown.text
    assert shown.json()["last_four"] == key["token"][-4:]
    assert key["token"] not in admin.get("/tokens").text
    assert house.client(key["token"]).get("/participants").status_code == 200


def test_a_key_may_what_its_scopes_say_and_no_more(house, admin):
    reader = house.client(made(admin, scopes=["participants:read"])["token"])
    assert reader.get("/participants").status_code == 200
    told = {"given_name": "A", "family_name": "B", "time_zone": "UTC"}
    refused = reader.post("/participants", json=told)
    assert refused.status_code == 403
    assert refused.json()["missing_scopes"] == ["participants:write"]


def test_no_key_is_made_with_a_scope_its_maker_lacks(house, admin):
    sponsor = colleague(house, admin, "sponsor")
    refused = sponsor.post("/tokens", json={"name": "k", "scopes": ["participants:read"]})
    assert refused.status_code == 422
    (place,) = refused.json()["errors"]
    assert (place["pointer"], place["code"]) == ("/scopes", "scope_not_held")
    limited = house.client(made(admin, scopes=["tokens:write", "participants:read"])["token"])
    assert limited.post("/tokens", json={"name": "k", "scopes": ["audit:read"]}).status_code == 422
    whole = limited.post("/tokens", json={"name": "k"}).json()
    assert whole["scopes"] == ["participants:read", "tokens:write"], "all means all of its own"
    grandchild = house.client(whole["token"])
    assert grandchild.get("/audit-entries").status_code == 403


def test_a_key_loses_what_its_account_loses_at_once(house, admin):
    manager = colleague(house, admin, "program_manager", "sponsor")
    key = house.client(made(manager, scopes=["participants:read"])["token"])
    assert key.get("/participants").status_code == 200
    account = manager.get("/me").json()["account_id"]
    for grant in admin.get(f"/grants?account_id={account}").json()["items"]:
        if grant["role"] == "program_manager":
            assert admin.delete(f"/grants/{grant['id']}").status_code == 204
    assert key.get("/participants").status_code == 403
    assert manager.get("/participants").status_code == 403
    assert manager.get("/me").json()["roles"] == ["sponsor"]


def test_a_key_ends_on_its_day_to_the_second(house, admin):
    client = house.client(made(admin, expires_in_days=1)["token"])
    house.clock.travel(days=1, seconds=-1)
    assert client.get("/me").status_code == 200
    house.clock.travel(seconds=1)
    assert client.get("/me").status_code == 401


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_key_lives_a_day_to_a_year(admin, days):
    refused = admin.post("/tokens", json={"name": "k", "expires_in_days": days})
    assert refused.status_code == 422


def test_a_revoked_key_is_dead_at_once_and_revoking_twice_is_no_failure(house, admin):
    key = made(admin)
    client = house.client(key["token"])
    assert client.get("/me").status_code == 200
    assert admin.delete(f"/tokens/{key['id']}").status_code == 204
    dead = client.get("/me")
    assert (dead.status_code, dead.json()["code"]) == (401, "unauthenticated")
    assert admin.delete(f"/tokens/{key['id']}").status_code == 204
    assert admin.get(f"/tokens/{key['id']}").json()["revoked_at"] is not None


def test_a_key_can_end_itself(house, admin):
    client = house.client(made(admin)["token"])
    assert client.post("/tokens/sign-out").status_code == 204
    assert client.get("/me").status_code == 401
    assert admin.get("/me").status_code == 200


def test_an_account_has_at_most_twenty_live_keys(house, admin):
    keys = [made(admin) for _ in range(19)]  # and the one it was set up with
    refused = admin.post("/tokens", json={"name": "one more"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-keys")
    admin.delete(f"/tokens/{keys[0]['id']}")
    assert admin.post("/tokens", json={"name": "in its place"}).status_code == 201


def test_keys_of_others_are_an_administrators_business_only(house, admin):
    manager = colleague(house, admin, "program_manager")
    key = made(manager)
    assert admin.get(f"/tokens/{key['id']}").status_code == 200
    other = colleague(house, admin, "program_manager")
    assert other.get(f"/tokens/{key['id']}").status_code == 404
    assert other.delete(f"/tokens/{key['id']}").status_code == 404
    assert other.get("/tokens").json()["items"] == []


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Basic YTpi", "Bearer rmk_", "Bearer rmk_" + "0" * 36,
        "rmk_" + "0" * 36, "Bearer rmr_" + "0" * 36, "Bearer rmk_" + "x" * 5_000,
        "Bearer ' OR 1=1 --", "Bearer rmk_ÄÖÜ" + "0" * 33, "Bearer \x7f",
    ],
)  # fmt: skip
def test_whatever_is_shown_instead_of_a_token_is_refused(house, header):
    answer = house.unchecked.get(
        "/v1/me", headers={"Authorization": header.encode("latin-1", "replace")}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="rementor"'


def test_a_mistyped_key_is_refused_without_asking_the_database(house, admin):
    secret = made(admin)["token"]
    asked: list[str] = []

    def note(_c, _u, statement, *_):
        asked.append(statement)

    engine, traced = house.lanes._writes, []
    driver = house.lanes.connection.connection.driver_connection
    if not house.lanes.on_postgresql:
        driver.set_trace_callback(traced.append)
    event.listen(engine, "before_cursor_execute", note)
    for place in range(4, len(secret)):
        other = ALPHABET[(ALPHABET.index(secret[place]) + 1) % 62]
        mistyped = secret[:place] + other + secret[place + 1 :]
        assert house.client(mistyped).get("/me").status_code == 401
    event.remove(engine, "before_cursor_execute", note)
    if not house.lanes.on_postgresql:
        driver.set_trace_callback(None)
    assert [each for each in (*asked, *traced) if "SAVEPOINT" not in each] == []


def test_the_checksum_is_githubs():
    """Their own published example of a revoked token proves the layout."""
    assert checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


@pytest.mark.parametrize("kind", list(TokenKind))
def test_a_secret_is_well_formed_for_its_own_kind_only(kind):
    secret = new_secret(kind)
    assert well_formed(secret, kind)
    assert not well_formed(secret, *(other for other in TokenKind if other is not kind))
    assert len({new_secret(kind) for _ in range(1_000)}) == 1_000


def test_the_owner_of_a_key_is_told_what_it_may(house, admin):
    me = house.client(made(admin, scopes=["events:read", "organization:read"])["token"]).get("/me")
    assert me.json()["scopes"] == ["events:read", "organization:read"]
    assert me.json()["roles"] == ["administrator"]


def test_a_key_without_the_right_to_read_the_organization_cannot_ask_who_it_is(house, admin):
    assert house.client(made(admin, scopes=["events:read"])["token"]).get("/me").status_code == 403


def test_every_role_brings_scopes_and_only_administrators_the_keys_to_the_house():
    assert set(SCOPES) == set(Role)
    guarded = {Scope.ACCOUNTS_WRITE, Scope.ORGANIZATION_WRITE}
    assert [role for role in Role if SCOPES[role] & guarded] == [Role.ADMINISTRATOR]
    assert Scope.PARTICIPANTS_READ not in SCOPES[Role.AUDITOR] | SCOPES[Role.SPONSOR]


def test_what_a_key_does_is_told_under_its_account(house, admin):
    client = house.client(made(admin, scopes=["participants:write"])["token"])
    participant(client)
    me = admin.get("/me").json()["account_id"]
    last = admin.get("/audit-entries?limit=200").json()["items"][-1]
    assert (last["actor"], last["action"]) == (f"account:{me}", "add_participant")
