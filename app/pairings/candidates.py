"""The one translator: from enrollments, people and skills to what the matching engine sees."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from app.competences.models import Skill
from app.competences.skills import skills_of
from app.kit.database import Organization
from app.kit.work import UnitOfWork
from app.matching.availability import availability_bits, offset_regimes, utc_offset_minutes
from app.matching.people import Person, Role, Rules, Weights
from app.matching.problem import Objective, Pin
from app.pairings.frozen import FrozenInput
from app.pairings.models import (
    LIVE,
    EndReason,
    MatchRun,
    MatchRunStatus,
    Pairing,
    PairingAnswer,
    PairingStatus,
)
from app.participants.models import EmploymentStatus, ManagerAssignment, Participant
from app.participants.schemas import Weekday
from app.programs import service as programs
from app.programs.models import Cohort, Enrollment, EnrollmentRole, Program
from app.programs.service import Candidate

WEEKDAYS = {str(day): number for number, day in enumerate(Weekday)}


@dataclass(frozen=True)
class LivePairing:
    """A pairing that holds, or may yet hold, a place."""

    id: uuid.UUID
    mentor: str
    mentee: str
    status: PairingStatus
    answered: bool
    """Whether one of the two has said yes: such a proposal is not moved any more."""

    @property
    def movable(self) -> bool:
        return self.status is PairingStatus.PROPOSED and not self.answered


@dataclass(frozen=True)
class Gathered:
    """What was read of a cohort for a match run: the engine's input, and what it stands for."""

    input: FrozenInput
    live: tuple[LivePairing, ...]
    on_leave: frozenset[str]
    """Enrollment ids of people who are away: they get no new partner until they are back."""

    def people(self) -> Iterable[Person]:
        return (*self.input.mentors, *self.input.mentees)


@dataclass(frozen=True)
class Wanted:
    """How a cohort is to be matched."""

    rules: Rules
    weights: Weights
    objective: Objective = Objective.PARTICIPATION
    seed: int = 0
    must_pairs: tuple[Pin, ...] = ()
    previous: tuple[tuple[str, str], ...] = ()
    calm: int = 300
    """Points that keeping a pair of `previous` is worth."""
    proposals_move: bool = False
    """Open proposals that nobody has accepted are no pins, and may go to somebody else."""


def gather(
    uow: UnitOfWork,
    cohort: Cohort | Row[Any],
    wanted: Wanted,
    only: frozenset[uuid.UUID] | None = None,
) -> Gathered:
    """Read a cohort (or `only` these enrollments of it) as the engine sees it.

    Live pairings are pins: they use up places before anything is solved.
    """
    candidates = [
        each
        for each in programs.enrollments_for_matching(uow, cohort.id)
        if only is None or each.enrollment_id in only
    ]
    live = live_pairings(uow, cohort.id) if only is None else ()
    people = _people(uow, cohort, candidates, wanted, by_hand=only is not None)
    away = frozenset(
        str(each.enrollment_id)
        for each in candidates
        if each.employment_status is EmploymentStatus.ON_LEAVE
    )
    standing = [each for each in live if not (wanted.proposals_move and each.movable)]
    pins = _pins(people, standing, wanted.must_pairs)
    held = _count(pin for pin in pins if pin not in wanted.must_pairs)
    people = {
        key: replace(person, capacity=held.get(key, 0)) if key in away else person
        for key, person in people.items()
    }
    enrolled = {str(each.enrollment_id) for each in candidates}
    return Gathered(
        FrozenInput(
            tuple(person for person in people.values() if person.role is Role.MENTOR),
            tuple(person for person in people.values() if person.role is Role.MENTEE),
            wanted.rules,
            wanted.weights,
            wanted.objective,
            wanted.seed,
            pins,
            tuple(pair for pair in wanted.previous if enrolled.issuperset(pair)),
            wanted.calm,
        ),
        live,
        away,
    )


def live_pairings(uow: UnitOfWork, cohort_id: uuid.UUID) -> tuple[LivePairing, ...]:
    """The live pairings of a cohort, oldest first."""
    found = uow.rows.execute(
        select(
            Pairing.id,
            Pairing.mentor_enrollment_id,
            Pairing.mentee_enrollment_id,
            Pairing.status,
            or_(
                Pairing.mentor_answer == PairingAnswer.ACCEPTED,
                Pairing.mentee_answer == PairingAnswer.ACCEPTED,
            ).label("answered"),
        )
        .where(
            Pairing.organization_id == uow.organization_id,
            Pairing.cohort_id == cohort_id,
            Pairing.status.in_(LIVE),
        )
        .order_by(Pairing.id)
    )
    return tuple(
        LivePairing(each.id, str(each[1]), str(each[2]), each.status, each.answered)
        for each in found
    )


