"""Programs as documents: plan what one would change, make it so, and write one out again."""

import uuid
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import Row

from app.access.scopes import Scope
from app.blueprints.applying import apply_plan
from app.blueprints.differing import BlueprintAction, Plan, Refusal, plan_of
from app.blueprints.document import YAML, Blueprint
from app.blueprints.events import BlueprintApplied
from app.blueprints.models import BlueprintPart
from app.blueprints.schemas import BlueprintApplyQuery, BlueprintPlanQuery, WrittenAs
from app.blueprints.telling import summed_up
from app.blueprints.things import asked_of, document_of, plain, things_of
from app.blueprints.world import find_program, planned, read_world
from app.blueprints.writing import write_json, write_yaml
from app.kit.problems import Conflict, Forbidden
from app.kit.work import Thinking, UnitOfWork
from app.kit.writing import Written
from app.programs import service as programs

NEEDED = {
    BlueprintPart.FRAMEWORK: Scope.COMPETENCES_WRITE,
    BlueprintPart.GOAL: Scope.GOALS_WRITE,
    BlueprintPart.QUESTIONNAIRE: Scope.SURVEYS_WRITE,
    BlueprintPart.STATEMENT: Scope.GOALS_WRITE,
    BlueprintPart.SURVEY_WAVE: Scope.SURVEYS_WRITE,
}
"""What it takes to move a thing; the rest belongs to the program."""


class BlueprintOutdated(Conflict):
    slug, title = "blueprint-plan-outdated", "This is not the plan you have seen: plan again"


class BlueprintRefused(Conflict):
    slug, title = "blueprint-refused", "The document asks for what no document may do"


class BlueprintTooLarge(Conflict):
    slug, title = "blueprint-too-large", "The program has more than a document can hold"


def plan_blueprint(
    uow: UnitOfWork, document: Blueprint, query: BlueprintPlanQuery
) -> Thinking[None]:
    """What applying a document would do: tried out by the rooms' own rules, and taken back."""
    _must_run(uow, find_program(uow, document.program.key, document.program.name))

    def conclude(uow: UnitOfWork, _: None) -> dict[str, Any]:
        plan = _plan(uow, document, query)
        if not plan.refusals:
            _rehearse(uow, document, plan)
        return _shown(document, plan)

    return Thinking(_nothing_heavy, conclude)


def apply_blueprint(
    uow: UnitOfWork, document: Blueprint, query: BlueprintApplyQuery
) -> Thinking[None]:
    """Make exactly the plan so that was seen; a document that is so already is left alone.

    Raises BlueprintOutdated, BlueprintRefused, Forbidden, and what the rooms raise.
    """
    _must_run(uow, find_program(uow, document.program.key, document.program.name))

    def conclude(uow: UnitOfWork, _: None) -> dict[str, Any]:
        plan = _plan(uow, document, query, lock=True)
        moving = any(step.action is not BlueprintAction.KEEP for step in plan.steps)
        if moving and plan.digest != query.digest:
            raise BlueprintOutdated(digest=plan.digest)
        if plan.refusals:
            shown = _shown(document, plan)
            told = " ".join(each.reason for each in plan.refusals[:3])
            raise BlueprintRefused(told, refusals=shown["refusals"][:100])
        missing = [each for each in _needed(plan) if not uow.principal.may(each)]
        if missing:
            raise Forbidden(f"The token lacks {', '.join(missing)}.", missing_scopes=missing)
        program_id = apply_plan(uow, document, plan)
        if moving:
            uow.emit(
                BlueprintApplied(
                    program_id=program_id,
                    added_count=plan.count(BlueprintAction.ADD),
                    changed_count=plan.count(BlueprintAction.CHANGE),
                    removed_count=plan.count(BlueprintAction.REMOVE),
                    digest=plan.digest,
                )
            )
        return {**_shown(document, plan), "program_id": program_id}

    return Thinking(_nothing_heavy, conclude)


