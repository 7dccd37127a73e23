"""Whose pairings one may see, what of them, and what other rooms ask about a pairing."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select

from app.kit.problems import Conflict, Forbidden, NotFound
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.pairings.models import Pairing, PairingAnswer, PairingSide, PairingStatus
from app.pairings.schemas import PairingQuery
from app.participants import service as participants
from app.participants.models import Participant
from app.programs import service as programs
from app.programs.models import Enrollment

SORTS = {"created_at": Pairing.id}

OPEN_TO_THE_PAIR = (
    PairingStatus.PROPOSED, PairingStatus.ACCEPTED, PairingStatus.ACTIVE, PairingStatus.PAUSED,
    PairingStatus.ENDED,
)  # fmt: skip
"""The partner's card is shown in these; of a proposal that came to nothing, no card remains."""


class PairingNotActive(Conflict):
    slug, title = "pairing-not-active", "The pairing is not active"


class NotTakingPart(Conflict):
    slug, title = "not-taking-part", "One of the two does not take part in the cohort"


def visible(uow: UnitOfWork) -> Select[Pairing]:
    """The pairings this caller may see: those of the programs granted, and one's own."""
    return select(Pairing).where(
        Pairing.organization_id == uow.organization_id,
        programs.within_reach(uow, Pairing.cohort_id, Pairing.mentor_id, Pairing.mentee_id),
    )


@dataclass(frozen=True)
class Viewer:
    """Who looks at pairings: what of one is shown depends on the side and on who runs it."""

    participant_id: uuid.UUID | None
    runs_everything: bool
    runs_cohorts: frozenset[uuid.UUID]

    @classmethod
    def of(cls, uow: UnitOfWork) -> "Viewer":
        runs_everything = uow.principal.has(*programs.MANAGING)
        cohorts: frozenset[uuid.UUID] = frozenset()
        if not runs_everything and programs.granted_programs(uow, *programs.MANAGING):
            granted = programs.granted_cohorts(uow, *programs.MANAGING)
            cohorts = frozenset(uow.rows.scalars(granted))
        return cls(_own_id(uow), runs_everything, cohorts)

    def runs(self, cohort_id: uuid.UUID) -> bool:
        return self.runs_everything or cohort_id in self.runs_cohorts

    def must_run(self, cohort_id: uuid.UUID) -> None:
        """Raises NotYourProgram to those who do not run the program of this cohort."""
        if not self.runs(cohort_id):
            raise programs.NotYourProgram

    def must_belong(self, pairing: Pairing | Row[Any]) -> None:
        """Raises Forbidden to those who are neither of the two nor run the program."""
        if self.side(pairing) is None and not self.runs(pairing.cohort_id):
            raise Forbidden("Only the two people and those who run the program may do that.")

    def side(self, pairing: Pairing | Row[Any]) -> PairingSide | None:
        if self.participant_id is None:
            return None
        if pairing.mentor_id == self.participant_id:
            return PairingSide.MENTOR
        return PairingSide.MENTEE if pairing.mentee_id == self.participant_id else None


@dataclass(frozen=True)
class Shown:
    """A pairing as one viewer may see it; the rest of the record is hidden or null."""

    pairing: Pairing | Row[Any]
    viewer: Viewer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pairing, name)

    @property
    def _in_charge(self) -> bool:
        return self.viewer.runs(self.pairing.cohort_id)

    @property
    def my_side(self) -> PairingSide | None:
        return self.viewer.side(self.pairing)

    @property
    def _undecided(self) -> bool:
        """Before both have decided, nothing shows what the other did: a yes presses nobody."""
        return self.pairing.status is PairingStatus.PROPOSED and not self._in_charge

    @property
    def version(self) -> int | None:
        return None if self._undecided else self.pairing.version

    @property
    def updated_at(self) -> dt.datetime:
        return self.pairing.created_at if self._undecided else self.pairing.updated_at

    @property
    def mentor_answer(self) -> PairingAnswer | None:
        return self._answer(PairingSide.MENTOR, self.pairing.mentor_answer)

    @property
    def mentee_answer(self) -> PairingAnswer | None:
        return self._answer(PairingSide.MENTEE, self.pairing.mentee_answer)

    def _answer(self, side: PairingSide, answer: PairingAnswer) -> PairingAnswer | None:
        return None if self._undecided and self.my_side is not side else answer

    @property
    def decline_reason(self) -> Any:
        return self.pairing.decline_reason if self._in_charge else None

    @property
    def score(self) -> int | None:
        return self.pairing.score if self._in_charge else None

    @property
    def breakdown(self) -> dict[str, int] | None:
        return self.pairing.breakdown if self._in_charge else None

    @property
    def overridden_rules(self) -> list[str] | None:
        return self.pairing.overridden_rules if self._in_charge else None


