"""Passwords to tokens: no answer tells who exists, no secret works twice, all ends at once."""

import statistics
import time
import uuid

import pytest

from app.access import passwords
from app.access.passwords import hash_password, verify_password
from tests.given.accounts import PASSWORD, colleague
from tests.given.participants import participant


@pytest.fixture(name="rosa")
def somebody_with_a_password(house, admin) -> str:
    colleague(house, admin, "sponsor", name="Rosa")
    (account,) = [each for each in admin.get("/accounts").json()["items"] if each["name"] == "Rosa"]
    return account["email"]


def sign_in(house, admin, email: str, password: str = PASSWORD, organization: str | None = None):
    return house.client().post(
        "/tokens/sign-in",
        json={
            "organization_id": organization or admin.organization_id,
            "email": email,
            "password": password,
        },
    )


def account_of(admin, email: str) -> dict:
    (found,) = admin.get(f"/accounts?email={email}").json()["items"]
    return found


def disable(admin, account_id: str, *, disabled: bool = True):
    path = f"/accounts/{account_id}"
    tag = admin.get(path).headers["ETag"]
    return admin.patch(path, json={"disabled": disabled}, headers={"If-Match": tag})


def refresh(house, secret: str):
    return house.client().post("/tokens/refresh", json={"refresh_token": secret})


def test_the_right_password_gives_a_pair_of_tokens(house, admin, rosa):
    pair = sign_in(house, admin, rosa)
    assert pair.status_code == 201
    tokens = pair.json()
    assert tokens["access_token"].startswith("rms_")
    assert tokens["refresh_token"].startswith("rmr_")
    assert tokens["access_expires_at"] == "2026-03-02T09:30:00Z"
    assert tokens["refresh_expires_at"] == "2026-03-16T09:00:00Z"
    assert house.client(tokens["access_token"]).get("/me").json()["email"] == rosa
    assert sign_in(house, admin, rosa.upper()).status_code == 201, "e-mail in any case"


def test_nobody_learns_from_an_answer_who_exists(house, admin, rosa):
    disabled = account_of(admin, rosa)
    answers = [
        sign_in(house, admin, rosa, "wrong password"),
        sign_in(house, admin, "nobody@example.com"),
        sign_in(house, admin, rosa, organization=str(uuid.uuid4())),
        sign_in(house, admin, admin.get("/me").json()["email"], "it has no password"),
    ]
    disable(admin, disabled["id"])
    answers.append(sign_in(house, admin, rosa))
    told = [
        {
            "status": each.status_code,
            "body": {k: v for k, v in each.json().items() if k != "request_id"},
            "headers": {k: v for k, v in each.headers.items() if k != "x-request-id"},
        }
        for each in answers
    ]
    assert told[0]["status"] == 401
    assert told[0]["body"]["code"] == "sign-in-refused"
    assert [each for each in told if each != told[0]] == []


@pytest.mark.fault
def test_nobody_learns_from_the_time_who_exists(house, admin, rosa):
    def took(email: str) -> float:
        started = time.perf_counter()
        sign_in(house, admin, email, "wrong password")
        return time.perf_counter() - started

    known, unknown = [], []
    for number in range(40):
        house.clock.travel(minutes=16)  # no throttle in between
        known.append(took(rosa))
        unknown.append(took(f"nobody{number}@example.com"))
    assert 0.7 < statistics.median(known) / statistics.median(unknown) < 1.4


def test_ten_wrong_guesses_slow_the_next_and_a_right_one_after_the_pause_gets_in(
    house, admin, rosa
):
    for _ in range(10):
        assert sign_in(house, admin, rosa, "wrong password").status_code == 401
    slow = sign_in(house, admin, rosa)
    assert (slow.status_code, slow.json()["code"]) == (429, "too-many-sign-ins")
    house.clock.travel(seconds=int(slow.headers["Retry-After"]))
    assert sign_in(house, admin, rosa).status_code == 201, "slowed down, never locked out"
    assert sign_in(house, admin, rosa, "wrong password").status_code == 401, "counted anew"


def test_the_pauses_grow_to_a_minute_and_are_forgotten_with_their_window(house, admin, rosa):
    pauses = []
    for _ in range(18):
        answer = sign_in(house, admin, rosa, "wrong password")
        while answer.status_code == 429:
            pauses.append(int(answer.headers["Retry-After"]))
            house.clock.travel(seconds=pauses[-1])
            answer = sign_in(house, admin, rosa, "wrong password")
        assert answer.status_code == 401
    assert pauses == sorted(pauses)
    assert max(pauses) <= 61
    house.clock.travel(minutes=16)
    assert sign_in(house, admin, rosa, "wrong password").status_code == 401


def test_guessing_at_one_account_does_not_slow_another_or_another_organization(house, admin, rosa):
    globex = house.organization("Globex", "admin@globex.example")
    for _ in range(11):
        sign_in(house, admin, rosa, "wrong password")
    assert sign_in(house, admin, "other@example.com").status_code == 401
    assert sign_in(house, globex, rosa).status_code == 401
    assert sign_in(house, admin, rosa).status_code == 429


