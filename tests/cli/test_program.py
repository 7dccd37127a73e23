"""The commands over HTTP, each as typed, against the house."""

import json
from io import StringIO

import httpx
import pytest
from rich.console import Console

from app.cli.remote import Call, End
from app.client import profiles
from app.client.transport import PATIENCE, Transport
from app.pairings import queueing
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment, program


def test_an_api_key_is_kept_in_a_profile_and_ended_again(rementor, key, home):
    done = rementor("login", typed=f"{key}\n", token=None)
    assert done.exit_code == 0, done.output
    assert "admin@example.com" in done.output
    assert key not in done.output
    assert profiles.find().token == key
    assert rementor("status", token=None).exit_code == 0
    assert rementor("logout", token=None).exit_code == 0
    assert profiles.stored() == {}
    assert rementor("status", token=key).exit_code == End.NOT_ALLOWED


def test_a_password_is_turned_into_a_key_for_this_machine(rementor, house, admin):
    invited = admin.post(
        "/accounts", json={"email": "m@example.com", "name": "M", "roles": ["program_manager"]}
    ).json()
    accepted = house.client().post(
        "/accounts/accept-invitation",
        json={"invitation_token": invited["invitation_token"], "password": "long enough for us"},
    )
    assert accepted.status_code == 200
    words = ("login", "--organization", admin.organization_id, "--email", "m@example.com")
    done = rementor(*words, "-p", "m", "--json", typed="long enough for us\n", token=None)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["roles"] == ["program_manager"]
    assert profiles.find("m").token.startswith("rmk_")
    refused = rementor(*words, typed="something else\n", token=None)
    assert refused.exit_code == End.NOT_ALLOWED
    assert rementor("login", "--email", "m@example.com").exit_code == End.WRONG_USE


def test_a_key_that_opens_nothing_is_not_kept(rementor):
    done = rementor("login", typed="rmk_00000000000000000000000000000000000000\n", token=None)
    assert done.exit_code == End.NOT_ALLOWED
    assert profiles.stored() == {}


def test_without_a_token_it_says_how_to_get_one(rementor):
    done = rementor("status", token=None)
    assert done.exit_code == End.NOT_ALLOWED
    assert "rementor login" in done.stderr


@pytest.fixture(name="pair")
def cohort_of_two(admin):
    """A cohort that enrolls, with a mentor and a mentee who fit."""
    found = cohort(admin)
    for role, level in (("mentor", 2), ("mentee", 9)):
        enrollment(admin, found["id"], role, participant(admin, job_level=level))
    return found


def test_pairs_are_proposed_by_the_name_of_the_cohort_and_published(rementor, pair, admin):
    done = rementor("propose", pair["name"], "--objective", "quality")
    assert done.exit_code == 0, done.output
    assert "1 pairs of 1 mentors and 1 mentees, coverage 100%" in done.stdout
    run = done.stdout.rsplit(" ", 1)[-1].strip()
    published = rementor("publish", run)
    assert published.exit_code == 0, published.output
    assert "1 proposals are out" in published.stdout
    again = rementor("publish", run)
    assert again.exit_code == End.CHANGED
    assert "match-run" in again.stderr
    assert len(admin.get("/pairings").json()["items"]) == 1


def test_a_large_cohort_is_waited_for(rementor, pair, house, monkeypatch):
    monkeypatch.setattr(queueing, "LARGEST_IN_REQUEST", 0)
    monkeypatch.setattr("app.client.transport.time.sleep", lambda _: house.work_off())
    done = rementor("propose", pair["id"])
    assert done.exit_code == 0, done.output
    assert "1 pairs of 1 mentors and 1 mentees" in done.stdout


def test_a_run_that_is_cancelled_meanwhile_is_told_as_such(rementor, pair, admin, monkeypatch):
    def cancel(_):
        (run,) = admin.get("/match-runs").json()["items"]
        admin.post(f"/match-runs/{run['id']}/cancel")

    monkeypatch.setattr(queueing, "LARGEST_IN_REQUEST", 0)
    monkeypatch.setattr("app.client.transport.time.sleep", cancel)
    done = rementor("propose", pair["id"])
    assert (done.exit_code, "The run is cancelled." in done.stderr) == (End.REFUSED, True)


