"""Changes in sentences that a program manager understands."""

import json
from typing import Any

from app.blueprints.models import BlueprintPart
from app.blueprints.things import Thing

LONGEST = 60

WORDS = {
    BlueprintPart.FRAMEWORK: "competence framework",
    BlueprintPart.QUESTIONNAIRE: "questionnaire",
    BlueprintPart.PROGRAM: "program",
    BlueprintPart.GOAL: "goal",
    BlueprintPart.STATEMENT: "goal statement",
    BlueprintPart.TRAINING_MODULE: "training module",
    BlueprintPart.MESSAGE_TEMPLATE: "message",
    BlueprintPart.COHORT: "cohort",
    BlueprintPart.SURVEY_WAVE: "survey",
}
FIELDS = {
    "closes_at": "end",
    "cohort_defaults": "what cohorts have by default",
    "competences": "competences it is about",
    "driver": "who drives the meetings",
    "due_on": "due date",
    "ends_on": "end",
    "meeting_every_days": "days from one meeting to the next",
    "meeting_minutes": "length of a meeting in minutes",
    "metadata": "your own keys",
    "modes": "ways to meet",
    "opens_at": "start",
    "planned_meetings_count": "number of planned meetings",
    "position": "place in the path",
    "proposals_expire_after_days": "days until a proposal expires",
    "rules": "hard rules of matching",
    "starts_on": "start",
    "weights": "weights of matching",
}
REMOVING = {
    BlueprintPart.COHORT: "Cancel",
    BlueprintPart.GOAL: "Drop",
    BlueprintPart.SURVEY_WAVE: "Call off",
}


def told(
    action: str, thing: Thing, field: str | None, before: Any, after: Any, *, absent: bool
) -> str:
    """One change as a sentence."""
    what = _named(thing)
    if action == "add":
        return f"Add {what}."
    if action == "remove":
        return f"{REMOVING.get(thing.what, 'Remove')} {what}: it is not in the document."
    if action == "change":
        return f"Change {what}: {moved(field or '', before, after)}{_consequence(thing)}."
    if absent:
        return f"Keep {what}: it is not in the document, and stays as it is."
    ended = f" (it was {thing.state})" if thing.over else ""
    return f"Keep {what} as it is{ended}."


def _named(thing: Thing) -> str:
    word = WORDS[thing.what]
    within = "" if thing.within is None else f" of the cohort {thing.within}"
    if thing.what is BlueprintPart.STATEMENT:
        return f"the {word}{within}"
    return f"the {word} “{_short(thing.name)}”{within}"


def moved(field: str, before: Any, after: Any) -> str:
    """What a field was and what it becomes."""
    word = FIELDS.get(field, field.replace("_", " "))
    old, new = _said(before), _said(after)
    if old == new or isinstance(before, (dict, list)) or isinstance(after, (dict, list)):
        return f"{word} anew"
    return f"{word} from {old} to {new}"


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"“{_short(value)}”" if " " in value or "\n" in value else _short(value)
    return json.dumps(value)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _consequence(thing: Thing) -> str:
    if thing.what is BlueprintPart.STATEMENT:
        return "; a new version is published, and everybody is asked again"
    return ""


def summed_up(added: int, changed: int, removed: int, refused: int) -> str:
    """A plan in one sentence."""
    if refused:
        return f"{_counted(refused, 'thing')} may not be done: nothing can be applied."
    if not added + changed + removed:
        return "No change: everything is as the document says."
    parts = [
        f"{_counted(number, 'thing')} to {verb}"
        for number, verb in ((added, "add"), (changed, "change"), (removed, "remove"))
        if number
    ]
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
