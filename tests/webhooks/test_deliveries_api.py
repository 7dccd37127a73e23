"""Messages on their way: what arrives, in which order, when it is tried again, and what is told."""

import datetime as dt
import json
from itertools import pairwise

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from app.kit.clock import SystemClock
from app.webhooks.outcomes import SCHEDULE, pause_before
from tests.given.participants import participant
from tests.given.webhooks import endpoint
from tests.receiver import send_due


def deliveries(client, **query):
    response = client.get("/webhook-deliveries", params={"limit": 200, **query})
    assert response.status_code == 200, response.text
    return response.json()["items"]


def happens(admin, number=1, start=0):
    """Something, so many times; returns the ids of the people it happened to, in order."""
    return [participant(admin, external_id=f"W-{start + n}")["id"] for n in range(number)]


def people_in(receiver):
    return [message.event["data"]["participant_id"] for message in receiver.seen]


def status_of(admin, made):
    return admin.get(f"/webhook-endpoints/{made['id']}").json()


@pytest.fixture(name="made")
def an_endpoint_for_added_people(admin, receiver):
    return endpoint(admin, url=receiver.url, event_types=["participant.added"])


def test_what_happens_arrives_signed_and_thin(admin, house, receiver, made):
    house.clock.travel_to(SystemClock().now())  # whoever verifies looks at the time, too
    (person,) = happens(admin)
    assert send_due(house.lanes) == 1
    (message,) = receiver.seen
    told = Webhook(made["secret"]).verify(message.body, message.headers)
    (event,) = (
        each
        for each in admin.get("/events", params={"limit": 200}).json()["items"]
        if each["type"] == "participant.added"
    )
    moment = told.pop("time")
    assert dt.datetime.fromisoformat(moment).replace(microsecond=0) == house.clock.now().replace(
        microsecond=0
    )
    assert told == {
        "specversion": "1.0",
        "id": event["id"],
        "source": f"/v1/organizations/{admin.organization_id}",
        "type": "participant.added",
        "datacontenttype": "application/json",
        "timestamp": moment,
        "position": event["position"],
        "data": event["data"],
    }
    assert told["data"]["participant_id"] == person
    assert message.headers["webhook-id"] == event["id"]
    assert message.headers["content-type"] == "application/json"
    assert len(message.body) < 20_000
    forged = message.body.replace("participant.added", "participant.erased")
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(forged, message.headers)


def test_a_delivery_tells_how_it_went_and_not_what_the_receiver_said(admin, house, receiver, made):
    receiver.say(500, X_Secret="inside")
    happens(admin)
    send_due(house.lanes)
    (listed,) = deliveries(admin, webhook_endpoint_id=made["id"])
    shown = admin.get(f"/webhook-deliveries/{listed['id']}")
    assert shown.json() == listed
    assert listed["status"] == "pending"
    (attempt,) = listed["attempts"]
    assert attempt.pop("duration_ms") < 15_000
    assert attempt == {"at": "2026-03-02T09:00:00Z", "outcome": "status 500"}
    assert "inside" not in shown.text
    assert listed["event_id"] == receiver.seen[0].id


def test_an_endpoint_hears_only_what_it_wished_for_and_nothing_of_before(admin, house, receiver):
    happens(admin)
    endpoint(admin, url=receiver.url, event_types=["framework.added", "participant.added"])
    happens(admin, 2, start=5)
    admin.patch(
        "/participants/" + happens(admin, start=9)[0],
        json={"department": "Sales"},
        headers={"If-Match": '"1"'},
    )
    send_due(house.lanes)
    assert receiver.types == ["participant.added"] * 3


def test_an_endpoint_that_hears_all_hears_of_itself(admin, house, receiver):
    endpoint(admin, url=receiver.url)
    send_due(house.lanes)
    assert receiver.types == ["webhook_endpoint.registered"]


