"""Reads YAML and JSON into plain values, and remembers the line and column of each."""

import json
import re
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # what json itself reads with
from typing import Any

import yaml

from app.kit.json_guard import DEEPEST, guard_json
from app.kit.problems import Invalid

MOST_VALUES = 20_000  # ours: the largest document that the models take has about half of that
LONGEST_NUMBER = 40

Path = tuple[str | int, ...]
Mark = tuple[int, int]
"""Line and column, from 1."""

_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"^[-+]?[0-9]+$")
_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")


@dataclass
class Read:
    """Plain values, and where in the text each stands."""

    value: Any
    marks: dict[Path, Mark] = field(default_factory=dict)

    def at(self, path: Path) -> Mark | None:
        """Where this stands, or the nearest thing around it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.marks:
                return self.marks[path[:end]]
        return None


def refusal(mark: Mark | None, path: Path, detail: str, code: str) -> dict[str, Any]:
    """One entry of `errors`, with its place told in words, too."""
    pointer = "".join("/" + str(step)[:100].replace("~", "~0").replace("/", "~1") for step in path)
    found: dict[str, Any] = {"pointer": pointer, "detail": detail, "code": code}
    if mark is not None:
        found |= {
            "detail": f"Line {mark[0]}, column {mark[1]}: {detail}",
            "line": mark[0],
            "column": mark[1],
        }
    return found


def refused(errors: list[dict[str, Any]]) -> Invalid:
    return Invalid("; ".join(each["detail"] for each in errors[:3]), errors=errors[:100])


def read_json(body: bytes) -> Read:
    """Raises Invalid."""
    guard_json(body)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Invalid.at("", "The document is not UTF-8.", "json_not_utf8") from wrong
    starts = _line_starts(text)
    walk = _Walk(text)
    walk.value(_blank(text, 0), ())
    marks = {path: _mark(starts, place) for path, place in walk.found}
    return Read(json.loads(text), marks)


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _mark(starts: list[int], place: int) -> Mark:
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= place else (low, middle)
    return low + 1, place - starts[low] + 1


_BLANK = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r"[^\s,\]}]+")


def _blank(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


class _Walk:
    """One pass over a text that is known to be JSON and no deeper than `DEEPEST`.

    A member stands where its name stands.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[tuple[Path, int]] = []

    def value(self, place: int, path: Path) -> int:
        """Notes what stands here and inside; returns the place behind it."""
        if not path:
            self.found.append((path, place))
        first = self.text[place]
        if first == '"':
            _, end = scanstring(self.text, place + 1, True)
            return int(end)
        if first not in "[{":
            found = _PLAIN.match(self.text, place)
            return found.end() if found else place
        return self._several(place, path, named=first == "{")

    def _several(self, place: int, path: Path, *, named: bool) -> int:
        closing, number = "}" if named else "]", 0
        place = _blank(self.text, place + 1)
        while self.text[place] != closing:
            step: str | int = number
            start = place
            if named:
                step, place = scanstring(self.text, place + 1, True)
                place = _blank(self.text, _blank(self.text, place) + 1)
            self.found.append(((*path, step), start))
            place = _blank(self.text, self.value(place, (*path, step)))
            if self.text[place] == ",":
                place = _blank(self.text, place + 1)
            number += 1
        return place + 1


def read_yaml(body: bytes) -> Read:
    """YAML 1.2 without anchors, aliases and tags: what JSON can say, in a kinder form.

    Raises Invalid.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Invalid.at("", "The document is not UTF-8.", "yaml_not_utf8") from wrong
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            reader.take(event)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        at = None if mark is None else (mark.line + 1, mark.column + 1)
        told = f"This is not YAML: {wrong.problem or wrong.context}."
        raise refused([refusal(at, reader.path(), told, "yaml_invalid")]) from wrong
    except yaml.YAMLError as wrong:  # characters that no text holds
        told = "This is not YAML: it holds a character that is not text."
        raise refused([refusal(None, (), told, "yaml_invalid")]) from wrong
    if not reader.documents:
        raise refused([refusal((1, 1), (), "The document is empty.", "yaml_empty")])
    return Read(reader.whole, reader.marks)


@dataclass
class _Holder:
    """A list or mapping that is being filled."""

    value: list[Any] | dict[str, Any]
    step: str | int | None
    """The place or name of what comes next; None where a name comes next."""


class _Reader:
    """Builds values from the parser's events: nothing is constructed that we do not name here."""

    def __init__(self) -> None:
        self.marks: dict[Path, Mark] = {}
        self.whole: Any = None
        self.documents = 0
        self._open: list[_Holder] = []
        self._count = 0

    def path(self) -> Path:
        """Where the reader is."""
        return tuple(each.step for each in self._open if each.step is not None)

    def take(self, event: Any) -> None:
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._refuse(mark, "One document, please: a second one begins here.", "yaml_two")
        elif isinstance(event, yaml.AliasEvent):
            told = "Anchors and aliases (`&`, `*`) are not read: write it out."
            self._refuse(mark, told, "yaml_alias")
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._open.pop()
            self._done()
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, mark)

    def _node(self, event: Any, mark: Mark) -> None:
        self._count += 1
        if self._count > MOST_VALUES:
            self._refuse(mark, f"More than {MOST_VALUES} values.", "yaml_too_large")
        if event.anchor is not None:
            told = "Anchors and aliases (`&`, `*`) are not read: write it out."
            self._refuse(mark, told, "yaml_alias")
        if event.tag is not None:
            self._refuse(mark, "Tags (`!`) are not read.", "yaml_tag")
        holder = self._open[-1] if self._open else None
        if holder is not None and isinstance(holder.value, dict) and holder.step is None:
            self._key(holder, holder.value, event, mark)
            return
        self.marks.setdefault(self.path(), mark)  # a member stands where its name stands
        if isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event))
            self._done()
            return
        if len(self._open) >= DEEPEST:
            self._refuse(mark, f"Deeper than {DEEPEST} levels.", "yaml_too_deep")
        listed = isinstance(event, yaml.SequenceStartEvent)
        value: list[Any] | dict[str, Any] = [] if listed else {}
        self._put(value)
        self._open.append(_Holder(value, 0 if listed else None))

    def _key(self, holder: _Holder, members: dict[str, Any], event: Any, mark: Mark) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(mark, "A name is a text.", "yaml_key")
        if event.value in members:
            told = f"`{event.value[:100]}` stands here twice."
            self._refuse(mark, told, "yaml_duplicate_key")
        holder.step = event.value
        self.marks[self.path()] = mark

    def _put(self, value: Any) -> None:
        if not self._open:
            self.whole = value
            return
        holder = self._open[-1]
        if isinstance(holder.value, dict):
            holder.value[str(holder.step)] = value
        else:
            holder.value.append(value)

    def _done(self) -> None:
        """A value is complete: on to the next."""
        if self._open:
            step = self._open[-1].step
            self._open[-1].step = step + 1 if isinstance(step, int) else None

    def _scalar(self, event: Any) -> Any:
        """A plain text may be a word or a number of YAML 1.2's core schema; a quoted one is not."""
        text = event.value
        if event.style is not None or not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > LONGEST_NUMBER:
            return text
        if _INTEGER.match(text):
            return int(text)
        return float(text) if _FLOAT.match(text) else text

    def _refuse(self, mark: Mark, told: str, code: str) -> None:
        raise refused([refusal(mark, self.path(), told, code)])
