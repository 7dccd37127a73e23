"""Files as HR systems write them: bytes in any usual encoding to named cells, row by row."""

import base64
import binascii
import codecs
import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.imports.schemas import Delimiter, Encoding, ImportFormat, RosterFile
from app.imports.workbooks import workbook_rows
from app.kit.problems import Invalid

MOST_COLUMNS = 1_000
"""Ours: the widest HR export we have seen has some two hundred."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_SAID_AS = {
    Encoding.UTF_8: "utf-8-sig", Encoding.UTF_16: "utf-16", Encoding.WINDOWS_1252: "cp1252",
    Encoding.LATIN_1: "latin-1",
}  # fmt: skip
_CALLED = {"utf-8-sig": "utf-8", "cp1252": "windows-1252"}
_ENOUGH = 65_536
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")

Cells = tuple[int, dict[str, Any]]
"""The line of a row, and its cells by column."""


@dataclass(frozen=True)
class Table:
    """An open file: how it was understood, and its rows, which are read once."""

    columns: list[str]
    rows: Iterator[Cells]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


def open_file(wanted: RosterFile) -> Table:
    """The columns and rows of a file. Raises Invalid; so does reading its rows."""
    if wanted.format is ImportFormat.XLSX:
        sheet, columns, rows = workbook_rows(_bytes(wanted), wanted.sheet, MOST_COLUMNS)
        return Table(_checked(columns), rows, sheet=sheet)
    text, encoding = _text(wanted)
    if "\x00" in text:
        raise Invalid.at(_place(wanted), "The file holds the character NUL.", "string_with_nul")
    if wanted.format is ImportFormat.JSON_LINES:
        return Table([], _json_lines(text, _place(wanted)), encoding)
    delimiter = wanted.delimiter or _delimiter_of(text)
    reader = csv.DictReader(_lines(text), restkey="", strict=True, delimiter=str(delimiter))
    try:
        columns = list(reader.fieldnames or [])
    except csv.Error as wrong:
        raise Invalid.at(_place(wanted), f"Not CSV: {wrong}", "csv_invalid") from wrong
    return Table(_checked(columns), _csv_rows(reader, _place(wanted)), encoding, str(delimiter))


def _lines(text: str) -> Iterator[str]:
    """Line by line with their ends; a text file in memory would take four bytes a character."""
    return (each.group() for each in LINE.finditer(text) if each.group())


def _place(wanted: RosterFile) -> str:
    return "/content" if wanted.content is not None else "/content_base64"


def _bytes(wanted: RosterFile) -> bytes:
    try:
        return base64.b64decode(wanted.content_base64 or "", validate=True)
    except binascii.Error as wrong:
        raise Invalid.at("/content_base64", "Not Base64.", "base64_invalid") from wrong


def _text(wanted: RosterFile) -> tuple[str, str | None]:
    """The text of a file, and the encoding it came in; None where it came as text."""
    if wanted.content is not None:
        return wanted.content.removeprefix("\ufeff"), None
    raw = _bytes(wanted)
    name = _encoding_of(raw) if wanted.encoding is None else _SAID_AS[wanted.encoding]
    try:
        return raw.decode(name), _CALLED.get(name, name)
    except UnicodeDecodeError as wrong:
        told = f"The file is not {wanted.encoding or name}: byte {wrong.start} does not fit."
        raise Invalid.at("/encoding", told, "encoding_wrong") from wrong


def _encoding_of(raw: bytes) -> str:
    """What the bytes look like: a mark at the beginning, zeros in between, valid UTF-8, or else.

    Windows-1252 is the guess where nothing speaks against it; five of its bytes mean nothing,
    and a file that has them is taken for Latin-1.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name
    head = raw[:_ENOUGH]
    if head.count(0) > len(head) // 4:  # Latin letters in UTF-16 are half zeros
        return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    for name in ("utf-8", "cp1252"):
        try:
            raw.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def _delimiter_of(text: str) -> Delimiter:
    """The delimiter that the heading row holds most often, outside of quotes."""
    heading, quoted = text[:_ENOUGH].lstrip("\r\n"), False
    found = dict.fromkeys(Delimiter, 0)
    for character in heading:
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            break
        elif not quoted and character in found:
            found[Delimiter(character)] += 1
    return max(found, key=lambda each: found[each])


def _checked(columns: list[str]) -> list[str]:
    if not any(each.strip() for each in columns):
        told = "The first row names the columns, and is empty."
        raise Invalid.at("/content", told, "heading_missing")
    if len(columns) > MOST_COLUMNS:
        told = f"The file has {len(columns)} columns; at most {MOST_COLUMNS}."
        raise Invalid.at("/content", told, "too_many_columns")
    if len(set(columns)) != len(columns):
        twice = next(each for each in columns if columns.count(each) > 1)
        raise Invalid.at("/content", f"Two columns are called {twice[:60]!r}.", "column_repeated")
    return columns


def _csv_rows(reader: "csv.DictReader[str]", place: str) -> Iterator[Cells]:
    try:
        for values in reader:
            yield reader.line_num, values
    except csv.Error as wrong:
        raise Invalid.at(place, f"Line {reader.line_num}: {wrong}", "csv_invalid") from wrong


def _json_lines(content: str, place: str) -> Iterator[Cells]:
    # Only a line feed ends a line: U+2028 and its kin may stand inside a JSON string.
    for line, text in enumerate(content.split("\n"), start=1):
        if not text.strip():
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as wrong:
            raise Invalid.at(place, f"Line {line} is not JSON.", "line_invalid") from wrong
        if not isinstance(values, dict):
            raise Invalid.at(place, f"Line {line} is not an object.", "line_invalid")
        yield line, values
