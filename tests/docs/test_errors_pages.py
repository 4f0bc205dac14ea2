# SPDX-License-Identifier: Apache-2.0
"""docs/errors.md says of every reason what the SDK sends and what the edge answers."""

from __future__ import annotations

import inspect
import json

import pytest

import sealock_connector
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_connector import Cause, ConnectorError
from sealock_connector._translate.failures import CODES
from sealock_devkit.emulators.meta.graph.errors import ERRORS, SOURCES
from sealock_edge.attachments import FileRefused, FileUnavailable
from sealock_edge.connectors import SENTENCES, CallerGone, ConnectorDown, ConnectorFaulty, Fault, OutOfTime
from sealock_edge.outcomes import Endpoint
from sealock_edge.problems import (
    REASONS,
    UNSEALABLE,
    AccountNotSeen,
    AccountTooLarge,
    FilesNotTaken,
    FileTooLarge,
    Problem,
    TooManyWebhooks,
    problem_of,
)
from sealock_edge.sealing import Unsealable
from sealock_edge.store import StoreAway
from sealock_edge.zendesk import BadForm
from sealock_origins.meta.failures import (
    PERMISSIONS,
    REFUSALS,
    WHY_DEAD,
    Meaning,
    Refused,
    explain,
    explain_to_pull,
    meaning_of,
)
from tests.docs.pages import DOCS, blocks, rows, section
from tests.origins.meta.refusing import ANSWERS, LOOKED_AT, answer_to_pull

PAGE = DOCS / "errors.md"
NAMES = [name for name in sorted(Reason.keys()) if name != "REASON_UNSPECIFIED"]
COLUMNS = {
    1: Endpoint.PULL,
    2: Endpoint.CHANNELBACK,
    3: Endpoint.ADMIN_UI,
    4: Endpoint.CLICKTHROUGH,
    5: Endpoint.WEBHOOK,
}
ELSEWHERE = [endpoint for endpoint in Endpoint if endpoint not in COLUMNS.values()]


def table(heading: str) -> dict[str, list[str]]:
    return {row[0].strip("`"): row for row in rows(section(PAGE, heading))}


def raised_as() -> dict[str, set[str]]:
    """The SDK's errors by the reason they send; a subclass that adds nothing on the wire is told in the prose."""
    errors = [value for value in vars(sealock_connector).values() if inspect.isclass(value)]
    found: dict[str, set[str]] = {}
    for error in errors:
        if issubclass(error, ConnectorError) and ConnectorError in error.__bases__:
            found.setdefault(Reason.Name(error.reason), set()).add(error.__name__)
    return found


def words(problem: Problem) -> str:
    """A problem as the page writes it."""
    parts = [str(problem.status)]
    if problem.metadata_needs_update:
        parts.append("`metadata_needs_update`")
    if problem.retry_after is not None:
        parts.append(f"Retry-After {problem.retry_after}")
    if problem.for_people:
        parts.append("sentence")
    if problem.no_channelback:
        parts.append("`allow_channelback: false`")
    return ", ".join(parts)


