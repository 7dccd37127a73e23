"""The event log and the audit trail: gapless, in commit order, never changed behind one's back."""

import threading
import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.access.events import AccountDisabled
from app.kit.audit import AuditEntry, broken_links
from app.kit.database import OrganizationHead
from app.kit.events import Event, EventRow
from app.kit.lanes import Lanes, system
from app.kit.migrating import owner_engine
from app.kit.work import bind_organization
from tests.given.participants import participant


def entries(lanes: Lanes, organization_id: str) -> list[Any]:
    with lanes.unit(system(UUID(organization_id)), "look") as uow:
        return list(uow.db.scalars(select(AuditEntry).order_by(AuditEntry.position)))


def emit_one(lanes: Lanes, organization_id: UUID, wait: float = 0.0) -> None:
    with lanes.unit(system(organization_id), "emit") as uow:
        uow.emit(AccountDisabled(account_id=organization_id))
        uow.rows.execute(text("SELECT 1"))
        time.sleep(wait)


def test_a_feed_that_is_followed_shows_everything_once_and_in_order(admin):
    people = [participant(admin)["id"] for _ in range(7)]
    seen, after = [], 0
    while True:
        page = admin.get(f"/events?after={after}&limit=2&type=participant.added").json()
        if not page["items"]:
            break
        seen += [each["data"]["participant_id"] for each in page["items"]]
        after = page["next_after"]
    assert seen == people


def test_positions_have_no_gap_and_refused_requests_take_none(admin):
    for number in range(5):
        participant(admin, external_id=f"W-{number}")
        twice = {"given_name": "A", "family_name": "B", "time_zone": "UTC", "external_id": "W-0"}
        assert admin.post("/participants", json=twice).status_code == 409
    positions = [each["position"] for each in admin.get("/events?limit=200").json()["items"]]
    assert positions == list(range(1, len(positions) + 1))


def test_an_organization_hears_its_own_events_only(house, admin):
    globex = house.organization("Globex", "admin@globex.example")
    participant(globex)
    own = admin.get("/events").json()["items"]
    assert {each["type"] for each in own} == {"organization.opened"}
    assert [each["position"] for each in own] == [1]


def test_a_late_commit_is_never_skipped_by_a_reader_who_follows(real_house):
    """Writers that sleep before they commit, a reader that reads on behind what it has seen."""
    admin = real_house.organization()
    organization_id = UUID(admin.organization_id)
    waits = [0.03, 0.0, 0.015, 0.0]

    def write(wait: float) -> None:
        for _ in range(10):
            emit_one(real_house.lanes, organization_id, wait)

    writers = [threading.Thread(target=write, args=(wait,)) for wait in waits]
    for each in writers:
        each.start()
    seen, after = [], 0
    while any(each.is_alive() for each in writers) or len(seen) < 41:
        with real_house.lanes.reading() as rows:
            bind_organization(rows, organization_id)
            found = rows.scalars(
                select(EventRow.position)
                .where(EventRow.organization_id == organization_id, EventRow.position > after)
                .order_by(EventRow.position)
            ).all()
        seen += found
        after = seen[-1] if seen else 0
    for each in writers:
        each.join()
    assert seen == list(range(1, 42))


def test_two_hundred_writers_at_once_leave_a_whole_chain(real_house):
    admin = real_house.organization()
    person = {"given_name": "Rosa", "family_name": "Weber", "time_zone": "UTC"}
    requests = [admin.build_request("POST", "/participants", json=person) for _ in range(200)]
    assert {each.status_code for each in real_house.at_once(requests)} == {201}
    verdict = admin.get("/audit-entries/verify").json()
    assert verdict == {"whole": True, "entries_count": 201, "broken_positions": []}
    positions = [each.position for each in entries(real_house.lanes, admin.organization_id)]
    assert positions == list(range(1, 202))


def test_every_change_leaves_an_entry_that_names_caller_operation_and_record(house, admin):
    me = admin.get("/me").json()["account_id"]
    person = participant(admin)
    tag = admin.get(f"/participants/{person['id']}").headers["ETag"]
    admin.patch(
        f"/participants/{person['id']}",
        json={"given_name": "Mara"},
        headers={"If-Match": tag, "X-Request-Id": "the-second"},
    )
    added, changed = admin.get("/audit-entries?after=1").json()["items"]
    assert (added["action"], changed["action"]) == ("add_participant", "change_participant")
    assert {added["actor"], changed["actor"]} == {f"account:{me}"}
    assert changed["request_id"] == "the-second"
    (what,) = changed["changes"]
    assert (what["table"], what["id"], what["what"]) == ("participants", person["id"], "changed")
    assert "given_name" in what["fields"]
    assert "Mara" not in str(changed)


def test_reading_leaves_no_entry(admin):
    for path in ("/me", "/participants", "/events", "/audit-entries", "/audit-entries/verify"):
        assert admin.get(path).status_code == 200
    assert len(admin.get("/audit-entries").json()["items"]) == 1


