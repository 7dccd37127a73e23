"""Doing exactly what a plan says, or nothing: in one unit, or chunk by chunk in a job."""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from app.imports.events import ImportApplied
from app.imports.models import Import, ImportMode, ImportRow, ImportStatus
from app.imports.planning import digest_of_effects, fail, foresee, locked
from app.imports.schemas import ImportApply
from app.imports.service import ImportNotPlanned, visible
from app.kit.jobs import Ending, enqueue, lasting_job, unfinished
from app.kit.problems import Conflict
from app.kit.running import Running
from app.kit.work import Thinking, UnitOfWork
from app.pairings.foreseeing import Foreseen, effects_on_pairings
from app.participants.events import ParticipantsImported
from app.participants.models import EmploymentStatus, Participant
from app.participants.rows import Row
from app.participants.schemas import RowVerdict
from app.participants.service import lock_reporting_lines, must_keep_the_roster, stands_above
from app.participants.settling import people_there
from app.participants.upserting import AT_ONCE, outdated, read_before, write_people

MOST_IN_REQUEST = 2_000
"""Ours: rows that are written while the caller waits; more are written by a job."""
MOST_LEAVERS = 10
"""Ours, in per cent of those at work: more leave at once only where somebody has said how many."""
OF_KNOWN = (RowVerdict.CHANGED, RowVerdict.LEAVING)
WRITING = (RowVerdict.ADDED, *OF_KNOWN)


class ImportOutdated(Conflict):
    slug, title = "import-outdated", "The world has changed since: plan the import again"


class TooManyLeavers(Conflict):
    slug = "too-many-leavers"
    title = "More people would leave than anybody expects: say how many, if the file is right"


def apply_import(uow: UnitOfWork, import_id: uuid.UUID, wanted: ImportApply) -> Thinking[None]:
    """Do what the plan says. Raises ImportOutdated where it would do anything else by now.

    Done already, it is told again as it stands: nothing happens twice.
    """
    must_keep_the_roster(uow)
    plan = uow.one(visible(uow).where(Import.id == import_id))
    large = _writes(plan.counts) > MOST_IN_REQUEST
    if plan.status is ImportStatus.PLANNED:
        _must_expect_leavers(plan, wanted)
        _must_be_as_planned(uow, plan)

    def conclude(uow: UnitOfWork, _: None) -> Import:
        must_keep_the_roster(uow)
        plan = uow.to_change(visible(uow).where(Import.id == import_id))
        if plan.status in (ImportStatus.APPLYING, ImportStatus.APPLIED):
            return plan
        if plan.status is not ImportStatus.PLANNED or plan.expires_at <= uow.now:
            raise ImportNotPlanned(f"The import is {plan.status}.")
        _must_expect_leavers(plan, wanted)
        if large:
            plan.status = ImportStatus.APPLYING
            plan.job_id = enqueue(
                uow, write_import, {"import_id": str(plan.id)}, resource=f"/v1/imports/{plan.id}"
            )
            return uow.touch(plan)
        after = uuid.UUID(int=0)
        while chunk := _chunk(uow, import_id, after):
            if late := _write(uow, plan, chunk):
                raise ImportOutdated(_told(late, 0), people_count=late, pairings_count=0)
            after = chunk[-1].id
        return _finish(uow, plan, 0)

    return Thinking(lambda: None, conclude)


def _writes(counts: dict[str, int]) -> int:
    return counts["added"] + counts["changed"] + counts["leaving"]


def _must_expect_leavers(plan: Import | Any, wanted: ImportApply) -> None:
    """Half of a file looks like half of a company leaving. Raises TooManyLeavers."""
    leaving, at_work = plan.counts["leaving"], plan.counts["at_work"]
    stated = wanted.allow_leavers_count
    if plan.mode is not ImportMode.FULL or stated == leaving:
        return
    if stated is not None or leaving * 100 > at_work * MOST_LEAVERS:
        raise TooManyLeavers(
            f"{leaving} of {at_work} people at work are not in the file"
            + (f"; you expect {stated}." if stated is not None else "."),
            leaving_count=leaving,
            at_work_count=at_work,
        )


