"""XLSX: the cells of one sheet, read without trusting the archive they come in."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from app.kit.problems import Invalid

LARGEST_UNPACKED = 100_000_000
"""Ours, in bytes: a sheet of 100 000 people unpacks to about 60 MB."""
LARGEST_RATIO = 200
"""Ours: real sheets shrink to a tenth or a thirtieth, bombs to a thousandth."""
LONGEST_SHEET = 1_048_577
"""What the format allows, and one."""
FORMULA = "\x00formula"
"""Stands for a formula, which is nobody's name: its row is refused."""

_PLACE = "/content_base64"


def workbook_rows(
    raw: bytes, sheet: str | None, most_columns: int
) -> tuple[str, list[str], Iterator[tuple[int, dict[str, Any]]]]:
    """The sheet's name, its columns (the first row) and its rows. Raises Invalid.

    Formulas are not computed and what a program has cached of them is not believed. Macros are
    never looked at.
    """
    _must_be_harmless(raw)
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
        names = [each.title for each in book.worksheets]
        if not names or (sheet is not None and sheet not in names):
            told = f"There is no sheet {sheet!r}; there are {', '.join(map(repr, names[:20]))}."
            raise Invalid.at("/sheet", told, "sheet_missing")
        found = book[sheet or names[0]]
        found.reset_dimensions()  # what the file says of its own size is not believed
        rows = _rows(found, most_columns)
        heading = next(rows, [])
    except _BROKEN as wrong:
        raise _broken() from wrong
    columns = ["" if each is None else str(each).strip() for each in heading]
    while columns and not columns[-1]:
        columns.pop()
    return found.title, columns, _cells(rows, columns)


_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError,
    EOFError, IndexError, TypeError, AttributeError,
)  # fmt: skip
"""What openpyxl and the modules below it raise for a file that is no workbook, or half of one."""


def _broken() -> Invalid:
    return Invalid.at(_PLACE, "The file is not a workbook, or not a whole one.", "xlsx_invalid")


def _must_be_harmless(raw: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as wrong:
        raise _broken() from wrong
    size = sum(each.file_size for each in members)
    packed = max(1, sum(each.compress_size for each in members))
    if size > LARGEST_UNPACKED or (size > 5_000_000 and size // packed > LARGEST_RATIO):
        told = f"The workbook unpacks to {size} bytes from {packed}: more than is read."
        raise Invalid.at(_PLACE, told, "xlsx_too_large")


def _rows(sheet: Any, most_columns: int) -> Iterator[list[Any]]:
    """The values of each row; formulas replaced. Raises Invalid for a row that is too wide."""
    for cells in sheet.iter_rows(max_row=LONGEST_SHEET):
        if len(cells) > most_columns:
            told = f"The sheet has {len(cells)} columns; at most {most_columns}."
            raise Invalid.at(_PLACE, told, "too_many_columns")
        yield [FORMULA if each.data_type == "f" else _plain(each.value) for each in cells]


def _plain(value: Any) -> str | None:
    """A cell's value as one would write it into a CSV file."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a sheet knows no whole numbers
    return None if value is None else str(value)


def _cells(rows: Iterator[list[Any]], columns: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    line = 1
    try:
        for values in rows:
            line += 1
            if any(each is not None for each in values):
                yield line, dict(zip_longest(columns, values[: len(columns)]))
    except _BROKEN as wrong:
        raise _broken() from wrong