def _nothing_heavy() -> None:
    """The document was read before this, without holding up anybody who writes."""


def _plan(
    uow: UnitOfWork, document: Blueprint, query: BlueprintPlanQuery, *, lock: bool = False
) -> Plan:
    program = find_program(uow, document.program.key, document.program.name)
    _must_run(uow, program)
    world = read_world(uow, program, asked_of(document), lock=lock)
    wanted = things_of(document, uow.today, world.started)
    return plan_of(wanted, world, prune=query.prune, reason=query.reason)


def _must_run(uow: UnitOfWork, program: Row[Any] | None) -> None:
    if program is not None:
        programs.must_run_program(uow, program.id)
    elif not uow.principal.has(*programs.MANAGING):
        raise programs.NotYourProgram("Programs are set up by those who manage all of them.")


class _TakenBack(Exception):  # noqa: N818  not a failure: how a rehearsal ends
    """Undoes what was only tried."""


def _rehearse(uow: UnitOfWork, document: Blueprint, plan: Plan) -> None:
    """Apply the plan and take it back, so that what the rooms would refuse is told now."""
    trial = replace(uow, _events=[], _changes=[], _stored=[])
    with suppress(_TakenBack), uow.rows.begin_nested():
        apply_plan(trial, document, plan)
        trial.db.flush()
        raise _TakenBack


def _needed(plan: Plan) -> list[str]:
    """The scopes that it takes to make this plan so."""
    moved = {step.thing.what for step in plan.steps if step.action is not BlueprintAction.KEEP}
    return sorted({str(NEEDED.get(what, Scope.PROGRAMS_WRITE)) for what in moved})


def _shown(document: Blueprint, plan: Plan) -> dict[str, Any]:
    counts = {action: plan.count(action) for action in BlueprintAction}
    added, changed, removed = (
        counts[BlueprintAction.ADD],
        counts[BlueprintAction.CHANGE],
        counts[BlueprintAction.REMOVE],
    )
    return {
        "digest": plan.digest,
        "program_id": plan.world.program_id,
        "summary": summed_up(added, changed, removed, len(plan.refusals)),
        "has_changes": bool(added + changed + removed),
        "can_be_applied": not plan.refusals,
        "added_count": added,
        "changed_count": changed,
        "removed_count": removed,
        "needed_scopes": _needed(plan),
        "changes": plan.changes,
        "refusals": [_refusal_shown(document, each) for each in plan.refusals],
    }


def _refusal_shown(document: Blueprint, refusal: Refusal) -> dict[str, Any]:
    place = document.refusal(refusal.wanted.path, "", "") if refusal.wanted else {}
    return {
        "code": refusal.code,
        "what": refusal.what,
        "key": refusal.key,
        "within": refusal.within,
        "reason": refusal.reason,
        "line": place.get("line"),
        "column": place.get("column"),
    }


def export_blueprint(uow: UnitOfWork, program_id: uuid.UUID, query: WrittenAs) -> Written:
    """The document of what is planned from here on. Raises NotFound, BlueprintTooLarge."""
    program = programs.get_program(uow, program_id)
    programs.must_run_program(uow, program.id)
    try:
        document = document_of(planned(read_world(uow, program)))
    except ValidationError as wrong:
        told = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors()[:3]
        )
        raise BlueprintTooLarge(told) from wrong
    return written_as(plain(document), form_of(uow, query))


def form_of(uow: UnitOfWork, query: WrittenAs) -> Literal["json", "yaml"]:
    """What the query says; else the first of the two that the caller accepts, JSON by default."""
    if query.format is not None:
        return query.format
    for each in uow.accept.split(","):
        kind = each.partition(";")[0].strip().lower()
        if kind in YAML:
            return "yaml"
        if kind in ("application/json", "application/*", "*/*"):
            return "json"
    return "json"


def written_as(value: Any, form: Literal["json", "yaml"]) -> Written:
    if form == "yaml":
        return Written(write_yaml(value), media_type="application/yaml")
    return Written(write_json(value))
