"""What a roster would do: judged like the real thing, and written down instead of done."""

import base64
import datetime as dt
import hashlib
import json
import uuid
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from app.imports.events import ImportFailed, ImportPlanned
from app.imports.mapping import Roster, read_roster
from app.imports.models import Import, ImportFile, ImportMode, ImportRow, ImportStatus
from app.imports.schemas import ImportCounts, ImportPlan, ParticipantImport, RosterFile
from app.imports.service import (
    KEPT_FOR,
    Mapping,
    as_json,
    forget_rows,
    from_json,
    mapping_of,
    visible,
)
from app.kit.jobs import Ending, enqueue, lasting_job, unfinished
from app.kit.problems import TooLarge
from app.kit.running import Running
from app.kit.work import Thinking, UnitOfWork
from app.pairings.foreseeing import Foreseen, effects_on_pairings
from app.participants.models import EmploymentStatus
from app.participants.rows import Row
from app.participants.schemas import RowVerdict
from app.participants.service import must_keep_the_roster
from app.participants.settling import Lines, people_there, settle
from app.participants.upserting import in_chunks, judge, read_before, upsert

MOST_AT_ONCE = 20_000
"""Ours: rows that one request may write. More are planned first, and applied by a job."""
LARGEST_IN_REQUEST = 400_000
"""Ours, in characters: a file of some 4 000 people is planned while the caller waits."""
MOST_EFFECTS = 1_000

_PAIRINGS = {
    "ends": "pairings_ending", "pauses": "pairings_pausing", "may_resume": "pairings_resumable",
    "in_conflict": "pairings_in_conflict",
}  # fmt: skip


def import_participants(uow: UnitOfWork, wanted: ParticipantImport) -> Thinking[Roster]:
    """Add and change the people of a roster; refused rows are left out, the rest commits as one."""
    must_keep_the_roster(uow)

    def conclude(uow: UnitOfWork, roster: Roster) -> dict[str, Any]:
        must_keep_the_roster(uow)
        if len(roster.rows) > MOST_AT_ONCE:
            raise TooLarge(
                f"{len(roster.rows)} rows; at most {MOST_AT_ONCE} at once: POST /v1/imports."
            )
        counts = upsert(uow, roster.rows, digest_of(wanted), write=not wanted.dry_run)
        table = roster.table
        return {
            **counts, "dry_run": wanted.dry_run, "encoding": table.encoding,
            "delimiter": table.delimiter, "unread_columns": roster.unread_columns,
            "rows": roster.rows,
        }  # fmt: skip

    return Thinking(lambda: read_roster(wanted, wanted.mapping), conclude)


def plan_import(uow: UnitOfWork, wanted: ImportPlan) -> Thinking[Roster | None]:
    """Look at a roster: a small one at once, a large one in a job."""
    must_keep_the_roster(uow)
    mapping = mapping_of(uow, wanted)
    large = len(wanted.content or wanted.content_base64 or "") > LARGEST_IN_REQUEST

    def conclude(uow: UnitOfWork, roster: Roster | None) -> Import:
        must_keep_the_roster(uow)
        plan = _begin(uow, wanted, mapping)
        if roster is None:
            content = zlib.compress(wanted.model_dump_json().encode(), 1)
            uow.add(ImportFile(import_id=plan.id, content=content))
            plan.job_id = enqueue(
                uow, read_import, {"import_id": str(plan.id)}, resource=f"/v1/imports/{plan.id}"
            )
        else:
            planning = Planning.of(uow, plan, roster)
            for chunk in planning.chunks():
                planning.store(uow, chunk)
            planning.end(uow, plan)
        return uow.touch(plan)

    return Thinking(lambda: None if large else read_roster(wanted, mapping), conclude)


def _begin(uow: UnitOfWork, wanted: ImportPlan, mapping: Mapping) -> Import:
    return uow.add(
        Import(
            status=ImportStatus.READING, mode=wanted.mode, format=wanted.format.value,
            columns=[], unread_columns=[], mapping=as_json(mapping), digest=digest_of(wanted),
            counts=dict.fromkeys(ImportCounts.model_fields, 0), effects=[], effects_digest="",
            expires_at=uow.now + KEPT_FOR,
        )
    )  # fmt: skip