def _must_be_as_planned(uow: UnitOfWork, plan: Any) -> None:
    """Everything the plan would change is as it was, and so are the pairings concerned."""
    _, lines = people_there(uow)
    later, foreseen, late = dict(lines), Foreseen(), len(_taken(uow, plan.id))
    after = uuid.UUID(int=0)
    while chunk := _chunk(uow, plan.id, after, OF_KNOWN):
        rows = [_revived(each) for each in chunk]
        late += len(_outdated(uow, rows, ()))
        for row in rows:
            foresee(foreseen, row)
            if row.participant_id is not None and "manager_id" in row.changes:
                later[row.participant_id] = row.manager_id
        after = chunk[-1].id
    effects = effects_on_pairings(uow, foreseen, lines, later)
    moved = 0
    if digest_of_effects(effects) != plan.effects_digest:
        before = {json.dumps(each, sort_keys=True) for each in plan.effects}
        moved = len(before ^ {json.dumps(each, sort_keys=True) for each in effects})
    if late or moved:
        raise ImportOutdated(_told(late, moved), people_count=late, pairings_count=moved)


def _told(people: int, pairings: int) -> str:
    return f"{people} people and {pairings} pairings of the plan are not as they were."


def _chunk(
    uow: UnitOfWork,
    import_id: uuid.UUID,
    after: uuid.UUID,
    verdicts: Sequence[RowVerdict] = WRITING,
) -> Sequence[Any]:
    """The next rows that write something, in their order."""
    return uow.rows.execute(
        select(
            ImportRow.id, ImportRow.line, ImportRow.external_id, ImportRow.verdict,
            ImportRow.participant_id, ImportRow.changes, ImportRow.manager_since,
        )
        .where(
            ImportRow.organization_id == uow.organization_id,
            ImportRow.import_id == import_id,
            ImportRow.id > after,
            ImportRow.verdict.in_(verdicts),
        )
        .order_by(ImportRow.id)
        .limit(AT_ONCE)
    ).all()  # fmt: skip


def _revived(stored: Any) -> Row:
    changes = {name: tuple(both) for name, both in stored.changes.items()}
    for name, read in _READ.items():
        if name in changes:
            then, now = changes[name]
            changes[name] = (then and read(then), now and read(now))
    _, manager_id = changes.get("manager_id", (None, None))
    return Row(
        line=stored.line, external_id=stored.external_id, since=stored.manager_since,
        verdict=stored.verdict, participant_id=stored.participant_id, manager_id=manager_id,
        is_new=stored.verdict is RowVerdict.ADDED, changes=changes,
    )  # fmt: skip


_READ: dict[str, Callable[[str], Any]] = {
    "hired_on": dt.date.fromisoformat, "leaves_on": dt.date.fromisoformat,
    "manager_id": uuid.UUID, "employment_status": EmploymentStatus,
}  # fmt: skip
"""How those values are read that JSON keeps as texts."""


def _outdated(uow: UnitOfWork, rows: Sequence[Row], taken: Collection[str]) -> list[int]:
    """The places of those rows that do not find what they found when they were planned."""
    before = read_before(uow, [row.participant_id for row in rows if not row.is_new])
    return [place for place, row in enumerate(rows) if outdated(row, before, taken)]


def _taken(uow: UnitOfWork, import_id: uuid.UUID, *which: ColumnElement[bool]) -> set[str]:
    """The external ids of people to be added whom somebody else has added by now."""
    found = uow.rows.scalars(
        select(ImportRow.external_id)
        .join(
            Participant,
            and_(
                Participant.organization_id == ImportRow.organization_id,
                Participant.external_id == ImportRow.external_id,
            ),
        )
        .where(
            ImportRow.organization_id == uow.organization_id,
            ImportRow.import_id == import_id,
            ImportRow.verdict == RowVerdict.ADDED,
            *which,
        )
    )
    return {external_id for external_id in found if external_id is not None}


