"""Something of everything in one organization, and its ids: for searches through the whole API."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.given.blueprints import applied, blueprint
from tests.given.competences import assessment, framework
from tests.given.goals import acknowledgement, agreement, check_in, goal, statement
from tests.given.pairings import (
    SIDES,
    accepted_by_both,
    enrolled,
    pairing,
    proposal,
    queued_run,
    step,
)
from tests.given.participants import participant
from tests.given.programs import cohort, enrollment, program
from tests.given.webhooks import endpoint
from tests.house import AppTransport
from tests.samples import NOBODY

PASSWORD = "correct horse battery staple"


@dataclass
class Known:
    """What exists, by the name a path, a query or a body gives it."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    spent: dict[str, list[str]] = field(default_factory=dict)
    """Operations that end what they are tried on: ids of things that nobody else needs."""
    personal: set[str] = field(default_factory=set)
    """Only for whom they are about, or at a time that has not come: nobody is let in here."""
    mentee: str = ""
    """An API key of somebody who is in a pairing."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Operations that end the token they are called with: one of their own."""

    def of(self, name: str, operation: str) -> list[str]:
        """The ids an operation is tried on. Fails when nothing was made for it."""
        assert name in self.ids, f"tests/given/seeds.py makes nothing for {name} ({operation})"
        return self.spent.get(operation) or self.ids[name]


def everything(admin: httpx.Client, anyone: httpx.Client, organization_id: str) -> Known:
    """Makes some of each thing and returns how to name them."""
    known = Known(ids={"organization_id": [organization_id]})
    access(admin, known)
    people(admin, known)
    imports(admin, known)
    competences(admin, known)
    webhooks(admin, known)
    programs(admin, anyone, known)
    pairings(admin, anyone, known)
    jobs(admin, known)
    surveys(admin, known)
    goals_and_sessions(admin, anyone, known)
    blueprints(admin, known)
    return known


def blueprints(admin: httpx.Client, known: Known) -> None:
    """A program that was set up as a document, beside the others."""
    applied(admin, blueprint(goals=None, statement=None, cohorts=None))
    known.ids |= {
        "training_module_id": ids(admin.get("/training-modules").json()["items"][:2]),
        "message_template_id": ids(admin.get("/message-templates").json()["items"][:1]),
        "template_name": ["digital-skills"],
    }


def access(admin: httpx.Client, known: Known) -> None:
    accounts = [
        made(admin, "/accounts", email=f"{n}@example.com", name="Kim", roles=["sponsor"])
        for n in range(6)
    ]
    grants = [
        made(admin, f"/accounts/{each['id']}/grants", role=role)
        for each in accounts[:3]
        for role in ("facilitator", "confidant")
    ]
    keys = [made(admin, "/tokens", name="key") for _ in range(7)]
    systems = [made(admin, "/oauth-clients", name="x", scopes=["goals:read"]) for _ in range(5)]
    vouching = [
        made(
            admin, "/identity-providers", name="x", issuer=f"https://login{n}.example.com",
            client_id="x", redirect_uris=["https://front.example.com/"],
        )
        for n in range(5)
    ]  # fmt: skip
    known.ids |= {
        "account_id": ids(accounts[:2]),
        "grant_id": ids(grants[:2]),
        "key_id": ids(keys[:2]),
        "oauth_client_id": ids(systems[:2]),
        "identity_provider_id": ids(vouching[:2]),
        "identity_link_id": [str(NOBODY)],  # nobody came in through a provider
    }
    known.spent |= {
        "change_account": ids(accounts[2:]),
        "remove_identity_provider": ids(vouching[2:]),
        "remove_oauth_client": ids(systems[2:]),
        "revoke_token": ids(keys[3:]),
        "withdraw_role": ids(grants[2:]),
    }
    known.personal |= {"remove_identity_link"}
    known.tokens |= {"sign_out": keys[2]["token"]}


