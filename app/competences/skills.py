"""What people offer and want to learn: set as a whole, one by one or by the thousand."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, delete, select

from app.competences.events import SkillsImported, SkillsSet
from app.competences.models import Direction, Skill
from app.competences.schemas import (
    PersonsSkills,
    SkillImport,
    SkillQuery,
    SkillsPut,
    Verdict,
    WhoIn,
)
from app.competences.service import highest_levels, in_parts, runs_programs, writable_people
from app.kit.problems import Invalid, NotFound
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.participants import service as participants
from app.participants.models import Participant

SORTS = {"created_at": Skill.id, "competence": Skill.competence}
MOST_MISTAKES = 20

Levels = tuple[dict[str, int], dict[str, int]]
"""Offered and wanted: competence code → level."""


@dataclass
class Entry:
    """One entry of an import, and what becomes of it."""

    who: WhoIn
    participant_id: uuid.UUID | None = None
    verdict: Verdict = Verdict.ADDED
    mistakes: list[dict[str, str]] = field(default_factory=list)

    @property
    def external_id(self) -> str | None:
        return self.who.external_id

    def refuse(self, pointer: str, detail: str, code: str) -> None:
        self.verdict = Verdict.REFUSED
        if len(self.mistakes) < MOST_MISTAKES:
            self.mistakes.append({"pointer": pointer, "detail": detail, "code": code})


def visible_skills(uow: UnitOfWork) -> Select[Skill]:
    """Everybody's for those who run programs, else one's own."""
    stmt = select(Skill).where(Skill.organization_id == uow.organization_id)
    if not runs_programs(uow):
        stmt = stmt.where(Skill.participant_id == participants.mine(uow))
    return stmt


def list_skills(uow: UnitOfWork, query: SkillQuery) -> dict[str, Any]:
    stmt = visible_skills(uow)
    stmt = narrowed(
        stmt,
        (Skill.participant_id, query.participant_id),
        (Skill.competence, query.competence),
        (Skill.direction, query.direction),
    )
    return uow.page(stmt, Skill.id, query, SORTS)


def show_skills(uow: UnitOfWork, participant_id: uuid.UUID) -> dict[str, Any]:
    """Everything one person offers and wants."""
    uow.one(writable_people(uow).where(Participant.id == participant_id))
    return _shown(participant_id, skills_of(uow, [participant_id])[participant_id])


def set_skills(uow: UnitOfWork, participant_id: uuid.UUID, wanted: SkillsPut) -> dict[str, Any]:
    """Replace what a person offers and wants."""
    if not lock_people(uow, [participant_id]):
        raise NotFound
    known = highest_levels(uow, [*wanted.offered, *wanted.wanted])
    mistakes = level_mistakes(wanted.offered, known, "/offered") + level_mistakes(
        wanted.wanted, known, "/wanted"
    )
    if mistakes:
        raise Invalid(mistakes[0]["detail"], errors=mistakes)
    levels = (wanted.offered, wanted.wanted)
    if skills_of(uow, [participant_id])[participant_id] != levels:
        _replace(uow, {participant_id: levels})
        uow.emit(
            SkillsSet(
                participant_id=participant_id,
                offered_count=len(wanted.offered),
                wanted_count=len(wanted.wanted),
            )
        )
    return _shown(participant_id, levels)


def import_skills(uow: UnitOfWork, wanted: SkillImport) -> dict[str, Any]:
    """Replace what many people offer and want; refused entries are reported and left out."""
    entries = resolve(uow, wanted.people)
    known = highest_levels(
        uow, {code for each in wanted.people for code in (*each.offered, *each.wanted)}
    )
    seen: set[uuid.UUID] = set()
    for entry, person in zip(entries, wanted.people, strict=True):
        for mistake in level_mistakes(person.offered, known, "/offered") + level_mistakes(
            person.wanted, known, "/wanted"
        ):
            entry.refuse(**mistake)
        if entry.participant_id in seen:
            entry.refuse("", "The person stands in the list already.", "repeated")
        elif entry.participant_id is not None:
            seen.add(entry.participant_id)
    lock_people(uow, seen)
    before = skills_of(uow, seen)
    changes = _changes(entries, wanted.people, before)
    answer = counted(entries, dry_run=wanted.dry_run)
    if changes and not wanted.dry_run:
        _replace(uow, changes)
        uow.emit(
            SkillsImported(
                changed_count=answer["added_count"] + answer["changed_count"],
                unchanged_count=answer["unchanged_count"],
                refused_count=answer["refused_count"],
                digest=sha256(wanted.model_dump_json().encode()).hexdigest(),
            )
        )
    return answer


def _changes(
    entries: list[Entry], people: list[PersonsSkills], before: dict[uuid.UUID, Levels]
) -> dict[uuid.UUID, Levels]:
    """What is to be written, and each good entry's verdict."""
    changes: dict[uuid.UUID, Levels] = {}
    for entry, person in zip(entries, people, strict=True):
        if entry.verdict is Verdict.REFUSED or entry.participant_id is None:
            continue
        levels = (person.offered, person.wanted)
        if before[entry.participant_id] == levels:
            entry.verdict = Verdict.UNCHANGED
            continue
        changes[entry.participant_id] = levels
        if any(before[entry.participant_id]):
            entry.verdict = Verdict.CHANGED
    return changes