def test_a_rehearsal_of_matching_stores_nothing(rementor, pair, admin):
    done = rementor("propose", pair["id"], "--dry-run", "--json")
    assert json.loads(done.stdout)["id"] is None
    assert admin.get("/match-runs").json()["items"] == []


def test_a_name_that_nobody_or_several_bear_is_said(rementor, admin):
    one = program(admin)["id"]
    assert "no cohort 'Autumn'" in rementor("propose", "Autumn").stderr
    for where in (one, program(admin)["id"]):
        cohort(admin, where, name="Autumn")
    done = rementor("report", "Autumn")
    assert done.exit_code == End.WRONG_USE
    assert "There are 2 with the name 'Autumn'" in done.stderr


def test_the_state_of_a_program_is_told_at_a_glance(rementor, pair, admin):
    name = admin.get(f"/programs/{pair['program_id']}").json()["name"]
    rementor("propose", pair["id"])
    done = rementor("status", name)
    assert done.exit_code == 0, done.output
    assert name in done.stdout
    assert "1 enrolled" in done.stdout
    told = json.loads(rementor("status", "--json").stdout)
    (shown,) = told["programs"][0]["cohorts"]
    assert shown["enrollments"] == {"mentor": {"enrolled": 1}, "mentee": {"enrolled": 1}}
    assert shown["pairings"] == {}


def test_an_empty_house_says_so(rementor):
    assert "no program yet" in rementor("status").stdout


def test_a_report_tells_every_figure_with_n_or_why_there_is_none(rementor, pair):
    done = rementor("report", pair["name"])
    assert done.exit_code == 0, done.output
    assert "95 % interval" in done.stdout
    assert "evidence grade" in done.stdout
    told = json.loads(rementor("report", pair["id"], "--json").stdout)
    assert told["cohort_id"] == pair["id"]


def test_events_are_lines_and_with_json_an_object_a_line(rementor, admin):
    for _ in range(2):
        participant(admin)
    done = rementor("events", "tail", "--type", "participant.added")
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) == 2
    lines = rementor("events", "tail", "--json").stdout.splitlines()
    positions = [json.loads(line)["position"] for line in lines]
    assert positions == sorted(positions)
    assert rementor("events", "tail", "--after", str(positions[-1])).stdout == ""


def test_following_waits_for_more_until_it_is_told_to_stop(rementor, admin, monkeypatch):
    participant(admin)
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 2:
            raise KeyboardInterrupt
        participant(admin)

    monkeypatch.setattr("app.client.transport.time.sleep", nap)
    done = rementor("events", "tail", "--follow", "--type", "participant.added")
    assert done.exit_code == 130
    assert len(done.stdout.splitlines()) == 2


def test_any_operation_can_be_called(rementor, home, admin):
    file = home / "person.json"
    file.write_text('{"given_name": "Ada", "family_name": "Osei", "time_zone": "Europe/Rome"}')
    made = json.loads(rementor("call", "post", "/participants", "-d", f"@{file}").stdout)
    place = f"/v1/participants/{made['id']}"
    changed = rementor("call", "PATCH", place, "-d", "-", typed='{"job_title": "Nurse"}')
    assert json.loads(changed.stdout)["job_title"] == "Nurse"
    stale = rementor("call", "PATCH", place, "-d", "{}", "--if-match", '"1"')
    assert stale.exit_code == End.CHANGED
    for number in range(3):
        participant(admin, external_id=f"W-{number}")
    lines = rementor("call", "GET", "/participants", "--every", "-q", "limit=2").stdout.splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == 4
    found = rementor("call", "GET", "participants", "--query", "external_id=W-1")
    assert len(json.loads(found.stdout)["items"]) == 1


