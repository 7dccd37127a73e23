"""Match runs as they are stored and shown."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from app.kit.work import UnitOfWork
from app.pairings.candidates import Gathered
from app.pairings.computing import Computed
from app.pairings.events import MatchRunComputed
from app.pairings.models import MatchRun, MatchRunStatus
from app.pairings.run_schemas import PairingsPropose, PairingsRepair
from app.programs import service as programs

FIGURES = ("counts", "coverage", "scores", "optimality")
LISTS = ("pairs", "unmatched", "notes", "relaxations", "scarcity", "pin_prices")


def visible_runs(uow: UnitOfWork) -> Select[MatchRun]:
    """Match runs, for those who run the program: they hold points of everybody."""
    stmt = select(MatchRun).where(MatchRun.organization_id == uow.organization_id)
    return stmt.where(programs.within_reach(uow, MatchRun.cohort_id, roles=programs.MANAGING))


def keep_run(
    uow: UnitOfWork,
    wanted: PairingsPropose | PairingsRepair,
    gathered: Gathered,
    computed: Computed,
) -> Any:
    """Store what was computed in the request, unless it was only to be looked at."""
    run = {**asked_of(wanted.cohort_id, gathered), **outcome_of(computed)}
    if wanted.dry_run:
        return {
            **run, **run["figures"], "repair": None, **computed.result, "id": None,
            "dry_run": True, "published_at": None, "created_at": uow.now, "job_id": None,
            "problem": None, "progress": None, "finished_at": uow.now, "asked_because": None,
            "people_erased_at": None,
        }  # fmt: skip
    stored = uow.add(MatchRun(**run, finished_at=uow.now))
    tell_computed(uow, stored)
    return ShownRun(stored)


def tell_computed(uow: UnitOfWork, run: MatchRun) -> None:
    pairs = 0 if run.result is None else len(run.result["pairs"])
    uow.emit(MatchRunComputed(match_run_id=run.id, cohort_id=run.cohort_id, pairs_count=pairs))


def asked_of(cohort_id: uuid.UUID, gathered: Gathered) -> dict[str, Any]:
    """What a run was asked, as its columns."""
    asked = gathered.input
    plain = asked.to_json()
    rules = dict(plain["rules"])
    return {
        "cohort_id": cohort_id,
        "objective": asked.objective,
        "rules": {**rules.pop("plugins"), **rules},
        "weights": asked.weights.by_code(),
        "seed": asked.seed,
    }


def outcome_of(computed: Computed) -> dict[str, Any]:
    """What came out of a run, as its columns."""
    rules = dict(computed.input["rules"])
    return {
        "status": MatchRunStatus.COMPUTED,
        "matcher": computed.matcher,
        "matcher_version": computed.matcher_version,
        "rules_version": computed.rules_version,
        "rules": {**rules.pop("plugins"), **rules},
        "input": computed.input,
        "input_digest": computed.input_digest,
        "figures": computed.figures,
        "result": computed.result,
        "certificate": computed.certificate,
    }


@dataclass(frozen=True)
class ShownRun:
    """A stored run with its figures and result laid open; null and empty until it is computed."""

    run: MatchRun | Row[Any]
    progress: dict[str, Any] | None = None
    dry_run: bool = False

    def __getattr__(self, name: str) -> Any:
        if name in FIGURES:
            return None if self.run.figures is None else self.run.figures[name]
        if name in LISTS:
            return [] if self.run.result is None else self.run.result[name]
        if name == "repair":
            return None if self.run.result is None else self.run.result.get(name)
        return getattr(self.run, name)