def test_events_arrive_in_the_order_they_were_committed(admin, house, receiver, made):
    people = happens(admin, 50)
    assert send_due(house.lanes) == 50
    assert people_in(receiver) == people
    assert send_due(house.lanes) == 0


def test_another_organization_hears_nothing(admin, house, receiver, made):
    stranger = house.organization("Globex", "admin@globex.example")
    happens(stranger)
    send_due(house.lanes)
    assert not receiver.seen
    assert not deliveries(stranger)


def test_what_fails_is_tried_again_on_schedule_and_then_given_up(admin, house, receiver, made):
    receiver.say(500)
    happens(admin)
    due = []
    while not due or due[-1] is not None:
        assert send_due(house.lanes) == 1
        assert send_due(house.lanes) == 0  # nothing before it is due
        (delivery,) = deliveries(admin)
        due.append(delivery["due_at"])
        if due[-1]:
            house.clock.travel_to(dt.datetime.fromisoformat(due[-1]) - dt.timedelta(seconds=1))
            assert send_due(house.lanes) == 0
            house.clock.travel(seconds=1)
    attempts = delivery["attempts"]
    assert len(attempts) == len(SCHEDULE) == 10
    times = [dt.datetime.fromisoformat(each["at"]) for each in attempts]
    for planned, (earlier, later) in zip(SCHEDULE[1:], pairwise(times), strict=True):
        assert 0.8 * planned <= later - earlier + dt.timedelta(milliseconds=1)
        assert later - earlier <= 1.2 * planned + dt.timedelta(seconds=1)
    assert delivery["status"] == "failed"
    assert len({message.id for message in receiver.seen}) == 1
    assert len({message.body for message in receiver.seen}) == 1


def test_the_jitter_of_a_delivery_is_always_the_same_and_spreads_deliveries(admin, house):
    made = [endpoint(admin)["id"] for _ in range(20)]
    pauses = {pause_before(each, 3) for each in made}
    assert pauses == {pause_before(each, 3) for each in made}
    assert len(pauses) == 20
    assert all(0.8 * SCHEDULE[3] <= each <= 1.2 * SCHEDULE[3] for each in pauses)


def test_after_four_failures_in_a_row_there_are_growing_pauses_and_it_is_told(
    admin, house, receiver, made
):
    receiver.say(503)
    happens(admin, 6)
    assert send_due(house.lanes) == 4
    shown = status_of(admin, made)
    assert (shown["status"], shown["status_reason"]) == ("failing", "status 503")
    assert shown["paused_until"] == "2026-03-02T09:01:00Z"
    tag = admin.get(f"/webhook-endpoints/{made['id']}").headers["ETag"]
    for minutes in (1, 2, 4):
        house.clock.travel(minutes=minutes)
        assert send_due(house.lanes) == 1
    assert admin.get(f"/webhook-endpoints/{made['id']}").headers["ETag"] != tag
    receiver.say(200)
    house.clock.travel(minutes=8)
    send_due(house.lanes)
    shown = status_of(admin, made)
    assert (shown["status"], shown["status_reason"], shown["paused_until"]) == (
        "active",
        None,
        None,
    )
    house.clock.travel(hours=3)  # by their own schedules, those that were tried come later
    send_due(house.lanes)
    assert not deliveries(admin, status="pending")
    told = [each["type"] for each in admin.get("/events", params={"limit": 200}).json()["items"]]
    assert told[-2:] == ["webhook_endpoint.failing", "webhook_endpoint.recovered"]


def test_forty_failures_in_a_row_disable_an_endpoint_and_it_is_told(admin, house, receiver, made):
    receiver.answer = lambda message: (
        500 if message.event["type"] == "participant.added" else 200,
        {},
    )
    happens(admin, 6)
    other = endpoint(admin, url=receiver.url, event_types=["webhook_endpoint.disabled"])
    attempts = 0
    while (shown := status_of(admin, made))["status"] != "disabled":
        assert attempts < 40
        attempts += send_due(house.lanes)
        house.clock.travel(hours=29)
    assert receiver.types.count("participant.added") == 40
    assert shown["status_reason"] == "too_many_failures"
    assert receiver.seen[-1].event["data"] == {
        "webhook_endpoint_id": made["id"],
        "reason": "too_many_failures",
    }
    assert status_of(admin, other)["status"] == "active"