def _pins(
    people: Mapping[str, Person], live: Iterable[LivePairing], must_pairs: tuple[Pin, ...]
) -> tuple[Pin, ...]:
    """Pairs that stand: those agreed, then those proposed, then the wanted ones, while places last.

    Proposals may exceed places; one that does holds none.
    """
    taken: dict[str, int] = {}
    pins: list[Pin] = []
    agreed_first = sorted(live, key=lambda each: each.status is PairingStatus.PROPOSED)
    for each in agreed_first:
        both = (each.mentor, each.mentee)
        if any(key not in people or taken.get(key, 0) >= people[key].capacity for key in both):
            continue
        for key in both:
            taken[key] = taken.get(key, 0) + 1
        pins.append(Pin(*both, override=True))
    known = {(pin.mentor, pin.mentee) for pin in pins}
    return (*pins, *(it for it in must_pairs if (it.mentor, it.mentee) not in known))


def _count(pins: Iterable[Pin]) -> dict[str, int]:
    held: dict[str, int] = {}
    for pin in pins:
        for key in (pin.mentor, pin.mentee):
            held[key] = held.get(key, 0) + 1
    return held


def _people(
    uow: UnitOfWork,
    cohort: Cohort | Row[Any],
    candidates: list[Candidate],
    wanted: Wanted,
    *,
    by_hand: bool,
) -> dict[str, Person]:
    regimes = offset_regimes(
        {each.time_zone for each in candidates}, cohort.starts_on, cohort.ends_on
    )
    ids = [each.participant_id for each in candidates]
    skills = skills_of(uow, ids)
    managers = _managers(uow)
    former = _former_managers(uow, set(ids))
    refused = _refusals(uow, candidates, by_hand=by_hand)
    unserved = _unserved(uow, cohort.id) | _bereft(uow, cohort.id)
    levels = max(wanted.rules.reporting_line_levels, 1)
    return {
        str(each.enrollment_id): _person(
            each,
            skills[each.participant_id],
            managers=_line(managers, each.participant_id, levels),
            former=former.get(each.participant_id, frozenset()),
            refused=refused.get(each.enrollment_id, frozenset()),
            waited=each.waitlisted_at is not None or str(each.enrollment_id) in unserved,
            regimes=regimes,
            starts_on=cohort.starts_on,
            by_generation=wanted.weights.generation > 0,
        )
        for each in candidates
    }


def _person(
    candidate: Candidate,
    skills: tuple[dict[str, int], dict[str, int]],
    *,
    managers: tuple[str, ...],
    former: frozenset[str],
    refused: frozenset[str],
    waited: bool,
    regimes: tuple[dt.date, ...],
    starts_on: dt.date,
    by_generation: bool,
) -> Person:
    hours = candidate.availability
    windows = [(WEEKDAYS[each["weekday"]], each["starts_at"], each["ends_at"]) for each in hours]
    return Person(
        id=str(candidate.enrollment_id),
        role=Role.MENTOR if candidate.role is EnrollmentRole.MENTOR else Role.MENTEE,
        participant_id=str(candidate.participant_id),
        capacity=candidate.capacity,
        job_level=candidate.job_level,
        hired_on=candidate.hired_on,
        department=candidate.department,
        managers=managers,
        former_managers=former,
        languages=frozenset(each.lower() for each in candidate.languages),
        location=candidate.location,
        modes=frozenset(candidate.modes),
        availability=availability_bits(windows, candidate.time_zone, regimes),
        utc_offset_minutes=utc_offset_minutes(candidate.time_zone, starts_on),
        offered=skills[0],
        wanted=skills[1],
        aspirations=_folded(candidate.aspirations),
        topics=_folded(candidate.topics),
        interests=_folded(candidate.interests),
        values=_folded(candidate.work_values),
        generation=candidate.generation if by_generation else None,
        communication_preference=(candidate.communication_preference or "").casefold() or None,
        wishes=tuple(str(each) for each in candidate.wishes),
        vetoes=frozenset(str(each) for each in candidate.vetoes),
        refused=refused,
        consented=candidate.consented_at is not None,
        trained=candidate.trained_at is not None,
        waitlisted=waited,
    )


def _folded(words: Iterable[str]) -> frozenset[str]:
    """Two people mean the same word, however they write it."""
    return frozenset(each.casefold() for each in words)


def _managers(uow: UnitOfWork) -> dict[uuid.UUID, uuid.UUID]:
    """Who leads whom, of the whole organization: a line may pass through people not enrolled."""
    found = uow.rows.execute(
        select(Participant.id, Participant.manager_id).where(
            Participant.organization_id == uow.organization_id,
            Participant.manager_id.is_not(None),
        )
    )
    return {each.id: each.manager_id for each in found}


