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
    console.print_json(data=impact)
