"""What a pair agrees on: both write, both sign, every version is kept."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, or_, select

from app.goals.events import AgreementConcluded, AgreementSigned, AgreementWritten
from app.goals.models import Agreement
from app.goals.schemas import AgreementQuery, AgreementWrite
from app.goals.service import own_active_pairing, own_pairings
from app.kit.problems import Conflict
from app.kit.wire import narrowed
from app.kit.work import UnitOfWork
from app.pairings import service as pairings
from app.pairings.models import Pairing, PairingSide
from app.programs import service as programs

SORTS = {"created_at": Agreement.id}
WORDS = ("mentee_learns", "mentor_gains", "working_rules")


class AgreementChangedMeanwhile(Conflict):
    slug, title = (
        "agreement-changed-meanwhile",
        "The agreement has another version by now: read it, then write",
    )
    constraints = ("uq_agreements_organization_id_pairing_id_number",)


class AgreementSuperseded(Conflict):
    slug, title = "agreement-superseded", "There is a newer version: sign that one"


class SignedAlready(Conflict):
    slug, title = "signed-already", "You have signed this version already"


@dataclass(frozen=True)
class Shown:
    """An agreement as one caller may read it: those who run the program see only who signed."""

    agreement: Agreement | Row[Any]
    in_full: bool

    def __getattr__(self, name: str) -> Any:
        if name in WORDS and not self.in_full:
            return None
        return getattr(self.agreement, name)


def visible(uow: UnitOfWork) -> Select[Agreement]:
    """Agreements of the own pairings, and of those in the programs one runs."""
    stmt = select(Agreement).where(Agreement.organization_id == uow.organization_id)
    if uow.principal.has(*programs.MANAGING):
        return stmt
    run = select(Pairing.id).where(
        Pairing.organization_id == uow.organization_id,
        Pairing.cohort_id.in_(programs.granted_cohorts(uow, *programs.MANAGING)),
    )
    return stmt.where(
        or_(Agreement.pairing_id.in_(own_pairings(uow)), Agreement.pairing_id.in_(run))
    )


def _shown(uow: UnitOfWork) -> Select[Any]:
    return visible(uow).add_columns(Agreement.pairing_id.in_(own_pairings(uow)).label("in_full"))


def list_agreements(uow: UnitOfWork, query: AgreementQuery) -> dict[str, Any]:
    stmt = _shown(uow)
    stmt = narrowed(stmt, (Agreement.pairing_id, query.pairing_id))
    page = uow.page(stmt, Agreement.id, query, SORTS)
    return {**page, "items": [Shown(each, bool(each.in_full)) for each in page["items"]]}


def get_agreement(uow: UnitOfWork, agreement_id: uuid.UUID) -> Shown:
    found = uow.one(_shown(uow).where(Agreement.id == agreement_id))
    return Shown(found, bool(found.in_full))


def write_agreement(uow: UnitOfWork, wanted: AgreementWrite) -> Shown:
    """Write the first version, or a new one in place of the latest; nobody has signed it yet."""
    pairing = own_active_pairing(uow, wanted.pairing_id, "/pairing_id")
    latest = uow.db.scalars(
        select(Agreement)
        .where(
            Agreement.organization_id == uow.organization_id,
            Agreement.pairing_id == pairing.id,
            Agreement.superseded_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if wanted.replaces_id != (None if latest is None else latest.id):
        raise AgreementChangedMeanwhile
    if latest is not None:
        latest.superseded_at = uow.now
        uow.touch(latest)
    side = _side(uow, pairing)
    agreement = uow.add(
        Agreement(
            **wanted.model_dump(exclude={"replaces_id"}),
            number=1 if latest is None else latest.number + 1,
            written_by=side,
        )
    )
    uow.emit(
        AgreementWritten(
            agreement_id=agreement.id, pairing_id=pairing.id, number=agreement.number, side=side
        )
    )
    return Shown(agreement, in_full=True)


def sign_agreement(uow: UnitOfWork, agreement_id: uuid.UUID) -> Shown:
    """Sign the latest version for one's own side."""
    agreement = uow.to_change(visible(uow).where(Agreement.id == agreement_id))
    pairing = own_active_pairing(uow, agreement.pairing_id)
    if agreement.superseded_at is not None:
        raise AgreementSuperseded
    side = _side(uow, pairing)
    if getattr(agreement, f"{side}_signed_at") is not None:
        raise SignedAlready
    setattr(agreement, f"{side}_signed_at", uow.now)
    uow.touch(agreement)
    uow.emit(AgreementSigned(agreement_id=agreement.id, pairing_id=pairing.id, side=side))
    if agreement.mentor_signed_at is not None and agreement.mentee_signed_at is not None:
        uow.emit(AgreementConcluded(agreement_id=agreement.id, pairing_id=pairing.id))
    return Shown(agreement, in_full=True)


def _side(uow: UnitOfWork, pairing: Any) -> PairingSide:
    """The side of a caller who is one of the two."""
    return pairings.my_side(uow, pairing) or PairingSide.MENTOR