def digest_of(wanted: RosterFile) -> str:
    """SHA-256 of the file."""
    if wanted.content is not None:
        return hashlib.sha256(wanted.content.encode("utf-8", "surrogatepass")).hexdigest()
    padded = (wanted.content_base64 or "") + "==="
    return hashlib.sha256(base64.b64decode(padded[: len(padded) // 4 * 4])).hexdigest()


@dataclass
class Planning:
    """A roster on its way to a plan: settled against who is there, then judged chunk by chunk."""

    import_id: uuid.UUID
    roster: Roster
    ordered: list[Row]
    leaving: list[Row]
    lines: Lines
    """Who is above whom, before."""
    lines_after: Lines
    counts: dict[str, int]
    foreseen: Foreseen = field(default_factory=Foreseen)

    @classmethod
    def of(cls, uow: UnitOfWork, plan: Import | Any, roster: Roster) -> "Planning":
        known, above = people_there(uow)
        before = dict(above)
        ordered = settle(roster.rows, known, above)
        named = {row.external_id for row in roster.rows}
        at_work = [
            each for each in known.values() if each.employment_status is not EmploymentStatus.LEFT
        ]
        leaving = [
            Row(
                external_id=each.external_id, participant_id=each.id,
                manager_id=each.manager_id, verdict=RowVerdict.LEAVING,
                changes={
                    "employment_status": (each.employment_status, EmploymentStatus.LEFT)
                },
            )
            for each in at_work
            if plan.mode is ImportMode.FULL and each.external_id not in named
        ]  # fmt: skip
        counts = dict.fromkeys(ImportCounts.model_fields, 0)
        counts |= {"rows": len(roster.rows) + len(leaving), "at_work": len(at_work)}
        return cls(plan.id, roster, ordered, leaving, before, above, counts)

    def chunks(self) -> Iterable[Sequence[Row]]:
        """All rows: those that may be written in the order of writing, then the refused ones."""
        refused = [row for row in self.roster.rows if row.verdict is RowVerdict.REFUSED]
        for rows in (self.ordered, self.leaving, refused):
            yield from in_chunks(rows)

    def store(self, uow: UnitOfWork, rows: Sequence[Row]) -> None:
        """Judge rows, count them, and write down what they would do."""
        judged = [
            row for row in rows
            if row.verdict not in (RowVerdict.REFUSED, RowVerdict.LEAVING)
        ]  # fmt: skip
        before = read_before(uow, [row.participant_id for row in judged if not row.is_new])
        judge(uow, judged, before)
        for row in rows:
            self.counts[row.verdict] += 1
            codes = {each["code"] for each in row.mistakes}
            self.counts["in_circles"] += "circle" in codes
            self.counts["orphans"] += "unknown_reference" in codes
            foresee(self.foreseen, row)
        uow.add_many(ImportRow, [_stored(self.import_id, row) for row in rows])

    def end(self, uow: UnitOfWork, plan: Import) -> None:
        """The plan is whole: say how the file was read, and what becomes of pairings."""
        effects = effects_on_pairings(uow, self.foreseen, self.lines, self.lines_after)
        for each in effects:
            self.counts[_PAIRINGS[each["effect"]]] += 1
        table = self.roster.table
        plan.encoding, plan.delimiter, plan.sheet = table.encoding, table.delimiter, table.sheet
        plan.columns = [column[:200] for column in table.columns]
        plan.unread_columns, plan.counts = self.roster.unread_columns, self.counts
        plan.effects, plan.effects_digest = effects[:MOST_EFFECTS], digest_of_effects(effects)
        plan.status, plan.planned_at = ImportStatus.PLANNED, uow.now
        uow.emit(
            ImportPlanned(
                import_id=plan.id,
                added_count=self.counts["added"],
                changed_count=self.counts["changed"],
                refused_count=self.counts["refused"],
                leaving_count=self.counts["leaving"],
            )
        )


def foresee(foreseen: Foreseen, row: Row) -> None:
    """Note to whom a judged row lets something happen that pairings hear of."""
    if not row.writes or row.participant_id is None or row.is_new:
        return
    if "employment_status" in row.changes:
        _, after = row.changes["employment_status"]
        whose = {
            EmploymentStatus.LEFT: foreseen.leaving, EmploymentStatus.ON_LEAVE: foreseen.pausing,
        }.get(after, foreseen.returning)  # fmt: skip
        whose.add(row.participant_id)
    if "manager_id" in row.changes:
        foreseen.moving.add(row.participant_id)


def digest_of_effects(effects: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(effects, sort_keys=True).encode()).hexdigest()


def _stored(import_id: uuid.UUID, row: Row) -> dict[str, Any]:
    changes = dict(row.changes)
    for name, write in _WRITTEN.items():
        if name in changes:
            then, now = changes[name]
            changes[name] = (then and write(then), now and write(now))
    return {
        "import_id": import_id, "line": row.line, "external_id": row.external_id,
        "verdict": row.verdict, "participant_id": row.participant_id, "changes": changes,
        "manager_since": row.since, "mistakes": row.mistakes,
    }  # fmt: skip


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "hired_on": dt.date.isoformat, "leaves_on": dt.date.isoformat, "manager_id": str,
    "employment_status": str,
}  # fmt: skip
"""How those values are kept that JSON does not know."""


@lasting_job
def read_import(running: Running, payload: dict[str, Any]) -> None:
    """Plan a large file. After a kill from the beginning: the world may be another one."""
    import_id = uuid.UUID(payload["import_id"])
    running.report("reading")
    with running.read() as uow:
        plan = uow.rows.execute(
            select(Import.id, Import.mode, Import.mapping).where(
                Import.organization_id == uow.organization_id, Import.id == import_id
            )
        ).one()
        wanted = _file_of(uow, import_id)
    roster = read_roster(wanted, from_json(plan.mapping))
    del wanted
    with running.read() as uow:
        planning = Planning.of(uow, plan, roster)
    with running.step() as uow:
        uow.rows.execute(
            delete(ImportRow).where(
                ImportRow.organization_id == uow.organization_id, ImportRow.import_id == import_id
            )
        )
    done = 0
    for chunk in planning.chunks():
        with running.step() as uow:
            planning.store(uow, chunk)
        for row in chunk:
            row.let_go()
        done += len(chunk)
        running.report("planning", done, planning.counts["rows"])
    running.result = {"import_id": str(import_id)}
    with running.step(last=True) as uow:
        record = locked(uow, import_id)
        planning.end(uow, record)
        uow.rows.execute(
            delete(ImportFile).where(
                ImportFile.organization_id == uow.organization_id,
                ImportFile.import_id == import_id,
            )
        )
        uow.touch(record)


def _file_of(uow: UnitOfWork, import_id: uuid.UUID) -> ImportPlan:
    packed = uow.rows.scalar(
        select(ImportFile.content).where(
            ImportFile.organization_id == uow.organization_id, ImportFile.import_id == import_id
        )
    )
    return ImportPlan.model_validate_json(zlib.decompress(packed or b""))


def locked(uow: UnitOfWork, import_id: uuid.UUID) -> Import:
    return uow.to_change(visible(uow).where(Import.id == import_id))


@unfinished(read_import)
def tell_that_it_was_not_read(uow: UnitOfWork, payload: dict[str, Any], ending: Ending) -> None:
    """A file that cannot be read leaves nothing but the reason."""
    plan = locked(uow, uuid.UUID(payload["import_id"]))
    forget_rows(uow, plan.id)
    fail(uow, plan, ending)


def fail(uow: UnitOfWork, plan: Import, ending: Ending) -> None:
    if plan.status is ImportStatus.DISCARDED:
        return
    problem = ending.problem or {"code": "cancelled", "detail": "The job was cancelled."}
    plan.status = ImportStatus.FAILED
    plan.failure = {"code": problem["code"], "detail": problem["detail"]}
    uow.touch(plan)
    uow.emit(ImportFailed(import_id=plan.id, code=problem["code"]))
