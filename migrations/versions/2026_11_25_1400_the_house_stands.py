"""The house stands: every table of the first release.

Why: people, programs, pairings, goals, sessions, surveys and what lies beneath them.
Locks: nothing; the database is new.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_security import (
    allow_change,
    close_doors,
    only_ever_append,
    open_doors,
    protect,
)

OWN = (
    "accounts",
    "acknowledgements",
    "agreements",
    "audit_entries",
    "background_progress",
    "blueprint_keys",
    "check_ins",
    "cohorts",
    "competences",
    "enrollments",
    "events",
    "frameworks",
    "goal_statements",
    "goals",
    "idempotency_records",
    "identity_links",
    "identity_providers",
    "import_files",
    "import_mappings",
    "import_rows",
    "imports",
    "jobs",
    "leaves",
    "manager_assignments",
    "manager_plans",
    "match_runs",
    "mentoring_sessions",
    "message_templates",
    "oauth_clients",
    "organization_heads",
    "pairing_questions",
    "pairings",
    "participants",
    "places",
    "programs",
    "role_grants",
    "scim_groups",
    "scim_members",
    "scim_users",
    "session_actions",
    "session_notes",
    "session_reschedulings",
    "sign_in_attempts",
    "skill_assessments",
    "skills",
    "spent_assertions",
    "spent_sign_ins",
    "survey_invitations",
    "survey_responses",
    "survey_waves",
    "surveys",
    "target_changes",
    "tokens",
    "training_modules",
    "webhook_deliveries",
    "webhook_endpoints",
)
"""Tables whose rows belong to one organization."""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "installations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("minimum_group", sa.Integer(), nullable=False),
        sa.Column("allowed_origins", sa.JSON(), nullable=False),
        sa.Column("generation_in_matching", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "accounts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "organization_id", "email", name=op.f("uq_accounts_organization_id_email")
        ),
    )
    op.create_table(
        "audit_entries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_entries_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "position", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "background_progress",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_background_progress_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "name", name=op.f("pk_background_progress")),
    )
    op.create_table(
        "events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_events_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "position", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_events_type", ["organization_id", "type", "position"], unique=False
        )

    op.create_table(
        "frameworks",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("framework_version", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("license", sa.String(length=200), nullable=True),
        sa.Column("attribution", sa.Text(), nullable=True),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.Column("competences_count", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_frameworks_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_frameworks")),
        sa.UniqueConstraint(
            "organization_id", "code", name=op.f("uq_frameworks_organization_id_code")
        ),
    )
    op.create_table(
        "idempotency_records",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_idempotency_records_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "digest", name=op.f("pk_idempotency_records")),
    )
    with op.batch_alter_table("idempotency_records", schema=None) as batch_op:
        batch_op.create_index(
            "ix_idempotency_records_created_at", ["organization_id", "created_at"], unique=False
        )

    op.create_table(
        "identity_providers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("allowed_domains", sa.JSON(), nullable=False),
        sa.Column("linkable_roles", sa.JSON(), nullable=False),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_identity_providers_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_identity_providers")),
        sa.UniqueConstraint(
            "organization_id", "issuer", name=op.f("uq_identity_providers_organization_id_issuer")
        ),
    )
    op.create_table(
        "import_mappings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_import_mappings_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_import_mappings_organization_id_name")
        ),
    )
    op.create_table(
        "imports",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("encoding", sa.String(length=20), nullable=True),
        sa.Column("delimiter", sa.String(length=1), nullable=True),
        sa.Column("sheet", sa.String(length=200), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("unread_columns", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.Column("effects_digest", sa.String(length=64), nullable=False),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_imports_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_imports")),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index(
            "ix_imports_expires_at", ["organization_id", "expires_at"], unique=False
        )

    op.create_table(
        "jobs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phase", sa.String(length=80), nullable=True),
        sa.Column("done_count", sa.Integer(), nullable=True),
        sa.Column("total_count", sa.Integer(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("resource", sa.String(length=200), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_by_account_id", sa.Uuid(), nullable=True),
        sa.Column("requested_by_token_id", sa.Uuid(), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_jobs_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_jobs_organization_id_key")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_due", ["organization_id", "status", "due_at"], unique=False)
        batch_op.create_index("ix_jobs_lasting", ["organization_id", "lasting", "id"], unique=False)

    op.create_table(
        "organization_heads",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("event_position", sa.Integer(), nullable=False),
        sa.Column("audit_position", sa.Integer(), nullable=False),
        sa.Column("audit_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_organization_heads_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organization_heads")),
    )
    op.create_table(
        "programs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("matching_rules", sa.JSON(), nullable=False),
        sa.Column("matching_weights", sa.JSON(), nullable=False),
        sa.Column("matching_objective", sa.String(length=40), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_programs_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_programs")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_programs_organization_id_name")
        ),
    )
    op.create_table(
        "scim_groups",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("display_name_key", sa.String(length=400), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("member_changes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_scim_groups_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_scim_groups")),
        sa.UniqueConstraint(
            "organization_id",
            "display_name_key",
            name=op.f("uq_scim_groups_organization_id_display_name_key"),
        ),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_sign_in_attempts_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sign_in_attempts")),
    )
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempts_subject"), ["subject"], unique=False)

    op.create_table(
        "spent_assertions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_spent_assertions_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "digest", name=op.f("pk_spent_assertions")),
    )
    op.create_table(
        "spent_sign_ins",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_spent_sign_ins_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "digest", name=op.f("pk_spent_sign_ins")),
    )
    op.create_table(
        "surveys",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("license", sa.Text(), nullable=True),
        sa.Column("prefer_not_to_say", sa.Boolean(), nullable=False),
        sa.Column("scales", sa.JSON(), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_surveys_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_surveys")),
        sa.UniqueConstraint(
            "organization_id", "code", "edition", "language", name="uq_surveys_edition"
        ),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.Column("event_types", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("status_reason", sa.String(length=40), nullable=True),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_position", sa.Integer(), nullable=False),
        sa.Column("failures_count", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_webhook_endpoints_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_table(
        "blueprint_keys",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("within_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_blueprint_keys_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_blueprint_keys_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_blueprint_keys")),
        sa.UniqueConstraint(
            "organization_id", "within_id", "what", "key", name="uq_blueprint_keys"
        ),
    )
    with op.batch_alter_table("blueprint_keys", schema=None) as batch_op:
        batch_op.create_index(
            "ix_blueprint_keys_program_id", ["organization_id", "program_id", "id"], unique=False
        )

    op.create_table(
        "cohorts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("enrollment_mode", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("meeting_every_days", sa.Integer(), nullable=False),
        sa.Column("meeting_minutes", sa.Integer(), nullable=False),
        sa.Column("planned_meetings_count", sa.Integer(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("driver", sa.String(length=40), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("milestones", sa.JSON(), nullable=False),
        sa.Column("proposals_expire_after_days", sa.Integer(), nullable=False),
        sa.Column("training_required", sa.Boolean(), nullable=False),
        sa.Column("plan_frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_cohorts_ends_after_it_starts")),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_cohorts_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_cohorts_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_cohorts")),
        sa.UniqueConstraint(
            "organization_id",
            "program_id",
            "name",
            name=op.f("uq_cohorts_organization_id_program_id_name"),
        ),
    )
    with op.batch_alter_table("cohorts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cohorts_program_id", ["organization_id", "program_id", "id"], unique=False
        )

    op.create_table(
        "competences",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=101), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("highest_level", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "framework_id"],
            ["frameworks.organization_id", "frameworks.id"],
            name=op.f("fk_competences_organization_id_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_competences_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_competences")),
        sa.UniqueConstraint(
            "organization_id", "code", name=op.f("uq_competences_organization_id_code")
        ),
    )
    with op.batch_alter_table("competences", schema=None) as batch_op:
        batch_op.create_index(
            "ix_competences_framework_id", ["organization_id", "framework_id", "id"], unique=False
        )

    op.create_table(
        "identity_links",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity_provider_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_identity_links_organization_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "identity_provider_id"],
            ["identity_providers.organization_id", "identity_providers.id"],
            name=op.f("fk_identity_links_organization_id_identity_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_identity_links_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_identity_links")),
        sa.UniqueConstraint(
            "organization_id",
            "account_id",
            "identity_provider_id",
            name=op.f("uq_identity_links_organization_id_account_id_identity_provider_id"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "identity_provider_id",
            "subject",
            name=op.f("uq_identity_links_organization_id_identity_provider_id_subject"),
        ),
    )
    op.create_table(
        "import_files",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "import_id"],
            ["imports.organization_id", "imports.id"],
            name=op.f("fk_import_files_organization_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_import_files_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_import_files")),
        sa.UniqueConstraint(
            "organization_id", "import_id", name=op.f("uq_import_files_organization_id_import_id")
        ),
    )
    op.create_table(
        "import_rows",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("manager_since", sa.Date(), nullable=True),
        sa.Column("mistakes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "import_id"],
            ["imports.organization_id", "imports.id"],
            name=op.f("fk_import_rows_organization_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_import_rows_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_import_rows")),
    )
    with op.batch_alter_table("import_rows", schema=None) as batch_op:
        batch_op.create_index(
            "ix_import_rows_import_id", ["organization_id", "import_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_import_rows_verdict",
            ["organization_id", "import_id", "verdict", "id"],
            unique=False,
        )

    op.create_table(
        "message_templates",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_message_templates_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_message_templates_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_message_templates")),
        sa.UniqueConstraint(
            "organization_id",
            "program_id",
            "key",
            name=op.f("uq_message_templates_organization_id_program_id_key"),
        ),
    )
    op.create_table(
        "oauth_clients",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("authentication", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("public_keys", sa.JSON(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=True),
        sa.Column("secret_last_four", sa.String(length=4), nullable=True),
        sa.Column("secret_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("previous_secret_digest", sa.LargeBinary(), nullable=True),
        sa.Column("previous_secret_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_oauth_clients_organization_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_oauth_clients_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_oauth_clients")),
    )
    with op.batch_alter_table("oauth_clients", schema=None) as batch_op:
        batch_op.create_index(
            "ix_oauth_clients_account_id", ["organization_id", "account_id"], unique=False
        )

    op.create_table(
        "participants",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("given_name", sa.String(length=200), nullable=False),
        sa.Column("family_name", sa.String(length=200), nullable=False),
        sa.Column("preferred_name", sa.String(length=200), nullable=True),
        sa.Column("sort_name", sa.String(length=420), nullable=False),
        sa.Column("work_email", sa.String(length=320), nullable=True),
        sa.Column("job_title", sa.String(length=200), nullable=True),
        sa.Column("job_level", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("manager_id", sa.Uuid(), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("career_stage", sa.String(length=64), nullable=True),
        sa.Column("employment_status", sa.String(length=40), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("availability", sa.JSON(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_participants_organization_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "manager_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_participants_organization_id_manager_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_participants_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_participants")),
        sa.UniqueConstraint(
            "organization_id", "account_id", name=op.f("uq_participants_organization_id_account_id")
        ),
        sa.UniqueConstraint(
            "organization_id",
            "external_id",
            name=op.f("uq_participants_organization_id_external_id"),
        ),
    )
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.create_index(
            "ix_participants_department",
            ["organization_id", "department", "id"],
            unique=False,
            sqlite_where=sa.text("department IS NOT NULL"),
            postgresql_where=sa.text("department IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_participants_leaves_on",
            ["organization_id", "leaves_on", "id"],
            unique=False,
            sqlite_where=sa.text("leaves_on IS NOT NULL"),
            postgresql_where=sa.text("leaves_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_participants_manager_id",
            ["organization_id", "manager_id", "id"],
            unique=False,
            sqlite_where=sa.text("manager_id IS NOT NULL"),
            postgresql_where=sa.text("manager_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_participants_sort_name", ["organization_id", "sort_name", "id"], unique=False
        )
        batch_op.create_index(
            "ix_participants_status", ["organization_id", "employment_status", "id"], unique=False
        )
        batch_op.create_index(
            "ix_participants_work_email",
            ["organization_id", "work_email", "id"],
            unique=False,
            sqlite_where=sa.text("work_email IS NOT NULL"),
            postgresql_where=sa.text("work_email IS NOT NULL"),
        )

    op.create_table(
        "role_grants",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_role_grants_organization_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_role_grants_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_role_grants")),
        sa.UniqueConstraint(
            "organization_id",
            "account_id",
            "role",
            "program_id",
            name=op.f("uq_role_grants_organization_id_account_id_role_program_id"),
        ),
    )
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.create_index(
            "uq_role_grants_whole",
            ["organization_id", "account_id", "role"],
            unique=True,
            sqlite_where=sa.text("program_id IS NULL"),
            postgresql_where=sa.text("program_id IS NULL"),
        )

    op.create_table(
        "tokens",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("family_id", sa.Uuid(), nullable=True),
        sa.Column("oauth_client_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_tokens_organization_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_tokens_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tokens_account_id", ["organization_id", "account_id"], unique=False
        )
        batch_op.create_index("ix_tokens_family_id", ["organization_id", "family_id"], unique=False)

    op.create_table(
        "training_modules",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_training_modules_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_training_modules_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_training_modules")),
        sa.UniqueConstraint(
            "organization_id",
            "program_id",
            "key",
            name=op.f("uq_training_modules_organization_id_program_id_key"),
        ),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.JSON(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "webhook_endpoint_id"],
            ["webhook_endpoints.organization_id", "webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_organization_id_webhook_endpoint_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_webhook_deliveries_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "organization_id",
            "webhook_endpoint_id",
            "event_id",
            name=op.f("uq_webhook_deliveries_organization_id_webhook_endpoint_id_event_id"),
        ),
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_webhook_deliveries_id",
            ["organization_id", "webhook_endpoint_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_webhook_deliveries_pending",
            ["organization_id", "webhook_endpoint_id", "position", "due_at"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )

    op.create_table(
        "enrollments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("availability", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("languages", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("motivation", sa.Text(), nullable=True),
        sa.Column("aspirations", sa.JSON(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("work_values", sa.JSON(), nullable=False),
        sa.Column("communication_preference", sa.String(length=40), nullable=True),
        sa.Column("wishes", sa.JSON(), nullable=False),
        sa.Column("vetoes", sa.JSON(), nullable=False),
        sa.Column("generation", sa.String(length=40), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_source", sa.String(length=200), nullable=True),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waitlisted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capacity BETWEEN 1 AND 20", name=op.f("ck_enrollments_capacity_in_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "cohort_id"],
            ["cohorts.organization_id", "cohorts.id"],
            name=op.f("fk_enrollments_organization_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_enrollments_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_enrollments_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint(
            "organization_id",
            "cohort_id",
            "participant_id",
            "role",
            name=op.f("uq_enrollments_organization_id_cohort_id_participant_id_role"),
        ),
    )
    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrollments_cohort_id", ["organization_id", "cohort_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_enrollments_participant_id",
            ["organization_id", "participant_id", "id"],
            unique=False,
        )

    op.create_table(
        "goal_statements",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("cohort_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("goal_ids", sa.JSON(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(program_id IS NULL) <> (cohort_id IS NULL)",
            name=op.f("ck_goal_statements_exactly_one_scope"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "cohort_id"],
            ["cohorts.organization_id", "cohorts.id"],
            name=op.f("fk_goal_statements_organization_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_goal_statements_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_goal_statements_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_goal_statements")),
        sa.UniqueConstraint(
            "organization_id",
            "cohort_id",
            "number",
            name=op.f("uq_goal_statements_organization_id_cohort_id_number"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "program_id",
            "number",
            name=op.f("uq_goal_statements_organization_id_program_id_number"),
        ),
    )
    op.create_table(
        "leaves",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_leaves_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_leaves_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_leaves")),
    )
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.create_index(
            "ix_leaves_participant_id",
            ["organization_id", "participant_id", "starts_on"],
            unique=False,
        )

    op.create_table(
        "manager_assignments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("manager_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "manager_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_manager_assignments_organization_id_manager_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_manager_assignments_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_manager_assignments_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_manager_assignments")),
    )
    with op.batch_alter_table("manager_assignments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_manager_assignments_participant_id",
            ["organization_id", "participant_id"],
            unique=False,
        )

    op.create_table(
        "manager_plans",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("manager_id", sa.Uuid(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "manager_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_manager_plans_organization_id_manager_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_manager_plans_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_manager_plans_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_manager_plans")),
        sa.UniqueConstraint(
            "organization_id",
            "participant_id",
            name=op.f("uq_manager_plans_organization_id_participant_id"),
        ),
    )
    with op.batch_alter_table("manager_plans", schema=None) as batch_op:
        batch_op.create_index(
            "ix_manager_plans_from_on", ["organization_id", "from_on", "id"], unique=False
        )

    op.create_table(
        "match_runs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("matcher", sa.String(length=80), nullable=False),
        sa.Column("objective", sa.String(length=40), nullable=False),
        sa.Column("matcher_version", sa.String(length=80), nullable=True),
        sa.Column("rules_version", sa.String(length=64), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.Column("asked_because", sa.String(length=40), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("input", sa.JSON(), nullable=False),
        sa.Column("people_erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("certificate", sa.JSON(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "cohort_id"],
            ["cohorts.organization_id", "cohorts.id"],
            name=op.f("fk_match_runs_organization_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_match_runs_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_match_runs")),
    )
    with op.batch_alter_table("match_runs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_match_runs_cohort_id", ["organization_id", "cohort_id", "id"], unique=False
        )
        batch_op.create_index(
            "uq_match_runs_under_way",
            ["organization_id", "cohort_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('queued', 'running')"),
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        )

    op.create_table(
        "scim_members",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "group_id"],
            ["scim_groups.organization_id", "scim_groups.id"],
            name=op.f("fk_scim_members_organization_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_scim_members_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_scim_members_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_scim_members")),
        sa.UniqueConstraint(
            "organization_id",
            "group_id",
            "participant_id",
            name=op.f("uq_scim_members_organization_id_group_id_participant_id"),
        ),
    )
    with op.batch_alter_table("scim_members", schema=None) as batch_op:
        batch_op.create_index(
            "ix_scim_members_participant_id", ["organization_id", "participant_id"], unique=False
        )

    op.create_table(
        "scim_users",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=True),
        sa.Column("user_name_key", sa.String(length=400), nullable=True),
        sa.Column("given_name_said", sa.Boolean(), nullable=False),
        sa.Column("family_name_said", sa.Boolean(), nullable=False),
        sa.Column("active_said", sa.Boolean(), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=True),
        sa.Column("nick_name", sa.String(length=200), nullable=True),
        sa.Column("preferred_language", sa.String(length=200), nullable=True),
        sa.Column("locale", sa.String(length=200), nullable=True),
        sa.Column("time_zone", sa.String(length=200), nullable=True),
        sa.Column("email_type", sa.String(length=200), nullable=True),
        sa.Column("email_primary", sa.Boolean(), nullable=True),
        sa.Column("employee_number", sa.String(length=200), nullable=True),
        sa.Column("cost_center", sa.String(length=200), nullable=True),
        sa.Column("organization_name", sa.String(length=200), nullable=True),
        sa.Column("division", sa.String(length=200), nullable=True),
        sa.Column("manager_said", sa.String(length=200), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_scim_users_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_scim_users_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_scim_users")),
        sa.UniqueConstraint(
            "organization_id",
            "participant_id",
            name=op.f("uq_scim_users_organization_id_participant_id"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "user_name_key",
            name=op.f("uq_scim_users_organization_id_user_name_key"),
        ),
    )
    with op.batch_alter_table("scim_users", schema=None) as batch_op:
        batch_op.create_index(
            "ix_scim_users_manager_said", ["organization_id", "manager_said"], unique=False
        )

    op.create_table(
        "skill_assessments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("competence", sa.String(length=101), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("moment", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("then_test", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT then_test OR moment = 'end'",
            name=op.f("ck_skill_assessments_then_test_at_the_end"),
        ),
        sa.CheckConstraint(
            "level BETWEEN 0 AND 8", name=op.f("ck_skill_assessments_level_in_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_skill_assessments_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_skill_assessments_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_skill_assessments")),
    )
    with op.batch_alter_table("skill_assessments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_skill_assessments_participant_id",
            ["organization_id", "participant_id", "assessed_on"],
            unique=False,
        )

    op.create_table(
        "skills",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("competence", sa.String(length=101), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 8", name=op.f("ck_skills_level_in_bounds")),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_skills_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_skills_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_skills")),
        sa.UniqueConstraint(
            "organization_id",
            "participant_id",
            "direction",
            "competence",
            name=op.f("uq_skills_organization_id_participant_id_direction_competence"),
        ),
    )
    with op.batch_alter_table("skills", schema=None) as batch_op:
        batch_op.create_index(
            "ix_skills_competence",
            ["organization_id", "competence", "direction", "id"],
            unique=False,
        )

    op.create_table(
        "survey_waves",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("moment", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("surveys", sa.JSON(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "closes_at > opens_at", name=op.f("ck_survey_waves_closes_after_it_opens")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "cohort_id"],
            ["cohorts.organization_id", "cohorts.id"],
            name=op.f("fk_survey_waves_organization_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_survey_waves_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_survey_waves")),
    )
    with op.batch_alter_table("survey_waves", schema=None) as batch_op:
        batch_op.create_index(
            "ix_survey_waves_cohort_id", ["organization_id", "cohort_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_survey_waves_status", ["organization_id", "status", "opens_at"], unique=False
        )

    op.create_table(
        "acknowledgements",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("restatement", sa.Text(), nullable=True),
        sa.Column("ranking", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_acknowledgements_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "statement_id"],
            ["goal_statements.organization_id", "goal_statements.id"],
            name=op.f("fk_acknowledgements_organization_id_statement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_acknowledgements_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_acknowledgements")),
        sa.UniqueConstraint(
            "organization_id",
            "statement_id",
            "participant_id",
            name=op.f("uq_acknowledgements_organization_id_statement_id_participant_id"),
        ),
    )
    with op.batch_alter_table("acknowledgements", schema=None) as batch_op:
        batch_op.create_index(
            "ix_acknowledgements_participant_id",
            ["organization_id", "participant_id", "id"],
            unique=False,
        )

    op.create_table(
        "places",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "enrollment_id"],
            ["enrollments.organization_id", "enrollments.id"],
            name=op.f("fk_places_organization_id_enrollment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_places_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "enrollment_id", "slot", name=op.f("pk_places")),
    )
    op.create_table(
        "survey_invitations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_wave_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "enrollment_id"],
            ["enrollments.organization_id", "enrollments.id"],
            name=op.f("fk_survey_invitations_organization_id_enrollment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_survey_invitations_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "survey_wave_id"],
            ["survey_waves.organization_id", "survey_waves.id"],
            name=op.f("fk_survey_invitations_organization_id_survey_wave_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_survey_invitations_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_survey_invitations")),
        sa.UniqueConstraint(
            "organization_id",
            "survey_wave_id",
            "enrollment_id",
            name=op.f("uq_survey_invitations_organization_id_survey_wave_id_enrollment_id"),
        ),
    )
    with op.batch_alter_table("survey_invitations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_survey_invitations_participant_id",
            ["organization_id", "participant_id", "id"],
            unique=False,
        )

    op.create_table(
        "pairings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("match_run_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("breakdown", sa.JSON(), nullable=False),
        sa.Column("overridden_rules", sa.JSON(), nullable=False),
        sa.Column("mentor_answer", sa.String(length=40), nullable=False),
        sa.Column("mentee_answer", sa.String(length=40), nullable=False),
        sa.Column("decline_reason", sa.String(length=40), nullable=True),
        sa.Column("mentor_slot", sa.Integer(), nullable=True),
        sa.Column("mentee_slot", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_minutes", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('accepted', 'active', 'paused')) = (mentor_slot IS NOT NULL AND mentee_slot IS NOT NULL)",
            name=op.f("ck_pairings_seated_on_both_sides"),
        ),
        sa.CheckConstraint(
            "status IN ('accepted', 'active', 'paused') OR (mentor_slot IS NULL AND mentee_slot IS NULL)",
            name=op.f("ck_pairings_seats_given_back"),
        ),
        sa.CheckConstraint("mentor_id <> mentee_id", name=op.f("ck_pairings_two_people")),
        sa.ForeignKeyConstraint(
            ["organization_id", "cohort_id"],
            ["cohorts.organization_id", "cohorts.id"],
            name=op.f("fk_pairings_organization_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "match_run_id"],
            ["match_runs.organization_id", "match_runs.id"],
            name=op.f("fk_pairings_organization_id_match_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentee_enrollment_id", "mentee_slot"],
            ["places.organization_id", "places.enrollment_id", "places.slot"],
            name="fk_pairings_mentee_place",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentee_enrollment_id"],
            ["enrollments.organization_id", "enrollments.id"],
            name=op.f("fk_pairings_organization_id_mentee_enrollment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentee_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_pairings_organization_id_mentee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentor_enrollment_id", "mentor_slot"],
            ["places.organization_id", "places.enrollment_id", "places.slot"],
            name="fk_pairings_mentor_place",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentor_enrollment_id"],
            ["enrollments.organization_id", "enrollments.id"],
            name=op.f("fk_pairings_organization_id_mentor_enrollment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentor_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_pairings_organization_id_mentor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_pairings_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_pairings")),
        sa.UniqueConstraint(
            "organization_id",
            "mentee_enrollment_id",
            "mentee_slot",
            name="uq_pairings_mentee_place",
        ),
        sa.UniqueConstraint(
            "organization_id",
            "mentor_enrollment_id",
            "mentor_slot",
            name="uq_pairings_mentor_place",
        ),
    )
    with op.batch_alter_table("pairings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pairings_cohort_id", ["organization_id", "cohort_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_pairings_expires_at", ["organization_id", "status", "expires_at"], unique=False
        )
        batch_op.create_index(
            "ix_pairings_left",
            ["organization_id", "ended_at"],
            unique=False,
            sqlite_where=sa.text("end_reason = 'left_organization'"),
            postgresql_where=sa.text("end_reason = 'left_organization'"),
        )
        batch_op.create_index(
            "ix_pairings_mentee_id", ["organization_id", "mentee_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_pairings_mentor_id", ["organization_id", "mentor_id", "id"], unique=False
        )
        batch_op.create_index(
            "uq_pairings_live_pair",
            ["organization_id", "mentor_enrollment_id", "mentee_enrollment_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('proposed', 'accepted', 'active', 'paused')"),
            postgresql_where=sa.text("status IN ('proposed', 'accepted', 'active', 'paused')"),
        )

    op.create_table(
        "survey_responses",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_wave_id", sa.Uuid(), nullable=False),
        sa.Column("survey_invitation_id", sa.Uuid(), nullable=False),
        sa.Column("collection", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "survey_invitation_id"],
            ["survey_invitations.organization_id", "survey_invitations.id"],
            name=op.f("fk_survey_responses_organization_id_survey_invitation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "survey_wave_id"],
            ["survey_waves.organization_id", "survey_waves.id"],
            name=op.f("fk_survey_responses_organization_id_survey_wave_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_survey_responses_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_survey_responses")),
        sa.UniqueConstraint(
            "organization_id",
            "survey_wave_id",
            "survey_invitation_id",
            name="uq_survey_responses_invitation",
        ),
    )
    op.create_table(
        "agreements",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pairing_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mentee_learns", sa.Text(), nullable=False),
        sa.Column("mentor_gains", sa.Text(), nullable=False),
        sa.Column("working_rules", sa.Text(), nullable=True),
        sa.Column("written_by", sa.String(length=40), nullable=False),
        sa.Column("mentor_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mentee_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "pairing_id"],
            ["pairings.organization_id", "pairings.id"],
            name=op.f("fk_agreements_organization_id_pairing_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_agreements_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_agreements")),
        sa.UniqueConstraint(
            "organization_id",
            "pairing_id",
            "number",
            name=op.f("uq_agreements_organization_id_pairing_id_number"),
        ),
    )
    op.create_table(
        "goals",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("cohort_id", sa.Uuid(), nullable=True),
        sa.Column("pairing_id", sa.Uuid(), nullable=True),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("competences", sa.JSON(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("baseline", sa.Double(), nullable=True),
        sa.Column("target", sa.Double(), nullable=True),
        sa.Column("tolerance", sa.Double(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("actual", sa.Double(), nullable=True),
        sa.Column("actual_on", sa.Date(), nullable=True),
        sa.Column("check_ins_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN program_id IS NULL THEN 0 ELSE 1 END + CASE WHEN cohort_id IS NULL THEN 0 ELSE 1 END + CASE WHEN pairing_id IS NULL THEN 0 ELSE 1 END + CASE WHEN participant_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_goals_exactly_one_scope"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "cohort_id"],
            ["cohorts.organization_id", "cohorts.id"],
            name=op.f("fk_goals_organization_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "owner_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_goals_organization_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "pairing_id"],
            ["pairings.organization_id", "pairings.id"],
            name=op.f("fk_goals_organization_id_pairing_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "participant_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_goals_organization_id_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_goals_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_goals_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_goals")),
        sa.UniqueConstraint(
            "organization_id",
            "cohort_id",
            "title",
            name=op.f("uq_goals_organization_id_cohort_id_title"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "pairing_id",
            "title",
            name=op.f("uq_goals_organization_id_pairing_id_title"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "participant_id",
            "title",
            name=op.f("uq_goals_organization_id_participant_id_title"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "program_id",
            "title",
            name=op.f("uq_goals_organization_id_program_id_title"),
        ),
    )
    op.create_table(
        "mentoring_sessions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pairing_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("local_time", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adjusted", sa.String(length=40), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("agenda", sa.Text(), nullable=True),
        sa.Column("rescheduled_count", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(length=40), nullable=True),
        sa.Column("cancel_reason", sa.String(length=40), nullable=True),
        sa.Column("cancel_words", sa.Text(), nullable=True),
        sa.Column("notice_minutes", sa.Integer(), nullable=True),
        sa.Column("mentor_attendance", sa.String(length=40), nullable=True),
        sa.Column("mentee_attendance", sa.String(length=40), nullable=True),
        sa.Column("actual_minutes", sa.Integer(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)",
            name=op.f("ck_mentoring_sessions_cancelled_at_a_time"),
        ),
        sa.CheckConstraint(
            "(status IN ('completed', 'missed')) = (mentor_attendance IS NOT NULL AND mentee_attendance IS NOT NULL)",
            name=op.f("ck_mentoring_sessions_attendance_of_both"),
        ),
        sa.CheckConstraint(
            "ends_at > starts_at", name=op.f("ck_mentoring_sessions_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "cohort_id"],
            ["cohorts.organization_id", "cohorts.id"],
            name=op.f("fk_mentoring_sessions_organization_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentee_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_mentoring_sessions_organization_id_mentee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentor_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_mentoring_sessions_organization_id_mentor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "pairing_id"],
            ["pairings.organization_id", "pairings.id"],
            name=op.f("fk_mentoring_sessions_organization_id_pairing_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_mentoring_sessions_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_mentoring_sessions")),
    )
    with op.batch_alter_table("mentoring_sessions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mentoring_sessions_cohort_id",
            ["organization_id", "cohort_id", "starts_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_mentoring_sessions_mentee_id",
            ["organization_id", "mentee_id", "starts_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_mentoring_sessions_mentor_id",
            ["organization_id", "mentor_id", "starts_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_mentoring_sessions_pairing_id",
            ["organization_id", "pairing_id", "starts_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_mentoring_sessions_series_id", ["organization_id", "series_id"], unique=False
        )
        batch_op.create_index(
            "ix_mentoring_sessions_starts_at", ["organization_id", "starts_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_mentoring_sessions_status", ["organization_id", "status", "id"], unique=False
        )

    op.create_table(
        "pairing_questions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pairing_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "asked_by_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_pairing_questions_organization_id_asked_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "pairing_id"],
            ["pairings.organization_id", "pairings.id"],
            name=op.f("fk_pairing_questions_organization_id_pairing_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_pairing_questions_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_pairing_questions")),
    )
    with op.batch_alter_table("pairing_questions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pairing_questions_asked_by_id",
            ["organization_id", "asked_by_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_pairing_questions_pairing_id", ["organization_id", "pairing_id", "id"], unique=False
        )

    op.create_table(
        "check_ins",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "author_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_check_ins_organization_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "goal_id"],
            ["goals.organization_id", "goals.id"],
            name=op.f("fk_check_ins_organization_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_check_ins_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_check_ins")),
    )
    with op.batch_alter_table("check_ins", schema=None) as batch_op:
        batch_op.create_index(
            "ix_check_ins_author_id", ["organization_id", "author_id"], unique=False
        )
        batch_op.create_index(
            "ix_check_ins_goal_id", ["organization_id", "goal_id", "id"], unique=False
        )

    op.create_table(
        "session_actions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("pairing_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "author_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_session_actions_organization_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "pairing_id"],
            ["pairings.organization_id", "pairings.id"],
            name=op.f("fk_session_actions_organization_id_pairing_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["mentoring_sessions.organization_id", "mentoring_sessions.id"],
            name=op.f("fk_session_actions_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_session_actions_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_session_actions")),
    )
    with op.batch_alter_table("session_actions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_session_actions_pairing_id", ["organization_id", "pairing_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_session_actions_session_id", ["organization_id", "session_id", "id"], unique=False
        )

    op.create_table(
        "session_notes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_side", sa.String(length=40), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "author_id"],
            ["participants.organization_id", "participants.id"],
            name=op.f("fk_session_notes_organization_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["mentoring_sessions.organization_id", "mentoring_sessions.id"],
            name=op.f("fk_session_notes_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_session_notes_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_session_notes")),
    )
    with op.batch_alter_table("session_notes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_session_notes_author_id", ["organization_id", "author_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_session_notes_session_id", ["organization_id", "session_id", "id"], unique=False
        )

    op.create_table(
        "session_reschedulings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("from_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["mentoring_sessions.organization_id", "mentoring_sessions.id"],
            name=op.f("fk_session_reschedulings_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_session_reschedulings_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_session_reschedulings")),
    )
    with op.batch_alter_table("session_reschedulings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_session_reschedulings_session_id",
            ["organization_id", "session_id", "id"],
            unique=False,
        )

    op.create_table(
        "target_changes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("figure", sa.String(length=40), nullable=False),
        sa.Column("before", sa.Double(), nullable=True),
        sa.Column("after", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "goal_id"],
            ["goals.organization_id", "goals.id"],
            name=op.f("fk_target_changes_organization_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_target_changes_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_target_changes")),
    )
    with op.batch_alter_table("target_changes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_target_changes_goal_id", ["organization_id", "goal_id", "id"], unique=False
        )

    protect(OWN)
    protect(["organizations"], column="id")
    open_doors()
    only_ever_append("audit_entries")
    only_ever_append("events")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    close_doors()
    allow_change("events")
    allow_change("audit_entries")
    with op.batch_alter_table("target_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_target_changes_goal_id")

    op.drop_table("target_changes")
    with op.batch_alter_table("session_reschedulings", schema=None) as batch_op:
        batch_op.drop_index("ix_session_reschedulings_session_id")

    op.drop_table("session_reschedulings")
    with op.batch_alter_table("session_notes", schema=None) as batch_op:
        batch_op.drop_index("ix_session_notes_session_id")
        batch_op.drop_index("ix_session_notes_author_id")

    op.drop_table("session_notes")
    with op.batch_alter_table("session_actions", schema=None) as batch_op:
        batch_op.drop_index("ix_session_actions_session_id")
        batch_op.drop_index("ix_session_actions_pairing_id")

    op.drop_table("session_actions")
    with op.batch_alter_table("check_ins", schema=None) as batch_op:
        batch_op.drop_index("ix_check_ins_goal_id")
        batch_op.drop_index("ix_check_ins_author_id")

    op.drop_table("check_ins")
    with op.batch_alter_table("pairing_questions", schema=None) as batch_op:
        batch_op.drop_index("ix_pairing_questions_pairing_id")
        batch_op.drop_index("ix_pairing_questions_asked_by_id")

    op.drop_table("pairing_questions")
    with op.batch_alter_table("mentoring_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_mentoring_sessions_status")
        batch_op.drop_index("ix_mentoring_sessions_starts_at")
        batch_op.drop_index("ix_mentoring_sessions_series_id")
        batch_op.drop_index("ix_mentoring_sessions_pairing_id")
        batch_op.drop_index("ix_mentoring_sessions_mentor_id")
        batch_op.drop_index("ix_mentoring_sessions_mentee_id")
        batch_op.drop_index("ix_mentoring_sessions_cohort_id")

    op.drop_table("mentoring_sessions")
    op.drop_table("goals")
    op.drop_table("agreements")
    op.drop_table("survey_responses")
    with op.batch_alter_table("pairings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_pairings_live_pair",
            sqlite_where=sa.text("status IN ('proposed', 'accepted', 'active', 'paused')"),
            postgresql_where=sa.text("status IN ('proposed', 'accepted', 'active', 'paused')"),
        )
        batch_op.drop_index("ix_pairings_mentor_id")
        batch_op.drop_index("ix_pairings_mentee_id")
        batch_op.drop_index(
            "ix_pairings_left",
            sqlite_where=sa.text("end_reason = 'left_organization'"),
            postgresql_where=sa.text("end_reason = 'left_organization'"),
        )
        batch_op.drop_index("ix_pairings_expires_at")
        batch_op.drop_index("ix_pairings_cohort_id")

    op.drop_table("pairings")
    with op.batch_alter_table("survey_invitations", schema=None) as batch_op:
        batch_op.drop_index("ix_survey_invitations_participant_id")

    op.drop_table("survey_invitations")
    op.drop_table("places")
    with op.batch_alter_table("acknowledgements", schema=None) as batch_op:
        batch_op.drop_index("ix_acknowledgements_participant_id")

    op.drop_table("acknowledgements")
    with op.batch_alter_table("survey_waves", schema=None) as batch_op:
        batch_op.drop_index("ix_survey_waves_status")
        batch_op.drop_index("ix_survey_waves_cohort_id")

    op.drop_table("survey_waves")
    with op.batch_alter_table("skills", schema=None) as batch_op:
        batch_op.drop_index("ix_skills_competence")

    op.drop_table("skills")
    with op.batch_alter_table("skill_assessments", schema=None) as batch_op:
        batch_op.drop_index("ix_skill_assessments_participant_id")

    op.drop_table("skill_assessments")
    with op.batch_alter_table("scim_users", schema=None) as batch_op:
        batch_op.drop_index("ix_scim_users_manager_said")

    op.drop_table("scim_users")
    with op.batch_alter_table("scim_members", schema=None) as batch_op:
        batch_op.drop_index("ix_scim_members_participant_id")

    op.drop_table("scim_members")
    with op.batch_alter_table("match_runs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_match_runs_under_way",
            sqlite_where=sa.text("status IN ('queued', 'running')"),
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        )
        batch_op.drop_index("ix_match_runs_cohort_id")

    op.drop_table("match_runs")
    with op.batch_alter_table("manager_plans", schema=None) as batch_op:
        batch_op.drop_index("ix_manager_plans_from_on")

    op.drop_table("manager_plans")
    with op.batch_alter_table("manager_assignments", schema=None) as batch_op:
        batch_op.drop_index("ix_manager_assignments_participant_id")

    op.drop_table("manager_assignments")
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.drop_index("ix_leaves_participant_id")

    op.drop_table("leaves")
    op.drop_table("goal_statements")
    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.drop_index("ix_enrollments_participant_id")
        batch_op.drop_index("ix_enrollments_cohort_id")

    op.drop_table("enrollments")
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_webhook_deliveries_pending",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.drop_index("ix_webhook_deliveries_id")

    op.drop_table("webhook_deliveries")
    op.drop_table("training_modules")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_tokens_family_id")
        batch_op.drop_index("ix_tokens_account_id")

    op.drop_table("tokens")
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_role_grants_whole",
            sqlite_where=sa.text("program_id IS NULL"),
            postgresql_where=sa.text("program_id IS NULL"),
        )

    op.drop_table("role_grants")
    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_participants_work_email",
            sqlite_where=sa.text("work_email IS NOT NULL"),
            postgresql_where=sa.text("work_email IS NOT NULL"),
        )
        batch_op.drop_index("ix_participants_status")
        batch_op.drop_index("ix_participants_sort_name")
        batch_op.drop_index(
            "ix_participants_manager_id",
            sqlite_where=sa.text("manager_id IS NOT NULL"),
            postgresql_where=sa.text("manager_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_participants_leaves_on",
            sqlite_where=sa.text("leaves_on IS NOT NULL"),
            postgresql_where=sa.text("leaves_on IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_participants_department",
            sqlite_where=sa.text("department IS NOT NULL"),
            postgresql_where=sa.text("department IS NOT NULL"),
        )

    op.drop_table("participants")
    with op.batch_alter_table("oauth_clients", schema=None) as batch_op:
        batch_op.drop_index("ix_oauth_clients_account_id")

    op.drop_table("oauth_clients")
    op.drop_table("message_templates")
    with op.batch_alter_table("import_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_import_rows_verdict")
        batch_op.drop_index("ix_import_rows_import_id")

    op.drop_table("import_rows")
    op.drop_table("import_files")
    op.drop_table("identity_links")
    with op.batch_alter_table("competences", schema=None) as batch_op:
        batch_op.drop_index("ix_competences_framework_id")

    op.drop_table("competences")
    with op.batch_alter_table("cohorts", schema=None) as batch_op:
        batch_op.drop_index("ix_cohorts_program_id")

    op.drop_table("cohorts")
    with op.batch_alter_table("blueprint_keys", schema=None) as batch_op:
        batch_op.drop_index("ix_blueprint_keys_program_id")

    op.drop_table("blueprint_keys")
    op.drop_table("webhook_endpoints")
    op.drop_table("surveys")
    op.drop_table("spent_sign_ins")
    op.drop_table("spent_assertions")
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempts_subject"))

    op.drop_table("sign_in_attempts")
    op.drop_table("scim_groups")
    op.drop_table("programs")
    op.drop_table("organization_heads")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_lasting")
        batch_op.drop_index("ix_jobs_due")

    op.drop_table("jobs")
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index("ix_imports_expires_at")

    op.drop_table("imports")
    op.drop_table("import_mappings")
    op.drop_table("identity_providers")
    with op.batch_alter_table("idempotency_records", schema=None) as batch_op:
        batch_op.drop_index("ix_idempotency_records_created_at")

    op.drop_table("idempotency_records")
    op.drop_table("frameworks")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_type")

    op.drop_table("events")
    op.drop_table("background_progress")
    op.drop_table("audit_entries")
    op.drop_table("accounts")
    op.drop_table("organizations")
    op.drop_table("installations")
