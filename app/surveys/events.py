"""What others may hear about surveys: never an answer, never who answered."""

from uuid import UUID

from app.kit.events import Event


class SurveyDefined(Event):
    """A version of a survey was published."""

    type = "survey.defined"
    survey_id: UUID


class SurveyWavePlanned(Event):
    """A sending of surveys to a cohort was planned."""

    type = "survey_wave.planned"
    survey_wave_id: UUID
    cohort_id: UUID


class SurveyWaveCalledOff(Event):
    """A planned sending will not take place: nobody was asked."""

    type = "survey_wave.called_off"
    survey_wave_id: UUID
    cohort_id: UUID


class SurveyWaveOpened(Event):
    """A wave opened: its people may answer."""

    type = "survey_wave.opened"
    survey_wave_id: UUID
    cohort_id: UUID
    invited_count: int


class SurveyAnswered(Event):
    """Somebody answered; the event does not say who."""

    type = "survey_wave.answered"
    survey_wave_id: UUID


class SurveyAnswersRecorded(Event):
    """Answers that were collected elsewhere came in."""

    type = "survey_wave.answers_recorded"
    survey_wave_id: UUID
    recorded_count: int


class SurveyWaveReminded(Event):
    """Those who have not answered yet were reminded."""

    type = "survey_wave.reminded"
    survey_wave_id: UUID
    reminded_count: int


class SurveyWaveClosed(Event):
    """A wave closed: its answers are final and can be counted."""

    type = "survey_wave.closed"
    survey_wave_id: UUID
    cohort_id: UUID
    invited_count: int
    answered_count: int
