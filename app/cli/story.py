"""The story of a program, told step by step over HTTP with progress bars."""

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
from rich.console import Console
from rich.progress import track

from app.cli.company import MAPPING, ROSTER, Colleague, Temper, colleagues
from app.cli.telling import print_impact, print_run
from app.client.transport import Transport

MENTORS = MENTEES = 120
PASSWORD = "a password for the demo only"  # noqa: S105  it opens a database that is thrown away
CALLERS = 4
GOALS = (
    ("Seniors run their own digital work", "digital_skills"),
    ("Juniors lead and teach with confidence", "leadership"),
    ("People speak up whatever their level", "inclusive_culture"),
)
SURVEYS = ("RM-SAFE", "RM-OPEN", "RM-LEAD", "RM-DIG")

T = TypeVar("T")


class Story:
    """One telling; each step uses what the steps before it made."""

    def __init__(
        self, client: Transport, address: str, organization_id: str, console: Console
    ) -> None:
        self.client, self.address, self.console = client, address, console
        self.organization_id = organization_id
        self.temper = Temper()
        self.people = {each.external_id: each for each in colleagues()}
        self.by_id: dict[str, Colleague] = {}
        self.enrollments: list[dict[str, Any]] = []
        self.own: dict[str, Transport] = {}
        """Each enrolled person's own connection, by participant id."""
        self.cohort: dict[str, Any] = {}
        self.goals: list[dict[str, Any]] = []
        self.pair_goals: dict[str, dict[str, Any]] = {}

    def tell(self) -> None:
        for title, step in (
            ("1 The roster arrives from the HRIS", self.import_roster),
            ("2 A program, a cohort, and what they are for", self.set_up),
            ("3 Mentors and mentees enroll", self.enroll),
            ("4 Everybody acknowledges the goals", self.acknowledge),
            ("5 Where we stand before: skills and surveys", self.measure_before),
            ("6 The best pairs, proved", self.propose),
            ("7 People answer, and the pairs begin", self.answer),
            ("8 Seven months of meetings", self.meet),
            ("9 Where we stand after", self.measure_after),
            ("10 What changed, and how sure we are", self.tell_impact),
        ):
            self.console.print(f"[bold cyan]{title}[/bold cyan]")
            step()
            self.console.print()

    def import_roster(self) -> None:
        wanted = {
            "format": "csv",
            "content": ROSTER.read_text(encoding="utf-8"),
            "mapping": MAPPING,
        }
        rehearsal = self.client.post("/participants/import", {**wanted, "dry_run": True})
        self.say(f"dry run: {rehearsal['added_count']} would be added, nothing stored yet")
        done = self.client.post("/participants/import", wanted)
        self.say(
            f"{done['added_count']} people added, {done['refused_count']} rows refused; "
            f"columns not read: {', '.join(done['unread_columns'])}"
        )
        ids = {row["external_id"]: row["participant_id"] for row in done["rows"]}
        self.by_id = {ids[key]: each for key, each in self.people.items()}
        skilled = [
            {"external_id": each.external_id, "offered": each.offered, "wanted": each.wanted}
            for each in self.people.values()
            if each.offered or each.wanted
        ]
        self.client.post("/skills/import", {"people": skilled})
        self.say(f"{len(skilled)} people offer or want DigComp skills")

    def set_up(self) -> None:
        today = self.now().date()
        program = self.client.post(
            "/programs",
            {
                "name": "Digital upskilling",
                "purpose": "Digital skill and new perspectives flow up, experience flows down.",
            },
        )
        self.cohort = self.client.post(
            "/cohorts",
            {
                "program_id": program["id"],
                "name": f"Cohort {today.year}",
                "starts_on": str(today + dt.timedelta(days=14)),
            },
        )
        self.cohort = self.client.post(f"/cohorts/{self.cohort['id']}/open-enrollment")
        for title, category in GOALS:
            self.goals.append(
                self.client.post(
                    "/goals",
                    {"cohort_id": self.cohort["id"], "title": title, "category": category},
                )
            )
        self.statement = self.client.post(
            "/goal-statements",
            {
                "cohort_id": self.cohort["id"],
                "text": "We close the gap: seniors learn the tools, juniors learn how we decide.",
                "goal_ids": [goal["id"] for goal in self.goals],
            },
        )
        plan = self.cohort
        self.say(
            f"{plan['name']}: {plan['starts_on']} to {plan['ends_on']}, "
            f"{plan['planned_meetings_count']} meetings of {plan['meeting_minutes']} minutes, "
            f"the {plan['driver']} drives"
        )

    def enroll(self) -> None:
        chosen: list[dict[str, Any]] = []
        for role, places in (("mentor", MENTORS), ("mentee", MENTEES)):
            suited = [each for each in self.people.values() if each.role == role]
            chosen += [
                {
                    "external_id": each.external_id,
                    "role": role,
                    "capacity": 2 if role == "mentor" and self.temper.chance(0.2) else 1,
                    "interests": each.interests,
                    "consent_source": "Form signed at the kick-off",
                }
                for each in self.temper.some(suited, places)
            ]
        done = self.client.post(f"/cohorts/{self.cohort['id']}/enroll", {"items": chosen})
        self.enrollments = list(self.client.every("/enrollments", cohort_id=self.cohort["id"]))
        self.say(f"{done['added_count']} enrolled, {done['refused_count']} refused")

    def acknowledge(self) -> None:
        """A third of them get an account, sign in, and acknowledge the goals in their own name."""

        def one(enrollment: dict[str, Any]) -> None:
            person = enrollment["participant_id"]
            invitation = self.client.post(f"/participants/{person}/invite")
            own = Transport(f"{self.address}/v1")
            own.post(
                "/accounts/accept-invitation",
                {"invitation_token": invitation["invitation_token"], "password": PASSWORD},
            )
            own.close()
            self.own[person] = self.sign_in(invitation["email"])
            ranking = [goal["id"] for goal in self.goals]
            if int(person[-1], 16) % 3 == 0:
                ranking.reverse()  # not everybody wants the same first: alignment shows it
            self.own[person].post(
                f"/goal-statements/{self.statement['id']}/acknowledge", {"ranking": ranking}
            )

        self.all_at_once(one, self.enrollments[::3], "acknowledging")
        counts = self.client.get(f"/goal-statements/{self.statement['id']}/acknowledgement-counts")
        self.say(
            f"{counts['acknowledged_count']} of {counts['enrolled_count']} acknowledged, "
            f"{counts['ranked_count']} ranked the goals"
        )

    def sign_in(self, email: str) -> Transport:
        with Transport(f"{self.address}/v1") as door:
            pair = door.post(
                "/tokens/sign-in",
                {
                    "organization_id": self.organization_id,
                    "email": email,
                    "password": PASSWORD,
                },
            )
        return Transport(f"{self.address}/v1", pair["access_token"])

    def measure_before(self) -> None:
        self.assess("baseline", gain=0.0)
        self.survey("baseline", "Before the first meetings", mood=0.55)

    def assess(self, moment: str, gain: float) -> None:
        """Everybody judges themselves on the skills they want to learn, or to teach."""
        levels = []
        for enrollment in self.enrollments:
            person = self.by_id[enrollment["participant_id"]]
            mentee = enrollment["role"] == "mentee"
            for competence, level in (person.wanted if mentee else person.offered).items():
                middle = level - 2.0 + gain if mentee else level + gain / 4
                levels.append(
                    {
                        "external_id": person.external_id,
                        "competence": competence,
                        "level": self.temper.level(middle),
                        "moment": moment,
                    }
                )
        self.client.post("/assessments/import", {"assessments": levels})
        self.say(f"{len(levels)} self-assessments ({moment})")

    def survey(self, moment: str, title: str, mood: float) -> None:
        """One wave: opened, answered by most, closed."""
        now = self.now()
        wave = self.client.post(
            "/survey-waves",
            {
                "cohort_id": self.cohort["id"],
                "title": title,
                "moment": moment,
                "surveys": [{"code": code} for code in SURVEYS],
                "opens_at": now.isoformat(),
                "closes_at": (now + dt.timedelta(days=10)).isoformat(),
            },
        )
        place = f"/survey-waves/{wave['id']}"
        self.client.post(f"{place}/open")
        asked = {
            survey["code"]: [item for scale in survey["scales"] for item in scale["items"]]
            for survey in self.client.every("/surveys")
            if survey["code"] in SURVEYS and survey["language"] == "en"
        }
        rows = []
        for invitation in self.client.every("/survey-invitations", survey_wave_id=wave["id"]):
            if self.temper.chance(0.12):
                continue  # some never answer, and the report says how many
            role = invitation["role"]
            answers = {
                item["code"]: self.temper.answer(item, mood)
                for items in asked.values()
                for item in items
                if item["audience"] in (role, "both")
            }
            rows.append({"survey_invitation_id": invitation["id"], "answers": answers})
        done = self.client.post(f"{place}/responses", {"items": rows})
        self.client.post(f"{place}/close")
        self.say(f"{done['recorded_count']} people answered the {moment} survey")

    def propose(self) -> None:
        wanted = {"cohort_id": self.cohort["id"]}
        with self.console.status("computing two scenarios, and proving them"):
            largest = self.client.post(
                "/pairings/propose", {**wanted, "objective": "quality", "dry_run": True}
            )
            run = self.client.post("/pairings/propose", wanted)
        print_run(self.console, {"largest total": largest, "most people": run}, run)
        self.client.post(f"/match-runs/{run['id']}/publish")
        self.say(f"{run['counts']['new_pairs_count']} proposals published; people decide")

    def answer(self) -> None:
        self.client.post(f"/cohorts/{self.cohort['id']}/launch")
        self.answer_proposals()
        again = self.client.post("/pairings/propose", {"cohort_id": self.cohort["id"]})
        if again["counts"]["new_pairs_count"]:
            self.client.post(f"/match-runs/{again['id']}/publish")
            self.say(f"{again['counts']['new_pairs_count']} new proposals for those left over")
            self.answer_proposals()
        active = self.pairings("active")
        self.say(f"{len(active)} pairings are active")
        signed_in = [pairing for pairing in active if pairing["mentee_id"] in self.own]
        self.all_at_once(self.agree_on_goal, signed_in, "setting goals")

    def answer_proposals(self) -> None:
        """Each of the two answers; a few ask first, or say no."""
        proposals = self.pairings("proposed")

        def one(pairing: dict[str, Any]) -> None:
            place = f"/pairings/{pairing['id']}"
            draw = int(pairing["id"][-2:], 16)
            if draw < 12:
                self.in_the_name_of(pairing, "mentor", f"{place}/decline", {"reason": "no_time"})
                return
            if draw < 24:
                question = {"question": "How often do we meet?"}
                self.in_the_name_of(pairing, "mentee", f"{place}/ask-for-information", question)
            for side in ("mentee", "mentor"):
                self.in_the_name_of(pairing, side, f"{place}/accept", {})

        self.all_at_once(one, proposals, "answering")

    def in_the_name_of(
        self, pairing: dict[str, Any], side: str, path: str, body: dict[str, Any]
    ) -> None:
        """As the person, where they have an account; else the manager records what they said."""
        own = self.own.get(pairing[f"{side}_id"])
        if own is None:
            self.client.post(path, {**body, "on_behalf_of": side})
        else:
            own.post(path, body)

    def agree_on_goal(self, pairing: dict[str, Any]) -> None:
        """The mentee sets the pair's goal; both see it."""
        person = self.by_id[pairing["mentee_id"]]
        self.pair_goals[pairing["id"]] = self.own[pairing["mentee_id"]].post(
            "/goals",
            {
                "pairing_id": pairing["id"],
                "title": "Tasks I do alone with the new tools",
                "category": "digital_skills",
                "competences": sorted(person.wanted),
                "indicator": "Weekly tasks done without asking",
                "baseline": 0,
                "target": 5,
                "due_on": self.cohort["ends_on"],
            },
        )

    def meet(self) -> None:
        pairs = self.pairings("active")
        first = dt.date.fromisoformat(self.cohort["starts_on"]) + dt.timedelta(days=3)

        def arrange(pairing: dict[str, Any]) -> None:
            self.client.post(
                "/session-series",
                {
                    "pairing_id": pairing["id"],
                    "local_time": f"{first}T10:00",
                    "count": self.cohort["planned_meetings_count"],
                    "within_availability": True,
                },
            )

        self.all_at_once(arrange, pairs, "scheduling")
        held = missed = 0
        for month in track(range(1, 8), "   months", console=self.console):
            self.travel_to(
                dt.datetime.combine(first, dt.time(9), dt.UTC) + dt.timedelta(days=30 * month)
            )
            due = list(
                self.client.every(
                    "/sessions",
                    cohort_id=self.cohort["id"],
                    status="scheduled",
                    starts_at_to=self.now().isoformat(),
                )
            )
            for meeting in due:
                came = self.temper.chance(0.92)
                self.client.post(
                    f"/sessions/{meeting['id']}/complete",
                    {
                        "mentor_attendance": "attended",
                        "mentee_attendance": "attended" if came else "excused",
                    },
                )
                held, missed = held + came, missed + (not came)
            if month == 3:
                self.somebody_leaves()
        self.say(f"{held} meetings held, {missed} missed")

    def somebody_leaves(self) -> None:
        """A leaver's pairing ends by itself: the worker hears of it."""
        leaver = self.pairings("active")[0]["mentor_id"]
        self.client.change(f"/participants/{leaver}", {"employment_status": "left"})

    def measure_after(self) -> None:
        def look_back(pairing: dict[str, Any]) -> None:
            person = self.by_id[pairing["mentee_id"]]
            own = self.sign_in(person.email)
            goal = self.pair_goals[pairing["id"]]
            own.post(f"/goals/{goal['id']}/check-in", {"value": self.temper.level(3.6)})
            own.close()

        kept = [each for each in self.pairings("active") if each["id"] in self.pair_goals]
        self.all_at_once(look_back, kept, "checking in on goals")
        self.assess("end", gain=1.1)
        self.survey("end", "After the last meeting", mood=0.63)

    def tell_impact(self) -> None:
        print_impact(self.console, self.client.get(f"/impact/cohorts/{self.cohort['id']}"))

    def pairings(self, status: str) -> list[dict[str, Any]]:
        return list(self.client.every("/pairings", cohort_id=self.cohort["id"], status=status))

    def now(self) -> dt.datetime:
        answer = httpx.get(f"{self.address}/clock").raise_for_status()
        return dt.datetime.fromisoformat(answer.json()["now"])

    def travel_to(self, moment: dt.datetime) -> None:
        body = {"now": moment.isoformat()}
        httpx.put(f"{self.address}/clock", json=body).raise_for_status()

    def say(self, words: str) -> None:
        self.console.print(f"   {words}")

    def all_at_once(self, step: Callable[[T], None], things: Sequence[T], title: str) -> None:
        """A few callers side by side, as in a company; the first failure ends the story."""
        with ThreadPoolExecutor(CALLERS) as callers:
            for _ in track(
                callers.map(step, things), f"   {title}", len(things), console=self.console
            ):
                pass
