"""Schemathesis against a real server: whatever is sent, the answer is one the contract declares."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access.service import open_organization
from app.kit.lanes import Lanes
from app.kit.migrating import migrate
from app.kit.settings import Settings
from app.kit.work import Principal
from tests.given import seeds
from tests.postgres import Cluster, DatabaseUrls
from tests.server import PATIENCE, running_server

HOOKS = "tests.contract.schemathesis_hooks"
ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery staple"
SEED = os.environ.get("REMENTOR_SEARCH_SEED", "20261125")  # another one looks elsewhere
REFUSALS = ["401", "403", "404", "405", "409", "412", "415", "422", "428", "429"]
SERIOUS = ["missing_auth", "missing_test_data", "unsupported_regex", "unused_openapi_auth"]
# A whole program as one body: its generator does not come to an end on so many members in each
# other. Random documents and hostile ones are tried by tests/blueprints.
TRIED_ELSEWHERE = {"apply_blueprint", "plan_blueprint"}
ALWAYS_FINE = ["2xx", "304", "401", "403", "404", "429"]


@dataclass(frozen=True)
class Target:
    """A running server with one organization that has something of everything."""

    address: str
    contract: dict[str, Any]
    administrator: httpx.Client
    organization_id: str
    settings: Settings

    def api_key(self, role: str) -> str:
        """An API key of a new account that holds the role."""
        email = f"{role}@example.com"
        wanted = {"email": email, "name": role, "roles": [role]}
        invited = self._post(self.administrator, "/accounts", wanted)
        accepted = {"invitation_token": invited["invitation_token"], "password": PASSWORD}
        with httpx.Client(base_url=f"{self.address}/v1", timeout=PATIENCE) as anyone:
            self._post(anyone, "/accounts/accept-invitation", accepted)
            known = {"organization_id": self.organization_id, "email": email}
            signed_in = self._post(anyone, "/tokens/sign-in", {**known, "password": PASSWORD})
            anyone.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
            return str(self._post(anyone, "/tokens", {"name": "search"})["token"])

    def _post(self, client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = client.post(path, json=body)
        assert response.is_success, response.text
        return dict(response.json())


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[Target]:
    settings = settings_of(request, tmp_path, worker_id)
    organization_id, token = opened(settings)
    bearer = {"Authorization": f"Bearer {token}"}
    with (
        running_server(settings, log=tmp_path / "server.log") as (address, _),
        httpx.Client(base_url=f"{address}/v1", headers=bearer, timeout=PATIENCE) as administrator,
    ):
        contract = httpx.get(f"{address}/openapi.json", timeout=PATIENCE).json()
        yield Target(address, contract, administrator, organization_id, settings)


def opened(settings: Settings) -> tuple[str, str]:
    """A new organization, and its administrator's API key."""
    lanes = Lanes(settings)
    with lanes.unit(Principal(actor="operator"), "create_organization") as uow:
        organization, token = open_organization(uow, "Acme", "a@example.com")
    lanes.close()
    return str(organization.id), token


def settings_of(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Settings:
    if request.param == "sqlite":
        settings = Settings(database_url=f"sqlite:///{tmp_path}/searched.sqlite3")
        migrate(settings)
        return settings
    cluster: Cluster = request.getfixturevalue("cluster")

    def fill(urls: DatabaseUrls) -> None:
        migrate(Settings(database_url=urls.app, migration_url=urls.owner))

    name = f"searched_{worker_id}"
    urls = cluster.make_database(name, template=cluster.make_template("migrated", fill))
    request.addfinalizer(lambda: cluster.drop_database(name))
    return Settings(database_url=urls.app, migration_url=urls.owner, pool_size=8)


def search(target: Target, tmp_path: Path, role: str, *options: str, examples: int) -> None:
    """Runs Schemathesis with seeded ids; any failure fails, and a warning of a long look.

    Who may do little is told 403 everywhere, which is the point; and a quick look tries an
    operation so seldom that what it meets may all be unknown.
    """
    with httpx.Client(base_url=f"{target.address}/v1", timeout=PATIENCE) as anyone:
        known = seeds.everything(target.administrator, anyone, target.organization_id)
    token = known.mentee if role == "participant" else target.api_key(role)
    lines = configuration(target, known, token, examples)
    strict = role == "administrator" and examples > 1
    lines += ["[warnings]", f"fail-on = {json.dumps(SERIOUS if strict else [])}"]
    config = tmp_path / "schemathesis.toml"
    config.write_text("\n".join(lines), encoding="utf-8")
    seeded = tmp_path / "openapi.json"
    seeded.write_text(json.dumps(with_examples(target.contract, known)), encoding="utf-8")
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "--config-file",
            str(config),
            "run",
            str(seeded),
            f"--seed={SEED}",
            *(f"--exclude-operation-id={name}" for name in sorted(TRIED_ELSEWHERE)),
            *options,
        ],
        cwd=ROOT,
        env={**os.environ, "SEARCH_ADDRESS": target.address, "SEARCH_TOKEN": token},
        check=False,
        capture_output=True,
        text=True,
    )
    failed = [
        line
        for line in (tmp_path / "server.log").read_text().splitlines()
        if '"level":"error"' in line
    ]
    told = "\n".join([done.stdout[-30_000:], done.stderr[-3_000:], *failed[:5]])
    assert done.returncode == 0, told
    assert not failed, told