def test_gone_means_gone(admin, house, receiver, made):
    receiver.say(410)
    happens(admin, 2)
    assert send_due(house.lanes) == 1
    shown = status_of(admin, made)
    assert (shown["status"], shown["status_reason"]) == ("disabled", "receiver_gone")
    house.clock.travel(hours=30)
    assert send_due(house.lanes) == 0


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("as_date", [False, True])
def test_a_receiver_that_asks_to_wait_is_given_time(admin, house, receiver, made, status, as_date):
    wait = "Mon, 02 Mar 2026 09:20:00 GMT" if as_date else "1200"
    receiver.say(status, Retry_After=wait)
    happens(admin, 2)
    assert send_due(house.lanes) == 1  # the second waits, too
    assert status_of(admin, made)["paused_until"] == "2026-03-02T09:20:00Z"
    receiver.say(200)
    house.clock.travel(minutes=19)
    assert send_due(house.lanes) == 0
    house.clock.travel(minutes=1)
    assert send_due(house.lanes) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500])
def test_only_two_hundreds_are_success_and_redirects_are_not_followed(
    admin, house, receiver, made, status
):
    receiver.say(status, Location=f"{receiver.url}/elsewhere", Retry_After="9999")
    happens(admin)
    assert send_due(house.lanes) == 1
    assert len(receiver.seen) == 1
    (delivery,) = deliveries(admin)
    assert [each["outcome"] for each in delivery["attempts"]] == [f"status {status}"]
    assert delivery["due_at"] <= "2026-03-02T09:00:06.0"


def test_a_test_goes_out_at_once_also_in_a_pause(admin, house, receiver, made):
    receiver.say(500)
    happens(admin, 4)
    send_due(house.lanes)
    assert status_of(admin, made)["status"] == "failing"
    receiver.say(200)
    response = admin.post(f"/webhook-endpoints/{made['id']}/send-test-event")
    assert response.status_code == 201
    assert send_due(house.lanes) == 1
    event = receiver.seen[-1].event
    assert (event["type"], event["position"]) == ("webhook.test", 0)
    assert event["data"] == {"webhook_endpoint_id": made["id"]}
    shown = admin.get(response.headers["Location"].removeprefix("/v1")).json()
    assert (shown["status"], shown["event_id"]) == ("delivered", event["id"])
    assert status_of(admin, made)["status"] == "active"


def test_one_message_is_sent_again_under_the_same_id(admin, house, receiver, made):
    happens(admin, 2)
    send_due(house.lanes)
    first = deliveries(admin)[-1]
    again = admin.post(f"/webhook-deliveries/{first['id']}/redeliver").json()
    assert (again["status"], again["finished_at"]) == ("pending", None)
    assert send_due(house.lanes) == 1
    assert receiver.seen[-1].id == receiver.seen[0].id
    shown = admin.get(f"/webhook-deliveries/{first['id']}").json()
    assert [each["outcome"] for each in shown["attempts"]] == ["delivered", "delivered"]


