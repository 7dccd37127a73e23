"""Which records a caller sees is said in one place per thing; every other look is known by name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from app.kit.clock import SystemClock
from app.kit.database import Base
from tests.asking import ask
from tests.given.seeds import everything
from tests.samples import samples

pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]
# Selects of a whole thing that is shown by some visible(), and why they need not start there.
WORKER = "the worker acts for the organization"
SECRET = "whoever shows the secret may use what it stands for"
SEEN = "the thing it belongs to was seen, and is locked"
RULE = "a rule of the house counts all, whoever asks"
MAY_LOOK = {
    "app/access/service.py:_own_account": "the house acts on a leaver's account",
    "app/access/service.py:_keep_an_administrator": RULE,
    "app/access/keys.py:create_token": RULE,
    "app/access/signing_in.py:accept_invitation": SECRET,
    "app/access/signing_in.py:_spendable": SECRET,
    "app/access/signing_in.py:conclude": SECRET,
    "app/access/signing_in.py:sign_out": "one's own, by the token",
    "app/competences/service.py:writable_people": "narrower than visible()",
    "app/goals/agreements.py:write_agreement": SEEN,
    "app/goals/jobs.py:drop_open_goals": WORKER,
    "app/goals/statements.py:_current_statement": SEEN,
    "app/goals/statements.py:publish_statement": SEEN,
    "app/kit/leases.py:claim": WORKER,
    "app/oauth/authenticating.py:live_client": SECRET,
    "app/oidc/signing_on.py:_enabled": SECRET,
    "app/pairings/answering.py:answer_information": SEEN,
    "app/pairings/answering.py:erase_questions": WORKER,
    "app/pairings/forgetting.py:forget_features": WORKER,
    "app/pairings/jobs.py:_locked": WORKER,
    "app/pairings/jobs.py:_waiting": WORKER,
    "app/pairings/publishing.py:_supersede": SEEN,
    "app/pairings/publishing.py:_take_back": SEEN,
    "app/pairings/queueing.py:_to_compute": WORKER,
    "app/programs/enrolling.py:enroll_participant": RULE,
    "app/programs/service.py:lock_enrollments": SEEN,
    "app/sessions/notes.py:_own_session": SEEN,
    "app/surveys/answering.py:_wave_of": SEEN,
    "app/surveys/scores.py:_closed": SEEN,
    "app/surveys/sending.py:_due": WORKER,
    "app/surveys/service.py:run_waves": "narrower than visible()",
}
TENANTS = {
    table.name for table in Base.metadata.sorted_tables if "organization_id" in table.columns
}
# Looked up before the organization is known: by a secret's digest, in the one place for it.
BY_DIGEST = re.compile(r"FROM tokens\b.*\bdigest = ", re.DOTALL)


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef):
                yield f"{name}:{node.name}", node


def selected(function: ast.FunctionDef) -> set[str]:
    """The classes a function selects whole: `select(Goal)`."""
    return {
        call.args[0].id
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "select"
        and len(call.args) == 1
        and isinstance(call.args[0], ast.Name)
    }


def test_every_look_at_a_thing_starts_where_its_visibility_is_said():
    shown: set[str] = set()
    for where, function in functions():
        if where.partition(":")[2].startswith("visible"):
            shown |= selected(function)
    assert len(shown) > 15
    elsewhere = {
        where: selected(function) & shown
        for where, function in functions()
        if not where.partition(":")[2].startswith("visible") and selected(function) & shown
    }
    unknown = {where: what for where, what in elsewhere.items() if where not in MAY_LOOK}
    assert not unknown, "start at visible(), or say in MAY_LOOK why not"
    assert set(MAY_LOOK) <= set(elsewhere), "say no more than is so"


def test_every_statement_names_the_organization_whose_rows_it_touches(house, admin):
    """Whatever is asked of the house, also where row-level security would have caught it."""
    asked: set[str] = set()

    def note(_c, _u, statement, *_):
        asked.add(statement)

    engine = house.lanes._writes
    house.clock.travel_to(SystemClock().now())
    event.listen(engine, "before_cursor_execute", note)
    known = everything(admin, house.client(), admin.organization_id)
    for sample in samples():
        ask(admin, sample, known)
    house.clock.travel(days=40)
    house.work_off()
    event.remove(engine, "before_cursor_execute", note)
    loose = []
    for statement in asked:
        if statement.startswith("INSERT") or BY_DIGEST.search(statement):
            continue
        for table in TENANTS:
            touched = re.search(rf"\b(?:FROM|JOIN|UPDATE) {table}\b(?: AS (\w+))?", statement)
            if touched is not None:
                alias = touched[1] or table
                if not re.search(rf"\b{alias}\.organization_id\b", statement):
                    loose.append(f"{table}: {statement}")
    assert len(asked) > 300
    assert not loose, "\n\n".join(loose[:5])
