"""What happens by itself: pairs end or rest, people are erased, zones get other rules."""

from app.kit.jobs import every, on
from app.kit.work import UnitOfWork
from app.pairings.events import PairingEnded, PairingPaused
from app.pairings.models import PairingStatus
from app.participants.events import ParticipantErased
from app.sessions.lifecycle import cancel_coming_sessions, erase_words
from app.sessions.models import ChangeReason
from app.sessions.scheduling import settle_coming_sessions


@on(PairingEnded)
def cancel_sessions_of_an_ended_pairing(uow: UnitOfWork, event: PairingEnded) -> None:
    cancel_coming_sessions(uow, event.pairing_id, PairingStatus.ENDED, ChangeReason.PAIRING_ENDED)


@on(PairingPaused)
def cancel_sessions_of_a_paused_pairing(uow: UnitOfWork, event: PairingPaused) -> None:
    cancel_coming_sessions(uow, event.pairing_id, PairingStatus.PAUSED, ChangeReason.PAIRING_PAUSED)


@on(ParticipantErased)
def erase_what_a_participant_wrote_in_sessions(uow: UnitOfWork, event: ParticipantErased) -> None:
    erase_words(uow, event.participant_id)


@every(hours=24)
def settle_sessions_under_present_time_zone_rules(uow: UnitOfWork) -> None:
    settle_coming_sessions(uow)