@pytest.mark.parametrize("heading", ["Reasons", "What Zendesk and browsers are answered"])
def test_every_reason_has_a_row_and_no_other(heading):
    assert sorted(table(heading)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_reason_is_the_one_on_the_wire(name):
    assert table("Reasons")[name][2] == CODES[Reason.Value(name)].name


@pytest.mark.parametrize("name", [name for name in NAMES if name != "REASON_INTERNAL"])
def test_the_exception_of_a_reason_is_the_one_that_authors_raise(name):
    assert table("Reasons")[name][1].strip("`") in raised_as()[name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("column", list(COLUMNS), ids=list(COLUMNS.values()))
def test_the_answer_to_a_reason_is_the_one_that_is_given(name, column):
    said = table("What Zendesk and browsers are answered")[name][column]
    assert said == words(REASONS[COLUMNS[column]][Reason.Value(name)])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("endpoint", ELSEWHERE)
def test_the_answer_elsewhere_is_the_one_that_is_given(name, endpoint):
    said = table("What Zendesk and browsers are answered")[name][6]
    assert said == words(REASONS[endpoint][Reason.Value(name)])


FOUND_BY_THE_EDGE = {
    "metadata, state or a file's link does not open": Unsealable(),
    "a field is missing": BadForm("state", "is missing"),
    "the connector does not answer": ConnectorDown("UNAVAILABLE"),
    "the connector answers what the contract forbids": ConnectorFaulty("INTERNAL"),
    "whoever asked for a pull hangs up": CallerGone(),
    "too little time is left": OutOfTime(),
    "a reply has files": FilesNotTaken(),
    "a file of a reply is not": FileRefused("It is gone."),
    "a file of a reply could not": FileUnavailable("it is late"),
    "a file of the origin is larger": FileTooLarge(),
    "a link to a file is followed without its account": AccountNotSeen(),
    "a finished account is larger": AccountTooLarge(4000, 3717),
    "what a webhook told cannot be remembered": StoreAway(),
    "a webhook comes faster": TooManyWebhooks(3),
    "anything else": RuntimeError("secret"),
}


@pytest.mark.parametrize("beginning", list(FOUND_BY_THE_EDGE))
def test_what_the_edge_itself_finds_is_answered_as_the_page_says(beginning):
    [answer] = [row[1] for row in rows(section(PAGE, "What the edge itself finds")) if row[0].startswith(beginning)]
    problem = problem_of(FOUND_BY_THE_EDGE[beginning], Endpoint.PULL)
    assert answer.startswith(str(problem.status))
    assert ("Retry-After" in answer) == (problem.retry_after is not None)
    assert problem.retry_after is None or problem.numbers or f"Retry-After {problem.retry_after}" in answer


def test_every_cause_has_a_row_and_no_other():
    assert [row[0].strip("`") for row in rows(section(PAGE, "Causes"))] == [cause.name for cause in Cause]


def test_every_fault_of_a_connector_has_a_row_with_its_sentence_and_no_other():
    table = rows(section(PAGE, "Why a connector is down or faulty"))
    assert {row[0].strip("`"): row[1] for row in table} == {fault.value: SENTENCES[fault] for fault in Fault}


def test_the_example_has_the_words_of_the_edge():
    [block] = [block for block in blocks("json") if block.page == PAGE]
    assert json.loads(block.code)["error_info"] == UNSEALABLE.words


CONNECTORS, EMULATOR = DOCS / "meta-errors.md", DOCS / "meta-emulator.md"
NOT_EMULATED = {
    *((-3, 0), (10904, 0), (80001, 0)),
    *((12, 0), (15, 0), (24, 0), (33, 0), (450, 0), (452, 0), (960, 0)),
    *((code, 0) for code in (80000, 80003, 80004, 80005, 80008, 80009, 80014)),
    *((10, 2018028), (200, 2018027), (200, 2018021), (100, 2534013)),
    *((200, 1446036), (368, 1446036)),
}
"""Codes that mean what others of the emulator's mean."""
OTHERS = {
    "200 to 299": Meaning.NOT_PERMITTED,
    "80000 to 80999": Meaning.THROTTLED,
    "any, with `is_transient` or HTTP 5xx": Meaning.TRANSIENT,
    "any other, with HTTP 401": Meaning.TOKEN_DEAD,
    "any other, with HTTP 404 or 410": Meaning.GONE,
    "any other, with HTTP 408": Meaning.TRANSIENT,
    "any other, with HTTP 429": Meaning.THROTTLED,
    "any other": Meaning.BAD_REQUEST,
}


def numbers(code: int, subcode: int | None) -> str:
    return f"{code}/{subcode}" if subcode else str(code)


def row(code: str, meaning: Meaning, subcode: int = 0, said: str = "") -> list[str]:
    """A refusal as the page tells of it."""
    refused = Refused(400, 190 if subcode else 0, subcode, meaning)
    ends = (explain(refused, "Meta"), explain_to_pull(refused, "Meta"))
    why = f": {WHY_DEAD[subcode]}" if subcode else ""
    return [code, f"{meaning.value}{why}", *(f"`{Reason.Name(error.reason)}`" for error in ends), said]


def test_the_page_has_every_row_of_the_connectors_table_and_no_other():
    known = [
        row(
            numbers(each.code, each.subcode),
            each.meaning,
            (each.subcode or 0) if each.code == 190 else 0,
            each.source.name,
        )
        for each in REFUSALS
    ]
    others = [row(code, meaning) for code, meaning in OTHERS.items()]
    assert sorted(rows(section(CONNECTORS, "The table"))) == sorted([*known, *others])


def test_the_page_names_where_each_code_is_said():
    said = {each.source for each in REFUSALS}
    told = [[source.name, f"<{source.page}>" if source.page else "", source.date] for source in said]
    assert sorted(rows(section(CONNECTORS, "Where it is said"))) == sorted(told)


def test_codes_without_a_row_mean_what_the_page_says():
    known = {each.code for each in REFUSALS if each.subcode is None}
    without = [code for code in PERMISSIONS if code not in known]
    assert {meaning_of(code) for code in without} == {OTHERS["200 to 299"]}
    assert meaning_of(987_654, transient=True) is meaning_of(987_654, status=503) is Meaning.TRANSIENT
    assert meaning_of(987_654) is OTHERS["any other"]
    assert meaning_of(80_999) is OTHERS["80000 to 80999"]
    for status in (401, 404, 408, 410, 429):
        [said] = [meaning for code, meaning in OTHERS.items() if code.startswith("any other, ") and str(status) in code]
        assert meaning_of(987_654, status=status) is said


def test_the_emulators_page_has_every_row_of_its_table_and_no_other():
    known = [
        [f"`{name}`", numbers(kind.code, kind.subcode), str(kind.status), "yes" if kind.transient else "", kind.source]
        for name, kind in ERRORS.items()
    ]
    assert sorted(rows(section(EMULATOR, "Errors"))) == sorted(known)


def test_the_emulators_page_names_where_each_error_is_said():
    told = [[name, f"<{page}>" if page else "", date] for name, (page, date) in SOURCES.items()]
    assert sorted(rows(section(EMULATOR, "Where each error is said"))) == sorted(told)


def test_the_connectors_know_what_the_emulator_refuses_and_the_other_way_round():
    emulated = {(kind.code, kind.subcode) for kind in ERRORS.values()}
    known = {(each.code, each.subcode or 0) for each in REFUSALS}
    assert known - emulated == NOT_EMULATED


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - LOOKED_AT))
def test_what_the_emulator_refuses_ends_as_the_page_says(name):
    """The tests of both connectors play each of these through; see `tests/origins/meta/refusing.py`."""
    kind = ERRORS[name]
    meaning = meaning_of(kind.code, kind.subcode, status=kind.status, transient=kind.transient)
    said = row("", meaning)[2:4]
    assert said == [f"`{Reason.Name(error.reason)}`" for error in (ANSWERS[name], answer_to_pull(name))]