def show(uow: UnitOfWork, pairing: Pairing | Row[Any]) -> Shown:
    """The pairing as this caller may see it."""
    return Shown(pairing, Viewer.of(uow))


def list_pairings(uow: UnitOfWork, query: PairingQuery) -> dict[str, Any]:
    stmt = visible(uow)
    stmt = narrowed(
        stmt,
        (Pairing.cohort_id, query.cohort_id),
        (Pairing.match_run_id, query.match_run_id),
        (Pairing.status, query.status),
    )
    if query.participant_id is not None:
        stmt = stmt.where(
            or_(
                Pairing.mentor_id == query.participant_id,
                Pairing.mentee_id == query.participant_id,
            )
        )
    if query.enrollment_id is not None:
        stmt = stmt.where(
            or_(
                Pairing.mentor_enrollment_id == query.enrollment_id,
                Pairing.mentee_enrollment_id == query.enrollment_id,
            )
        )
    page = uow.page(stmt, Pairing.id, query, SORTS)
    viewer = Viewer.of(uow)
    return {**page, "items": [Shown(each, viewer) for each in page["items"]]}


def get_pairing(uow: UnitOfWork, pairing_id: uuid.UUID) -> Shown:
    return show(uow, uow.one(visible(uow).where(Pairing.id == pairing_id)))


def show_partner(uow: UnitOfWork, pairing_id: uuid.UUID) -> dict[str, Any]:
    """The partner's card. Raises Forbidden to those who are on neither side."""
    pairing = uow.one(visible(uow).where(Pairing.id == pairing_id))
    side = Viewer.of(uow).side(pairing)
    if side is None:
        raise Forbidden("You are on neither side of this pairing.")
    if pairing.status not in OPEN_TO_THE_PAIR:
        raise NotFound
    theirs = PairingSide.MENTEE if side is PairingSide.MENTOR else PairingSide.MENTOR
    enrollment_id = getattr(pairing, f"{theirs}_enrollment_id")
    found = uow.rows.execute(
        select(Participant, Enrollment.motivation, Enrollment.languages.label("meets_in"))
        .join(
            Enrollment,
            and_(
                Enrollment.organization_id == Participant.organization_id,
                Enrollment.participant_id == Participant.id,
            ),
        )
        .where(Enrollment.organization_id == uow.organization_id, Enrollment.id == enrollment_id)
    ).one()
    return {
        "pairing_id": pairing.id,
        "participant_id": found.id,
        "side": theirs,
        **{name: getattr(found, name) for name in (
            "given_name", "family_name", "preferred_name", "job_title", "department", "location",
            "time_zone",
        )},
        "languages": found.languages if found.meets_in is None else found.meets_in,
        "motivation": found.motivation,
        "work_email": found.work_email if pairing.status is PairingStatus.ACTIVE else None,
    }  # fmt: skip


def active_pairing(uow: UnitOfWork, pairing_id: uuid.UUID, *, lock: bool = False) -> Any:
    """The pairing, if the caller may see it and it is active. Raises NotFound, PairingNotActive.

    `lock` keeps it from ending while this unit of work goes on.
    """
    stmt = visible(uow).where(Pairing.id == pairing_id)
    pairing = uow.one(stmt.with_for_update(read=True) if lock else stmt)
    if pairing.status is not PairingStatus.ACTIVE:
        raise PairingNotActive(f"The pairing is {pairing.status}.")
    return pairing


def my_side(uow: UnitOfWork, pairing: Pairing | Row[Any]) -> PairingSide | None:
    """The side the caller is on, or None."""
    own = _own_id(uow)
    return None if own is None else Viewer(own, False, frozenset()).side(pairing)


def _own_id(uow: UnitOfWork) -> uuid.UUID | None:
    if uow.principal.account_id is None:
        return None
    found: uuid.UUID | None = uow.rows.scalar(select(participants.mine(uow)))
    return found


def must_run(uow: UnitOfWork, cohort_id: uuid.UUID) -> None:
    """Raises NotYourProgram to those who do not run the program of this cohort."""
    Viewer.of(uow).must_run(cohort_id)
