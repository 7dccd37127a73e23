"""For program managers and their scripts, over HTTP: propose, publish, status, report."""

from collections import Counter
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.remote import AsJson, Call, End, ProfileName, RetryKey, calling, stop
from app.cli.telling import print_impact
from app.client.transport import UNDER_WAY

CohortName = Annotated[str, typer.Argument(metavar="COHORT", help="Its id or its exact name.")]


class Objective(StrEnum):
    """What best means; the words of each name come first."""

    participation = "participation"
    quality = "quality"
    fair = "fair"
    stable = "stable"


def propose(
    cohort: CohortName,
    objective: Annotated[Objective, typer.Option(help="What best means.")] = (
        Objective.participation
    ),
    matcher: Annotated[
        str | None, typer.Option(help="A built-in matcher or a plug-in.", show_default=False)
    ] = None,
    seconds: Annotated[int, typer.Option(min=1, max=3600, help="Then the best so far.")] = 30,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compute and show; store nothing.")
    ] = False,
    profile: ProfileName = None,
    as_json: AsJson = False,
    idempotency_key: RetryKey = None,
) -> None:
    """Find the best pairs of a cohort. Nobody hears of them until the run is published."""
    with calling(profile, as_json) as call:
        chosen = call.cohort(cohort)
        wanted = {
            "cohort_id": chosen["id"],
            "objective": objective,
            "matcher": matcher,
            "time_limit_seconds": seconds,
            "dry_run": dry_run,
        }
        with call.working(f"Matching {chosen['name']}") as say:
            run = call.client.ask(
                "POST", "/pairings/propose", wanted, idempotency_key=idempotency_key
            ).body
            if run["status"] in UNDER_WAY:  # a large cohort: computed by a worker
                run = call.client.wait(
                    f"/match-runs/{run['id']}", told=lambda at: say(at["status"])
                )
        if run["counts"] is None:
            raise stop(f"The run is {run['status']}.", End.REFUSED)
        call.tell(run, lambda out: _print_run(out, run))


def publish(
    match_run: Annotated[str, typer.Argument(metavar="RUN", help="The id `propose` told.")],
    profile: ProfileName = None,
    as_json: AsJson = False,
    idempotency_key: RetryKey = None,
) -> None:
    """Turn the pairs of a run into proposals, all or none; people are asked now."""
    with calling(profile, as_json) as call:
        with call.working("Publishing"):
            run = call.client.ask(
                "POST", f"/match-runs/{match_run}/publish", idempotency_key=idempotency_key
            ).body
        count = run["counts"]["new_pairs_count"]
        call.tell(run, lambda out: out.print(f"{count} proposals are out."))


def status(
    program: Annotated[
        str | None,
        typer.Argument(metavar="[PROGRAM]", help="Id or exact name; all programs otherwise."),
    ] = None,
    profile: ProfileName = None,
    as_json: AsJson = False,
) -> None:
    """Show at a glance where programs stand: people, pairs and surveys of each cohort."""
    with calling(profile, as_json) as call:
        found = [call.program(program)] if program else list(call.client.every("/programs"))
        with call.working("Counting") as say:
            told = [_state_of(call, each, say) for each in found]
        call.tell({"programs": told}, lambda out: _print_status(out, told))


def report(cohort: CohortName, profile: ProfileName = None, as_json: AsJson = False) -> None:
    """Print what a cohort changed: every figure with its n and interval, or why there is none."""
    with calling(profile, as_json) as call:
        chosen = call.cohort(cohort)
        with call.working(f"Measuring {chosen['name']}"):
            impact = call.client.get(f"/impact/cohorts/{chosen['id']}")
        call.tell(impact, lambda out: print_impact(out, impact))


def _print_run(out: Console, run: Any) -> None:
    counts, scores, proof = run["counts"], run["scores"], run["optimality"]
    out.print(f"Run {run['id'] or '(dry run, not stored)'} by {run['matcher']}: {run['objective']}")
    out.print(
        f"{counts['pairs_count']} pairs of {counts['mentors_count']} mentors and"
        f" {counts['mentees_count']} mentees, coverage {run['coverage']:.0%}"
    )
    out.print(f"Scores: worst {scores['worst']}, median {scores['median']}")
    out.print(f"Proof: {proof['status']}, gap {proof['gap']}")
    reasons = Counter(person["reason"] for person in run["unmatched"])
    for reason, count in sorted(reasons.items()):
        words = next(each["words"] for each in run["unmatched"] if each["reason"] == reason)
        out.print(f"{count} without a partner ({reason}), for example: {escape(words)}")
    if run["id"] and counts["new_pairs_count"]:
        out.print(f"Ask people with: rementor publish {run['id']}")


def _state_of(call: Call, program: Any, say: Any) -> dict[str, Any]:
    """A program with the counts of each cohort, from its own lists."""
    cohorts = []
    for cohort in call.client.every("/cohorts", program_id=program["id"], sort="created_at"):
        say(cohort["name"])
        of_it = {"cohort_id": cohort["id"]}
        people = Counter(
            (each["role"], each["status"]) for each in call.client.every("/enrollments", **of_it)
        )
        pairs = Counter(each["status"] for each in call.client.every("/pairings", **of_it))
        waves = list(call.client.every("/survey-waves", **of_it))
        cohorts.append(
            {
                "id": cohort["id"],
                "name": cohort["name"],
                "status": cohort["status"],
                "starts_on": cohort["starts_on"],
                "ends_on": cohort["ends_on"],
                "enrollments": {
                    role: {status: n for (who, status), n in sorted(people.items()) if who == role}
                    for role in ("mentor", "mentee")
                },
                "pairings": dict(sorted(pairs.items())),
                "survey_waves": [
                    {"title": each["title"], "moment": each["moment"], "status": each["status"]}
                    for each in waves
                ],
            }
        )
    return {
        "id": program["id"],
        "name": program["name"],
        "status": program["status"],
        "cohorts": cohorts,
    }


def _print_status(out: Console, programs: list[dict[str, Any]]) -> None:
    if not programs:
        out.print("There is no program yet.")
    for program in programs:
        table = Table("cohort", "status", "from", "to", "mentors", "mentees", "pairs", "surveys")
        for cohort in program["cohorts"]:
            table.add_row(
                escape(cohort["name"]),
                cohort["status"],
                cohort["starts_on"],
                cohort["ends_on"],
                _counted(cohort["enrollments"]["mentor"]),
                _counted(cohort["enrollments"]["mentee"]),
                _counted(cohort["pairings"]),
                ", ".join(f"{wave['moment']} {wave['status']}" for wave in cohort["survey_waves"]),
            )
        out.print(f"[bold]{escape(program['name'])}[/bold] ({program['status']})")
        out.print(table if program["cohorts"] else "  no cohort yet")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