@pytest.mark.parametrize("kind", [AuditEntry, EventRow])
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_the_database_refuses_to_change_what_is_kept(house, admin, kind, deed):
    participant(admin)
    mine = kind.organization_id == UUID(admin.organization_id)
    stmt = (
        update(kind).where(mine).values(at=house.clock.now())
        if deed == "update"
        else delete(kind).where(mine)
    )

    def tamper() -> None:
        with house.lanes.unit(system(UUID(admin.organization_id)), "tamper") as uow:
            uow.rows.execute(stmt)

    with pytest.raises(DBAPIError, match=r"append only|permission denied"):
        tamper()


@pytest.mark.parametrize("kind", ["audit_entries", "events"])
@pytest.mark.parametrize("deed", ["UPDATE {0} SET at = at", "DELETE FROM {0}"])
def test_the_owner_of_the_tables_is_refused_too(real_house, own_settings, kind, deed):
    admin = real_house.organization()
    engine = owner_engine(own_settings)

    def tamper() -> None:
        with engine.begin() as rows:
            bind_organization(rows, UUID(admin.organization_id))
            rows.execute(text(deed.format(kind)))

    with pytest.raises(DBAPIError, match="append only"):
        tamper()
    engine.dispose()


def altered(found: list[Any]) -> None:
    found[2].action = "nothing_happened"


def reordered(found: list[Any]) -> None:
    found[2], found[3] = found[3], found[2]


def cut_out(found: list[Any]) -> None:
    del found[2]


def cut_at_the_beginning(found: list[Any]) -> None:
    del found[0]


def forged(found: list[Any]) -> None:
    found[2].changes = [{"table": "participants", "what": "added"}]


def another_actor(found: list[Any]) -> None:
    found[2].actor = "account:somebody-else"


def doubled(found: list[Any]) -> None:
    found.insert(2, found[2])


@pytest.mark.parametrize(
    "tamper",
    [altered, reordered, cut_out, cut_at_the_beginning, forged, another_actor, doubled],
)
def test_whatever_is_done_to_a_chain_is_seen(house, admin, tamper):
    for _ in range(5):
        participant(admin)
    found = entries(house.lanes, admin.organization_id)
    assert broken_links(found) == []
    tamper(found)
    assert broken_links(found) != []


def test_a_chain_cut_at_its_end_is_seen_by_the_head(house, admin):
    """Triggers keep rows; where somebody got past them, the head still knows how long it was."""
    for _ in range(3):
        participant(admin)
    with house.lanes.unit(system(UUID(admin.organization_id)), "tamper") as uow:
        uow.rows.execute(
            update(OrganizationHead)
            .where(OrganizationHead.organization_id == UUID(admin.organization_id))
            .values(audit_position=OrganizationHead.audit_position + 1)
        )
    verdict = admin.get("/audit-entries/verify").json()
    assert verdict["whole"] is False
    assert verdict["broken_positions"] == [5]


def test_a_chain_with_another_end_is_seen_by_the_head(house, admin):
    participant(admin)
    with house.lanes.unit(system(UUID(admin.organization_id)), "tamper") as uow:
        uow.rows.execute(
            update(OrganizationHead)
            .where(OrganizationHead.organization_id == UUID(admin.organization_id))
            .values(audit_hash="0" * 64)
        )
    assert admin.get("/audit-entries/verify").json()["broken_positions"] == [2]


def test_a_unit_of_a_thousand_changes_can_be_read_in_the_trail(house, admin):
    with house.lanes.unit(system(UUID(admin.organization_id)), "much") as uow:
        uow._changes += [{"table": "participants", "what": "changed"}] * 5_000
    last = admin.get("/audit-entries?after=1").json()["items"][-1]
    assert len(last["changes"]) == 5_000


def test_an_entry_slipped_in_by_hand_breaks_the_chain(house, admin):
    participant(admin)
    with house.lanes.unit(system(UUID(admin.organization_id)), "tamper") as uow:
        real = uow.rows.execute(select(AuditEntry).order_by(AuditEntry.position.desc())).first()
        uow.rows.execute(
            insert(AuditEntry), {**real._asdict(), "position": real.position + 1, "actor": "nobody"}
        )
    assert admin.get("/audit-entries/verify").json()["whole"] is False


def test_events_say_who_and_what_by_ids_and_figures_only():
    """No name, no free text: a text in an event is one of a few words, a list of them, a digest."""
    # each of a closed list
    words = {"fields", "digest", "competence", "moment", "source", "code", "reason"}
    for type_name, kind in Event.kinds().items():
        assert kind.__doc__, f"{type_name} says nothing about itself"
        free = {
            name
            for name, info in kind.model_fields.items()
            if "<class 'str'>" in repr(info.annotation) or info.annotation in (str, list[str])
        }
        assert free <= words, f"{type_name} tells {free - words} in words of its own"
