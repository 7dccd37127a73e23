"""How the demo shows figures to people: tables, never a number without its n and interval."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def print_run(console: Console, scenarios: Mapping[str, Any], chosen: Any) -> None:
    """Scenarios side by side, the proof, one pair explained, and who stays alone."""
    table = Table("scenario", "pairs", "coverage", "total", "worst", "median", "proof")
    for name, run in scenarios.items():
        scores, proof = run["scores"], run["optimality"]
        table.add_row(
            name,
            str(run["counts"]["pairs_count"]),
            f"{run['coverage']:.0%}",
            f"{scores['total']:,}",
            str(scores["worst"]),
            str(scores["median"]),
            f"{proof['status']}, gap {proof['gap']}",
        )
    console.print(table)
    best = max(chosen["pairs"], key=lambda pair: pair["score"])
    parts = ", ".join(f"{name} {points}" for name, points in best["breakdown"].items() if points)
    console.print(f"   the best pair has {best['score']} points: {parts}")
    reasons: dict[str, int] = {}
    for person in chosen["unmatched"]:
        reasons[person["reason"]] = reasons.get(person["reason"], 0) + 1
    for reason, count in sorted(reasons.items()):
        words = next(p["words"] for p in chosen["unmatched"] if p["reason"] == reason)
        console.print(f"   {count} without a partner ({reason}), for example: {words}")


def print_impact(console: Console, impact: Any) -> None:
    """Every figure with its interval, its n and how it was made; or why there is none."""
    table = Table("what", "figure", "95 % interval", "n", "method", show_lines=False)
    for role in impact["coverage"]["by_role"]:
        _row(table, f"{role['role']}s with a partner", role["paired"], share=True)
    cadence = impact["cadence"]
    _row(table, "pairs that met as agreed", cadence["kept"], share=True)
    _row(table, "meetings held per pair", cadence["meetings"])
    goals = impact["goals"]["pair_goals"]
    _row(table, "way from baseline to target, pairs' goals", goals["share"], share=True)
    _row(table, "pairs that achieved their goals", goals["achieved"], share=True)
    for skills in impact["skills"]:
        _row(table, f"{skills['role']}s: change in levels, skills wanted", skills["change"])
        _row(table, f"{skills['role']}s: the same in standard deviations", skills["standardised"])
    for scale in impact["scales"]:
        _row(table, f"{scale['scale_code']}: {scale['title']}", scale["overall"]["change"])
    console.print(table)
    _print_gaps(console, impact["gaps"])
    missing = impact["missing"]
    for wave in missing["waves"]:
        _say_rate(console, wave)
    dropped = missing["dropped_out"]
    console.print(f"   answered before and not after: {_figure(dropped, share=True)}")
    console.print(
        f"   evidence grade {impact['evidence']['grade']}: {impact['evidence']['statement']}"
    )


def _print_gaps(console: Console, gaps: Any) -> None:
    """How far mentors and mentees lie apart in each competence: Cliff's delta, then levels."""
    if not gaps["competences"]:
        return
    title = "The gap between mentors and mentees: delta, and levels by which it closed"
    table = Table("competence", "before", "after", "levels", "95 % interval", "n", title=title)
    for gap in gaps["competences"]:
        closed = gap["distance_closed"]
        table.add_row(
            gap["competence"],
            _figure(gap["delta_before"]),
            _figure(gap["delta_after"]),
            _figure(closed),
            _interval(closed),
            f"{gap['mentors_count']} + {gap['mentees_count']}",
        )
    console.print(table)


def _row(table: Table, what: str, measure: Any, *, share: bool = False) -> None:
    if measure["status"] != "measured":
        table.add_row(what, "-", f"[dim]{measure['reason']}[/dim]", _count(measure["n"]), "")
        return
    table.add_row(
        what,
        _figure(measure, share=share),
        _interval(measure, share=share),
        _count(measure["n"]),
        measure["method"],
    )


def _figure(measure: Any, *, share: bool = False) -> str:
    return "-" if measure["value"] is None else _number(measure["value"], share)


def _interval(measure: Any, *, share: bool = False) -> str:
    if measure["low"] is None:
        return "-"
    return f"{_number(measure['low'], share)} to {_number(measure['high'], share)}"


def _number(value: float, share: bool) -> str:
    return f"{value:.0%}" if share else f"{value:+.2f}" if value < 0 else f"{value:.2f}"


def _count(n: int | None) -> str:
    return "-" if n is None else str(n)


def _say_rate(console: Console, wave: Any) -> None:
    overall = wave["overall"]
    words = "withheld" if overall["suppressed"] else f"{overall['answered_percent']} %"
    console.print(
        f"   {wave['moment']} survey: {overall['answered_count']} of"
        f" {overall['invited_count']} answered ({words})"
    )
