# SPDX-License-Identifier: Apache-2.0
"""JSON from outside is read in two ways, one for what is as it should be, and says the same in both."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_contract.json_values import READ_DEPTH, NotJson, read_json, read_plain_json

NUMBERS = st.integers() | st.integers(2**63 - 2, 2**64 + 2) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)
PIECES = st.sampled_from(
    [
        '{"a":',
        "}",
        "[",
        "]",
        ",",
        " ",
        "1",
        "18446744073709551616",
        "-1e400",
        "1.5",
        "-0",
        "NaN",
        '"\\ud83d"',
        '"\\ud83d\\ude00"',
        '"\\u0000"',
        '"\x00"',
        '"ü"',
        "null",
        "true",
        "\ufeff",
        "\u00a0",
        "01",
        '"a":1,',
        "1e5",
    ]
)


def read_or_not(read: Any, data: bytes) -> object:
    """What was read, with the types of numbers, which are equal in Python where they differ in JSON."""
    try:
        return repr(read(data))
    except NotJson:
        return NotJson


@given(VALUES, st.booleans())
def test_plain_json_says_what_json_says(value: object, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode()
    plain = read_or_not(read_plain_json, data)
    assert plain is NotJson or plain == repr(json.loads(data))


def test_plain_json_is_what_most_is() -> None:
    value = {"id": 2**63, "text": "ü\U0001f600\n", "parent": None, "by_owner": False, "files": [{"size": 1.5}]}
    assert read_plain_json(json.dumps(value)) == value


@given(st.lists(PIECES, max_size=12).map("".join))
def test_plain_json_is_read_as_any_json_is(text: str) -> None:
    plain = read_or_not(read_plain_json, text.encode())
    assert plain is NotJson or plain == repr(json.loads(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 2**64),
        ("-9223372036854775809", -(2**63) - 1),
        ('{"a": [99999999999999999999]}', {"a": [99_999_999_999_999_999_999]}),
        ("100000000000000000000", 1e20),
        ("9223372036854775808.0", float(2**63)),
        ('"\\ud83d\\ude00 \\ud83d"', "\U0001f600 \ufffd"),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("\n[1.0, -0, 1E2]\t", [1.0, 0, 100.0]),
    ],
)
def test_what_is_out_of_the_ordinary_is_read_as_it_is(text: str, value: object) -> None:
    found = read_json(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("read", [read_json, read_plain_json])
@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "1e400", "[1,]", "", "{'a':1}", "[" * 5_000, '{"a":' * 5_000])
def test_what_is_no_json_is_refused(read: Any, text: str) -> None:
    with pytest.raises(NotJson):
        read(text)


@pytest.mark.parametrize("read", [read_json, read_plain_json])
def test_a_hundred_levels_are_read_and_not_one_more(read: Any) -> None:
    for begin, end, innermost in (("[", "]", "1.5"), ('{"a":', "}", "{}"), ("[", "]", '"a"')):
        within = READ_DEPTH - (innermost == "{}")
        assert read(begin * within + innermost + end * within)
        with pytest.raises(NotJson):
            read(begin * (within + 1) + innermost + end * (within + 1))