def people(admin: httpx.Client, known: Known) -> None:
    found = [participant(admin, external_id=f"W-{n}") for n in range(9)]
    leaves = [
        made(admin, "/leaves", participant_id=found[0]["id"], starts_on=day, ends_on=day)
        for day in (f"2026-05-{n:02}" for n in range(1, 7))
    ]
    reachable = [participant(admin, work_email=f"reach{n}@example.com") for n in range(3)]
    external = [each["external_id"] for each in found[:2]]
    known.ids |= {
        "participant_id": ids(found[:2]),
        "manager_id": ids(found[:2]),
        "external_id": external,
        "manager_external_id": external,
        "leave_id": ids(leaves[:2]),
    }
    known.spent |= {
        "change_participant": ids(found[2:4]),
        "put_participant": [each["external_id"] for each in found[4:6]],
        "erase_participant": ids(found[6:]),
        "invite_participant": ids(reachable),
        "remove_leave": ids(leaves[2:]),
    }


def imports(admin: httpx.Client, known: Known) -> None:
    mapping = {"external_id": {"column": "ID"}, "department": {"column": "Unit"}}
    file = {"format": "csv", "content": "ID,Unit\nW-0,Sales\n", "mapping": mapping}
    plans = [made(admin, "/imports", **file) for _ in range(8)]
    saved = [
        made(admin, "/import-mappings", name=f"Nightly {n}", mapping=mapping) for n in range(6)
    ]
    known.ids |= {"import_id": ids(plans[:2]), "mapping_id": ids(saved[:2])}
    known.spent |= {
        "apply_import": ids(plans[2:4]),
        "discard_import": ids(plans[4:]),
        "change_mapping": ids(saved[2:3]),
        "remove_mapping": ids(saved[3:]),
    }


def competences(admin: httpx.Client, known: Known) -> None:
    frameworks = [framework(admin, code=f"own-{number}") for number in range(4)]
    known.ids |= {
        "framework_id": ids(frameworks[:2]),
        "competence": ["digcomp:2.1", "own-0:prompting"],
        "assessment_id": [assessment(admin, known.ids["participant_id"][0])["id"]],
    }
    known.spent |= {"retire_framework": ids(frameworks[2:])}


def webhooks(admin: httpx.Client, known: Known) -> None:
    found = [endpoint(admin) for _ in range(10)]
    for each in found[4:6]:
        made(admin, f"/webhook-endpoints/{each['id']}/disable")
    sent = [made(admin, f"/webhook-endpoints/{found[0]['id']}/send-test-event") for _ in range(2)]
    known.ids |= {"webhook_endpoint_id": ids(found[:2]), "webhook_delivery_id": ids(sent)}
    known.spent |= {
        "change_webhook_endpoint": ids(found[2:4]),
        "enable_webhook_endpoint": ids(found[4:6]),
        "disable_webhook_endpoint": ids(found[6:8]),
        "remove_webhook_endpoint": ids(found[8:]),
    }


def programs(admin: httpx.Client, anyone: httpx.Client, known: Known) -> None:
    found = [program(admin) for _ in range(3)]
    at = {status: cohort(admin, found[0]["id"], status=status) for status in
          ("planned", "enrolling", "running", "completed")}  # fmt: skip
    mentors = [enrolled(admin, at["enrolling"]["id"], "mentor") for _ in range(3)]
    mentees = [enrolled(admin, at["enrolling"]["id"], "mentee") for _ in range(3)]
    waiting = enrolled(admin, at["enrolling"]["id"], "mentee")
    made(admin, f"/enrollments/{waiting['id']}/waitlist")
    to_open = cohort(admin, found[1]["id"], enrollment_mode="open")["id"]
    applicant = participant(admin, work_email="applicant@example.com")["id"]
    with spoken_for(admin, anyone, applicant, known.ids["organization_id"][0]) as speaks:
        applied = [made(speaks, "/enrollments", cohort_id=to_open, role=each) for each in SIDES]
    invited = enrollment(admin, to_open, "mentor", consent_source=None, invite=True)
    known.ids |= {
        "program_id": ids(found[:2]),
        "cohort_id": ids([at["enrolling"], at["running"]]),
        "enrollment_id": ids([*mentors[:2], *mentees[:2]]),
        "mentor_enrollment_id": ids(mentors[:2]),
        "mentee_enrollment_id": ids(mentees[:2]),
    }
    known.spent |= {
        "close_program": ids(found[2:]),
        "open_enrollment": ids([at["planned"]]),
        "launch_cohort": ids([cohort(admin, found[1]["id"])]),
        "complete_cohort": ids([cohort(admin, found[1]["id"], status="running")]),
        "cancel_cohort": ids([cohort(admin, found[1]["id"], status="planned")]),
        "waitlist_enrollment": ids(mentors[2:]),
        "admit_from_waitlist": ids([waiting]),
        "approve_enrollment": ids(applied),
        "decline_enrollment": ids([invited]),
        "withdraw_enrollment": ids(mentees[2:]),
    }