def test_what_was_missed_is_recovered_once_and_in_order(admin, house, receiver):
    before = happens(admin, 2)
    house.clock.travel(hours=1)
    made = endpoint(admin, url=receiver.url, event_types=["participant.added"])
    path = f"/webhook-endpoints/{made['id']}"
    arrived = happens(admin, 2, start=10)
    send_due(house.lanes)
    admin.post(f"{path}/disable")
    meanwhile = happens(admin, 3, start=20)
    send_due(house.lanes)
    assert admin.post(f"{path}/recover", json={"since": "2026-01-01T00:00:00Z"}).status_code == 409
    admin.post(f"{path}/enable")
    send_due(house.lanes)
    assert people_in(receiver) == arrived
    answer = admin.post(f"{path}/recover", json={"since": "2026-03-02T09:30:00Z"}).json()
    assert answer == {"recovered_count": 3, "next_since": None}
    send_due(house.lanes)
    assert people_in(receiver) == arrived + meanwhile
    answer = admin.post(f"{path}/recover", json={"since": "2026-03-02T08:00:00Z"}).json()
    assert answer["recovered_count"] == 2
    send_due(house.lanes)
    assert people_in(receiver) == arrived + meanwhile + before
    assert admin.post(f"{path}/recover", json={"since": "2020-01-01T00:00:00Z"}).json() == {
        "recovered_count": 0,
        "next_since": None,
    }


def test_what_was_given_up_is_recovered(admin, house, receiver, made):
    receiver.say(500)
    happens(admin)
    for _ in SCHEDULE:
        send_due(house.lanes)
        house.clock.travel(hours=30)
    (delivery,) = deliveries(admin, status="failed")
    receiver.say(200)
    path = f"/webhook-endpoints/{made['id']}/recover"
    assert admin.post(path, json={"since": "2026-03-01T00:00:00Z"}).json()["recovered_count"] == 1
    assert send_due(house.lanes) == 1
    shown = admin.get(f"/webhook-deliveries/{delivery['id']}").json()
    assert shown["status"] == "delivered"
    assert len(shown["attempts"]) == 11


def test_what_waits_for_its_next_try_is_recovered_at_once(admin, house, receiver, made):
    receiver.say(500)
    people = happens(admin, 2)
    send_due(house.lanes)
    receiver.say(200)
    receiver.seen.clear()
    assert send_due(house.lanes) == 0
    path = f"/webhook-endpoints/{made['id']}/recover"
    for count in (2, 0):
        answer = admin.post(path, json={"since": "2026-03-01T00:00:00Z"}).json()
        assert answer["recovered_count"] == count
    send_due(house.lanes)
    assert people_in(receiver) == people


def test_more_than_one_call_recovers_is_asked_for_again(admin, house, receiver, monkeypatch):
    monkeypatch.setattr("app.webhooks.delivering.MOST_RECOVERED", 2)
    people = []
    for hour in range(5):
        people += happens(admin, start=hour)
        house.clock.travel(hours=1)
    made = endpoint(admin, url=receiver.url, event_types=["participant.added"])
    since, counts = "2026-03-02T09:00:00Z", []
    while since:
        path = f"/webhook-endpoints/{made['id']}/recover"
        answer = admin.post(path, json={"since": since}).json()
        since = answer["next_since"]
        counts.append(answer["recovered_count"])
    assert counts == [2, 2, 1]
    send_due(house.lanes)
    assert people_in(receiver) == people


def test_nothing_is_asked_of_a_disabled_endpoint(admin, house, receiver, made):
    happens(admin)
    send_due(house.lanes)
    (delivery,) = deliveries(admin)
    path = f"/webhook-endpoints/{made['id']}"
    admin.post(f"{path}/disable")
    for refused in (
        admin.post(f"{path}/send-test-event"),
        admin.post(f"/webhook-deliveries/{delivery['id']}/redeliver"),
    ):
        assert refused.json()["code"] == "webhook-endpoint-disabled"


def test_what_was_pending_when_it_was_disabled_goes_out_when_it_is_enabled(
    admin, house, receiver, made
):
    receiver.say(500)
    people = happens(admin, 2)
    send_due(house.lanes)
    receiver.seen.clear()
    receiver.say(200)
    admin.post(f"/webhook-endpoints/{made['id']}/disable")
    house.clock.travel(hours=1)
    assert send_due(house.lanes) == 0
    admin.post(f"/webhook-endpoints/{made['id']}/enable")
    send_due(house.lanes)
    assert people_in(receiver) == people