def skills_of(uow: UnitOfWork, participant_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Levels]:
    """Offered and wanted of each person, code → level; both empty where nothing is known.

    For the rooms above, which answer for who may see it.
    """
    found: dict[uuid.UUID, Levels] = {each: ({}, {}) for each in participant_ids}
    for some in in_parts(found):
        rows = uow.rows.execute(
            select(Skill.participant_id, Skill.direction, Skill.competence, Skill.level)
            .where(Skill.organization_id == uow.organization_id, Skill.participant_id.in_(some))
            .order_by(Skill.competence)
        )
        for participant_id, direction, competence, level in rows:
            found[participant_id][direction is Direction.WANTED][competence] = level
    return found


def lock_people(uow: UnitOfWork, participant_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Those of them whose skills the caller may write, held so that two writers take turns."""
    held: list[uuid.UUID] = []
    for some in in_parts(sorted(participant_ids)):
        stmt = writable_people(uow).with_only_columns(Participant.id)
        held += uow.rows.scalars(
            stmt.where(Participant.id.in_(some))
            .order_by(Participant.id)
            .with_for_update(key_share=True)
        )
    return held


def resolve(uow: UnitOfWork, people: Collection[WhoIn]) -> list[Entry]:
    """Each entry of an import with its person; whoever the caller may not write is unknown."""
    ids = {each.participant_id for each in people if each.participant_id is not None}
    keys = {each.external_id for each in people if each.external_id is not None}
    stmt = writable_people(uow).with_only_columns(Participant.id, Participant.external_id)
    writable: set[uuid.UUID] = set()
    by_key: dict[str, uuid.UUID] = {}
    for column, wanted in ((Participant.id, ids), (Participant.external_id, keys)):
        for some in in_parts(wanted):
            for participant_id, external_id in uow.rows.execute(stmt.where(column.in_(some))):
                writable.add(participant_id)
                if external_id is not None:
                    by_key[external_id] = participant_id
    entries = [Entry(each) for each in people]
    for entry in entries:
        if entry.external_id is not None:
            entry.participant_id = by_key.get(entry.external_id)
        elif entry.who.participant_id in writable:
            entry.participant_id = entry.who.participant_id
        if entry.participant_id is None:
            pointer = "/external_id" if entry.external_id is not None else "/participant_id"
            entry.refuse(pointer, "There is nobody with this key.", "unknown_reference")
    return entries


def counted(entries: list[Entry], *, dry_run: bool) -> dict[str, Any]:
    """The answer to an import: counts, then each entry."""
    counts = {f"{kind}_count": sum(each.verdict is kind for each in entries) for kind in Verdict}
    return {"dry_run": dry_run, **counts, "entries": entries}


def level_mistakes(
    levels: dict[str, int], highest: dict[str, int], pointer: str
) -> list[dict[str, str]]:
    """What is wrong with these levels: competences nobody has, levels above the highest."""
    found = []
    for code, level in levels.items():
        place = f"{pointer}/{code}"
        if code not in highest:
            told = f"No framework in use has the competence {code}."
            found.append({"pointer": place, "detail": told, "code": "unknown_reference"})
        elif level > highest[code]:
            told = f"{code} has {highest[code]} levels."
            found.append({"pointer": place, "detail": told, "code": "level_unknown"})
    return found


def _replace(uow: UnitOfWork, people: dict[uuid.UUID, Levels]) -> None:
    for some in in_parts(people):
        uow.rows.execute(
            delete(Skill).where(
                Skill.organization_id == uow.organization_id, Skill.participant_id.in_(some)
            )
        )
    uow.add_many(
        Skill,
        [
            {
                "participant_id": participant_id,
                "direction": direction,
                "competence": competence,
                "level": level,
            }
            for participant_id, both in people.items()
            for direction, levels in zip(Direction, both, strict=True)
            for competence, level in levels.items()
        ],
    )


def _shown(participant_id: uuid.UUID, levels: Levels) -> dict[str, Any]:
    return {"participant_id": participant_id, "offered": levels[0], "wanted": levels[1]}
