"""Yes, no, or a question first: the second yes takes a place on both sides."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, or_, select

from app.kit.problems import Conflict, Forbidden, Invalid
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.pairings.events import (
    PairingAccepted,
    PairingAcceptedBySide,
    PairingDeclined,
    PairingInformationAnswered,
    PairingInformationAsked,
    PairingPlacesFilled,
)
from app.pairings.lifecycle import begin, check, live_cohort, to_move
from app.pairings.models import (
    Pairing,
    PairingAnswer,
    PairingQuestion,
    PairingSide,
    PairingStatus,
)
from app.pairings.schemas import (
    PairingAccept,
    PairingAsk,
    PairingDecline,
    QuestionAnswer,
    QuestionQuery,
)
from app.pairings.service import (
    NotTakingPart,
    Shown,
    Viewer,
)
from app.participants import service as participants
from app.programs import service as programs
from app.programs.models import CohortStatus, EnrollmentStatus, Place


class AnsweredAlready(Conflict):
    slug, title = "answered-already", "This side has said yes already"


class QuestionOpen(Conflict):
    slug, title = "question-open", "This side has a question that is not answered yet"


class QuestionAnswered(Conflict):
    slug, title = "question-answered", "The question was answered already"


class CapacityReached(Conflict):
    """Lost races end here, too: the database itself counts the places."""

    slug, title = "capacity-reached", "One of the two has no free place left"
    constraints = (
        "uq_pairings_mentor_place",
        "uq_pairings_mentee_place",
        "fk_pairings_mentor_place",
        "fk_pairings_mentee_place",
    )


ERASED = "(erased)"
QUESTION_SORTS = {"created_at": PairingQuestion.id}


def side_to_answer(
    viewer: Viewer, pairing: Pairing, on_behalf_of: PairingSide | None
) -> PairingSide:
    """For which side the caller speaks. Raises Forbidden, Invalid."""
    own = viewer.side(pairing)
    if on_behalf_of is not None and on_behalf_of is not own:
        if not viewer.runs(pairing.cohort_id):
            raise Forbidden("Only those who run the program record an answer of somebody else.")
        return on_behalf_of
    if own is None:
        if not viewer.runs(pairing.cohort_id):
            raise Forbidden("Only the two people answer.")
        raise Invalid.at("/on_behalf_of", "Say whose answer you record.", "side_unsaid")
    return own


def accept_pairing(uow: UnitOfWork, pairing_id: uuid.UUID, wanted: PairingAccept) -> Shown:
    """Say yes for one side. The second yes takes a place on both sides, or is refused.

    When the last place of a person is taken, their other proposals stay proposed: nothing moves
    without a person. They cannot be accepted until a place is free, and lapse in their time.
    """
    pairing, viewer = to_move(uow, pairing_id)
    side = side_to_answer(viewer, pairing, wanted.on_behalf_of)
    check(pairing, "accept")
    if _answer(pairing, side) is PairingAnswer.ACCEPTED:
        raise AnsweredAlready
    cohort = live_cohort(uow, pairing)
    _set_answer(pairing, side, PairingAnswer.ACCEPTED)
    uow.emit(
        PairingAcceptedBySide(
            pairing_id=pairing.id,
            side=side,
            on_behalf=viewer.side(pairing) is not side,
        )
    )
    places = _free_places(uow, pairing)
    if pairing.mentor_answer is pairing.mentee_answer:  # the second yes
        _seat(uow, pairing, places, begins=cohort is CohortStatus.RUNNING)
    uow.touch(pairing)
    return Shown(pairing, viewer)


@dataclass(frozen=True)
class _Places:
    """The places of one enrollment that nobody sits on, lowest first."""

    enrollment_id: uuid.UUID
    slots: list[int]


def _free_places(uow: UnitOfWork, pairing: Pairing) -> tuple[_Places, _Places]:
    """Free places of mentor and mentee, both enrollments locked. Raises CapacityReached."""
    both = programs.lock_enrollments(
        uow, (pairing.mentor_enrollment_id, pairing.mentee_enrollment_id)
    )
    for enrollment in both.values():
        if enrollment.status is not EnrollmentStatus.ENROLLED:
            raise NotTakingPart(f"The {enrollment.role} is {enrollment.status}.")
    mentor = _free(uow, PairingSide.MENTOR, pairing.mentor_enrollment_id)
    mentee = _free(uow, PairingSide.MENTEE, pairing.mentee_enrollment_id)
    for side, places in ((PairingSide.MENTOR, mentor), (PairingSide.MENTEE, mentee)):
        if not places.slots:
            raise CapacityReached(f"The {side} has no free place left.", side=side)
    return mentor, mentee


def _free(uow: UnitOfWork, side: PairingSide, enrollment_id: uuid.UUID) -> _Places:
    enrollment = getattr(Pairing, f"{side}_enrollment_id")
    slot = getattr(Pairing, f"{side}_slot")
    taken = select(slot).where(
        Pairing.organization_id == uow.organization_id,
        enrollment == enrollment_id,
        slot.is_not(None),
    )
    stmt = (
        select(Place.slot)
        .where(
            Place.organization_id == uow.organization_id,
            Place.enrollment_id == enrollment_id,
            Place.slot.not_in(taken),
        )
        .order_by(Place.slot)
    )
    return _Places(enrollment_id, list(uow.rows.scalars(stmt)))


def _seat(
    uow: UnitOfWork, pairing: Pairing, places: tuple[_Places, _Places], *, begins: bool
) -> None:
    """Both have said yes: take a place of each; in a running cohort the pair begins at once."""
    mentor, mentee = places
    pairing.status, pairing.accepted_at = PairingStatus.ACCEPTED, uow.now
    pairing.mentor_slot, pairing.mentee_slot = mentor.slots[0], mentee.slots[0]
    pairing.expires_at = None
    uow.emit(
        PairingAccepted(
            pairing_id=pairing.id,
            cohort_id=pairing.cohort_id,
            mentor_id=pairing.mentor_id,
            mentee_id=pairing.mentee_id,
        )
    )
    for full in (each for each in places if len(each.slots) == 1):
        waiting = uow.rows.scalars(
            select(Pairing.id).where(
                Pairing.organization_id == uow.organization_id,
                Pairing.status == PairingStatus.PROPOSED,
                Pairing.id != pairing.id,
                (Pairing.mentor_enrollment_id == full.enrollment_id)
                | (Pairing.mentee_enrollment_id == full.enrollment_id),
            )
        ).all()
        uow.emit(
            PairingPlacesFilled(
                enrollment_id=full.enrollment_id,
                cohort_id=pairing.cohort_id,
                waiting_pairing_ids=sorted(waiting),
            )
        )
    if begins:
        begin(uow, pairing)


def decline_pairing(uow: UnitOfWork, pairing_id: uuid.UUID, wanted: PairingDecline) -> Shown:
    """Say no for one side. Nothing else moves by itself; the two are not proposed again."""
    pairing, viewer = to_move(uow, pairing_id)
    side = side_to_answer(viewer, pairing, wanted.on_behalf_of)
    pairing.status = check(pairing, "decline").goal
    _set_answer(pairing, side, PairingAnswer.DECLINED)
    pairing.decline_reason, pairing.ended_at = wanted.reason, uow.now
    uow.touch(pairing)
    uow.emit(
        PairingDeclined(
            pairing_id=pairing.id,
            cohort_id=pairing.cohort_id,
            side=side,
            on_behalf=viewer.side(pairing) is not side,
        )
    )
    return Shown(pairing, viewer)


def visible_questions(uow: UnitOfWork) -> Select[PairingQuestion]:
    """Questions go to those who run the program; besides them only who asked reads one."""
    stmt = select(PairingQuestion).where(PairingQuestion.organization_id == uow.organization_id)
    if uow.principal.has(*programs.MANAGING):
        return stmt
    granted = select(Pairing.id).where(
        Pairing.organization_id == uow.organization_id,
        Pairing.cohort_id.in_(programs.granted_cohorts(uow, *programs.MANAGING)),
    )
    return stmt.where(
        or_(
            PairingQuestion.asked_by_id == participants.mine(uow),
            PairingQuestion.pairing_id.in_(granted),
        )
    )


def list_questions(uow: UnitOfWork, query: QuestionQuery) -> dict[str, Any]:
    stmt = visible_questions(uow)
    stmt = narrowed(stmt, (PairingQuestion.pairing_id, query.pairing_id))
    if query.answered is not None:
        answered = PairingQuestion.answered_at.is_not(None)
        stmt = stmt.where(answered if query.answered else ~answered)
    return uow.page(stmt, PairingQuestion.id, query, QUESTION_SORTS)


def get_question(uow: UnitOfWork, question_id: uuid.UUID) -> Row[Any]:
    return uow.one(visible_questions(uow).where(PairingQuestion.id == question_id))


def ask_for_information(
    uow: UnitOfWork, pairing_id: uuid.UUID, wanted: PairingAsk
) -> PairingQuestion:
    """The third answer beside yes and no: a question first. The proposal's time stands still."""
    pairing, viewer = to_move(uow, pairing_id)
    side = side_to_answer(viewer, pairing, wanted.on_behalf_of)
    check(pairing, "ask")
    if _answer(pairing, side) is PairingAnswer.ACCEPTED:
        raise AnsweredAlready
    if _answer(pairing, side) is PairingAnswer.NEEDS_INFORMATION:
        raise QuestionOpen
    _set_answer(pairing, side, PairingAnswer.NEEDS_INFORMATION)
    uow.touch(pairing)
    question = uow.add(
        PairingQuestion(
            pairing_id=pairing.id,
            asked_by_id=getattr(pairing, f"{side}_id"),
            side=side,
            question=wanted.question,
        )
    )
    uow.emit(PairingInformationAsked(pairing_id=pairing.id, question_id=question.id, side=side))
    return question


