"""What others may hear about pairings and match runs: ids and facts, no names, no texts."""

import datetime as dt
from uuid import UUID

from app.kit.events import Event
from app.pairings.models import EndReason, PairingSide


class PairingProposed(Event):
    """Two people were proposed to each other; both are asked now."""

    type = "pairing.proposed"
    pairing_id: UUID
    cohort_id: UUID
    mentor_id: UUID
    mentee_id: UUID
    match_run_id: UUID | None
    expires_at: dt.datetime


class PairingAcceptedBySide(Event):
    """One of the two said yes; the other has not answered yet."""

    type = "pairing.accepted_by_side"
    pairing_id: UUID
    side: PairingSide
    on_behalf: bool
    """Recorded by somebody who runs the program, from an answer given elsewhere."""


class PairingAccepted(Event):
    """Both said yes, and a place of each is taken."""

    type = "pairing.accepted"
    pairing_id: UUID
    cohort_id: UUID
    mentor_id: UUID
    mentee_id: UUID


class PairingDeclined(Event):
    """One of the two said no; nothing else moves by itself."""

    type = "pairing.declined"
    pairing_id: UUID
    cohort_id: UUID
    side: PairingSide
    on_behalf: bool


class PairingExpiresSoon(Event):
    """A proposal is about to lapse, and these sides have not answered: remind them."""

    type = "pairing.expires_soon"
    pairing_id: UUID
    silent_ids: list[UUID]
    """Participants who have not answered."""
    expires_at: dt.datetime


class PairingExpired(Event):
    """A proposal lapsed in silence; nothing else moves by itself."""

    type = "pairing.expired"
    pairing_id: UUID
    cohort_id: UUID


class PairingWithdrawn(Event):
    """A proposal was taken back before both had said yes."""

    type = "pairing.withdrawn"
    pairing_id: UUID
    cohort_id: UUID
    reason: EndReason


class PairingActivated(Event):
    """The pair may begin: goals are set, sessions are scheduled."""

    type = "pairing.activated"
    pairing_id: UUID
    cohort_id: UUID
    mentor_id: UUID
    mentee_id: UUID


class PairingPaused(Event):
    """The pair rests; it leaves every measure until it resumes."""

    type = "pairing.paused"
    pairing_id: UUID
    cohort_id: UUID


class PairingResumed(Event):
    """The pair goes on after a pause."""

    type = "pairing.resumed"
    pairing_id: UUID
    cohort_id: UUID


class PairingEnded(Event):
    """The pair is over, and both places are free again."""

    type = "pairing.ended"
    pairing_id: UUID
    cohort_id: UUID
    mentor_id: UUID
    mentee_id: UUID
    reason: EndReason


class PairingInformationAsked(Event):
    """Somebody wants to know more before answering a proposal: a manager is asked."""

    type = "pairing.information_asked"
    pairing_id: UUID
    question_id: UUID
    side: PairingSide


class PairingInformationAnswered(Event):
    """A question about a proposal was answered; the time to decide runs again."""

    type = "pairing.information_answered"
    pairing_id: UUID
    question_id: UUID
    side: PairingSide


class PairingConflictFound(Event):
    """The two now stand in one reporting line: a person decides what becomes of the pair."""

    type = "pairing.conflict_found"
    pairing_id: UUID
    cohort_id: UUID
    leader_id: UUID
    """The one who is above the other."""
    levels: int
    """How many levels lie between them; 1 is the direct manager."""


class PairingPartnerReturned(Event):
    """Somebody of a paused pair is back; the two decide when to resume."""

    type = "pairing.partner_returned"
    pairing_id: UUID
    cohort_id: UUID
    participant_id: UUID


class PairingPlacesFilled(Event):
    """A person's last place was taken; these proposals must wait until one is free."""

    type = "pairing.places_filled"
    enrollment_id: UUID
    cohort_id: UUID
    waiting_pairing_ids: list[UUID]


class MatchRunComputed(Event):
    """A proposal was computed and stored; nothing comes of it until a person publishes it."""

    type = "match_run.computed"
    match_run_id: UUID
    cohort_id: UUID
    pairs_count: int


class MatchRunFailed(Event):
    """A run that was asked for could not be computed; `code` is the problem's."""

    type = "match_run.failed"
    match_run_id: UUID
    cohort_id: UUID
    code: str


class MatchRunCancelled(Event):
    """A run that was being computed was cancelled; nothing of it is kept."""

    type = "match_run.cancelled"
    match_run_id: UUID
    cohort_id: UUID


class MatchRunPublished(Event):
    """The pairs of a run became proposed pairings."""

    type = "match_run.published"
    match_run_id: UUID
    cohort_id: UUID
    pairings_count: int
