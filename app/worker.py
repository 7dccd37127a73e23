"""The worker: runs reactions, clocks and jobs, round after round. The only list of jobs."""

import logging
import os
import signal
import threading
import time

from app.access import jobs as access_jobs
from app.competences import jobs as competence_jobs
from app.goals import jobs as goal_jobs
from app.imports import applying as import_applying
from app.imports import jobs as import_jobs
from app.imports import planning as import_planning
from app.kit.hands import Hands
from app.kit.lanes import Lanes
from app.kit.log import set_up_logging
from app.kit.rounds import run_due
from app.oauth import jobs as oauth_jobs
from app.oidc import jobs as oidc_jobs
from app.pairings import after_leavers, queueing
from app.pairings import jobs as pairing_jobs
from app.participants import jobs as participant_jobs
from app.programs import jobs as program_jobs
from app.scim import jobs as scim_jobs
from app.sessions import jobs as session_jobs
from app.surveys import jobs as survey_jobs
from app.webhooks import jobs as webhook_jobs
from app.webhooks.sending import SenderBeside

log = logging.getLogger("rementor.worker")

PAUSE_SECONDS = 1.0
TEND_EVERY_SECONDS = 600.0
JOBS: tuple[object, ...] = (
    access_jobs,
    oauth_jobs,
    oidc_jobs,
    participant_jobs,
    competence_jobs,
    webhook_jobs,
    program_jobs,
    pairing_jobs,
    queueing,
    after_leavers,
    scim_jobs,
    import_jobs,
    import_planning,
    import_applying,
    session_jobs,
    goal_jobs,
    survey_jobs,
)


def work_for_ever(lanes: Lanes, parent: int) -> None:
    """Until SIGTERM, or until the process that started it is gone.

    Lasting jobs run beside, and so do webhooks, which wait for others.
    """
    set_up_logging(lanes.settings.log_level)
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    tended = 0.0
    with Hands(lanes) as hands, SenderBeside(lanes):
        while not stop.is_set() and os.getppid() == parent:
            try:
                if time.monotonic() - tended > TEND_EVERY_SECONDS:
                    tended = time.monotonic()
                    lanes.tend()
                run_due(lanes, hands)
            except Exception:
                log.exception("round failed")
            stop.wait(PAUSE_SECONDS)
