"""Goals that everybody shares: statements, who acknowledged them, and whether partners agree."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, null, or_, select
from sqlalchemy.orm import aliased

from app.goals.alignment import (
    METHOD_OF_COHORT,
    METHOD_OF_PAIR,
    Alignment,
    WhyNotAligned,
    cohort_alignment,
    pair_alignment,
    unaligned,
)
from app.goals.events import StatementAcknowledged, StatementPublished
from app.goals.models import Acknowledgement, Goal, GoalStatement, GoalStatus
from app.goals.schemas import (
    AcknowledgementQuery,
    StatementAcknowledge,
    StatementPublish,
    StatementQuery,
)
from app.goals.service import own_id, own_pairing
from app.kit.database import Organization
from app.kit.problems import Conflict, Forbidden, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.pairings.models import Pairing, PairingStatus
from app.participants import service as participants
from app.programs import service as programs
from app.programs.models import Cohort, Enrollment, EnrollmentStatus, Program

STATEMENT_SORTS = {"created_at": GoalStatement.id}
ACKNOWLEDGEMENT_SORTS = {"created_at": Acknowledgement.id}
RANKING_TOGETHER = (PairingStatus.ACTIVE, PairingStatus.ENDED)
"""Pairs whose rankings count: a paused pair leaves every measure until it resumes."""


class StatementPublishedMeanwhile(Conflict):
    slug, title = "statement-published-meanwhile", "Somebody published another version just now"
    constraints = (
        "uq_goal_statements_organization_id_program_id_number",
        "uq_goal_statements_organization_id_cohort_id_number",
    )


class StatementSuperseded(Conflict):
    slug, title = "statement-superseded", "There is a newer version: read and acknowledge that one"


class AcknowledgedAlready(Conflict):
    slug, title = "acknowledged-already", "You have acknowledged this version already"
    constraints = ("uq_acknowledgements_organization_id_statement_id_participant_id",)


class NotEnrolled(Forbidden):
    slug, title = "not-enrolled", "Only those who are enrolled acknowledge the goals"


def visible_statements(uow: UnitOfWork) -> Select[GoalStatement]:
    """Statements of the programs and cohorts one sees."""
    stmt = select(GoalStatement).where(GoalStatement.organization_id == uow.organization_id)
    if uow.principal.has(*programs.MANAGING):
        return stmt
    seen_programs = programs.visible(uow).with_only_columns(Program.id)
    seen_cohorts = programs.visible_cohorts(uow).with_only_columns(Cohort.id)
    return stmt.where(
        or_(GoalStatement.program_id.in_(seen_programs), GoalStatement.cohort_id.in_(seen_cohorts))
    )


def _shown(uow: UnitOfWork) -> Select[Any]:
    """Statements with the moment at which the caller acknowledged each."""
    if uow.principal.account_id is None:
        return visible_statements(uow).add_columns(null().label("acknowledged_at"))
    mine = (
        select(Acknowledgement.created_at)
        .where(
            Acknowledgement.organization_id == GoalStatement.organization_id,
            Acknowledgement.statement_id == GoalStatement.id,
            Acknowledgement.participant_id == participants.mine(uow),
        )
        .correlate(GoalStatement)
        .scalar_subquery()
    )
    return visible_statements(uow).add_columns(mine.label("acknowledged_at"))


def list_statements(uow: UnitOfWork, query: StatementQuery) -> dict[str, Any]:
    stmt = _shown(uow)
    stmt = narrowed(
        stmt,
        (GoalStatement.program_id, query.program_id),
        (GoalStatement.cohort_id, query.cohort_id),
    )
    return uow.page(stmt, GoalStatement.id, query, STATEMENT_SORTS)


def get_statement(uow: UnitOfWork, statement_id: uuid.UUID) -> Row[Any]:
    return uow.one(_shown(uow).where(GoalStatement.id == statement_id))


def publish_statement(uow: UnitOfWork, wanted: StatementPublish) -> Row[Any]:
    """Publish the goals in words; a new version asks everybody again."""
    cohort = None
    if wanted.cohort_id is not None:
        cohort = programs.get_cohort(uow, wanted.cohort_id, "/cohort_id")
        program_id = cohort.program_id
    else:
        program_id = programs.get_program(
            uow, wanted.program_id or uuid.UUID(int=0), "/program_id"
        ).id
    programs.must_run_program(uow, program_id)
    _must_be_shared_goals(uow, wanted, program_id)
    before = uow.db.scalars(
        select(GoalStatement)
        .where(
            GoalStatement.organization_id == uow.organization_id,
            GoalStatement.program_id == wanted.program_id,
            GoalStatement.cohort_id == wanted.cohort_id,
            GoalStatement.superseded_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if before is not None:
        before.superseded_at = uow.now
        uow.touch(before)
    statement = uow.add(
        GoalStatement(
            program_id=wanted.program_id,
            cohort_id=wanted.cohort_id,
            number=1 if before is None else before.number + 1,
            text=wanted.text,
            goal_ids=[str(each) for each in wanted.goal_ids],
        )
    )
    uow.emit(
        StatementPublished(
            statement_id=statement.id,
            number=statement.number,
            program_id=statement.program_id,
            cohort_id=statement.cohort_id,
        )
    )
    return get_statement(uow, statement.id)


def _must_be_shared_goals(uow: UnitOfWork, wanted: StatementPublish, program_id: uuid.UUID) -> None:
    """The goals of a statement are open, and of its cohort or program. Raises Invalid."""
    stmt = select(Goal.id).where(
        Goal.organization_id == uow.organization_id,
        Goal.id.in_(wanted.goal_ids),
        Goal.status == GoalStatus.OPEN,
        or_(Goal.program_id == program_id, Goal.cohort_id == wanted.cohort_id),
    )
    found = set(uow.rows.scalars(stmt)) if wanted.goal_ids else set()
    for place, goal_id in enumerate(wanted.goal_ids):
        if goal_id not in found:
            told = "No open goal of this program or cohort."
            raise Invalid.at(f"/goal_ids/{place}", told, "unknown_reference")


def acknowledge_statement(
    uow: UnitOfWork, statement_id: uuid.UUID, wanted: StatementAcknowledge
) -> Acknowledgement:
    """Say that one has read and shares the goals."""
    stmt = visible_statements(uow).where(GoalStatement.id == statement_id)
    statement = uow.one(stmt.with_for_update(read=True))
    me = own_id(uow)
    if me is None or me not in _enrolled(uow, statement):
        raise NotEnrolled
    if statement.superseded_at is not None:
        raise StatementSuperseded
    ranking = [str(each) for each in wanted.ranking]
    if ranking and sorted(ranking) != sorted(statement.goal_ids):
        told = "Rank every goal of the statement, each once."
        raise Invalid.at("/ranking", told, "ranking_incomplete")
    acknowledgement = uow.add(
        Acknowledgement(
            statement_id=statement.id,
            participant_id=me,
            restatement=wanted.restatement,
            ranking=ranking,
        )
    )
    uow.emit(StatementAcknowledged(statement_id=statement.id, participant_id=me))
    return acknowledgement


def _enrolled(uow: UnitOfWork, statement: Row[Any]) -> set[uuid.UUID]:
    """Participant ids of those who take part in the cohort, or in any of the program."""
    stmt = select(Enrollment.participant_id).where(
        Enrollment.organization_id == uow.organization_id,
        Enrollment.status == EnrollmentStatus.ENROLLED,
    )
    if statement.cohort_id is not None:
        return set(uow.rows.scalars(stmt.where(Enrollment.cohort_id == statement.cohort_id)))
    cohorts = select(Cohort.id).where(
        Cohort.organization_id == uow.organization_id, Cohort.program_id == statement.program_id
    )
    return set(uow.rows.scalars(stmt.where(Enrollment.cohort_id.in_(cohorts))))


def visible_acknowledgements(uow: UnitOfWork) -> Select[Acknowledgement]:
    """One's own, and nobody else's, whoever one is."""
    return select(Acknowledgement).where(
        Acknowledgement.organization_id == uow.organization_id,
        Acknowledgement.participant_id == own_id(uow),
    )


def list_acknowledgements(uow: UnitOfWork, query: AcknowledgementQuery) -> dict[str, Any]:
    stmt = visible_acknowledgements(uow)
    stmt = narrowed(stmt, (Acknowledgement.statement_id, query.statement_id))
    return uow.page(stmt, Acknowledgement.id, query, ACKNOWLEDGEMENT_SORTS)


def get_acknowledgement(uow: UnitOfWork, acknowledgement_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_acknowledgements(uow).where(Acknowledgement.id == acknowledgement_id))


def count_acknowledgements(uow: UnitOfWork, statement_id: uuid.UUID) -> dict[str, Any]:
    """How many of those enrolled acknowledged, restated and ranked."""
    statement = uow.one(visible_statements(uow).where(GoalStatement.id == statement_id))
    enrolled = _enrolled(uow, statement)
    found = [
        each
        for each in uow.rows.execute(
            select(
                Acknowledgement.participant_id,
                Acknowledgement.ranking,
                func.coalesce(Acknowledgement.restatement, "").label("restatement"),
            ).where(
                Acknowledgement.organization_id == uow.organization_id,
                Acknowledgement.statement_id == statement_id,
            )
        )
        if each.participant_id in enrolled
    ]
    return {
        "statement_id": statement_id,
        "enrolled_count": len(enrolled),
        "acknowledged_count": len(found),
        "restated_count": sum(bool(each.restatement) for each in found),
        "ranked_count": sum(bool(each.ranking) for each in found),
    }


@dataclass(frozen=True, slots=True)
class Aligned:
    """An alignment, and the statement it was measured with."""

    alignment: Alignment
    statement_id: uuid.UUID | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.alignment, name)


def show_pairing_alignment(uow: UnitOfWork, pairing_id: uuid.UUID) -> Aligned:
    """Whether the two rank the goals alike: for the two, once both have ranked."""
    pairing = own_pairing(uow, pairing_id)
    statement = _current_statement(uow, pairing.cohort_id)
    if statement is None:
        return Aligned(unaligned(WhyNotAligned.NO_STATEMENT, 0, METHOD_OF_PAIR), None)
    found = uow.rows.execute(
        select(Acknowledgement.participant_id, Acknowledgement.ranking).where(
            Acknowledgement.organization_id == uow.organization_id,
            Acknowledgement.statement_id == statement.id,
            Acknowledgement.participant_id.in_([pairing.mentor_id, pairing.mentee_id]),
        )
    )
    rankings = {each.participant_id: each.ranking for each in found}
    measured = pair_alignment(
        len(statement.goal_ids), rankings.get(pairing.mentor_id), rankings.get(pairing.mentee_id)
    )
    return Aligned(measured, statement.id)


def show_cohort_alignment(uow: UnitOfWork, cohort_id: uuid.UUID) -> Aligned:
    """Whether partners in a cohort rank the goals alike, from the minimum group on."""
    programs.get_cohort(uow, cohort_id)
    return alignment_of_cohort(uow, cohort_id)


def alignment_of_cohort(uow: UnitOfWork, cohort_id: uuid.UUID) -> Aligned:
    """For impact, too: the mean alignment of a cohort's pairs, or why there is none."""
    statement = _current_statement(uow, cohort_id)
    if statement is None:
        return Aligned(unaligned(WhyNotAligned.NO_STATEMENT, 0, METHOD_OF_COHORT), None)
    mentors, mentees = aliased(Acknowledgement), aliased(Acknowledgement)
    stmt = select(mentors.ranking, mentees.ranking).select_from(Pairing)
    for theirs, person in ((mentors, Pairing.mentor_id), (mentees, Pairing.mentee_id)):
        stmt = stmt.join(
            theirs,
            and_(
                theirs.organization_id == Pairing.organization_id,
                theirs.participant_id == person,
                theirs.statement_id == statement.id,
            ),
        )
    found = uow.rows.execute(
        stmt.where(
            Pairing.organization_id == uow.organization_id,
            Pairing.cohort_id == cohort_id,
            Pairing.status.in_(RANKING_TOGETHER),
        ).order_by(Pairing.id)
    )
    rankings = [(first, second) for first, second in found if first and second]
    minimum = uow.rows.scalar(
        select(Organization.minimum_group).where(Organization.id == uow.organization_id)
    )
    measured = cohort_alignment(len(statement.goal_ids), rankings, minimum or 0)
    return Aligned(measured, statement.id)


def _current_statement(uow: UnitOfWork, cohort_id: uuid.UUID) -> Row[Any] | None:
    """The statement that holds for a cohort: its own, else its program's."""
    program = (
        select(Cohort.program_id)
        .where(Cohort.organization_id == uow.organization_id, Cohort.id == cohort_id)
        .scalar_subquery()
    )
    return uow.rows.execute(
        select(GoalStatement)
        .where(
            GoalStatement.organization_id == uow.organization_id,
            GoalStatement.superseded_at.is_(None),
            or_(GoalStatement.cohort_id == cohort_id, GoalStatement.program_id == program),
        )
        .order_by(GoalStatement.cohort_id.is_(None))
        .limit(1)
    ).one_or_none()