def _line(
    managers: Mapping[uuid.UUID, uuid.UUID], participant_id: uuid.UUID, levels: int
) -> tuple[str, ...]:
    """The managers above a person, nearest first."""
    line: list[str] = []
    above = managers.get(participant_id)
    while above is not None and len(line) < levels:
        line.append(str(above))
        above = managers.get(above)
    return tuple(line)


def _former_managers(uow: UnitOfWork, people: set[uuid.UUID]) -> dict[uuid.UUID, frozenset[str]]:
    found = uow.rows.execute(
        select(ManagerAssignment.participant_id, ManagerAssignment.manager_id).where(
            ManagerAssignment.organization_id == uow.organization_id,
            ManagerAssignment.until_on.is_not(None),
        )
    )
    former: dict[uuid.UUID, set[str]] = {}
    for each in found:
        if each.participant_id in people:
            former.setdefault(each.participant_id, set()).add(str(each.manager_id))
    return {person: frozenset(managers) for person, managers in former.items()}


def _refusals(
    uow: UnitOfWork, candidates: list[Candidate], *, by_hand: bool
) -> dict[uuid.UUID, frozenset[str]]:
    """Whoever declined a person once is not proposed to them again, in any cohort or role.

    Nor does a run propose two again whose pair did not work out; a manager may, by hand.
    """
    enrolled: dict[uuid.UUID, set[uuid.UUID]] = {}
    for each in candidates:
        enrolled.setdefault(each.participant_id, set()).add(each.enrollment_id)
    no = Pairing.status == PairingStatus.DECLINED
    if not by_hand:
        no = or_(
            no,
            and_(
                Pairing.status == PairingStatus.ENDED,
                Pairing.end_reason == EndReason.NO_FAULT_CHANGE,
            ),
        )
    found = uow.rows.execute(
        select(Pairing.mentor_id, Pairing.mentee_id)
        .where(Pairing.organization_id == uow.organization_id, no)
        .distinct()
    )
    refused: dict[uuid.UUID, set[str]] = {}
    for mentor_id, mentee_id in found:
        for own in enrolled.get(mentor_id, ()):
            refused.setdefault(own, set()).update(str(it) for it in enrolled.get(mentee_id, ()))
    return {person: frozenset(others) for person, others in refused.items()}


def _unserved(uow: UnitOfWork, cohort_id: uuid.UUID) -> frozenset[str]:
    """Enrollments that the last published run left without a partner: they come first now."""
    unmatched = uow.rows.scalar(
        select(MatchRun.result["unmatched"])
        .where(
            MatchRun.organization_id == uow.organization_id,
            MatchRun.cohort_id == cohort_id,
            MatchRun.status == MatchRunStatus.PUBLISHED,
        )
        .order_by(MatchRun.id.desc())
        .limit(1)
    )
    return frozenset(each["enrollment_id"] for each in unmatched or ())


def _bereft(uow: UnitOfWork, cohort_id: uuid.UUID) -> frozenset[str]:
    """Enrollments whose partner went away, or whose pair did not work out: they come first, too."""
    found = uow.rows.execute(
        select(Pairing.mentor_enrollment_id, Pairing.mentee_enrollment_id).where(
            Pairing.organization_id == uow.organization_id,
            Pairing.cohort_id == cohort_id,
            Pairing.status == PairingStatus.ENDED,
            Pairing.end_reason != EndReason.COMPLETED,
        )
    )
    return frozenset(str(person) for couple in found for person in couple)


def state_of(uow: UnitOfWork, cohort_id: uuid.UUID) -> list[tuple[Any, ...]]:
    """Figures that move whenever anything moves that `gather` reads; cheap enough to ask twice."""
    own = uow.organization_id
    newest_skill = (
        select(Skill.id)
        .where(Skill.organization_id == own)
        .order_by(Skill.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    asked = (
        select(func.count(), func.sum(Enrollment.version)).where(
            Enrollment.organization_id == own, Enrollment.cohort_id == cohort_id
        ),
        select(func.count(), func.sum(Participant.version)).where(
            Participant.organization_id == own
        ),
        select(func.count(), newest_skill).where(Skill.organization_id == own),
        select(func.count(), func.count(ManagerAssignment.until_on)).where(
            ManagerAssignment.organization_id == own
        ),
        select(func.count(), func.sum(Pairing.version)).where(Pairing.organization_id == own),
        select(func.count(), func.max(MatchRun.published_at)).where(
            MatchRun.organization_id == own, MatchRun.cohort_id == cohort_id
        ),
        select(func.sum(Organization.version)).where(Organization.id == own),
        select(Cohort.version, Program.version)
        .join(
            Program,
            and_(
                Program.organization_id == Cohort.organization_id, Program.id == Cohort.program_id
            ),
        )
        .where(Cohort.organization_id == own, Cohort.id == cohort_id),
    )
    return [tuple(uow.rows.execute(each).one()) for each in asked]