def configuration(target: Target, known: seeds.Known, token: str, examples: int) -> list[str]:
    """The lines of the TOML file for one run; JSON's strings, lists and numbers are TOML's, too."""
    operations = [
        operation for methods in target.contract["paths"].values() for operation in methods.values()
    ]
    lines = [
        "color = false",
        f'hooks = "{HOOKS}"',
        f"base-url = {json.dumps(target.address)}",
        "[auth.openapi.token]",
        f"bearer = {json.dumps(token)}",
        "[cache]",
        "enabled = false",
        "[generation]",
        f"max-examples = {examples}",
        'database = ":memory:"',
        # only the ids of `seeds`: an erased person would be missed by everybody else
        *(
            f"[phases.{phase}.extra-data-sources]\nresponses = false"
            for phase in ("examples", "coverage", "fuzzing")
        ),
        "[checks.missing_required_header]",
        'expected-statuses = ["422", "428"]',
        "[checks.negative_data_rejection]",
        f"expected-statuses = {json.dumps(REFUSALS)}",
    ]
    for name, ids in known.ids.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(ids)}"]
    for name, ids in known.spent.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(ids)}"]
    lines.append("[parameters]")
    for name in known.ids:
        for place in ("query", "body"):
            lines.append(f'"{place}.{name}" = {{ dictionary = "{name}", probability = 0.8 }}')
    for operation in operations:
        lines += settings_of_one(operation, known)
    return lines


def with_examples(contract: dict[str, Any], known: seeds.Known) -> dict[str, Any]:
    """The contract, with what exists as the example of every path value and reference."""
    shown = copy.deepcopy(contract)
    for methods in shown["paths"].values():
        for operation in methods.values():
            for each in operation["parameters"]:
                if each["in"] == "path":
                    each["example"] = known.of(each["name"], operation["operationId"])[0]
    for schema in shown["components"]["schemas"].values():
        for name, part in schema.get("properties", {}).items():
            if name in known.ids:
                part["examples"] = known.ids[name]
    return shown


def settings_of_one(operation: dict[str, Any], known: seeds.Known) -> list[str]:
    """What one operation may answer to a request that fits its schema, and what it is tried on."""
    name = operation["operationId"]
    fine = [*ALWAYS_FINE, *({"400", "409", "412"} & operation["responses"].keys())]
    lines = ["[[operations]]", f"include-operation-id = {json.dumps(name)}"]
    if name in known.personal or not operation.get("x-required-scopes"):
        lines.append("warnings = false")  # nobody guesses a password or answers for another
    if name in known.tokens:
        lines.append(f'headers = {{ Authorization = "Bearer {known.tokens[name]}" }}')
    lines.append("[operations.parameters]")
    for each in operation["parameters"]:
        if each["in"] == "path":
            chosen = name if name in known.spent else each["name"]
            lines.append(
                f'"path.{each["name"]}" = {{ dictionary = "{chosen}", probability = 0.8 }}'
            )
    lines += [
        "[operations.checks.positive_data_acceptance]",
        f"expected-statuses = {json.dumps(fine)}",
    ]
    if "400" in operation["responses"]:  # OAuth's word for a request that is not well-formed
        lines += [
            "[operations.checks.negative_data_rejection]",
            f"expected-statuses = {json.dumps(['400', *REFUSALS])}",
        ]
    return lines


def test_a_quick_look_finds_nothing(target: Target, tmp_path: Path):
    names = sorted(
        operation["operationId"]
        for methods in target.contract["paths"].values()
        for operation in methods.values()
        if operation["operationId"] not in TRIED_ELSEWHERE
    )
    # every eighth operation, others on each database; `make test-fault` looks at all of them
    chosen = names[target.settings.on_postgresql * 4 :: 8]
    options = [f"--include-operation-id={name}" for name in chosen]
    search(target, tmp_path, "administrator", "--phases=examples,coverage", *options, examples=1)


@pytest.mark.fault
def test_a_long_look_in_every_phase_finds_nothing(target: Target, tmp_path: Path):
    search(target, tmp_path, "administrator", examples=15)


@pytest.mark.fault
@pytest.mark.parametrize("role", ["program_manager", "participant", "auditor"])
@pytest.mark.parametrize("target", ["sqlite"], indirect=True)
def test_a_long_look_by_who_may_do_less_finds_nothing(target: Target, tmp_path: Path, role: str):
    search(target, tmp_path, role, "--phases=examples,fuzzing,stateful", examples=15)