def test_unknown_names_are_slowed_down_like_known_ones(house, admin):
    answers = [sign_in(house, admin, "nobody@example.com").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]


def test_guesses_sent_all_at_once_are_slowed_down_too(real_house):
    admin = real_house.organization()
    colleague(real_house, admin, "sponsor", name="Rosa")
    (rosa,) = [each for each in admin.get("/accounts").json()["items"] if each["name"] == "Rosa"]

    def guess(password: str):
        told = {
            "organization_id": admin.organization_id, "email": rosa["email"], "password": password,
        }  # fmt: skip
        return real_house.client().build_request("POST", "/tokens/sign-in", json=told)

    answers = real_house.at_once([*(guess(f"wrong {n}") for n in range(30)), guess(PASSWORD)])
    codes = [each.status_code for each in answers]
    assert codes.count(401) <= 10 + real_house.lanes.settings.pool_size
    assert codes[-1] == 429, "the right one among too many guesses is not told"


def test_a_refresh_token_is_exchanged_once_for_a_new_pair(house, admin, rosa):
    first = sign_in(house, admin, rosa).json()
    house.clock.travel(minutes=31)
    assert house.client(first["access_token"]).get("/me").status_code == 401, "its life is over"
    second = refresh(house, first["refresh_token"])
    assert second.status_code == 201
    assert house.client(second.json()["access_token"]).get("/me").status_code == 200
    third = refresh(house, second.json()["refresh_token"])
    assert third.status_code == 201


def test_a_lost_answer_may_be_asked_for_once_more_within_ten_seconds(house, admin, rosa):
    first = sign_in(house, admin, rosa).json()
    lost = refresh(house, first["refresh_token"]).json()
    house.clock.travel(seconds=10)
    again = refresh(house, first["refresh_token"])
    assert again.status_code == 201
    for pair in (lost, again.json()):
        assert house.client(pair["access_token"]).get("/me").status_code == 200
    assert refresh(house, again.json()["refresh_token"]).status_code == 201


@pytest.mark.parametrize("how", ["after the grace", "a third time within it"])
def test_a_spent_refresh_token_shown_again_ends_its_whole_family(house, admin, rosa, how):
    first = sign_in(house, admin, rosa).json()
    elsewhere = sign_in(house, admin, rosa).json()
    second = refresh(house, first["refresh_token"]).json()
    if how == "after the grace":
        house.clock.travel(seconds=11)
    else:
        assert refresh(house, first["refresh_token"]).status_code == 201
    reused = refresh(house, first["refresh_token"])
    assert (reused.status_code, reused.json()["code"]) == (401, "refresh-refused")
    for pair in (first, second):
        assert house.client(pair["access_token"]).get("/me").status_code == 401
        assert refresh(house, pair["refresh_token"]).status_code == 401
    assert house.client(elsewhere["access_token"]).get("/me").status_code == 200
    types = [each["type"] for each in admin.get("/events?limit=200").json()["items"]]
    assert types.count("token.reuse_detected") == 1


def test_two_exchanges_at_once_leave_at_most_two_children_and_reuse_kills_all(real_house):
    admin = real_house.organization()
    colleague(real_house, admin, "sponsor", name="Rosa")
    (rosa,) = [each for each in admin.get("/accounts").json()["items"] if each["name"] == "Rosa"]
    first = sign_in(real_house, admin, rosa["email"]).json()

    def exchange(secret: str):
        told = {"refresh_token": secret}
        return real_house.client().build_request("POST", "/tokens/refresh", json=told)

    two = real_house.at_once([exchange(first["refresh_token"]) for _ in range(2)])
    assert [each.status_code for each in two] == [201, 201]
    real_house.clock.travel(seconds=11)
    children = [each.json()["refresh_token"] for each in two]
    answers = real_house.at_once(
        [exchange(first["refresh_token"]), *(exchange(each) for each in children)]
    )
    assert answers[0].status_code == 401
    survivors = [*children, *(e.json()["refresh_token"] for e in answers if e.is_success)]
    assert [refresh(real_house, each).status_code for each in survivors] == [401] * len(survivors)


def test_a_refresh_token_lives_two_weeks(house, admin, rosa):
    first = sign_in(house, admin, rosa).json()
    house.clock.travel(days=14)
    assert refresh(house, first["refresh_token"]).status_code == 401


@pytest.mark.parametrize("kind", ["access_token", "nonsense", "key"])
def test_nothing_but_a_refresh_token_is_exchanged(house, admin, rosa, kind):
    pair = sign_in(house, admin, rosa).json()
    shown = {"access_token": pair["access_token"], "nonsense": "rmr_" + "0" * 36}.get(
        kind, admin.headers["Authorization"].partition(" ")[2]
    )
    assert refresh(house, shown).status_code == 401
    assert house.client(pair["refresh_token"]).get("/me").status_code == 401, "and it opens nothing"


