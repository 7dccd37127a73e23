"""YAML and JSON as plain values with their places, and written in one way."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.blueprints.document import Blueprint
from app.blueprints.reading import read_json, read_yaml
from app.blueprints.writing import write_json, write_yaml
from app.kit.problems import Invalid

CONTROLS = [chr(number) for number in range(32) if chr(number) not in "\t\n\r"]
TRICKY = [
    "no", "on", "~", "", "null", "true", "12:30", "1e3", "1_000", "0x1f", "0o7", "+1", ".inf", "=",
    "<<", "2026-01-01", " a", "a ", "a: b", "- x", "#c", "a #b", "'", '"', "&a", "*b", "!t", "%x",
    "@x", "`x", "{a}", "[a]", "|", ">", "a\nb", "a\n\nb", "a\n b", "\na", "a\n", "---", "...",
    "word " * 60, "\x85", "\u2028", "\ufeff", "\r\n", "山田太郎", "👩‍🔬",
]  # fmt: skip
TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters=CONTROLS), max_size=60
) | st.sampled_from(TRICKY)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_back_and_written_in_the_same_bytes(value):
    written = write_yaml(value)
    read = read_yaml(written).value
    assert json.dumps(read) == json.dumps(value)
    assert write_yaml(read) == written
    assert read_json(write_json(value)).value == value


@given(VALUES)
@settings(max_examples=50, deadline=None)
def test_every_value_of_a_json_text_has_a_place(value):
    found = read_json(write_json(value))

    def paths(part, path=()):
        yield path
        if isinstance(part, dict | list):
            each = part.items() if isinstance(part, dict) else enumerate(part)
            for step, inner in each:
                yield from paths(inner, (*path, step))

    assert set(found.marks) == set(paths(value))


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: &x [1]\nb: *x\n", "yaml_alias", 1, 4),
        ("a: !!python/object/apply:os.system [id]\n", "yaml_tag", 1, 4),
        ("a: !include other.yaml\n", "yaml_tag", 1, 4),
        ("a: 1\nb: 2\na: 3\n", "yaml_duplicate_key", 3, 1),
        ("? [a, b]\n: c\n", "yaml_key", 1, 3),
        ("a: 1\n---\nb: 2\n", "yaml_two", 2, 1),
        ("", "yaml_empty", 1, 1),
        ("# nothing but a remark\n", "yaml_empty", 1, 1),
        ("a: [1, 2\n", "yaml_invalid", 2, 1),
        ("a:\n\t- b\n", "yaml_invalid", 2, 1),
        ("[" * 30, "yaml_too_deep", 1, 21),
        ("- 1\n" * 30_000, "yaml_too_large", 20_000, 3),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(text, code, line, column):
    with pytest.raises(Invalid) as refused:
        read_yaml(text.encode())
    (error,) = refused.value.members["errors"]
    assert (error["code"], error["line"], error["column"]) == (code, line, column)


@pytest.mark.parametrize("body", [b"\xff\xfe\xfa", b"a: \x00", b"a: \x07b"])
def test_what_is_no_text_is_refused(body):
    with pytest.raises(Invalid):
        read_yaml(body)


@pytest.mark.parametrize(
    "evil",
    [
        "[" * 200_000, "{" * 200_000, "? " * 100_000, "- " * 100_000, "a: " * 60_000,
        "'" + "x" * 200_000, "!" * 200_000, "%YAML 1.2\n---\n" * 15_000, "? [\n" * 50_000,
        "a: &a [x, x]\n" + "".join(f"{n}: &n{n} [*a, *a, *a]\n" for n in range(5_000)),
    ],
)  # fmt: skip
def test_a_text_that_means_trouble_is_given_up_at_once(evil):
    with pytest.raises(Invalid):
        read_yaml(evil[: 256 * 1024].encode())


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_a_mark_of_utf_8_is_no_part_of_the_text_and_another_encoding_is_refused(read):
    assert read(b"\xef\xbb\xbf" + b'{"a": "\xc3\xa9"}').value == {"a": "é"}
    with pytest.raises(Invalid):
        read('{"a": 1}'.encode("utf-16"))


def test_plain_texts_are_words_and_numbers_of_yaml_1_2_only():
    found = read_yaml(b"[no, yes, on, 12:30, 2026-01-01, 0x10, 1_000, ~, true, 7, 1.5, 1e3, '7']")
    assert found.value == [
        "no", "yes", "on", "12:30", "2026-01-01", "0x10", "1_000", None, True, 7, 1.5, 1000.0, "7",
    ]  # fmt: skip


def test_mistakes_are_told_in_reading_order_with_the_nearest_known_name():
    text = """\
format: rementor/v1
program:
  key: a
  name: A
  purpos: Why we do this.
  purpose: x
cohorts:
  - key: spring
    name: 2027
    starts_on: 2027-03-01
    measurs: []
    surveys:
      - {key: w, title: b, moment: baseline, open_for_days: 7, opens_after_days: 1,
         questionnaires: [{code: RM-SAFE, versoin: "1.0"}]}
"""
    with pytest.raises(Invalid) as refused:
        Blueprint.read("application/yaml", text.encode())
    told = [(e["line"], e["column"], e["detail"]) for e in refused.value.members["errors"]]
    quotes = "This is read as a number or a truth value; put it in quotes to make it a text."
    assert told == [
        (5, 3, "Line 5, column 3: There is no `purpos` here; did you mean `purpose`?"),
        (9, 5, f"Line 9, column 5: {quotes}"),
        (11, 5, "Line 11, column 5: There is no `measurs` here; did you mean `measures`?"),
        (14, 43, "Line 14, column 43: There is no `versoin` here; did you mean `version`?"),
    ]


def test_a_name_unlike_any_other_is_told_which_there_are():
    with pytest.raises(Invalid) as refused:
        Blueprint.read("application/json", b'{"format": "rementor/v1",\n "zzz": 1}')
    told = {error["pointer"]: error for error in refused.value.members["errors"]}
    assert (told["/zzz"]["line"], told["/zzz"]["column"]) == (2, 2)
    assert "there are format, program, frameworks" in told["/zzz"]["detail"]
