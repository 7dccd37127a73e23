"""What a token may do at all, and which role brings which scopes."""

from enum import StrEnum


class Scope(StrEnum):
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    AUDIT_READ = "audit:read"
    COMPETENCES_READ = "competences:read"
    COMPETENCES_WRITE = "competences:write"
    ENROLLMENTS_READ = "enrollments:read"
    ENROLLMENTS_WRITE = "enrollments:write"
    EVENTS_READ = "events:read"
    GOALS_READ = "goals:read"
    GOALS_WRITE = "goals:write"
    IDENTITY_PROVIDERS_READ = "identity_providers:read"
    IDENTITY_PROVIDERS_WRITE = "identity_providers:write"
    IMPACT_READ = "impact:read"
    JOBS_READ = "jobs:read"
    """How far what one asked for is; everyone may, of their own."""
    JOBS_WRITE = "jobs:write"
    OAUTH_CLIENTS_READ = "oauth_clients:read"
    OAUTH_CLIENTS_WRITE = "oauth_clients:write"
    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_WRITE = "organization:write"
    PAIRINGS_PROPOSE = "pairings:propose"
    PAIRINGS_READ = "pairings:read"
    PAIRINGS_WRITE = "pairings:write"
    PARTICIPANTS_CHANGE = "participants:change"
    """Facts about people one may see; people themselves hold it for what is theirs."""
    PARTICIPANTS_READ = "participants:read"
    PARTICIPANTS_WRITE = "participants:write"
    PROGRAMS_READ = "programs:read"
    PROGRAMS_WRITE = "programs:write"
    SCIM = "scim"
    """Provisioning by an identity provider; the only scope that opens /scim/v2."""
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    SKILLS_WRITE = "skills:write"
    SURVEYS_ANSWER = "surveys:answer"
    SURVEYS_READ = "surveys:read"
    SURVEYS_WRITE = "surveys:write"
    TOKENS_WRITE = "tokens:write"
    WEBHOOKS_MANAGE = "webhooks:manage"


class Role(StrEnum):
    """What an account is to the organization; the role in a pairing belongs to an enrollment."""

    ADMINISTRATOR = "administrator"
    PROGRAM_MANAGER = "program_manager"
    FACILITATOR = "facilitator"
    CONFIDANT = "confidant"
    PARTICIPANT = "participant"
    SPONSOR = "sponsor"
    AUDITOR = "auditor"
    INTEGRATION = "integration"


PROGRAM_ROLES = frozenset({Role.PROGRAM_MANAGER, Role.FACILITATOR, Role.CONFIDANT, Role.SPONSOR})
"""Roles that can be held for one program only; the others speak for the whole organization."""

_EVERYONE = {Scope.JOBS_READ, Scope.JOBS_WRITE, Scope.ORGANIZATION_READ, Scope.TOKENS_WRITE}
_MANAGING = {
    Scope.COMPETENCES_READ, Scope.COMPETENCES_WRITE,
    Scope.ENROLLMENTS_READ, Scope.ENROLLMENTS_WRITE,
    Scope.GOALS_READ, Scope.GOALS_WRITE, Scope.IMPACT_READ, Scope.PAIRINGS_PROPOSE,
    Scope.PAIRINGS_READ, Scope.PAIRINGS_WRITE, Scope.PARTICIPANTS_READ, Scope.PROGRAMS_READ,
    Scope.PROGRAMS_WRITE, Scope.SESSIONS_READ, Scope.SKILLS_WRITE, Scope.SURVEYS_READ,
    Scope.SURVEYS_WRITE,
}  # fmt: skip

SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMINISTRATOR: frozenset(Scope) - {Scope.SURVEYS_ANSWER},
    Role.PROGRAM_MANAGER: frozenset(_EVERYONE | _MANAGING),
    Role.FACILITATOR: frozenset(
        _EVERYONE
        | {Scope.COMPETENCES_READ, Scope.ENROLLMENTS_READ, Scope.GOALS_READ, Scope.PAIRINGS_READ,
           Scope.PARTICIPANTS_READ, Scope.PROGRAMS_READ, Scope.SESSIONS_READ, Scope.SURVEYS_READ}
    ),
    Role.CONFIDANT: frozenset(_EVERYONE | {Scope.PROGRAMS_READ}),
    Role.PARTICIPANT: frozenset(
        _EVERYONE
        | {Scope.COMPETENCES_READ, Scope.ENROLLMENTS_READ, Scope.ENROLLMENTS_WRITE,
           Scope.GOALS_READ,
           Scope.GOALS_WRITE, Scope.PAIRINGS_READ, Scope.PAIRINGS_WRITE, Scope.PARTICIPANTS_READ,
           Scope.PARTICIPANTS_CHANGE, Scope.PROGRAMS_READ, Scope.SESSIONS_READ,
           Scope.SESSIONS_WRITE,
           Scope.SKILLS_WRITE, Scope.SURVEYS_READ, Scope.SURVEYS_ANSWER}
    ),
    Role.SPONSOR: frozenset(_EVERYONE | {Scope.IMPACT_READ, Scope.PROGRAMS_READ}),
    Role.AUDITOR: frozenset(
        _EVERYONE | {Scope.ACCOUNTS_READ, Scope.AUDIT_READ, Scope.IDENTITY_PROVIDERS_READ,
           Scope.OAUTH_CLIENTS_READ, Scope.PROGRAMS_READ}
    ),
    Role.INTEGRATION: frozenset(
        _EVERYONE
        | _MANAGING
        | {Scope.EVENTS_READ, Scope.PARTICIPANTS_CHANGE, Scope.PARTICIPANTS_WRITE, Scope.SCIM,
           Scope.SESSIONS_WRITE,
           Scope.WEBHOOKS_MANAGE}
    ),
}  # fmt: skip


def scopes_of(roles: set[Role]) -> frozenset[str]:
    """Everything these roles together may do."""
    return frozenset(str(scope) for role in roles for scope in SCOPES[role])