def _write(uow: UnitOfWork, plan: Import, chunk: Sequence[Any]) -> int:
    """Write a chunk; rows that are outdated are marked and left alone. Returns their number."""
    lock_reporting_lines(uow)
    rows = [_revived(each) for each in chunk]
    here = (ImportRow.id >= chunk[0].id, ImportRow.id <= chunk[-1].id)
    late = set(_outdated(uow, rows, _taken(uow, plan.id, *here)))
    late |= set(_without_manager(uow, rows, late))
    good = [row for place, row in enumerate(rows) if place not in late]
    before = read_before(uow, [row.participant_id for row in good if not row.is_new])
    write_people(uow, good, before)
    for row in good:
        if (
            not row.is_new
            and row.participant_id is not None
            and row.manager_id is not None
            and "manager_id" in row.changes
            and stands_above(uow, row.participant_id, row.manager_id)
        ):  # somebody else has changed a line meanwhile
            raise ImportOutdated(_told(1, 0), people_count=1, pairings_count=0)
    if late:
        uow.rows.execute(
            update(ImportRow)
            .where(
                ImportRow.organization_id == uow.organization_id,
                ImportRow.id.in_([chunk[place].id for place in late]),
            )
            .values(verdict=RowVerdict.OUTDATED, updated_at=uow.now)
        )
    digest = hashlib.sha256(plan.digest.encode())
    for row in good:
        digest.update(f"{row.participant_id}{row.verdict}".encode())
    uow.emit(
        ParticipantsImported(
            added_count=sum(row.verdict is RowVerdict.ADDED for row in good),
            changed_count=sum(row.verdict is RowVerdict.CHANGED for row in good),
            leaving_count=sum(row.verdict is RowVerdict.LEAVING for row in good),
            unchanged_count=0,
            refused_count=0,
            digest=digest.hexdigest(),
        )
    )
    return len(late)


def _without_manager(uow: UnitOfWork, rows: Sequence[Row], late: set[int]) -> Iterator[int]:
    """The places of people whose manager was left alone, and so is not there."""
    wanted = {row.manager_id for row in rows if row.manager_id is not None}
    there = set(
        uow.rows.scalars(
            select(Participant.id).where(
                Participant.organization_id == uow.organization_id, Participant.id.in_(wanted)
            )
        )
        if wanted
        else ()
    )
    for place, row in enumerate(rows):
        if place in late:
            continue
        if row.manager_id is not None and row.manager_id not in there:
            yield place
        elif row.is_new and row.participant_id is not None:
            there.add(row.participant_id)


def _finish(uow: UnitOfWork, plan: Import, late: int) -> Import:
    plan.status, plan.applied_at = ImportStatus.APPLIED, uow.now
    plan.counts = {**plan.counts, "outdated": late}
    written = _writes(plan.counts) - late
    uow.emit(ImportApplied(import_id=plan.id, written_count=written, outdated_count=late))
    return uow.touch(plan)


@lasting_job
def write_import(running: Running, payload: dict[str, Any]) -> None:
    """Apply a large plan, a chunk in each step: after a kill it goes on behind the last one."""
    import_id = uuid.UUID(payload["import_id"])
    with running.read() as uow:
        plan: Any = uow.rows.execute(
            select(Import.id, Import.digest, Import.counts).where(
                Import.organization_id == uow.organization_id, Import.id == import_id
            )
        ).one()
    total = _writes(plan.counts)
    while True:
        after = uuid.UUID(running.state.get("after", str(uuid.UUID(int=0))))
        with running.read() as uow:
            chunk = _chunk(uow, import_id, after)
        if not chunk:
            break
        with running.step() as uow:
            late = _write(uow, plan, chunk)
            running.state = {
                "after": str(chunk[-1].id),
                "late": running.state.get("late", 0) + late,
                "done": running.state.get("done", 0) + len(chunk),
            }
        running.report("writing", running.state["done"], total)
    running.result = {"import_id": str(import_id), "outdated": running.state.get("late", 0)}
    with running.step(last=True) as uow:
        _finish(uow, locked(uow, import_id), running.state.get("late", 0))


@unfinished(write_import)
def tell_that_it_was_not_written(uow: UnitOfWork, payload: dict[str, Any], ending: Ending) -> None:
    """What was written until then stays; a new plan of the same file shows the rest."""
    fail(uow, locked(uow, uuid.UUID(payload["import_id"])), ending)
