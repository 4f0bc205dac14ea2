# SPDX-License-Identifier: Apache-2.0
"""Zendesk's API for channel integrations as plain values (protocol: push): bodies to send, answers read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, StrEnum
from typing import Any, Final, NamedTuple

import orjson

from sealock_edge.zendesk import limits

MOST_RESULTS: Final = 1_000
"""An answer with more results than this is none to a push of at most `limits.PUSH_ITEMS`."""
SHORTEST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 3_600.0
"""What a Retry-After says is taken within these, in seconds."""
USUAL_PAUSE: Final = 60.0
"""Where it says nothing that can be read: Zendesk counts calls by the minute."""
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_DATE_CHARS: Final = 64


class ApiCall(StrEnum):
    """A call of the API, by the name of metrics and logs."""

    PUSH = "push"
    VALIDATE = "validate_token"
    REPORT = "report_error"

    @property
    def path(self) -> str:
        """Where it is, under Zendesk's host."""
        return f"/api/v2/any_channel/{'channelback/' if self is ApiCall.REPORT else ''}{self.value}"


class Unreadable(Exception):
    """An answer that does not say what became of the call. Names what is wrong with it, never what is in it."""


class Fate(Enum):
    """What a result means for the resource."""

    THERE = "there"
    """Zendesk has it."""
    AGAIN = "again"
    """Nothing was tried with it: it is sent again, after what stopped it."""
    AFTER_PARENT = "after_parent"
    """It is sent once more, after its parent."""
    MISSING = "missing"
    """Zendesk does not have it, and sending it again now changes nothing: the next pull brings it."""


class ResultCode(StrEnum):
    """How a pushed resource ended: Zendesk's codes, and two of ours for what it does not say."""

    SUCCESS = "success"
    ALREADY_IMPORTED = "already_imported"
    NO_PARENT = "could_not_locate_parent_external_resource"
    PROCESSING_ERROR = "processing_error"
    HALTED = "halted"
    UNDOCUMENTED = "undocumented"
    """Zendesk gave a code that it does not document."""
    NO_RESULT = "no_result"
    """The answer says nothing about it, or nothing that can be read."""
    NOT_TAKEN = "not_taken"
    """Zendesk refused a push of it alone."""


FATES: Final[Mapping[ResultCode, Fate]] = {
    ResultCode.SUCCESS: Fate.THERE,
    ResultCode.ALREADY_IMPORTED: Fate.THERE,
    ResultCode.NO_PARENT: Fate.AFTER_PARENT,
    ResultCode.PROCESSING_ERROR: Fate.MISSING,
    ResultCode.HALTED: Fate.AGAIN,
    # What Zendesk may call an import some day is not known: the pull is asked, which loses and doubles nothing.
    ResultCode.UNDOCUMENTED: Fate.MISSING,
    ResultCode.NO_RESULT: Fate.AGAIN,
    ResultCode.NOT_TAKEN: Fate.MISSING,
}
"""Total: what each code means."""

_DOCUMENTED: Final = frozenset(
    (
        ResultCode.SUCCESS,
        ResultCode.ALREADY_IMPORTED,
        ResultCode.NO_PARENT,
        ResultCode.PROCESSING_ERROR,
        ResultCode.HALTED,
    )
)
_WORST_LAST: Final = (Fate.THERE, Fate.AGAIN, Fate.AFTER_PARENT, Fate.MISSING)


class Result(NamedTuple):
    """What became of one pushed resource."""

    external_id: str
    code: ResultCode

    @property
    def fate(self) -> Fate:
        """What it means."""
        return FATES[self.code]


def push_body(instance_push_id: str, request_id: str, resources: Sequence[bytes]) -> bytes:
    """The body of a push of resources that were written as JSON before."""
    frame = _about(instance_push_id, request_id)
    return b'%b,"external_resources":[%b]}' % (orjson.dumps(frame)[:-1], b",".join(resources))


def validate_body(instance_push_id: str, request_id: str) -> bytes:
    """The body of a validate_token."""
    return orjson.dumps(_about(instance_push_id, request_id))


def report_body(instance_push_id: str, request_id: str, external_id: str, description: str) -> bytes:
    """The body of a report_error. A longer description than Zendesk takes is cut."""
    body = _about(instance_push_id, request_id) | {"external_id": external_id}
    if words := " ".join(description.split()):
        body["description"] = words[: limits.REPORTED_ERROR_CHARS]
    return orjson.dumps(body)


def _about(instance_push_id: str, request_id: str) -> dict[str, Any]:
    return {"instance_push_id": instance_push_id, "request_id": request_id[: limits.PUSH_REQUEST_ID_CHARS]}


def read_results(body: bytes, sent: Sequence[str]) -> list[Result]:
    """
    What became of each resource that was sent, by its external id, in the order of `sent`.

    Results are found by their ids alone. One that was not asked for is passed over; of two for one resource the worse
    counts; a resource without any is `NO_RESULT`.

    Raises `Unreadable`: there is no result for any of them.
    """
    codes: dict[str, ResultCode] = {}
    asked = frozenset(sent)
    for external_id, code in _told(body):
        if external_id in asked:
            before = codes.get(external_id, code)
            codes[external_id] = max(before, code, key=lambda each: _WORST_LAST.index(FATES[each]))
    if sent and not codes:
        raise Unreadable("it has no result for what was sent")
    return [Result(external_id, codes.get(external_id, ResultCode.NO_RESULT)) for external_id in sent]


def _told(body: bytes) -> list[tuple[str, ResultCode]]:
    answer = _json(body)
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise Unreadable("it has no results")
    if len(results) > MOST_RESULTS:
        raise Unreadable("it has far more results than were asked for")
    return [
        (result["external_resource_id"], _code(result.get("status")))
        for result in results
        if isinstance(result, dict) and isinstance(result.get("external_resource_id"), str)
    ]


def _code(status: Any) -> ResultCode:
    code = status.get("code") if isinstance(status, dict) else None
    if not isinstance(code, str):
        return ResultCode.NO_RESULT
    return ResultCode(code) if code in _DOCUMENTED else ResultCode.UNDOCUMENTED


def check_nothing_wrong(body: bytes) -> None:
    """Check an answer that says nothing, or `null`, where all went well. Raises `Unreadable`: it tells of an error."""
    if body.strip():
        answer = _json(body)
        if isinstance(answer, dict) and any(answer.get(name) for name in ("error", "errors", "description")):
            raise Unreadable("it tells of an error")


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable("it is not JSON") from None


def pause_asked_for(retry_after: str | None, now: datetime) -> float:
    """How many seconds a Retry-After asks for: a number of them, or a date; within bounds, whatever it says."""
    given = (retry_after or "").strip()
    seconds = float(given) if _SECONDS.fullmatch(given) else _seconds_until(given, now)
    return min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE)


def _seconds_until(date: str, now: datetime) -> float:
    if not date or len(date) > _DATE_CHARS:
        return USUAL_PAUSE
    try:
        instant = parsedate_to_datetime(date)
        return (instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return USUAL_PAUSE