def test_signing_out_ends_this_sign_in_and_no_other(house, admin, rosa):
    here, there = sign_in(house, admin, rosa).json(), sign_in(house, admin, rosa).json()
    client = house.client(here["access_token"])
    assert client.post("/tokens/sign-out").status_code == 204
    assert client.get("/me").status_code == 401
    assert refresh(house, here["refresh_token"]).status_code == 401
    assert house.client(there["access_token"]).get("/me").status_code == 200


def test_an_invitation_is_good_once_and_for_seven_days(house, admin):
    def invited(email: str) -> str:
        told = {"email": email, "name": "Jun", "roles": ["sponsor"]}
        return admin.post("/accounts", json=told).json()["invitation_token"]

    def accept(secret: str, password: str = PASSWORD):
        return house.client().post(
            "/accounts/accept-invitation",
            json={"invitation_token": secret, "password": password},
        )

    once = invited("a@example.com")
    assert accept(once, "too short").status_code == 422
    assert accept(once).status_code == 200
    again = accept(once, "another password")
    assert (again.status_code, again.json()["code"]) == (401, "invitation-invalid")
    late = invited("b@example.com")
    house.clock.travel(days=7)
    assert accept(late).status_code == 401
    assert accept("rmi_" + "0" * 36).status_code == 401
    assert sign_in(house, admin, "a@example.com").status_code == 201
    assert sign_in(house, admin, "a@example.com", "another password").status_code == 401


def test_an_invitation_is_accepted_by_one_of_many_at_once(real_house):
    admin = real_house.organization()
    told = {"email": "a@example.com", "name": "Jun", "roles": ["sponsor"]}
    secret = admin.post("/accounts", json=told).json()["invitation_token"]
    requests = [
        real_house.client().build_request(
            "POST",
            "/accounts/accept-invitation",
            json={"invitation_token": secret, "password": f"{PASSWORD} {n}"},
        )
        for n in range(5)
    ]
    codes = [each.status_code for each in real_house.at_once(requests)]
    assert sorted(codes) == [200, 401, 401, 401, 401]
    works = [
        sign_in(real_house, admin, "a@example.com", f"{PASSWORD} {n}").status_code for n in range(5)
    ]
    assert [code == 201 for code in works] == [code == 200 for code in codes]


def test_a_new_invitation_ends_the_earlier_one_and_accepting_it_ends_older_sign_ins(
    house, admin, rosa
):
    old = sign_in(house, admin, rosa).json()
    account = account_of(admin, rosa)["id"]
    key = house.client(old["access_token"]).post("/tokens", json={"name": "k"}).json()["token"]
    first = admin.post(f"/accounts/{account}/invite-again").json()["invitation_token"]
    second = admin.post(f"/accounts/{account}/invite-again").json()["invitation_token"]

    def accept(secret: str):
        return house.client().post(
            "/accounts/accept-invitation",
            json={"invitation_token": secret, "password": "a new password for Rosa"},
        )

    assert accept(first).status_code == 401
    assert accept(second).status_code == 200
    assert sign_in(house, admin, rosa).status_code == 401, "the old password is over"
    assert sign_in(house, admin, rosa, "a new password for Rosa").status_code == 201
    assert house.client(old["access_token"]).get("/me").status_code == 401
    assert refresh(house, old["refresh_token"]).status_code == 401
    assert house.client(key).get("/me").status_code == 200, "a key is no sign-in"


def test_disabling_an_account_ends_everything_it_holds_at_once(house, admin, rosa):
    pair = sign_in(house, admin, rosa).json()
    client = house.client(pair["access_token"])
    key = client.post("/tokens", json={"name": "k"}).json()["token"]
    account = account_of(admin, rosa)["id"]
    assert disable(admin, account).status_code == 200
    for secret in (pair["access_token"], key):
        assert house.client(secret).get("/me").status_code == 401
    assert refresh(house, pair["refresh_token"]).status_code == 401
    assert sign_in(house, admin, rosa).status_code == 401
    assert disable(admin, account, disabled=False).status_code == 200
    assert house.client(key).get("/me").status_code == 401, "what ended stays ended"
    assert sign_in(house, admin, rosa).status_code == 201


def test_a_token_of_one_organization_opens_no_other(house, admin, rosa):
    globex = house.organization("Globex", "admin@globex.example")
    client = house.client(sign_in(house, admin, rosa).json()["access_token"])
    assert client.get(f"/organizations/{globex.organization_id}").status_code == 404
    assert client.get("/me").json()["organization_id"] == admin.organization_id


def test_a_password_is_any_unicode_of_twelve_characters_and_never_stored(
    house, admin, dear_passwords, monkeypatch
):
    participant(admin)
    password = "пароль ☃ пароль"
    monkeypatch.setattr(passwords, "_hasher", dear_passwords)
    assert verify_password(password, hash_password(password))
    assert not verify_password(password + " ", hash_password(password))
    assert not verify_password(password, None)
    assert hash_password(password) != hash_password(password)
    assert "m=19456,t=2,p=1" in hash_password(password)
