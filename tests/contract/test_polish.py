"""The last step of the contract, tried on a small application of its own."""

import copy
import re
import uuid
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from app.kit.contract import polish
from app.kit.problems import PROBLEM_JSON, Conflict, NotFound, problems
from app.kit.wire import SOME_TEXT, TEXT, Line

pytestmark = pytest.mark.contract


class LampTaken(Conflict):
    slug, title = "lamp-taken", "There is a lamp of that name"


class LampCreate(BaseModel):
    name: Line
    colours: list[Annotated[str, Field(max_length=20)]]


class LampOut(BaseModel):
    id: uuid.UUID
    name: str
    colours: list[str]
    watts: int


class LampPage(BaseModel):
    items: list[LampOut]
    next_cursor: str | None


class LampQuery(BaseModel):
    room_id: uuid.UUID | None = None


bearer = HTTPBearer()
Read = Annotated[Any, Security(bearer, scopes=["lamps:read"])]
Write = Annotated[Any, Security(bearer, scopes=["lamps:write"])]
Anyone = Annotated[Any, Depends(lambda: None)]
router = APIRouter(prefix="/v1/lamps", tags=["lamps"])


@router.post("", status_code=201, response_model=LampOut, responses=problems(LampTaken))
def hang_lamp(uow: Write, wanted: LampCreate) -> None:
    """Hang a lamp.

    It burns at once.
    """


@router.get("", response_model=LampPage)
def list_lamps(uow: Read, query: Annotated[LampQuery, Query()]) -> None:
    """List lamps."""


@router.get("/{lamp_id}", response_model=LampOut, responses=problems(NotFound))
def get_lamp(uow: Read, lamp_id: uuid.UUID) -> None:
    """Show a lamp."""


@router.patch("/{lamp_id}", response_model=LampOut, responses=problems(NotFound))
def change_lamp(uow: Write, lamp_id: uuid.UUID, wanted: LampCreate) -> None:
    """Change a lamp."""


@router.post("/light", status_code=204)
def light_lamps(uow: Anyone) -> None:
    """Light every lamp."""


def generated() -> dict[str, Any]:
    app = FastAPI(title="Lamps", version="1", generate_unique_id_function=lambda r: r.name)
    app.include_router(router)
    return app.openapi()


@pytest.fixture(name="contract", scope="module")
def polished_contract() -> dict[str, Any]:
    return polish(generated())


def parameters_of(operation: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in operation["parameters"]}


def test_the_generated_document_stays_as_it_was():
    document = generated()
    before = copy.deepcopy(document)
    polish(document)
    assert document == before


def test_what_we_answer_is_bounded(contract):
    shown = contract["components"]["schemas"]["LampOut"]["properties"]
    assert shown["id"]["maxLength"] == 36
    assert shown["name"]["pattern"] == TEXT
    assert shown["colours"]["maxItems"] > 0
    assert shown["watts"]["format"] == "int64"
    assert shown["watts"]["minimum"] == -shown["watts"]["maximum"]


def test_what_a_caller_sends_is_never_given_a_bound_that_the_model_does_not_enforce(contract):
    taken = contract["components"]["schemas"]["LampCreate"]["properties"]
    assert "maxItems" not in taken["colours"]
    assert "pattern" not in taken["colours"]["items"]
    assert taken["name"]["pattern"] == SOME_TEXT


@pytest.mark.parametrize("text", ["Ötzi", "一", "a\tb\nc", "👩‍🚀", " x "])
def test_any_script_is_text(text):
    assert re.search(TEXT, text)
    assert re.search(SOME_TEXT, text)


@pytest.mark.parametrize("text", ["a\x00", "\x1b[31m", "\x08"])
def test_control_characters_are_not_text(text):
    assert not re.search(TEXT, text)
    assert not re.search(SOME_TEXT, text)


@pytest.mark.parametrize("text", [" ", "\t\n", "\u3000", ""])
def test_blanks_are_not_some_text(text):
    assert not re.search(SOME_TEXT, text)


def test_a_query_parameter_is_absent_rather_than_null(contract):
    room = parameters_of(contract["paths"]["/v1/lamps"]["get"])["room_id"]
    assert room["schema"] == {"type": "string", "format": "uuid", "maxLength": 36}
    assert not room["required"]
    assert room["description"]


def test_scopes_stand_beside_the_scheme_and_in_the_description(contract):
    operation = contract["paths"]["/v1/lamps"]["post"]
    assert operation["security"] == [{"HTTPBearer": []}]
    assert operation["x-required-scopes"] == ["lamps:write"]
    assert operation["summary"] == "Hang a lamp"
    assert "It burns at once." in operation["description"]
    assert "`lamps:write`" in operation["description"]


def test_an_operation_for_anyone_says_so(contract):
    operation = contract["paths"]["/v1/lamps/light"]["post"]
    assert operation["security"] == [{}]
    assert "x-required-scopes" not in operation
    assert "403" not in operation["responses"]


def test_every_failure_is_a_problem_and_nothing_of_fastapi_s_own_is_left(contract):
    assert not contract["components"]["schemas"].keys() & {"HTTPValidationError", "ValidationError"}
    for methods in contract["paths"].values():
        for operation in methods.values():
            assert {"401", "422", "429", "500", "503"} <= operation["responses"].keys()
            for status, response in operation["responses"].items():
                if status >= "400" and "content" in response:
                    assert list(response["content"]) == [PROBLEM_JSON]
    taken = contract["paths"]["/v1/lamps"]["post"]["responses"]["409"]
    assert "lamp-taken" in taken["content"][PROBLEM_JSON]["examples"]


def test_the_route_class_s_headers_are_declared_where_it_reads_and_writes_them(contract):
    create, show, change = (
        contract["paths"]["/v1/lamps"]["post"],
        contract["paths"]["/v1/lamps/{lamp_id}"]["get"],
        contract["paths"]["/v1/lamps/{lamp_id}"]["patch"],
    )
    assert not parameters_of(create)["Idempotency-Key"]["required"]
    assert parameters_of(change)["If-Match"]["required"]
    assert {"412", "428"} <= change["responses"].keys()
    assert list(change["requestBody"]["content"]) == ["application/merge-patch+json"]
    assert "If-None-Match" in parameters_of(show)
    assert {"Location", "ETag", "X-Request-Id"} <= create["responses"]["201"]["headers"].keys()
    assert "304" in show["responses"]
    assert "304" not in contract["paths"]["/v1/lamps"]["get"]["responses"]


def test_a_create_is_linked_to_everything_one_can_do_with_what_was_created(contract):
    links = contract["paths"]["/v1/lamps"]["post"]["responses"]["201"]["links"]
    assert links.keys() == {"get_lamp", "change_lamp"}
    assert links["change_lamp"]["parameters"] == {
        "path.lamp_id": "$response.body#/id",
        "header.If-Match": "$response.header.ETag",
    }


def test_every_reference_leads_somewhere(contract):
    for reference in re.findall(r"'#/components/(\w+)/([\w-]+)'", str(contract)):
        kind, name = reference
        assert name in contract["components"][kind]
