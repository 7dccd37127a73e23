"""The operations of the contract, one method each. Written by openapi/tools/client.py."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

from app.client import models
from app.client.transport import Transport


class Rementor(Transport):
    """A typed connection to a Rementor server: every method is named as its operation.

    Lists are iterators over all pages. A change goes to the version given by `if_match`, such as
    `participant.etag`; without one, to the version of now.
    """

    def each_event(
        self, *, after: int = 0, type: str | None = None, follow: bool = False
    ) -> Iterator[models.EventOut]:
        """What happened after a position, in the order of commit; `follow` waits for more."""
        for event in self.feed(after, kind=type, follow=follow):
            yield models.EventOut.model_validate(event)

    def accept_invitation(
        self, wanted: models.InvitationAccept, *, idempotency_key: str | None = None
    ) -> models.AccountOut:
        """Choose a password with a one-time invitation."""
        return models.AccountOut.of(
            self.ask(
                "POST",
                "/accounts/accept-invitation",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def accept_pairing(
        self,
        pairing_id: UUID | str,
        wanted: models.PairingAccept,
        *,
        idempotency_key: str | None = None,
    ) -> models.PairingOut:
        """Say yes to a proposal; the second yes takes a place on both sides."""
        return models.PairingOut.of(
            self.ask(
                "POST",
                f"/pairings/{pairing_id}/accept",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def acknowledge_statement(
        self,
        statement_id: UUID | str,
        wanted: models.StatementAcknowledge,
        *,
        idempotency_key: str | None = None,
    ) -> models.AcknowledgementOut:
        """Say that you have read and share the goals; restate or rank them."""
        return models.AcknowledgementOut.of(
            self.ask(
                "POST",
                f"/goal-statements/{statement_id}/acknowledge",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def activate_pairing(
        self, pairing_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.PairingOut:
        """Let a pair begin before its cohort does."""
        return models.PairingOut.of(
            self.ask("POST", f"/pairings/{pairing_id}/activate", idempotency_key=idempotency_key)
        )

    def add_action(
        self, wanted: models.ActionAdd, *, idempotency_key: str | None = None
    ) -> models.ActionOut:
        """Note what one of the two will do."""
        return models.ActionOut.of(
            self.ask(
                "POST",
                "/session-actions",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def add_framework(
        self, wanted: models.FrameworkAdd, *, idempotency_key: str | None = None
    ) -> models.FrameworkOut:
        """Add a competence framework of your own, with all its competences."""
        return models.FrameworkOut.of(
            self.ask(
                "POST",
                "/frameworks",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def add_leave(
        self, wanted: models.LeaveCreate, *, idempotency_key: str | None = None
    ) -> models.LeaveOut:
        """Note days on which a person is away."""
        return models.LeaveOut.of(
            self.ask(
                "POST",
                "/leaves",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def add_participant(
        self, wanted: models.ParticipantAdd, *, idempotency_key: str | None = None
    ) -> models.ParticipantOut:
        """Add a person."""
        return models.ParticipantOut.of(
            self.ask(
                "POST",
                "/participants",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def admit_from_waitlist(
        self, enrollment_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Enroll a person from the waitlist."""
        return models.EnrollmentOut.of(
            self.ask("POST", f"/enrollments/{enrollment_id}/admit", idempotency_key=idempotency_key)
        )

    def answer_information(
        self,
        question_id: UUID | str,
        wanted: models.QuestionAnswer,
        *,
        idempotency_key: str | None = None,
    ) -> models.QuestionOut:
        """Answer a question about a proposal; the one who asked decides now."""
        return models.QuestionOut.of(
            self.ask(
                "POST",
                f"/pairing-questions/{question_id}/answer",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def answer_survey(
        self,
        survey_invitation_id: UUID | str,
        wanted: models.SurveyAnswer,
        *,
        idempotency_key: str | None = None,
    ) -> models.AnswerReceipt:
        """Answer as the person invited, once."""
        return models.AnswerReceipt.of(
            self.ask(
                "POST",
                f"/survey-invitations/{survey_invitation_id}/answer",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def apply_blueprint(
        self,
        wanted: models.Blueprint,
        *,
        digest: str,
        idempotency_key: str | None = None,
        prune: bool | None = None,
        reason: str | None = None,
    ) -> models.BlueprintAppliedOut:
        """Make exactly the plan so that you have seen, as a whole or not at all; twice is harmless."""
        return models.BlueprintAppliedOut.of(
            self.ask(
                "POST",
                "/blueprints/apply",
                wanted.model_dump(mode="json", exclude_unset=True),
                query={"prune": prune, "reason": reason, "digest": digest},
                idempotency_key=idempotency_key,
            )
        )

    def apply_import(
        self,
        import_id: UUID | str,
        wanted: models.ImportApply,
        *,
        idempotency_key: str | None = None,
    ) -> models.ImportOut:
        """Do exactly what a plan says, or say that the world has changed since."""
        return models.ImportOut.of(
            self.ask(
                "POST",
                f"/imports/{import_id}/apply",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def approve_enrollment(
        self, enrollment_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Approve an application."""
        return models.EnrollmentOut.of(
            self.ask(
                "POST", f"/enrollments/{enrollment_id}/approve", idempotency_key=idempotency_key
            )
        )

    def ask_for_information(
        self,
        pairing_id: UUID | str,
        wanted: models.PairingAsk,
        *,
        idempotency_key: str | None = None,
    ) -> models.QuestionOut:
        """Ask those who run the program before answering; the time to decide stands still."""
        return models.QuestionOut.of(
            self.ask(
                "POST",
                f"/pairings/{pairing_id}/ask-for-information",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def assess_skill(
        self, wanted: models.AssessmentAdd, *, idempotency_key: str | None = None
    ) -> models.AssessmentOut:
        """Note how a person's level in a competence is judged on a day."""
        return models.AssessmentOut.of(
            self.ask(
                "POST",
                "/assessments",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def begin_sign_in(
        self, wanted: models.SignInBegin, *, idempotency_key: str | None = None
    ) -> models.SignInBegunOut:
        """Begin to sign in through a provider: where to send the browser."""
        return models.SignInBegunOut.of(
            self.ask(
                "POST",
                "/tokens/oidc/start",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def cancel_cohort(
        self, cohort_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.CohortOut:
        """Call off a cohort that is not over."""
        return models.CohortOut.of(
            self.ask("POST", f"/cohorts/{cohort_id}/cancel", idempotency_key=idempotency_key)
        )

    def cancel_job(
        self, job_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.JobOut:
        """Cancel a job: from now on nothing of it is stored. What it had finished before stays."""
        return models.JobOut.of(
            self.ask("POST", f"/jobs/{job_id}/cancel", idempotency_key=idempotency_key)
        )

    def cancel_match_run(
        self, match_run_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.MatchRunOut:
        """Stop computing a run: from now on nothing of it is stored."""
        return models.MatchRunOut.of(
            self.ask("POST", f"/match-runs/{match_run_id}/cancel", idempotency_key=idempotency_key)
        )

    def cancel_series(
        self,
        series_id: UUID | str,
        wanted: models.SessionCancel,
        *,
        idempotency_key: str | None = None,
    ) -> models.SeriesOut:
        """Cancel the sessions of a series that lie ahead."""
        return models.SeriesOut.of(
            self.ask(
                "POST",
                f"/session-series/{series_id}/cancel",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def cancel_session(
        self,
        session_id: UUID | str,
        wanted: models.SessionCancel,
        *,
        idempotency_key: str | None = None,
    ) -> models.SessionOut:
        """Say that a session will not take place, and why."""
        return models.SessionOut.of(
            self.ask(
                "POST",
                f"/sessions/{session_id}/cancel",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def change_account(
        self, account_id: UUID | str, wanted: models.AccountChange, *, if_match: str | None = None
    ) -> models.AccountOut:
        """Rename, disable or enable an account."""
        return models.AccountOut.of(
            self.ask(
                "PATCH",
                f"/accounts/{account_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/accounts/{account_id}"),
            )
        )

    def change_action(
        self, action_id: UUID | str, wanted: models.ActionChange, *, if_match: str | None = None
    ) -> models.ActionOut:
        """Change what one of the two will do."""
        return models.ActionOut.of(
            self.ask(
                "PATCH",
                f"/session-actions/{action_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/session-actions/{action_id}"),
            )
        )

    def change_cohort(
        self, cohort_id: UUID | str, wanted: models.CohortChange, *, if_match: str | None = None
    ) -> models.CohortOut:
        """Change a cohort; its plan only before the launch."""
        return models.CohortOut.of(
            self.ask(
                "PATCH",
                f"/cohorts/{cohort_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/cohorts/{cohort_id}"),
            )
        )

    def change_enrollment(
        self,
        enrollment_id: UUID | str,
        wanted: models.EnrollmentChange,
        *,
        if_match: str | None = None,
    ) -> models.EnrollmentOut:
        """Change what a person brings along: time, capacity, topics, wishes and vetoes."""
        return models.EnrollmentOut.of(
            self.ask(
                "PATCH",
                f"/enrollments/{enrollment_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/enrollments/{enrollment_id}"),
            )
        )

    def change_goal(
        self, goal_id: UUID | str, wanted: models.GoalChange, *, if_match: str | None = None
    ) -> models.GoalOut:
        """Change an open goal; after the first check-in figures move only with a reason."""
        return models.GoalOut.of(
            self.ask(
                "PATCH",
                f"/goals/{goal_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/goals/{goal_id}"),
            )
        )

    def change_identity_provider(
        self,
        identity_provider_id: UUID | str,
        wanted: models.IdentityProviderChange,
        *,
        if_match: str | None = None,
    ) -> models.IdentityProviderOut:
        """Rename, limit, disable or enable an identity provider, or give it a new secret."""
        return models.IdentityProviderOut.of(
            self.ask(
                "PATCH",
                f"/identity-providers/{identity_provider_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/identity-providers/{identity_provider_id}"),
            )
        )

    def change_mapping(
        self,
        mapping_id: UUID | str,
        wanted: models.ImportMappingChange,
        *,
        if_match: str | None = None,
    ) -> models.ImportMappingOut:
        """Change a saved mapping."""
        return models.ImportMappingOut.of(
            self.ask(
                "PATCH",
                f"/import-mappings/{mapping_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/import-mappings/{mapping_id}"),
            )
        )

    def change_note(
        self, note_id: UUID | str, wanted: models.NoteChange, *, if_match: str | None = None
    ) -> models.NoteOut:
        """Change a note that you wrote."""
        return models.NoteOut.of(
            self.ask(
                "PATCH",
                f"/session-notes/{note_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/session-notes/{note_id}"),
            )
        )

    def change_oauth_client(
        self,
        oauth_client_id: UUID | str,
        wanted: models.OAuthClientChange,
        *,
        if_match: str | None = None,
    ) -> models.OAuthClientOut:
        """Rename, limit, disable or enable an OAuth client."""
        return models.OAuthClientOut.of(
            self.ask(
                "PATCH",
                f"/oauth-clients/{oauth_client_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/oauth-clients/{oauth_client_id}"),
            )
        )

    def change_organization(
        self,
        organization_id: UUID | str,
        wanted: models.OrganizationChange,
        *,
        if_match: str | None = None,
    ) -> models.OrganizationOut:
        """Rename your organization, raise its minimum group, or let generation count in matching."""
        return models.OrganizationOut.of(
            self.ask(
                "PATCH",
                f"/organizations/{organization_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/organizations/{organization_id}"),
            )
        )

    def change_participant(
        self,
        participant_id: UUID | str,
        wanted: models.ParticipantChange,
        *,
        if_match: str | None = None,
    ) -> models.ParticipantOut:
        """Change facts about a person."""
        return models.ParticipantOut.of(
            self.ask(
                "PATCH",
                f"/participants/{participant_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/participants/{participant_id}"),
            )
        )

    def change_program(
        self, program_id: UUID | str, wanted: models.ProgramChange, *, if_match: str | None = None
    ) -> models.ProgramOut:
        """Change a program's name, purpose, rules or weights."""
        return models.ProgramOut.of(
            self.ask(
                "PATCH",
                f"/programs/{program_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/programs/{program_id}"),
            )
        )

    def change_session(
        self, session_id: UUID | str, wanted: models.SessionChange, *, if_match: str | None = None
    ) -> models.SessionOut:
        """Change what a session is about, or how the two meet."""
        return models.SessionOut.of(
            self.ask(
                "PATCH",
                f"/sessions/{session_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/sessions/{session_id}"),
            )
        )

    def change_survey_wave(
        self, survey_wave_id: UUID | str, wanted: models.WaveChange, *, if_match: str | None = None
    ) -> models.SurveyWaveOut:
        """Rename a sending or move its dates."""
        return models.SurveyWaveOut.of(
            self.ask(
                "PATCH",
                f"/survey-waves/{survey_wave_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/survey-waves/{survey_wave_id}"),
            )
        )

    def change_webhook_endpoint(
        self,
        webhook_endpoint_id: UUID | str,
        wanted: models.WebhookEndpointChange,
        *,
        if_match: str | None = None,
    ) -> models.WebhookEndpointOut:
        """Change an endpoint's address, its description, or which events it hears."""
        return models.WebhookEndpointOut.of(
            self.ask(
                "PATCH",
                f"/webhook-endpoints/{webhook_endpoint_id}",
                wanted.model_dump(mode="json", exclude_unset=True),
                if_match=if_match or self.version(f"/webhook-endpoints/{webhook_endpoint_id}"),
            )
        )

    def check_in_on_goal(
        self, goal_id: UUID | str, wanted: models.GoalCheckIn, *, idempotency_key: str | None = None
    ) -> models.CheckInOut:
        """Note how far a goal is, with a value, a note or evidence."""
        return models.CheckInOut.of(
            self.ask(
                "POST",
                f"/goals/{goal_id}/check-in",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def close_program(
        self, program_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.ProgramOut:
        """Close a program whose cohorts are over."""
        return models.ProgramOut.of(
            self.ask("POST", f"/programs/{program_id}/close", idempotency_key=idempotency_key)
        )

    def close_survey_wave(
        self, survey_wave_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.SurveyWaveOut:
        """Close a sending now: its answers are final."""
        return models.SurveyWaveOut.of(
            self.ask(
                "POST", f"/survey-waves/{survey_wave_id}/close", idempotency_key=idempotency_key
            )
        )

    def compare_match_runs(self, *, ids: list[UUID | str]) -> models.ComparisonOut:
        """Compare match runs of one cohort side by side."""
        return models.ComparisonOut.of(self.ask("GET", "/match-runs/compare", query={"ids": ids}))

    def complete_cohort(
        self, cohort_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.CohortOut:
        """End a running cohort as planned."""
        return models.CohortOut.of(
            self.ask("POST", f"/cohorts/{cohort_id}/complete", idempotency_key=idempotency_key)
        )

    def complete_session(
        self,
        session_id: UUID | str,
        wanted: models.SessionComplete,
        *,
        idempotency_key: str | None = None,
    ) -> models.SessionOut:
        """Record who came to a session, once it has begun."""
        return models.SessionOut.of(
            self.ask(
                "POST",
                f"/sessions/{session_id}/complete",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def count_acknowledgements(self, statement_id: UUID | str) -> models.AcknowledgementCounts:
        """Count how many of those enrolled share a statement."""
        return models.AcknowledgementCounts.of(
            self.ask("GET", f"/goal-statements/{statement_id}/acknowledgement-counts")
        )

    def create_token(
        self, wanted: models.TokenCreate, *, idempotency_key: str | None = None
    ) -> models.TokenCreated:
        """Make an API key, for yourself or for an integration."""
        return models.TokenCreated.of(
            self.ask(
                "POST",
                "/tokens",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def decline_enrollment(
        self, enrollment_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Decline an invitation, or an application."""
        return models.EnrollmentOut.of(
            self.ask(
                "POST", f"/enrollments/{enrollment_id}/decline", idempotency_key=idempotency_key
            )
        )

    def decline_pairing(
        self,
        pairing_id: UUID | str,
        wanted: models.PairingDecline,
        *,
        idempotency_key: str | None = None,
    ) -> models.PairingOut:
        """Say no to a proposal, with or without a reason."""
        return models.PairingOut.of(
            self.ask(
                "POST",
                f"/pairings/{pairing_id}/decline",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def define_survey(
        self, wanted: models.SurveyDefine, *, idempotency_key: str | None = None
    ) -> models.SurveyOut:
        """Publish a questionnaire of your own; it never changes after."""
        return models.SurveyOut.of(
            self.ask(
                "POST",
                "/surveys",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def disable_webhook_endpoint(
        self, webhook_endpoint_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.WebhookEndpointOut:
        """Send nothing more to an endpoint; what is pending waits."""
        return models.WebhookEndpointOut.of(
            self.ask(
                "POST",
                f"/webhook-endpoints/{webhook_endpoint_id}/disable",
                idempotency_key=idempotency_key,
            )
        )

    def discard_import(self, import_id: UUID | str) -> None:
        """Forget a plan that is not wanted, and what it says about people."""
        self.ask("DELETE", f"/imports/{import_id}")

    def drop_goal(
        self, goal_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.GoalOut:
        """Pursue a goal no longer."""
        return models.GoalOut.of(
            self.ask("POST", f"/goals/{goal_id}/drop", idempotency_key=idempotency_key)
        )

    def enable_webhook_endpoint(
        self, webhook_endpoint_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.WebhookEndpointOut:
        """Send to an endpoint again."""
        return models.WebhookEndpointOut.of(
            self.ask(
                "POST",
                f"/webhook-endpoints/{webhook_endpoint_id}/enable",
                idempotency_key=idempotency_key,
            )
        )

    def end_pairing(
        self,
        pairing_id: UUID | str,
        wanted: models.PairingEnd,
        *,
        idempotency_key: str | None = None,
    ) -> models.PairingOut:
        """End a pairing: either side may, at any time, without saying why."""
        return models.PairingOut.of(
            self.ask(
                "POST",
                f"/pairings/{pairing_id}/end",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def enroll_many(
        self,
        cohort_id: UUID | str,
        wanted: models.EnrollMany,
        *,
        idempotency_key: str | None = None,
    ) -> models.EnrollManyOut:
        """Enroll or invite up to 500 people at once, with a verdict for each."""
        return models.EnrollManyOut.of(
            self.ask(
                "POST",
                f"/cohorts/{cohort_id}/enroll",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def enroll_participant(
        self, wanted: models.EnrollmentCreate, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Enroll or invite a person, or apply for yourself where the cohort is open."""
        return models.EnrollmentOut.of(
            self.ask(
                "POST",
                "/enrollments",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def entrust_program(
        self,
        program_id: UUID | str,
        wanted: models.ProgramEntrust,
        *,
        idempotency_key: str | None = None,
    ) -> models.GrantOut:
        """Let an account run or facilitate this program, and no other."""
        return models.GrantOut.of(
            self.ask(
                "POST",
                f"/programs/{program_id}/entrust",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def erase_participant(
        self, participant_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.ParticipantOut:
        """Erase what identifies a person; the id stays and means nobody."""
        return models.ParticipantOut.of(
            self.ask(
                "POST", f"/participants/{participant_id}/erase", idempotency_key=idempotency_key
            )
        )

    def explain_match_run(self, match_run_id: UUID | str) -> models.ExplanationsOut:
        """Explain a run: each pair, each person alone, scarce places, prices of pins, fairness."""
        return models.ExplanationsOut.of(
            self.ask("GET", f"/match-runs/{match_run_id}/explanations")
        )

    def export_blueprint(
        self, program_id: UUID | str, *, format: str | None = None
    ) -> models.Blueprint:
        """Write what is planned for a program as a document, always in the same way."""
        return models.Blueprint.of(
            self.ask("GET", f"/programs/{program_id}/blueprint", query={"format": format})
        )

    def finish_action(
        self, action_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.ActionOut:
        """Say that an action is done."""
        return models.ActionOut.of(
            self.ask(
                "POST", f"/session-actions/{action_id}/finish", idempotency_key=idempotency_key
            )
        )

    def finish_sign_in(
        self, wanted: models.SignInFinish, *, idempotency_key: str | None = None
    ) -> models.SignedInOut:
        """Finish to sign in with what the browser brought back, for the same tokens as a password."""
        return models.SignedInOut.of(
            self.ask(
                "POST",
                "/tokens/oidc/finish",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def get_account(self, account_id: UUID | str) -> models.AccountOut:
        """Show one account."""
        return models.AccountOut.of(self.ask("GET", f"/accounts/{account_id}"))

    def get_acknowledgement(self, acknowledgement_id: UUID | str) -> models.AcknowledgementOut:
        """Show one of your own acknowledgements."""
        return models.AcknowledgementOut.of(
            self.ask("GET", f"/acknowledgements/{acknowledgement_id}")
        )

    def get_action(self, action_id: UUID | str) -> models.ActionOut:
        """Show one action."""
        return models.ActionOut.of(self.ask("GET", f"/session-actions/{action_id}"))

    def get_agreement(self, agreement_id: UUID | str) -> models.AgreementOut:
        """Show one version of an agreement."""
        return models.AgreementOut.of(self.ask("GET", f"/agreements/{agreement_id}"))

    def get_assessment(self, assessment_id: UUID | str) -> models.AssessmentOut:
        """Show one judged level."""
        return models.AssessmentOut.of(self.ask("GET", f"/assessments/{assessment_id}"))

    def get_blueprint_schema(self) -> bytes:
        """Show the JSON Schema of documents, for editors."""
        told: bytes = self.ask("GET", "/blueprints/schema").body
        return told

    def get_check_in(self, check_in_id: UUID | str) -> models.CheckInOut:
        """Show one look at progress."""
        return models.CheckInOut.of(self.ask("GET", f"/check-ins/{check_in_id}"))

    def get_cohort(self, cohort_id: UUID | str) -> models.CohortOut:
        """Show a cohort with its plan."""
        return models.CohortOut.of(self.ask("GET", f"/cohorts/{cohort_id}"))

    def get_competence(self, competence: str) -> models.CompetenceOut:
        """Show one competence by its code."""
        return models.CompetenceOut.of(
            self.ask("GET", f"/competences/{quote(competence, safe='')}")
        )

    def get_enrollment(self, enrollment_id: UUID | str) -> models.EnrollmentOut:
        """Show an enrollment."""
        return models.EnrollmentOut.of(self.ask("GET", f"/enrollments/{enrollment_id}"))

    def get_framework(self, framework_id: UUID | str) -> models.FrameworkOut:
        """Show one framework, with its source."""
        return models.FrameworkOut.of(self.ask("GET", f"/frameworks/{framework_id}"))

    def get_goal(self, goal_id: UUID | str) -> models.GoalOut:
        """Show one goal and how far it is."""
        return models.GoalOut.of(self.ask("GET", f"/goals/{goal_id}"))

    def get_identity_provider(self, identity_provider_id: UUID | str) -> models.IdentityProviderOut:
        """Show one identity provider, without its secret."""
        return models.IdentityProviderOut.of(
            self.ask("GET", f"/identity-providers/{identity_provider_id}")
        )

    def get_import(self, import_id: UUID | str) -> models.ImportOut:
        """Show what an import would do, or has done."""
        return models.ImportOut.of(self.ask("GET", f"/imports/{import_id}"))

    def get_job(self, job_id: UUID | str) -> models.JobOut:
        """Show how far a job is, or how it ended."""
        return models.JobOut.of(self.ask("GET", f"/jobs/{job_id}"))

    def get_leave(self, leave_id: UUID | str) -> models.LeaveOut:
        """Show one leave."""
        return models.LeaveOut.of(self.ask("GET", f"/leaves/{leave_id}"))

    def get_mapping(self, mapping_id: UUID | str) -> models.ImportMappingOut:
        """Show a saved mapping."""
        return models.ImportMappingOut.of(self.ask("GET", f"/import-mappings/{mapping_id}"))

    def get_match_run(self, match_run_id: UUID | str) -> models.MatchRunOut:
        """Show one match run: pairs, who stays alone and why, and what is proved."""
        return models.MatchRunOut.of(self.ask("GET", f"/match-runs/{match_run_id}"))

    def get_me(self) -> models.MeOut:
        """Show who this token speaks for, and what it may do."""
        return models.MeOut.of(self.ask("GET", "/me"))

    def get_message_template(self, message_template_id: UUID | str) -> models.MessageTemplateOut:
        """Show one message template."""
        return models.MessageTemplateOut.of(
            self.ask("GET", f"/message-templates/{message_template_id}")
        )

    def get_note(self, note_id: UUID | str) -> models.NoteOut:
        """Show one note."""
        return models.NoteOut.of(self.ask("GET", f"/session-notes/{note_id}"))

    def get_oauth_client(self, oauth_client_id: UUID | str) -> models.OAuthClientOut:
        """Show one OAuth client, without its secret."""
        return models.OAuthClientOut.of(self.ask("GET", f"/oauth-clients/{oauth_client_id}"))

    def get_organization(self, organization_id: UUID | str) -> models.OrganizationOut:
        """Show your organization."""
        return models.OrganizationOut.of(self.ask("GET", f"/organizations/{organization_id}"))

    def get_own_response(self, survey_invitation_id: UUID | str) -> models.SurveyResponseOut:
        """Show your own answers; nobody else can see them."""
        return models.SurveyResponseOut.of(
            self.ask("GET", f"/survey-invitations/{survey_invitation_id}/response")
        )

    def get_pairing(self, pairing_id: UUID | str) -> models.PairingOut:
        """Show one pairing."""
        return models.PairingOut.of(self.ask("GET", f"/pairings/{pairing_id}"))

    def get_pairing_question(self, question_id: UUID | str) -> models.QuestionOut:
        """Show one question about a proposal."""
        return models.QuestionOut.of(self.ask("GET", f"/pairing-questions/{question_id}"))

    def get_participant(self, participant_id: UUID | str) -> models.ParticipantOut:
        """Show one person."""
        return models.ParticipantOut.of(self.ask("GET", f"/participants/{participant_id}"))

    def get_program(self, program_id: UUID | str) -> models.ProgramOut:
        """Show a program."""
        return models.ProgramOut.of(self.ask("GET", f"/programs/{program_id}"))

    def get_series(self, series_id: UUID | str) -> models.SeriesOut:
        """Show what was scheduled together."""
        return models.SeriesOut.of(self.ask("GET", f"/session-series/{series_id}"))

    def get_session(self, session_id: UUID | str) -> models.SessionOut:
        """Show one session."""
        return models.SessionOut.of(self.ask("GET", f"/sessions/{session_id}"))

    def get_statement(self, statement_id: UUID | str) -> models.StatementOut:
        """Show one version of the goals in words."""
        return models.StatementOut.of(self.ask("GET", f"/goal-statements/{statement_id}"))

    def get_survey(self, survey_id: UUID | str) -> models.SurveyOut:
        """Show one questionnaire with its scales and items."""
        return models.SurveyOut.of(self.ask("GET", f"/surveys/{survey_id}"))

    def get_survey_invitation(self, survey_invitation_id: UUID | str) -> models.SurveyInvitationOut:
        """Show one invitation to answer."""
        return models.SurveyInvitationOut.of(
            self.ask("GET", f"/survey-invitations/{survey_invitation_id}")
        )

    def get_survey_wave(self, survey_wave_id: UUID | str) -> models.SurveyWaveOut:
        """Show one sending."""
        return models.SurveyWaveOut.of(self.ask("GET", f"/survey-waves/{survey_wave_id}"))

    def get_template(self, template_name: str, *, format: str | None = None) -> models.Blueprint:
        """Show a program that comes with Rementor, as a document."""
        return models.Blueprint.of(
            self.ask("GET", f"/templates/{quote(template_name, safe='')}", query={"format": format})
        )

    def get_token(self, key_id: UUID | str) -> models.TokenOut:
        """Show one API key, without its secret."""
        return models.TokenOut.of(self.ask("GET", f"/tokens/{key_id}"))

    def get_training_module(self, training_module_id: UUID | str) -> models.TrainingModuleOut:
        """Show one step of a training path."""
        return models.TrainingModuleOut.of(
            self.ask("GET", f"/training-modules/{training_module_id}")
        )

    def get_webhook_delivery(self, webhook_delivery_id: UUID | str) -> models.WebhookDeliveryOut:
        """Show one delivery with its attempts."""
        return models.WebhookDeliveryOut.of(
            self.ask("GET", f"/webhook-deliveries/{webhook_delivery_id}")
        )

    def get_webhook_endpoint(self, webhook_endpoint_id: UUID | str) -> models.WebhookEndpointOut:
        """Show one endpoint, and whether it answers."""
        return models.WebhookEndpointOut.of(
            self.ask("GET", f"/webhook-endpoints/{webhook_endpoint_id}")
        )

    def give_consent(
        self,
        enrollment_id: UUID | str,
        wanted: models.ConsentGive,
        *,
        idempotency_key: str | None = None,
    ) -> models.EnrollmentOut:
        """Record consent: your own, or the person's with its source."""
        return models.EnrollmentOut.of(
            self.ask(
                "POST",
                f"/enrollments/{enrollment_id}/give-consent",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def grant_role(
        self,
        account_id: UUID | str,
        wanted: models.GrantCreate,
        *,
        idempotency_key: str | None = None,
    ) -> models.GrantOut:
        """Give an account a role, for the organization or for one program."""
        return models.GrantOut.of(
            self.ask(
                "POST",
                f"/accounts/{account_id}/grants",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def import_assessments(
        self, wanted: models.AssessmentImport, *, idempotency_key: str | None = None
    ) -> models.VerdictsOut:
        """Note up to 2000 judged levels, with a verdict for each."""
        return models.VerdictsOut.of(
            self.ask(
                "POST",
                "/assessments/import",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def import_participants(
        self, wanted: models.ParticipantImport, *, idempotency_key: str | None = None
    ) -> models.ParticipantImportOut:
        """Read a roster of up to 20 000 people at once, with a verdict for every row."""
        return models.ParticipantImportOut.of(
            self.ask(
                "POST",
                "/participants/import",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def import_skills(
        self, wanted: models.SkillImport, *, idempotency_key: str | None = None
    ) -> models.VerdictsOut:
        """Set what up to 2000 people offer and want, with a verdict for each."""
        return models.VerdictsOut.of(
            self.ask(
                "POST",
                "/skills/import",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def invite_account(
        self, wanted: models.AccountInvite, *, idempotency_key: str | None = None
    ) -> models.InvitationOut:
        """Give somebody an account and a one-time invitation."""
        return models.InvitationOut.of(
            self.ask(
                "POST",
                "/accounts",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def invite_again(
        self, account_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.InvitationOut:
        """Send a new invitation for an account; earlier ones end."""
        return models.InvitationOut.of(
            self.ask(
                "POST", f"/accounts/{account_id}/invite-again", idempotency_key=idempotency_key
            )
        )

    def invite_participant(
        self, participant_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.InvitationOut:
        """Give a person an account of their own and a one-time invitation."""
        return models.InvitationOut.of(
            self.ask(
                "POST", f"/participants/{participant_id}/invite", idempotency_key=idempotency_key
            )
        )

    def join_cohort(
        self, enrollment_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Accept the invitation to a cohort."""
        return models.EnrollmentOut.of(
            self.ask("POST", f"/enrollments/{enrollment_id}/join", idempotency_key=idempotency_key)
        )

    def launch_cohort(
        self, cohort_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.CohortOut:
        """Start a cohort and freeze its plan."""
        return models.CohortOut.of(
            self.ask("POST", f"/cohorts/{cohort_id}/launch", idempotency_key=idempotency_key)
        )

    def list_accounts(
        self, *, limit: int | None = None, sort: str | None = None, email: str | None = None
    ) -> Iterator[models.AccountOut]:
        """List accounts, newest first."""
        for item in self.every("/accounts", **{"limit": limit, "sort": sort, "email": email}):
            yield models.AccountOut.model_validate(item)

    def list_acknowledgements(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        statement_id: UUID | str | None = None,
    ) -> Iterator[models.AcknowledgementOut]:
        """List your own acknowledgements."""
        for item in self.every(
            "/acknowledgements", **{"limit": limit, "sort": sort, "statement_id": statement_id}
        ):
            yield models.AcknowledgementOut.model_validate(item)

    def list_actions(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        session_id: UUID | str | None = None,
        pairing_id: UUID | str | None = None,
        owner: models.PairingSide | str | None = None,
        done: bool | None = None,
    ) -> Iterator[models.ActionOut]:
        """List the actions of your sessions, newest first, with filters."""
        for item in self.every(
            "/session-actions",
            **{
                "limit": limit,
                "sort": sort,
                "session_id": session_id,
                "pairing_id": pairing_id,
                "owner": owner,
                "done": done,
            },
        ):
            yield models.ActionOut.model_validate(item)

    def list_agreements(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        pairing_id: UUID | str | None = None,
    ) -> Iterator[models.AgreementOut]:
        """List versions of agreements, newest first."""
        for item in self.every(
            "/agreements", **{"limit": limit, "sort": sort, "pairing_id": pairing_id}
        ):
            yield models.AgreementOut.model_validate(item)

    def list_assessments(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        participant_id: UUID | str | None = None,
        competence: str | None = None,
        moment: models.AssessmentMoment | str | None = None,
    ) -> Iterator[models.AssessmentOut]:
        """List judged levels, newest first."""
        for item in self.every(
            "/assessments",
            **{
                "limit": limit,
                "sort": sort,
                "participant_id": participant_id,
                "competence": competence,
                "moment": moment,
            },
        ):
            yield models.AssessmentOut.model_validate(item)

    def list_cards(
        self,
        cohort_id: UUID | str,
        *,
        limit: int | None = None,
        sort: str | None = None,
        role: models.EnrollmentRole | str | None = None,
    ) -> Iterator[models.CardOut]:
        """List the cards of possible partners, to wish for or rule out."""
        for item in self.every(
            f"/cohorts/{cohort_id}/cards", **{"limit": limit, "sort": sort, "role": role}
        ):
            yield models.CardOut.model_validate(item)

    def list_check_ins(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        goal_id: UUID | str | None = None,
    ) -> Iterator[models.CheckInOut]:
        """List looks at progress, newest first."""
        for item in self.every("/check-ins", **{"limit": limit, "sort": sort, "goal_id": goal_id}):
            yield models.CheckInOut.model_validate(item)

    def list_cohorts(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        program_id: UUID | str | None = None,
        status: models.CohortStatus | str | None = None,
    ) -> Iterator[models.CohortOut]:
        """List cohorts, newest first."""
        for item in self.every(
            "/cohorts", **{"limit": limit, "sort": sort, "program_id": program_id, "status": status}
        ):
            yield models.CohortOut.model_validate(item)

    def list_competences(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        framework_id: UUID | str | None = None,
        area: str | None = None,
    ) -> Iterator[models.CompetenceOut]:
        """List competences with their levels."""
        for item in self.every(
            "/competences",
            **{"limit": limit, "sort": sort, "framework_id": framework_id, "area": area},
        ):
            yield models.CompetenceOut.model_validate(item)

    def list_enrollments(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cohort_id: UUID | str | None = None,
        participant_id: UUID | str | None = None,
        role: models.EnrollmentRole | str | None = None,
        status: models.EnrollmentStatus | str | None = None,
    ) -> Iterator[models.EnrollmentOut]:
        """List enrollments, newest first, with filters."""
        for item in self.every(
            "/enrollments",
            **{
                "limit": limit,
                "sort": sort,
                "cohort_id": cohort_id,
                "participant_id": participant_id,
                "role": role,
                "status": status,
            },
        ):
            yield models.EnrollmentOut.model_validate(item)

    def list_frameworks(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        code: str | None = None,
        built_in: bool | None = None,
    ) -> Iterator[models.FrameworkOut]:
        """List competence frameworks: DigComp is always there, your own beside it."""
        for item in self.every(
            "/frameworks", **{"limit": limit, "sort": sort, "code": code, "built_in": built_in}
        ):
            yield models.FrameworkOut.model_validate(item)

    def list_goals(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        program_id: UUID | str | None = None,
        cohort_id: UUID | str | None = None,
        pairing_id: UUID | str | None = None,
        participant_id: UUID | str | None = None,
        status: models.GoalStatus | str | None = None,
        category: models.GoalCategory | str | None = None,
    ) -> Iterator[models.GoalOut]:
        """List goals, newest first; of other people's goals only the progress."""
        for item in self.every(
            "/goals",
            **{
                "limit": limit,
                "sort": sort,
                "program_id": program_id,
                "cohort_id": cohort_id,
                "pairing_id": pairing_id,
                "participant_id": participant_id,
                "status": status,
                "category": category,
            },
        ):
            yield models.GoalOut.model_validate(item)

    def list_grants(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        account_id: UUID | str | None = None,
    ) -> Iterator[models.GrantOut]:
        """List who holds which role."""
        for item in self.every(
            "/grants", **{"limit": limit, "sort": sort, "account_id": account_id}
        ):
            yield models.GrantOut.model_validate(item)

    def list_identity_links(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        account_id: UUID | str | None = None,
        identity_provider_id: UUID | str | None = None,
    ) -> Iterator[models.IdentityLinkOut]:
        """List which accounts belong to whom at a provider."""
        for item in self.every(
            "/identity-links",
            **{
                "limit": limit,
                "sort": sort,
                "account_id": account_id,
                "identity_provider_id": identity_provider_id,
            },
        ):
            yield models.IdentityLinkOut.model_validate(item)

    def list_identity_providers(
        self, *, limit: int | None = None, sort: str | None = None
    ) -> Iterator[models.IdentityProviderOut]:
        """List identity providers, newest first; never their secrets."""
        for item in self.every("/identity-providers", **{"limit": limit, "sort": sort}):
            yield models.IdentityProviderOut.model_validate(item)

    def list_import_rows(
        self,
        import_id: UUID | str,
        *,
        limit: int | None = None,
        sort: str | None = None,
        verdict: models.RowVerdict | str | None = None,
    ) -> Iterator[models.ImportRowOut]:
        """List the rows of an import, field by field; only those of one verdict, if you like."""
        for item in self.every(
            f"/imports/{import_id}/rows", **{"limit": limit, "sort": sort, "verdict": verdict}
        ):
            yield models.ImportRowOut.model_validate(item)

    def list_imports(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        status: models.ImportStatus | str | None = None,
    ) -> Iterator[models.ImportOut]:
        """List imports, newest first."""
        for item in self.every("/imports", **{"limit": limit, "sort": sort, "status": status}):
            yield models.ImportOut.model_validate(item)

    def list_jobs(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        status: models.JobStatus | str | None = None,
        name: str | None = None,
    ) -> Iterator[models.JobOut]:
        """List the jobs you asked for, newest first; an administrator sees everybody's."""
        for item in self.every(
            "/jobs", **{"limit": limit, "sort": sort, "status": status, "name": name}
        ):
            yield models.JobOut.model_validate(item)

    def list_leaves(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        participant_id: UUID | str | None = None,
    ) -> Iterator[models.LeaveOut]:
        """List leave, newest first."""
        for item in self.every(
            "/leaves", **{"limit": limit, "sort": sort, "participant_id": participant_id}
        ):
            yield models.LeaveOut.model_validate(item)

    def list_mappings(
        self, *, limit: int | None = None, sort: str | None = None, name: str | None = None
    ) -> Iterator[models.ImportMappingOut]:
        """List saved mappings, newest first."""
        for item in self.every("/import-mappings", **{"limit": limit, "sort": sort, "name": name}):
            yield models.ImportMappingOut.model_validate(item)

    def list_match_runs(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cohort_id: UUID | str | None = None,
        status: models.MatchRunStatus | str | None = None,
    ) -> Iterator[models.MatchRunBrief]:
        """List match runs in figures, newest first."""
        for item in self.every(
            "/match-runs",
            **{"limit": limit, "sort": sort, "cohort_id": cohort_id, "status": status},
        ):
            yield models.MatchRunBrief.model_validate(item)

    def list_matchers(self) -> models.MatchersOut:
        """List matchers, objectives, hard rules and criteria that can be asked for here."""
        return models.MatchersOut.of(self.ask("GET", "/matchers"))

    def list_message_templates(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        program_id: UUID | str | None = None,
        occasion: models.MessageOccasion | str | None = None,
        language: str | None = None,
    ) -> Iterator[models.MessageTemplateOut]:
        """List what programs write to people."""
        for item in self.every(
            "/message-templates",
            **{
                "limit": limit,
                "sort": sort,
                "program_id": program_id,
                "occasion": occasion,
                "language": language,
            },
        ):
            yield models.MessageTemplateOut.model_validate(item)

    def list_notes(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        session_id: UUID | str | None = None,
        visibility: models.NoteVisibility | str | None = None,
    ) -> Iterator[models.NoteOut]:
        """List your notes and those shared with you, newest first."""
        for item in self.every(
            "/session-notes",
            **{"limit": limit, "sort": sort, "session_id": session_id, "visibility": visibility},
        ):
            yield models.NoteOut.model_validate(item)

    def list_oauth_clients(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        account_id: UUID | str | None = None,
    ) -> Iterator[models.OAuthClientOut]:
        """List OAuth clients, newest first; never their secrets."""
        for item in self.every(
            "/oauth-clients", **{"limit": limit, "sort": sort, "account_id": account_id}
        ):
            yield models.OAuthClientOut.model_validate(item)

    def list_pairing_questions(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        pairing_id: UUID | str | None = None,
        answered: bool | None = None,
    ) -> Iterator[models.QuestionOut]:
        """List questions about proposals, newest first; `answered=false` shows what waits."""
        for item in self.every(
            "/pairing-questions",
            **{"limit": limit, "sort": sort, "pairing_id": pairing_id, "answered": answered},
        ):
            yield models.QuestionOut.model_validate(item)

    def list_pairings(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cohort_id: UUID | str | None = None,
        match_run_id: UUID | str | None = None,
        participant_id: UUID | str | None = None,
        enrollment_id: UUID | str | None = None,
        status: models.PairingStatus | str | None = None,
    ) -> Iterator[models.PairingOut]:
        """List pairings, newest first: of a cohort, of a person, of a match run, by status."""
        for item in self.every(
            "/pairings",
            **{
                "limit": limit,
                "sort": sort,
                "cohort_id": cohort_id,
                "match_run_id": match_run_id,
                "participant_id": participant_id,
                "enrollment_id": enrollment_id,
                "status": status,
            },
        ):
            yield models.PairingOut.model_validate(item)

    def list_participants(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        external_id: str | None = None,
        work_email: str | None = None,
        manager_id: UUID | str | None = None,
        department: str | None = None,
        employment_status: models.EmploymentStatus | str | None = None,
        job_level_from: int | None = None,
        job_level_to: int | None = None,
    ) -> Iterator[models.ParticipantOut]:
        """List people, newest first, with filters."""
        for item in self.every(
            "/participants",
            **{
                "limit": limit,
                "sort": sort,
                "external_id": external_id,
                "work_email": work_email,
                "manager_id": manager_id,
                "department": department,
                "employment_status": employment_status,
                "job_level_from": job_level_from,
                "job_level_to": job_level_to,
            },
        ):
            yield models.ParticipantOut.model_validate(item)

    def list_programs(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        status: models.ProgramStatus | str | None = None,
        name: str | None = None,
    ) -> Iterator[models.ProgramOut]:
        """List programs, newest first."""
        for item in self.every(
            "/programs", **{"limit": limit, "sort": sort, "status": status, "name": name}
        ):
            yield models.ProgramOut.model_validate(item)

    def list_reschedulings(
        self, session_id: UUID | str, *, limit: int | None = None, sort: str | None = None
    ) -> Iterator[models.ReschedulingOut]:
        """List when a session was moved, by whom and why, newest first."""
        for item in self.every(
            f"/sessions/{session_id}/reschedulings", **{"limit": limit, "sort": sort}
        ):
            yield models.ReschedulingOut.model_validate(item)

    def list_sessions(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        pairing_id: UUID | str | None = None,
        cohort_id: UUID | str | None = None,
        participant_id: UUID | str | None = None,
        series_id: UUID | str | None = None,
        status: models.SessionStatus | str | None = None,
        starts_at_from: str | None = None,
        starts_at_to: str | None = None,
    ) -> Iterator[models.SessionOut]:
        """List sessions, newest first, with filters."""
        for item in self.every(
            "/sessions",
            **{
                "limit": limit,
                "sort": sort,
                "pairing_id": pairing_id,
                "cohort_id": cohort_id,
                "participant_id": participant_id,
                "series_id": series_id,
                "status": status,
                "starts_at_from": starts_at_from,
                "starts_at_to": starts_at_to,
            },
        ):
            yield models.SessionOut.model_validate(item)

    def list_skills(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        participant_id: UUID | str | None = None,
        competence: str | None = None,
        direction: models.Direction | str | None = None,
    ) -> Iterator[models.SkillOut]:
        """List who offers or wants what."""
        for item in self.every(
            "/skills",
            **{
                "limit": limit,
                "sort": sort,
                "participant_id": participant_id,
                "competence": competence,
                "direction": direction,
            },
        ):
            yield models.SkillOut.model_validate(item)

    def list_statements(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        program_id: UUID | str | None = None,
        cohort_id: UUID | str | None = None,
    ) -> Iterator[models.StatementOut]:
        """List versions of the goals in words, and which of them you acknowledged."""
        for item in self.every(
            "/goal-statements",
            **{"limit": limit, "sort": sort, "program_id": program_id, "cohort_id": cohort_id},
        ):
            yield models.StatementOut.model_validate(item)

    def list_survey_invitations(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        survey_wave_id: UUID | str | None = None,
        participant_id: UUID | str | None = None,
        role: models.EnrollmentRole | str | None = None,
    ) -> Iterator[models.SurveyInvitationOut]:
        """List who is asked by open and closed sendings, newest first."""
        for item in self.every(
            "/survey-invitations",
            **{
                "limit": limit,
                "sort": sort,
                "survey_wave_id": survey_wave_id,
                "participant_id": participant_id,
                "role": role,
            },
        ):
            yield models.SurveyInvitationOut.model_validate(item)

    def list_survey_waves(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        cohort_id: UUID | str | None = None,
        moment: models.WaveMoment | str | None = None,
        status: models.WaveStatus | str | None = None,
    ) -> Iterator[models.SurveyWaveOut]:
        """List sendings, newest first."""
        for item in self.every(
            "/survey-waves",
            **{
                "limit": limit,
                "sort": sort,
                "cohort_id": cohort_id,
                "moment": moment,
                "status": status,
            },
        ):
            yield models.SurveyWaveOut.model_validate(item)

    def list_surveys(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        code: str | None = None,
        language: str | None = None,
        built_in: bool | None = None,
    ) -> Iterator[models.SurveyOut]:
        """List questionnaires, your own newest first, then those that come with Rementor."""
        for item in self.every(
            "/surveys",
            **{
                "limit": limit,
                "sort": sort,
                "code": code,
                "language": language,
                "built_in": built_in,
            },
        ):
            yield models.SurveyOut.model_validate(item)

    def list_target_changes(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        goal_id: UUID | str | None = None,
    ) -> Iterator[models.TargetChangeOut]:
        """List figures that moved after the first check-in, with the reason for each."""
        for item in self.every(
            "/target-changes", **{"limit": limit, "sort": sort, "goal_id": goal_id}
        ):
            yield models.TargetChangeOut.model_validate(item)

    def list_templates(self) -> models.BlueprintTemplatesOut:
        """List the programs that come with Rementor."""
        return models.BlueprintTemplatesOut.of(self.ask("GET", "/templates"))

    def list_tokens(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        account_id: UUID | str | None = None,
    ) -> Iterator[models.TokenOut]:
        """List API keys, newest first; never their secrets."""
        for item in self.every(
            "/tokens", **{"limit": limit, "sort": sort, "account_id": account_id}
        ):
            yield models.TokenOut.model_validate(item)

    def list_training_modules(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        program_id: UUID | str | None = None,
        audience: models.ForWhom | str | None = None,
    ) -> Iterator[models.TrainingModuleOut]:
        """List the steps of training paths; sort a program's by `position`."""
        for item in self.every(
            "/training-modules",
            **{"limit": limit, "sort": sort, "program_id": program_id, "audience": audience},
        ):
            yield models.TrainingModuleOut.model_validate(item)

    def list_webhook_deliveries(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        webhook_endpoint_id: UUID | str | None = None,
        status: models.DeliveryStatus | str | None = None,
        event_type: str | None = None,
        event_id: UUID | str | None = None,
    ) -> Iterator[models.WebhookDeliveryOut]:
        """List what was sent, to whom, and whether it arrived; newest first."""
        for item in self.every(
            "/webhook-deliveries",
            **{
                "limit": limit,
                "sort": sort,
                "webhook_endpoint_id": webhook_endpoint_id,
                "status": status,
                "event_type": event_type,
                "event_id": event_id,
            },
        ):
            yield models.WebhookDeliveryOut.model_validate(item)

    def list_webhook_endpoints(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        status: models.EndpointStatus | str | None = None,
    ) -> Iterator[models.WebhookEndpointOut]:
        """List where events are sent to, and whether they arrive."""
        for item in self.every(
            "/webhook-endpoints", **{"limit": limit, "sort": sort, "status": status}
        ):
            yield models.WebhookEndpointOut.model_validate(item)

    def open_enrollment(
        self, cohort_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.CohortOut:
        """Let people into a planned cohort from now on."""
        return models.CohortOut.of(
            self.ask(
                "POST", f"/cohorts/{cohort_id}/open-enrollment", idempotency_key=idempotency_key
            )
        )

    def open_survey_wave(
        self, survey_wave_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.SurveyWaveOut:
        """Open a sending now: everybody it asks is invited."""
        return models.SurveyWaveOut.of(
            self.ask(
                "POST", f"/survey-waves/{survey_wave_id}/open", idempotency_key=idempotency_key
            )
        )

    def pause_pairing(
        self, pairing_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.PairingOut:
        """Let a pair rest; it leaves every measure until it resumes."""
        return models.PairingOut.of(
            self.ask("POST", f"/pairings/{pairing_id}/pause", idempotency_key=idempotency_key)
        )

    def plan_blueprint(
        self,
        wanted: models.Blueprint,
        *,
        idempotency_key: str | None = None,
        prune: bool | None = None,
        reason: str | None = None,
    ) -> models.BlueprintPlanOut:
        """Show what applying a document would change, in words and as data; nothing is stored."""
        return models.BlueprintPlanOut.of(
            self.ask(
                "POST",
                "/blueprints/plan",
                wanted.model_dump(mode="json", exclude_unset=True),
                query={"prune": prune, "reason": reason},
                idempotency_key=idempotency_key,
            )
        )

    def plan_cohort(
        self, wanted: models.CohortPlan, *, idempotency_key: str | None = None
    ) -> models.CohortOut:
        """Plan one run of a program; a name and a start are enough."""
        return models.CohortOut.of(
            self.ask(
                "POST",
                "/cohorts",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def plan_import(
        self, wanted: models.ImportPlan, *, idempotency_key: str | None = None
    ) -> models.ImportOut:
        """Look at a roster: what would be added, changed, ended. Nothing is, until it is applied."""
        return models.ImportOut.of(
            self.ask(
                "POST",
                "/imports",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def plan_survey_wave(
        self, wanted: models.WavePlan, *, idempotency_key: str | None = None
    ) -> models.SurveyWaveOut:
        """Plan a sending of questionnaires to a cohort."""
        return models.SurveyWaveOut.of(
            self.ask(
                "POST",
                "/survey-waves",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def propose_pairing(
        self, wanted: models.PairingPropose, *, idempotency_key: str | None = None
    ) -> models.PairingOut:
        """Propose two people to each other by hand."""
        return models.PairingOut.of(
            self.ask(
                "POST",
                "/pairings",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def propose_pairings(
        self, wanted: models.PairingsPropose, *, idempotency_key: str | None = None
    ) -> models.MatchRunOut:
        """Compute the best pairs of a cohort, with reasons and proof; publish the run to propose them."""
        return models.MatchRunOut.of(
            self.ask(
                "POST",
                "/pairings/propose",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def publish_match_run(
        self, match_run_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.MatchRunOut:
        """Turn the pairs of a run into proposals, all or none; one publisher wins."""
        return models.MatchRunOut.of(
            self.ask("POST", f"/match-runs/{match_run_id}/publish", idempotency_key=idempotency_key)
        )

    def publish_statement(
        self, wanted: models.StatementPublish, *, idempotency_key: str | None = None
    ) -> models.StatementOut:
        """Publish the goals of a program or cohort in words; a new version asks everybody again."""
        return models.StatementOut.of(
            self.ask(
                "POST",
                "/goal-statements",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def put_participant(
        self, external_id: str, wanted: models.ParticipantPut
    ) -> models.ParticipantOut:
        """Add or change the person with this external id: the HRIS's word is final."""
        return models.ParticipantOut.of(
            self.ask(
                "PUT",
                f"/participants-by-external-id/{quote(external_id, safe='')}",
                wanted.model_dump(mode="json", exclude_unset=True),
            )
        )

    def put_participants(self, wanted: models.ParticipantsPut) -> models.UpsertsOut:
        """Add or change up to a thousand people by their external ids, with a verdict for each."""
        return models.UpsertsOut.of(
            self.ask(
                "PUT", "/participants/bulk", wanted.model_dump(mode="json", exclude_unset=True)
            )
        )

    def reach_goal(
        self, goal_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.GoalOut:
        """Say that a goal is reached."""
        return models.GoalOut.of(
            self.ask("POST", f"/goals/{goal_id}/reach", idempotency_key=idempotency_key)
        )

    def read_audit_trail(
        self, *, after: int | None = None, limit: int | None = None
    ) -> models.AuditTrail:
        """Read who did what, in order."""
        return models.AuditTrail.of(
            self.ask("GET", "/audit-entries", query={"after": after, "limit": limit})
        )

    def read_events(
        self, *, after: int | None = None, limit: int | None = None, type: str | None = None
    ) -> models.EventFeed:
        """Read what happened, in the order it was committed."""
        return models.EventFeed.of(
            self.ask("GET", "/events", query={"after": after, "limit": limit, "type": type})
        )

    def record_responses(
        self,
        survey_wave_id: UUID | str,
        wanted: models.ResponsesRecord,
        *,
        idempotency_key: str | None = None,
    ) -> models.RecordOut:
        """Record answers collected elsewhere, with a verdict for each person."""
        return models.RecordOut.of(
            self.ask(
                "POST",
                f"/survey-waves/{survey_wave_id}/responses",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def record_training(
        self, enrollment_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Note that a person is trained for the role."""
        return models.EnrollmentOut.of(
            self.ask(
                "POST",
                f"/enrollments/{enrollment_id}/record-training",
                idempotency_key=idempotency_key,
            )
        )

    def recover_missed_events(
        self,
        webhook_endpoint_id: UUID | str,
        wanted: models.RecoverSince,
        *,
        idempotency_key: str | None = None,
    ) -> models.RecoveredOut:
        """Send everything since a moment that has not arrived, up to 2000 events in a call."""
        return models.RecoveredOut.of(
            self.ask(
                "POST",
                f"/webhook-endpoints/{webhook_endpoint_id}/recover",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def redeliver_webhook(
        self, webhook_delivery_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.WebhookDeliveryOut:
        """Send one message again, with the same `webhook-id`."""
        return models.WebhookDeliveryOut.of(
            self.ask(
                "POST",
                f"/webhook-deliveries/{webhook_delivery_id}/redeliver",
                idempotency_key=idempotency_key,
            )
        )

    def refresh_tokens(
        self, wanted: models.Refresh, *, idempotency_key: str | None = None
    ) -> models.SignedInOut:
        """Exchange a refresh token, once, for a new pair of tokens."""
        return models.SignedInOut.of(
            self.ask(
                "POST",
                "/tokens/refresh",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def register_identity_provider(
        self, wanted: models.IdentityProviderRegister, *, idempotency_key: str | None = None
    ) -> models.IdentityProviderOut:
        """Let an OpenID provider vouch for the people of your organization."""
        return models.IdentityProviderOut.of(
            self.ask(
                "POST",
                "/identity-providers",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def register_oauth_client(
        self, wanted: models.OAuthClientRegister, *, idempotency_key: str | None = None
    ) -> models.OAuthClientSecretOut:
        """Register a system that fetches its own short-lived access tokens."""
        return models.OAuthClientSecretOut.of(
            self.ask(
                "POST",
                "/oauth-clients",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def register_webhook_endpoint(
        self, wanted: models.WebhookEndpointRegister, *, idempotency_key: str | None = None
    ) -> models.WebhookEndpointRegistered:
        """Have what happens sent to an address of yours, signed."""
        return models.WebhookEndpointRegistered.of(
            self.ask(
                "POST",
                "/webhook-endpoints",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def remind_of_survey_wave(
        self, survey_wave_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.SurveyWaveOut:
        """Remind everybody who has not answered; nobody is told who that is."""
        return models.SurveyWaveOut.of(
            self.ask(
                "POST", f"/survey-waves/{survey_wave_id}/remind", idempotency_key=idempotency_key
            )
        )

    def remove_action(self, action_id: UUID | str) -> None:
        """Delete an action."""
        self.ask("DELETE", f"/session-actions/{action_id}")

    def remove_identity_link(self, identity_link_id: UUID | str) -> None:
        """Take an account from whom a provider vouched for; its sign-ins end at once."""
        self.ask("DELETE", f"/identity-links/{identity_link_id}")

    def remove_identity_provider(
        self, identity_provider_id: UUID | str, *, if_match: str | None = None
    ) -> None:
        """Remove an identity provider; who signed in through it is signed out."""
        self.ask(
            "DELETE",
            f"/identity-providers/{identity_provider_id}",
            if_match=if_match or self.version(f"/identity-providers/{identity_provider_id}"),
        )

    def remove_leave(self, leave_id: UUID | str) -> None:
        """Take a leave back."""
        self.ask("DELETE", f"/leaves/{leave_id}")

    def remove_mapping(self, mapping_id: UUID | str) -> None:
        """Remove a saved mapping; imports that were read by it stay as they are."""
        self.ask("DELETE", f"/import-mappings/{mapping_id}")

    def remove_note(self, note_id: UUID | str) -> None:
        """Delete a note that you wrote."""
        self.ask("DELETE", f"/session-notes/{note_id}")

    def remove_oauth_client(
        self, oauth_client_id: UUID | str, *, if_match: str | None = None
    ) -> None:
        """Remove an OAuth client; its access tokens end at once."""
        self.ask(
            "DELETE",
            f"/oauth-clients/{oauth_client_id}",
            if_match=if_match or self.version(f"/oauth-clients/{oauth_client_id}"),
        )

    def remove_webhook_endpoint(
        self, webhook_endpoint_id: UUID | str, *, if_match: str | None = None
    ) -> None:
        """Remove an endpoint, and the record of what was sent to it."""
        self.ask(
            "DELETE",
            f"/webhook-endpoints/{webhook_endpoint_id}",
            if_match=if_match or self.version(f"/webhook-endpoints/{webhook_endpoint_id}"),
        )

    def reopen_action(
        self, action_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.ActionOut:
        """Say that an action is still to be done."""
        return models.ActionOut.of(
            self.ask(
                "POST", f"/session-actions/{action_id}/reopen", idempotency_key=idempotency_key
            )
        )

    def repair_pairings(
        self, wanted: models.PairingsRepair, *, idempotency_key: str | None = None
    ) -> models.MatchRunOut:
        """Compute the least disturbing change after somebody left or a pair failed, with its price."""
        return models.MatchRunOut.of(
            self.ask(
                "POST",
                "/pairings/repair",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def reschedule_session(
        self,
        session_id: UUID | str,
        wanted: models.SessionReschedule,
        *,
        idempotency_key: str | None = None,
    ) -> models.SessionOut:
        """Move a session to another time, saying why."""
        return models.SessionOut.of(
            self.ask(
                "POST",
                f"/sessions/{session_id}/reschedule",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def resume_pairing(
        self, pairing_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.PairingOut:
        """Go on after a pause."""
        return models.PairingOut.of(
            self.ask("POST", f"/pairings/{pairing_id}/resume", idempotency_key=idempotency_key)
        )

    def retire_framework(
        self, framework_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.FrameworkOut:
        """Take nothing new for a framework of your own; what was measured stays."""
        return models.FrameworkOut.of(
            self.ask("POST", f"/frameworks/{framework_id}/retire", idempotency_key=idempotency_key)
        )

    def revoke_token(self, key_id: UUID | str) -> None:
        """End an API key at once."""
        self.ask("DELETE", f"/tokens/{key_id}")

    def rotate_oauth_client_secret(
        self,
        oauth_client_id: UUID | str,
        wanted: models.SecretRotation,
        *,
        idempotency_key: str | None = None,
    ) -> models.OAuthClientSecretOut:
        """Give an OAuth client a new secret; the one before works on for a while."""
        return models.OAuthClientSecretOut.of(
            self.ask(
                "POST",
                f"/oauth-clients/{oauth_client_id}/rotate-secret",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def rotate_webhook_secret(
        self,
        webhook_endpoint_id: UUID | str,
        wanted: models.SecretRotate,
        *,
        idempotency_key: str | None = None,
    ) -> models.WebhookEndpointRegistered:
        """Sign with a new secret, and for a while with the old one, too."""
        return models.WebhookEndpointRegistered.of(
            self.ask(
                "POST",
                f"/webhook-endpoints/{webhook_endpoint_id}/rotate-secret",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def save_mapping(
        self, wanted: models.ImportMappingCreate, *, idempotency_key: str | None = None
    ) -> models.ImportMappingOut:
        """Keep which column is which field, for a file that comes again."""
        return models.ImportMappingOut.of(
            self.ask(
                "POST",
                "/import-mappings",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def say_why_not(
        self, match_run_id: UUID | str, *, mentor_id: UUID | str, mentee_id: UUID | str
    ) -> models.WhyNotOut:
        """Say why two people are not a pair, and what the program would lose by making them one."""
        return models.WhyNotOut.of(
            self.ask(
                "GET",
                f"/match-runs/{match_run_id}/why-not",
                query={"mentor_id": mentor_id, "mentee_id": mentee_id},
            )
        )

    def schedule_series(
        self, wanted: models.SeriesSchedule, *, idempotency_key: str | None = None
    ) -> models.SeriesOut:
        """Arrange meetings at a cadence, all or none, each at the same time on the wall."""
        return models.SeriesOut.of(
            self.ask(
                "POST",
                "/session-series",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def schedule_session(
        self, wanted: models.SessionSchedule, *, idempotency_key: str | None = None
    ) -> models.SessionOut:
        """Arrange a meeting of a pairing, by an instant or by the time on a wall."""
        return models.SessionOut.of(
            self.ask(
                "POST",
                "/sessions",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def search_participants(
        self, *, text: str, limit: int | None = None, sort: str | None = None
    ) -> Iterator[models.ParticipantOut]:
        """Find people by a part of their name."""
        for item in self.every(
            "/participants/search", **{"limit": limit, "sort": sort, "text": text}
        ):
            yield models.ParticipantOut.model_validate(item)

    def send_test_event(
        self, webhook_endpoint_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.WebhookDeliveryOut:
        """Send a message of type `webhook.test` now; the answer says where to look how it went."""
        return models.WebhookDeliveryOut.of(
            self.ask(
                "POST",
                f"/webhook-endpoints/{webhook_endpoint_id}/send-test-event",
                idempotency_key=idempotency_key,
            )
        )

    def set_goal(
        self, wanted: models.GoalSetIn, *, idempotency_key: str | None = None
    ) -> models.GoalOut:
        """Set a goal for a program, a cohort, your pairing or yourself."""
        return models.GoalOut.of(
            self.ask(
                "POST",
                "/goals",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def set_skills(self, participant_id: UUID | str, wanted: models.SkillsPut) -> models.SkillsOut:
        """Set everything a person offers and wants to learn."""
        return models.SkillsOut.of(
            self.ask(
                "PUT",
                f"/participants/{participant_id}/skills",
                wanted.model_dump(mode="json", exclude_unset=True),
            )
        )

    def set_up_program(
        self, wanted: models.ProgramDesign, *, idempotency_key: str | None = None
    ) -> models.ProgramSetUpOut:
        """Set up a program, with its first cohort if you like."""
        return models.ProgramSetUpOut.of(
            self.ask(
                "POST",
                "/programs",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def show_certificate(self, match_run_id: UUID | str) -> models.CertificateOut:
        """Show the proof of a run: prices that no allowed pair exceeds."""
        return models.CertificateOut.of(self.ask("GET", f"/match-runs/{match_run_id}/certificate"))

    def show_cohort_alignment(self, cohort_id: UUID | str) -> models.AlignmentOut:
        """Show whether partners in a cohort rank the goals alike, never below the minimum group."""
        return models.AlignmentOut.of(self.ask("GET", f"/cohorts/{cohort_id}/alignment"))

    def show_cohort_impact(self, cohort_id: UUID | str) -> models.CohortImpact:
        """Show what a cohort changed and how sure that is."""
        return models.CohortImpact.of(self.ask("GET", f"/impact/cohorts/{cohort_id}"))

    def show_pairing_alignment(self, pairing_id: UUID | str) -> models.AlignmentOut:
        """Show the two of a pairing whether they rank the goals alike."""
        return models.AlignmentOut.of(self.ask("GET", f"/pairings/{pairing_id}/alignment"))

    def show_partner(self, pairing_id: UUID | str) -> models.PartnerOut:
        """Show the card of one's partner; the e-mail address only while the pairing is active."""
        return models.PartnerOut.of(self.ask("GET", f"/pairings/{pairing_id}/partner"))

    def show_power(
        self, *, n: int, design: models.Design | str | None = None, power: float | None = None
    ) -> models.PowerOut:
        """Show what effect a cohort of this size could show at all."""
        return models.PowerOut.of(
            self.ask("GET", "/impact/power", query={"n": n, "design": design, "power": power})
        )

    def show_questionnaire(
        self, survey_invitation_id: UUID | str, *, language: str | None = None
    ) -> models.QuestionnaireOut:
        """Show the questions to the person invited, and what they are told before the first."""
        return models.QuestionnaireOut.of(
            self.ask(
                "GET",
                f"/survey-invitations/{survey_invitation_id}/questionnaire",
                query={"language": language},
            )
        )

    def show_reporting_line(self, participant_id: UUID | str) -> models.ReportingLine:
        """Show the managers above a person."""
        return models.ReportingLine.of(
            self.ask("GET", f"/participants/{participant_id}/reporting-line")
        )

    def show_skills(self, participant_id: UUID | str) -> models.SkillsOut:
        """Show what a person offers and wants to learn."""
        return models.SkillsOut.of(self.ask("GET", f"/participants/{participant_id}/skills"))

    def show_wave_progress(self, survey_wave_id: UUID | str) -> models.WaveProgress:
        """Show how many were asked and how many have answered."""
        return models.WaveProgress.of(self.ask("GET", f"/survey-waves/{survey_wave_id}/progress"))

    def show_wave_results(self, survey_wave_id: UUID | str) -> models.WaveResults:
        """Show what a closed sending says: about groups, never about one person."""
        return models.WaveResults.of(self.ask("GET", f"/survey-waves/{survey_wave_id}/results"))

    def sign_agreement(
        self, agreement_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.AgreementOut:
        """Sign the latest version of your agreement."""
        return models.AgreementOut.of(
            self.ask("POST", f"/agreements/{agreement_id}/sign", idempotency_key=idempotency_key)
        )

    def sign_in(
        self, wanted: models.SignIn, *, idempotency_key: str | None = None
    ) -> models.SignedInOut:
        """Sign in with e-mail and password."""
        return models.SignedInOut.of(
            self.ask(
                "POST",
                "/tokens/sign-in",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def sign_out(self, *, idempotency_key: str | None = None) -> None:
        """End this sign-in, or this API key, at once."""
        self.ask("POST", "/tokens/sign-out", idempotency_key=idempotency_key)

    def suggest_times(
        self,
        *,
        pairing_id: UUID | str,
        from_on: str | None = None,
        until_on: str | None = None,
        duration_minutes: int | None = None,
        limit: int | None = None,
    ) -> models.SuggestedTimes:
        """Suggest times at which both are free, in both their time zones."""
        return models.SuggestedTimes.of(
            self.ask(
                "GET",
                "/sessions/suggested-times",
                query={
                    "pairing_id": pairing_id,
                    "from_on": from_on,
                    "until_on": until_on,
                    "duration_minutes": duration_minutes,
                    "limit": limit,
                },
            )
        )

    def verify_audit_trail(self) -> models.AuditVerdict:
        """Check that the audit trail is whole."""
        return models.AuditVerdict.of(self.ask("GET", "/audit-entries/verify"))

    def verify_match_run(
        self, match_run_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.VerificationOut:
        """Check the proof of a run again, without any solver."""
        return models.VerificationOut.of(
            self.ask("POST", f"/match-runs/{match_run_id}/verify", idempotency_key=idempotency_key)
        )

    def waitlist_enrollment(
        self, enrollment_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Put a person without a pairing on the waitlist."""
        return models.EnrollmentOut.of(
            self.ask(
                "POST", f"/enrollments/{enrollment_id}/waitlist", idempotency_key=idempotency_key
            )
        )

    def withdraw_consent(
        self, enrollment_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Take consent back, at any time."""
        return models.EnrollmentOut.of(
            self.ask(
                "POST",
                f"/enrollments/{enrollment_id}/withdraw-consent",
                idempotency_key=idempotency_key,
            )
        )

    def withdraw_enrollment(
        self, enrollment_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.EnrollmentOut:
        """Leave a cohort: no reason asked, no penalty."""
        return models.EnrollmentOut.of(
            self.ask(
                "POST", f"/enrollments/{enrollment_id}/withdraw", idempotency_key=idempotency_key
            )
        )

    def withdraw_proposal(
        self, pairing_id: UUID | str, *, idempotency_key: str | None = None
    ) -> models.PairingOut:
        """Take a proposal back before both have said yes."""
        return models.PairingOut.of(
            self.ask("POST", f"/pairings/{pairing_id}/withdraw", idempotency_key=idempotency_key)
        )

    def withdraw_role(self, grant_id: UUID | str) -> None:
        """Take a role away."""
        self.ask("DELETE", f"/grants/{grant_id}")

    def write_agreement(
        self, wanted: models.AgreementWrite, *, idempotency_key: str | None = None
    ) -> models.AgreementOut:
        """Write what the two of a pairing want from it; both sign every version."""
        return models.AgreementOut.of(
            self.ask(
                "POST",
                "/agreements",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )

    def write_note(
        self, wanted: models.NoteWrite, *, idempotency_key: str | None = None
    ) -> models.NoteOut:
        """Write something down about a session, for yourself or for both."""
        return models.NoteOut.of(
            self.ask(
                "POST",
                "/session-notes",
                wanted.model_dump(mode="json", exclude_unset=True),
                idempotency_key=idempotency_key,
            )
        )