def pairings(admin: httpx.Client, anyone: httpx.Client, known: Known) -> None:
    proposals = [proposal(admin) for _ in range(4)]
    runs = [made(admin, "/pairings/propose", cohort_id=known.ids["cohort_id"][0]) for _ in range(2)]
    unmatched = cohort(admin)["id"]
    for side in SIDES:
        enrolled(admin, unmatched, side)
    to_publish = made(admin, "/pairings/propose", cohort_id=unmatched)
    mentee = enrolled(admin, proposals[0]["cohort_id"], "mentee")
    asked = proposal(admin, mentee=mentee)
    organization_id = known.ids["organization_id"][0]
    with spoken_for(admin, anyone, mentee["participant_id"], organization_id) as speaks:
        question = step(speaks, asked, "ask-for-information", question="How many hours a month?")
    known.ids |= {
        "pairing_id": ids(proposals[:2]),
        "question_id": ids([question]),
        "match_run_id": ids(runs[:1]),
        "run_id": ids(runs),
        "mentor_id": known.ids["mentor_enrollment_id"],
        "mentee_id": known.ids["mentee_enrollment_id"],
    }
    known.personal |= {
        "ask_for_information",
        "join_cohort",
        "show_partner",
    }
    known.spent |= {
        "withdraw_proposal": ids(proposals[2:3]),
        "decline_pairing": ids(proposals[3:]),
        "pause_pairing": ids([pairing(admin)]),
        "resume_pairing": ids([pairing(admin, "paused")]),
        "end_pairing": ids([pairing(admin)]),
        "activate_pairing": ids([pairing(admin, "accepted")]),
        "publish_match_run": ids([to_publish]),
    }


def jobs(admin: httpx.Client, known: Known) -> None:
    """Runs that wait for a worker who never comes, each of a cohort of its own."""
    queued = [queued_run(admin, cohort(admin)["id"]) for _ in range(7)]
    for each in queued[:2]:
        made(admin, f"/match-runs/{each['id']}/cancel")
    known.ids |= {"job_id": [each["job_id"] for each in queued[:2]]}
    known.spent |= {
        "cancel_match_run": ids(queued[2:4]),
        "cancel_job": [each["job_id"] for each in queued[4:]],
    }


def surveys(admin: httpx.Client, known: Known) -> None:
    waves = [
        made(
            admin,
            "/survey-waves",
            cohort_id=known.ids["cohort_id"][0],
            title=f"Wave {number}",
            moment="pulse",
            surveys=[{"code": "RM-SAFE"}],
            opens_at="2026-03-02T09:00:00Z",
            closes_at="2036-03-02T09:00:00Z",
        )
        for number in range(4)
    ]
    for wave in waves[:2]:
        response = admin.post(f"/survey-waves/{wave['id']}/open")
        assert response.status_code == 200, response.text
    invitations = admin.get("/survey-invitations", params={"survey_wave_id": waves[0]["id"]}).json()
    known.ids |= {
        "survey_id": ids(admin.get("/surveys").json()["items"][:2]),
        "survey_wave_id": ids(waves[:1]),
        "survey_invitation_id": ids(invitations["items"][:2]),
    }
    known.personal |= {
        "answer_survey",
        "get_own_response",
        "show_questionnaire",
        "show_wave_results",
    }
    known.spent |= {
        "close_survey_wave": ids(waves[1:2]),
        "open_survey_wave": ids(waves[2:3]),
        "change_survey_wave": ids(waves[3:]),
    }