def answer_information(
    uow: UnitOfWork, question_id: uuid.UUID, wanted: QuestionAnswer
) -> PairingQuestion:
    """Answer a question. Who asked decides now, with as much time as was left when they asked."""
    question = uow.to_change(visible_questions(uow).where(PairingQuestion.id == question_id))
    pairing = uow.db.scalars(
        select(Pairing)
        .where(Pairing.organization_id == uow.organization_id, Pairing.id == question.pairing_id)
        .with_for_update()
    ).one()
    Viewer.of(uow).must_run(pairing.cohort_id)
    if question.answered_at is not None:
        raise QuestionAnswered
    question.answer, question.answered_at = wanted.answer, uow.now
    uow.touch(question)
    if pairing.status is PairingStatus.PROPOSED and (
        _answer(pairing, question.side) is PairingAnswer.NEEDS_INFORMATION
    ):
        _set_answer(pairing, question.side, PairingAnswer.PENDING)
        if pairing.expires_at is not None:
            pairing.expires_at += uow.now - question.created_at
        pairing.reminded_at = None
        uow.touch(pairing)
    uow.emit(
        PairingInformationAnswered(
            pairing_id=pairing.id, question_id=question.id, side=question.side
        )
    )
    return question


def _answer(pairing: Pairing, side: PairingSide) -> PairingAnswer:
    answer: PairingAnswer = getattr(pairing, f"{side}_answer")
    return answer


def _set_answer(pairing: Pairing, side: PairingSide, answer: PairingAnswer) -> None:
    setattr(pairing, f"{side}_answer", answer)


def erase_questions(uow: UnitOfWork, participant_id: uuid.UUID) -> None:
    """Erase what a person asked, and what they were told; that they asked, and when, stays."""
    for question in uow.db.scalars(
        select(PairingQuestion)
        .where(
            PairingQuestion.organization_id == uow.organization_id,
            PairingQuestion.asked_by_id == participant_id,
        )
        .with_for_update()
    ):
        question.question = ERASED
        question.answer = None if question.answer is None else ERASED
        uow.touch(question)
