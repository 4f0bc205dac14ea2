# SPDX-License-Identifier: Apache-2.0
"""docs/meta-errors.md has the table of the connectors, docs/meta-emulator.md that of the emulator."""

from __future__ import annotations

import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_devkit.emulators.meta.graph.errors import ERRORS
from sealock_origins.meta.failures import (
    MEANINGS,
    PERMISSIONS,
    WHY_DEAD,
    Meaning,
    Refused,
    explain,
    explain_to_pull,
    meaning_of,
)
from tests.docs.pages import DOCS, rows, section
from tests.origins.meta.refusing import ANSWERS, OF_PERMISSIONS, answer_to_pull

CONNECTORS, EMULATOR = DOCS / "meta-errors.md", DOCS / "meta-emulator.md"
OTHERS = {
    "200 to 299": Meaning.NOT_PERMITTED,
    "any, with `is_transient` or HTTP 5xx": Meaning.TRANSIENT,
    "any other": Meaning.BAD_REQUEST,
}


def numbers(code: int, subcode: int | None) -> str:
    return f"{code}/{subcode}" if subcode else str(code)


def row(code: str, meaning: Meaning, subcode: int = 0) -> list[str]:
    """A refusal as the page tells of it."""
    refused = Refused(400, 190 if subcode else 0, subcode, meaning)
    ends = (explain(refused, "Meta"), explain_to_pull(refused, "Meta"))
    why = f": {WHY_DEAD[subcode]}" if subcode else ""
    return [code, f"{meaning.value}{why}", *(f"`{Reason.Name(error.reason)}`" for error in ends)]


def test_the_page_has_every_row_of_the_connectors_table_and_no_other():
    known = [row(numbers(*codes), meaning) for codes, meaning in MEANINGS.items()]
    dead = [row(numbers(190, subcode), Meaning.TOKEN_DEAD, subcode) for subcode in WHY_DEAD]
    others = [row(code, meaning) for code, meaning in OTHERS.items()]
    assert sorted(rows(section(CONNECTORS, "The table"))) == sorted([*known, *dead, *others])


def test_codes_without_a_row_mean_what_the_page_says():
    without = [code for code in PERMISSIONS if (code, None) not in MEANINGS]
    assert {meaning_of(code) for code in without} == {OTHERS["200 to 299"]}
    assert meaning_of(987_654, transient=True) is meaning_of(987_654, status=503) is Meaning.TRANSIENT
    assert meaning_of(987_654) is OTHERS["any other"]


def test_the_emulators_page_has_every_row_of_its_table_and_no_other():
    known = [
        [f"`{name}`", numbers(kind.code, kind.subcode), str(kind.status), "yes" if kind.transient else ""]
        for name, kind in ERRORS.items()
    ]
    assert sorted(rows(section(EMULATOR, "Errors"))) == sorted(known)


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - OF_PERMISSIONS))
def test_what_the_emulator_refuses_ends_as_the_page_says(name):
    """The tests of both connectors play each of these through; see `tests/origins/meta/refusing.py`."""
    kind = ERRORS[name]
    meaning = meaning_of(kind.code, kind.subcode, status=kind.status, transient=kind.transient)
    said = row("", meaning)[2:]
    assert said == [f"`{Reason.Name(error.reason)}`" for error in (ANSWERS[name], answer_to_pull(name))]