def goals_and_sessions(admin: httpx.Client, anyone: httpx.Client, known: Known) -> None:
    today = dt.datetime.now(dt.UTC).replace(hour=10, minute=0, second=0, microsecond=0)
    running = cohort(
        admin,
        status="running",
        starts_on=f"{today - dt.timedelta(days=7):%Y-%m-%d}",
        ends_on=f"{today + dt.timedelta(days=300):%Y-%m-%d}",
        meeting_every_days=14,
    )
    sides = {side: enrolled(admin, running["id"], side) for side in SIDES}
    pair = accepted_by_both(admin, proposal(admin, sides["mentor"], sides["mentee"]))
    organization_id, person = known.ids["organization_id"][0], sides["mentee"]["participant_id"]
    said = statement(admin, cohort_id=running["id"])
    goals = [goal(admin, cohort_id=running["id"]) for _ in range(5)]
    with spoken_for(admin, anyone, person, organization_id) as mentee:
        shared = acknowledgement(mentee, said["id"])
        agreed = agreement(mentee, pair["id"])
        sessions = [
            made(
                mentee,
                "/sessions",
                pairing_id=pair["id"],
                starts_at=f"{today + dt.timedelta(days=7 * week):%Y-%m-%dT%H:%M:%SZ}",
            )
            for week in range(1, 5)
        ]
        series = made(
            mentee,
            "/session-series",
            pairing_id=pair["id"],
            starts_at=f"{today + dt.timedelta(days=60):%Y-%m-%dT%H:%M:%SZ}",
            count=2,
        )
        known.mentee = made(mentee, "/tokens", name="search", expires_in_days=30)["token"]
        first = sessions[0]["id"]
        notes = [
            made(mentee, "/session-notes", session_id=first, visibility="shared", text="So it was.")
            for _ in range(2)
        ]
        actions = [
            made(mentee, "/session-actions", session_id=first, owner="mentee", text="Try it")
            for _ in range(3)
        ]
    known.ids["pairing_id"].append(pair["id"])
    known.ids |= {
        "goal_id": ids(goals[:2]),
        "check_in_id": ids([check_in(admin, goals[0]["id"])]),
        "statement_id": ids([said]),
        "acknowledgement_id": ids([shared]),
        "agreement_id": ids([agreed]),
        "session_id": ids(sessions[:2]),
        "series_id": ids([series]),
        "note_id": ids(notes[:1]),
        "action_id": ids(actions[:1]),
    }
    known.personal |= {
        "acknowledge_statement",
        "add_action",
        "change_action",
        "change_note",
        "complete_session",
        "reschedule_session",
        "finish_action",
        "get_acknowledgement",
        "get_action",
        "get_note",
        "remove_action",
        "remove_note",
        "reopen_action",
        "show_pairing_alignment",
        "sign_agreement",
        "write_agreement",
        "write_note",
    }
    known.spent |= {
        "reach_goal": ids(goals[2:3]),
        "drop_goal": ids(goals[3:]),
        "cancel_session": ids(sessions[2:3]),
        "remove_note": ids(notes[1:]),
        "remove_action": ids(actions[1:]),
    }


def spoken_for(
    admin: httpx.Client, anyone: httpx.Client, participant_id: str, organization_id: str
) -> httpx.Client:
    """A client that speaks for a participant who has a work_email."""
    invited = made(admin, f"/participants/{participant_id}/invite")
    token = invited["invitation_token"]
    made(anyone, "/accounts/accept-invitation", invitation_token=token, password=PASSWORD)
    known = {"organization_id": organization_id, "email": invited["email"]}
    signed_in = made(anyone, "/tokens/sign-in", **known, password=PASSWORD)
    bearer = {"Authorization": f"Bearer {signed_in['access_token']}"}
    in_here = anyone._transport if isinstance(anyone._transport, AppTransport) else None
    return httpx.Client(
        transport=in_here, base_url=anyone.base_url, headers=bearer, timeout=anyone.timeout
    )


def made(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    response = client.post(path, json=body)
    assert response.is_success, f"{path}: {response.text}"
    return dict(response.json())


def ids(things: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in things]
