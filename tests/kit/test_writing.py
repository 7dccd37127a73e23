"""Rows written as JSON at once read the same as pydantic's."""

import datetime as dt
import json

import pytest
from pydantic import TypeAdapter, field_validator
from sqlalchemy import select

from app.kit.lanes import system
from app.kit.wire import Out
from app.kit.writing import writer_of
from app.participants.models import Participant
from app.participants.schemas import ParticipantOut
from tests.given.participants import participant

FACTS = [
    {},
    {"given_name": 'Quote " back \\ slash / tab \t', "family_name": "山田\u2028太郎"},
    {"hired_on": "2020-02-29", "job_level": 7, "metadata": {"a": 'b"c', "ключ": "é"}},
    {"languages": [], "availability": [], "work_email": "A@Example.com"},
]


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize(
    "moment", ["2026-03-02T09:00:00+00:00", "2026-03-02T09:00:00.120000+00:00"]
)
def test_a_row_written_at_once_reads_as_pydantic_writes_it(house, admin, facts, moment):
    house.clock.travel_to(dt.datetime.fromisoformat(moment))
    added = participant(admin, **facts)
    written = admin.get(f"/participants/{added['id']}").content
    with house.lanes.unit(system(admin.organization_id), "read") as uow:
        row = uow.rows.execute(select(Participant)).one()
        model = TypeAdapter(ParticipantOut).validate_python(row, from_attributes=True)
    assert written == model.model_dump_json().encode()
    assert json.loads(written) == added


def test_a_schema_with_a_rule_of_its_own_is_left_to_pydantic():
    class Careful(Out):
        given_name: str

        @field_validator("given_name")
        @classmethod
        def _hide(cls, _: str) -> str:
            return "hidden"

    with pytest.raises(TypeError, match="rules of its own"):
        writer_of(Careful, Participant, "sqlite")