def test_what_exists_once_is_put_and_deleted_without_naming_a_version(rementor, admin):
    facts = '{"given_name": "Ada", "family_name": "Osei", "time_zone": "Europe/Rome"}'
    for _ in range(2):
        assert (
            rementor("call", "PUT", "/participants-by-external-id/W-9", "-d", facts).exit_code == 0
        )
    person = admin.get("/participants", params={"external_id": "W-9"}).json()["items"][0]
    leave = {"participant_id": person["id"], "starts_on": "2026-04-01", "ends_on": "2026-04-03"}
    made = json.loads(rementor("call", "POST", "/leaves", "-d", json.dumps(leave)).stdout)
    done = rementor("call", "DELETE", f"/leaves/{made['id']}")
    assert (done.exit_code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    "words",
    [("-d", "{"), ("-d", "@nowhere.json"), ("-q", "limit"), ("--every",)],
)
def test_a_call_that_cannot_be_made_is_wrong_use(rementor, words):
    assert rementor("call", "POST", "/participants", *words).exit_code == End.WRONG_USE


def test_a_problem_is_told_with_its_places_or_as_json(rementor):
    done = rementor("publish", "nonsense")
    assert done.exit_code == End.REFUSED
    assert "Request " in done.stderr
    as_json = rementor("publish", "nonsense", "--json")
    assert json.loads(as_json.stderr)["status"] in (404, 422)
    assert as_json.stdout == ""


def test_who_may_not_is_told_so(rementor, admin):
    made = admin.post("/tokens", json={"name": "narrow", "scopes": ["programs:read"]}).json()
    done = rementor("events", "tail", token=made["token"])
    assert done.exit_code == End.NOT_ALLOWED


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, End.REFUSED), (404, End.REFUSED), (409, End.CHANGED), (412, End.CHANGED),
     (429, End.UNREACHABLE), (500, End.UNREACHABLE), (503, End.UNREACHABLE)],
)  # fmt: skip
def test_each_family_of_failures_has_a_code(rementor, monkeypatch, wire, status, code):
    monkeypatch.setattr("app.client.transport.time.sleep", lambda _: None)
    wire(httpx.MockTransport(lambda _: httpx.Response(status, json={"code": "x"})))
    assert rementor("status").exit_code == code


def test_a_server_that_is_not_there_is_told(rementor, monkeypatch, wire):
    tries = []

    def refuse(request):
        tries.append(request)
        raise httpx.ConnectError("refused")

    monkeypatch.setattr("app.client.transport.time.sleep", lambda _: None)
    wire(httpx.MockTransport(refuse))
    done = rementor("status")
    assert done.exit_code == End.UNREACHABLE
    assert len(tries) == PATIENCE
    assert "http://test does not answer" in done.stderr


def test_progress_is_shown_on_a_terminal_and_nowhere_else(rementor, pair):
    piped = rementor("propose", pair["id"])
    assert piped.stderr == ""
    with Transport("http://test") as client:
        call = Call(client, as_json=False)
        shown = StringIO()
        call.err = Console(file=shown, force_terminal=True)
        with call.working("Matching Spring") as say:
            say("solve")
        assert "Matching Spring: solve" in shown.getvalue()
        call = Call(client, as_json=True)
        call.err = Console(file=(shown := StringIO()), force_terminal=True)
        with call.working("Matching Spring"):
            pass
        assert shown.getvalue() == ""


def test_a_run_that_a_worker_computes_is_waited_for(rementor, pair, wire, house, monkeypatch):
    monkeypatch.setattr("app.client.transport.time.sleep", lambda _: None)
    looks = iter(["queued", "running"])

    class Later(httpx.BaseTransport):
        """Answers as if a worker computed what was asked for."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = house.transport.handle_request(request)
            answer.read()
            if "/pairings/propose" in request.url.path or "/match-runs/" in request.url.path:
                status = next(looks, "computed")
                return httpx.Response(200, json={**answer.json(), "status": status})
            return answer

    wire(Later())
    done = rementor("propose", pair["id"], "--json")
    assert json.loads(done.stdout)["status"] == "computed"
    assert list(looks) == []