def test_during_the_overlap_both_secrets_verify_and_afterwards_only_the_new_one(
    admin, house, receiver, made
):
    house.clock.travel_to(SystemClock().now())
    receiver.say(500)
    happens(admin)
    send_due(house.lanes)
    rotate = f"/webhook-endpoints/{made['id']}/rotate-secret"
    new = admin.post(rotate, json={"overlap_hours": 1}).json()["secret"]
    house.clock.travel(seconds=10)
    receiver.say(200)
    send_due(house.lanes)
    old_only, both = receiver.seen
    assert len(both.headers["webhook-signature"].split()) == 2
    for secret in (made["secret"], new):
        assert Webhook(secret).verify(both.body, both.headers)["type"] == "participant.added"
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(old_only.body, old_only.headers)
    admin.post(rotate, json={"overlap_hours": 0})
    happens(admin, start=5)
    send_due(house.lanes)
    latest = receiver.seen[-1]
    assert len(latest.headers["webhook-signature"].split()) == 1
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(latest.body, latest.headers)


def test_an_hour_down_and_up_again_loses_nothing_and_keeps_the_order(admin, house, receiver, made):
    receiver.say(503)
    people = []
    for minute in range(0, 60, 4):
        people += happens(admin, start=minute)
        send_due(house.lanes)
        house.clock.travel(minutes=4)
    # four failures in the beginning, then pauses of 1, 2, 4, 8, 16, 32 minutes
    assert 4 < len(receiver.seen) <= 4 + 6
    receiver.seen.clear()
    receiver.say(200)
    for minute in range(60, 66, 2):
        people += happens(admin, start=minute)
        send_due(house.lanes)
        house.clock.travel(minutes=2)
    house.clock.travel(hours=3)  # the longest that one of them may still have had to wait
    send_due(house.lanes)
    assert sorted(people_in(receiver)) == sorted(people)
    assert not deliveries(admin, status="pending")
    tried_before = {each["event_id"] for each in deliveries(admin) if len(each["attempts"]) > 1}
    untried = [each for each in receiver.seen if each.id not in tried_before]
    assert [each.event["position"] for each in untried] == sorted(
        each.event["position"] for each in untried
    )


def test_deliveries_are_found_by_endpoint_status_type_and_event(admin, house, receiver, made):
    other = endpoint(admin, url=receiver.url)
    happens(admin, 2)
    send_due(house.lanes)
    event_id = receiver.seen[-1].id
    assert {each["webhook_endpoint_id"] for each in deliveries(admin, event_id=event_id)} == {
        made["id"],
        other["id"],
    }
    assert len(deliveries(admin, webhook_endpoint_id=made["id"])) == 2
    assert len(deliveries(admin, event_type="participant.added")) == 4
    assert len(deliveries(admin, status="delivered")) == len(deliveries(admin))
    assert not deliveries(admin, status="failed")


def test_old_deliveries_are_forgotten_and_pending_ones_never(admin, house, receiver, made):
    happens(admin)
    send_due(house.lanes)
    receiver.say(500)
    happens(admin, start=5)
    house.clock.travel(days=31)
    house.work_off()
    send_due(house.lanes)
    assert [each["status"] for each in deliveries(admin)] == ["pending"]


def test_an_address_that_was_good_and_leads_inside_by_now_is_not_connected_to(
    admin, house, receiver, made
):
    happens(admin)
    house.lanes.settings = house.lanes.settings.model_copy(update={"webhook_networks": ()})
    send_due(house.lanes)
    assert not receiver.seen
    (delivery,) = deliveries(admin)
    assert [each["outcome"] for each in delivery["attempts"]] == ["address_refused"]


def test_a_message_holds_nothing_but_ids_and_figures(admin, house, receiver):
    endpoint(admin, url=receiver.url)
    participant(admin, given_name="Rosalinde", family_name="Weberknecht")
    send_due(house.lanes)
    assert "participant.added" in receiver.types
    said = json.dumps([message.event for message in receiver.seen])
    assert "Rosalinde" not in said
    assert "Weberknecht" not in said
