"""The table of participants behind Flask and SQLAlchemy's ORM, as Flask-SQLAlchemy's guide does.

Without authentication and without a library for schemas: `jsonify` is the quickest that it has.
"""

import datetime as dt
import os
import uuid
from typing import Any

from flask import Flask, Response, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ORGANIZATION = uuid.UUID(os.environ["PEER_ORGANIZATION"])
PAGE = 50


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)
application = Flask(__name__)
application.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['PEER_DATABASE']}"
db.init_app(application)


class Participant(db.Model):
    """The columns that an answer of ours holds."""

    __tablename__ = "participants"

    organization_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None]
    given_name: Mapped[str]
    family_name: Mapped[str]
    preferred_name: Mapped[str | None]
    work_email: Mapped[str | None]
    job_title: Mapped[str | None]
    job_level: Mapped[int | None]
    department: Mapped[str | None]
    location: Mapped[str | None]
    time_zone: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(JSON)
    manager_id: Mapped[uuid.UUID | None]
    hired_on: Mapped[dt.date | None]
    leaves_on: Mapped[dt.date | None]
    career_stage: Mapped[str | None]
    employment_status: Mapped[str]
    left_on: Mapped[dt.date | None]
    availability: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    account_id: Mapped[uuid.UUID | None]
    labels: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "external_id": self.external_id,
            "given_name": self.given_name,
            "family_name": self.family_name,
            "preferred_name": self.preferred_name,
            "work_email": self.work_email,
            "job_title": self.job_title,
            "job_level": self.job_level,
            "department": self.department,
            "location": self.location,
            "time_zone": self.time_zone,
            "languages": self.languages,
            "manager_id": self.manager_id,
            "hired_on": self.hired_on and self.hired_on.isoformat(),
            "leaves_on": self.leaves_on and self.leaves_on.isoformat(),
            "career_stage": self.career_stage,
            "employment_status": self.employment_status,
            "left_on": self.left_on and self.left_on.isoformat(),
            "availability": self.availability,
            "account_id": self.account_id,
            "metadata": self.labels,
            "created_at": self.created_at.isoformat() + "Z",
            "updated_at": self.updated_at.isoformat() + "Z",
        }


@application.get("/participants/<uuid:participant_id>")
def get_participant(participant_id: uuid.UUID) -> Response:
    return jsonify(db.get_or_404(Participant, (ORGANIZATION, participant_id)).to_dict())


@application.get("/participants")
def list_participants() -> Response:
    newest = db.select(Participant).where(Participant.organization_id == ORGANIZATION)
    if before := request.args.get("before", type=uuid.UUID):
        newest = newest.where(Participant.id < before)
    found = db.session.scalars(newest.order_by(Participant.id.desc()).limit(PAGE + 1)).all()
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return jsonify(items=[each.to_dict() for each in found[:PAGE]], before=more)
