"""The Python client against the house: what a script's author relies on."""

import uuid

import httpx
import pytest

from app.client import models
from app.client.operations import Rementor
from app.client.told import Open
from app.client.transport import PATIENCE, ProblemTold, ServerGone
from tests.given.participants import participant


@pytest.fixture(name="client")
def client_of_an_administrator(house, admin) -> Rementor:
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    with Rementor("http://test", token, transport=house.transport) as client:
        yield client


@pytest.fixture
def naps(monkeypatch) -> list[float]:
    """The pauses the client would have made; none is made."""
    found: list[float] = []
    monkeypatch.setattr("app.client.transport.time.sleep", found.append)
    return found


def answering(*answers):
    """A client of a server that gives these answers in turn, and what it was asked."""
    asked: list[httpx.Request] = []
    waiting = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = next(waiting)
        if isinstance(found, Exception):
            raise found
        return found

    client = Rementor("http://test/v1", "rmk_x", transport=httpx.MockTransport(answer))
    return client, asked


def wanted(**facts) -> models.ParticipantAdd:
    return models.ParticipantAdd(
        given_name="Rosa", family_name="Weber", time_zone="Europe/Rome", **facts
    )


def test_what_is_added_comes_back_typed_and_with_its_version(client):
    added = client.add_participant(wanted(external_id="W-1"))
    assert isinstance(added.id, uuid.UUID)
    assert client.get_participant(added.id) == added
    assert added.etag == '"1"'


def test_a_list_is_one_iterator_over_all_pages(client, admin):
    for number in range(5):
        participant(admin, given_name=f"Person {number}")
    everybody = list(client.list_participants(limit=2))
    assert {each.given_name for each in everybody} >= {f"Person {n}" for n in range(5)}
    assert len(everybody) == len({each.id for each in everybody})


def test_a_change_goes_to_the_version_decided_on_or_to_that_of_now(client, admin):
    person = client.get_participant(participant(admin)["id"])
    client.change_participant(person.id, models.ParticipantChange(given_name="Ada"))
    with pytest.raises(ProblemTold) as stale:
        client.change_participant(
            person.id, models.ParticipantChange(given_name="Eva"), if_match=person.etag
        )
    assert (stale.value.status, stale.value.code) == (412, "stale")
    assert client.get_participant(person.id).given_name == "Ada"


def test_somebody_from_a_list_has_no_version_and_says_so(client, admin):
    participant(admin)
    somebody = next(client.list_participants())
    with pytest.raises(LookupError, match="by its id"):
        _ = somebody.etag


def test_a_refusal_is_an_exception_with_a_code_and_the_places(client):
    client.add_participant(wanted(external_id="W-1"))
    with pytest.raises(ProblemTold) as taken:
        client.add_participant(wanted(external_id="W-1"))
    assert taken.value.code == "external-id-taken"
    with pytest.raises(ProblemTold) as invalid:
        client.add_participant(wanted().model_copy(update={"time_zone": "Moon/Crater"}))
    assert [place["pointer"] for place in invalid.value.errors] == ["/time_zone"]
    assert invalid.value.request_id != "-"


def test_the_same_key_again_is_the_same_answer(client):
    first = client.ask("POST", "/participants", wanted().model_dump(exclude_unset=True),
                       idempotency_key="night-1")  # fmt: skip
    again = client.ask("POST", "/participants", wanted().model_dump(exclude_unset=True),
                       idempotency_key="night-1")  # fmt: skip
    assert (first.replayed, again.replayed) == (False, True)
    assert first.body == again.body


def test_events_are_read_to_the_end_in_order(client, admin):
    for _ in range(3):
        participant(admin)
    events = list(client.each_event(type="participant.added"))
    assert [event.type for event in events] == ["participant.added"] * 3
    assert list(client.each_event(after=events[-1].position)) == []


def test_a_request_is_repeated_with_its_key_until_it_is_answered(naps):
    client, asked = answering(
        httpx.ConnectError("refused"),
        httpx.Response(503, headers={"Retry-After": "3"}),
        httpx.Response(409, json={"code": "idempotency-in-progress"}),
        httpx.Response(200, json={}),
    )
    client.ask("POST", "/participants", {})
    assert len(asked) == PATIENCE
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1
    assert naps[1] == 3.0


def test_what_was_refused_for_good_is_not_repeated(naps):
    client, asked = answering(httpx.Response(409, json={"code": "external-id-taken"}))
    with pytest.raises(ProblemTold):
        client.ask("POST", "/participants", {})
    assert (len(asked), naps) == (1, [])


def test_a_silent_server_is_told_after_several_tries(naps):
    client, asked = answering(*[httpx.ReadTimeout("silent")] * PATIENCE)
    with pytest.raises(ServerGone, match="http://test does not answer"):
        client.get("/me")
    assert len(asked) == PATIENCE


@pytest.mark.parametrize("body", [b"<h1>Bad gateway</h1>", b'["odd"]', b""])
def test_a_failure_that_is_no_problem_document_is_told_all_the_same(naps, body):
    client, _ = answering(*[httpx.Response(502, content=body)] * PATIENCE)
    with pytest.raises(ProblemTold) as told:
        client.get("/me")
    assert (told.value.status, told.value.code) == (502, "unknown")


def test_what_was_accepted_is_waited_for_to_its_end(naps):
    heard = []
    client, asked = answering(
        httpx.Response(200, json={"status": "queued"}),
        httpx.Response(200, json={"status": "running"}),
        httpx.Response(200, json={"status": "computed", "id": "1"}),
    )
    assert client.wait("/match-runs/1", told=heard.append)["id"] == "1"
    assert [each["status"] for each in heard] == ["queued", "running"]
    assert (len(asked), len(naps)) == (3, 2)


def test_what_failed_behind_the_request_is_raised_as_its_problem():
    problem = {"status": 503, "code": "matcher-unavailable", "detail": "Gone."}
    client, _ = answering(httpx.Response(200, json={"status": "failed", "problem": problem}))
    with pytest.raises(ProblemTold) as told:
        client.wait("/match-runs/1")
    assert (told.value.status, told.value.code) == (503, "matcher-unavailable")


def test_answers_that_are_no_json_come_as_text_or_bytes():
    client, _ = answering(
        httpx.Response(200, text="id,name\n", headers={"Content-Type": "text/csv"}),
        httpx.Response(200, content=b"\x00\x01", headers={"Content-Type": "application/zip"}),
        httpx.Response(204),
    )
    assert [client.get("/x") for _ in range(3)] == ["id,name\n", b"\x00\x01", None]


def test_a_name_that_only_a_newer_server_knows_is_kept_as_it_came():
    class Status(Open):
        active = "active"

    class Somebody(models.Told):
        status: Status

    somebody = Somebody.model_validate({"status": "sabbatical"})
    assert somebody.status == "sabbatical"
    assert somebody.model_dump(mode="json") == {"status": "sabbatical"}
    assert Somebody.model_validate({"status": "active"}).status is Status.active
