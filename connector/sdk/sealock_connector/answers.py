# SPDX-License-Identifier: Apache-2.0
"""
Reading what an origin answered: its JSON, or what it is that answered instead.

`json_of` reads JSON that is nearly JSON wherever it is unambiguous. Where there is none, or none of the origin's,
`diagnosed` tells a firewall from maintenance from a captcha, as an error with a `cause`. Nothing of an answer's
content gets into errors, logs or metrics.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import partial
from math import ceil
from typing import Any, Final, Protocol
from urllib.parse import urljoin, urlsplit

from sealock_connector._answers import nearly_json
from sealock_connector._answers.marks import SHORT, Mark, Seen, first_fit
from sealock_connector._answers.pages import PAGES, PASSWORDS, TARGETS
from sealock_connector._answers.unpacking import GZIP, Unpacking
from sealock_connector._answers.walls import WALLS
from sealock_connector._telemetry import count_odd_answer
from sealock_connector.egress import (
    AnswerLate,
    AnswerTooLarge,
    OriginMoved,
    TooMuchAsked,
)
from sealock_connector.errors import Cause, ConnectorError, MessageRejected, OriginThrottled, OriginUnavailable
from sealock_connector.localisation import Text
from sealock_contract.json_values import NotJson, TooDeep, read_plain_json

__all__ = ["Answer", "diagnosed", "json_of", "moved_to", "retry_after"]

MOST_JSON_BYTES: Final = 2 * 1024 * 1024
MOST_JSON_PARTS: Final = 300_000
JSON_PARTS: Final = (b"[", b"{", b'":')
LONGEST_WAIT: Final = timedelta(days=1)
_SECONDS: Final = re.compile(r"\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_EPOCH: Final = 1_000_000_000
_REFRESH: Final = re.compile(
    rb"(?:http-equiv=[\"']?refresh[\"']?[^<>]{0,200}?url=|location(?:\.href)? ?= ?|location\.replace\()[\"' ]{0,3}"
    rb"(https?://[^\"'<> ]{1,300})"
)
_HOST: Final = re.compile(r"[a-z0-9._:\[\]-]{1,253}", re.ASCII)
_SECRETS: Final = ("authorization", "cookie", "token", "secret", "api-key", "apikey")
_log = logging.getLogger(__name__)


class Request(Protocol):
    """What is needed of the request that was answered."""

    @property
    def method(self) -> str:
        """GET, POST and so on."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What was sent with it."""


class Answer(Protocol):
    """What is needed of an answer that was read to its end."""

    @property
    def status_code(self) -> int:
        """The status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, found by names in lower case."""

    @property
    def content(self) -> bytes:
        """The whole body."""

    @property
    def url(self) -> object:
        """The address that answered; its `str` is looked at."""

    @property
    def request(self) -> Request:
        """What was answered."""

    @property
    def history(self) -> Sequence[Answer]:
        """The redirects that were followed to this answer."""


def json_of(answer: Answer) -> Any:
    """
    The JSON of an answer, whatever its status.

    A byte order mark, another charset, notices, markup or a comment around it, a wrong content type, halves of
    surrogate pairs, numbers that are not finite (None) and the like are passed over, counted, and said once in the log.

    Raises `AnswerTooLarge` for more than 2 MiB, 300,000 arrays, objects and members, or 100 levels; what `diagnosed`
    gives where there is no JSON, or more than one; and `OriginMoved` where the request was redirected to another host,
    which did not get its credentials.
    """
    content = _measured(answer.content)
    try:
        value, odd = _read(content, answer)
    except TooDeep:
        raise AnswerTooLarge("the origin's answer is nested too deeply") from None
    except NotJson:
        raise diagnosed(answer) from None
    if _lost_credentials(answer):
        raise diagnosed(answer)
    if "json" not in answer.headers.get("content-type", "").lower():
        odd = (*odd, "content_type")
    for what in odd:
        if count_odd_answer(what):
            _log.warning("an answer was nearly JSON and was read: %s", what.replace("_", " "))
    return value


def _read(content: bytes, answer: Answer) -> tuple[Any, Sequence[str]]:
    """The value, and what had to be passed over. A text may have JSON in it."""
    with suppress(NotJson):
        value = read_plain_json(content)
        if not isinstance(value, str):
            return value, ()
    return nearly_json.read(content, partial(_charset, answer))


def _measured(content: bytes) -> bytes:
    """The content, if it can be read in about a tenth of a second; packed content is unpacked for that."""
    if content.startswith(GZIP):
        unpacking = Unpacking()
        content = unpacking.take(content, MOST_JSON_BYTES + 1)
    if len(content) <= MOST_JSON_PARTS:
        return content
    if len(content) > MOST_JSON_BYTES or sum(map(content.count, JSON_PARTS)) > MOST_JSON_PARTS:
        raise AnswerTooLarge("the origin's answer has more than is taken")
    return content


def diagnosed(answer: Answer) -> ConnectorError:
    """
    What an answer is that is not the one of the origin's API, as an error to raise, with its `cause`.

    Ask it where `json_of` did not raise, too, if the JSON is neither what was asked for nor a refusal in the origin's
    own words: firewalls and clouds answer JSON as well. A call with a body gets `MessageRejected` where it is too large
    for the origin. Errors that may go away when less is asked for are `TooMuchAsked`.
    """
    status, method = answer.status_code, answer.request.method
    seen = Seen.of(status, answer.headers, answer.content)
    fit = first_fit(TARGETS, _target(answer)) or first_fit(WALLS, seen) or first_fit(PAGES, seen)
    to = moved_to(answer) or _refreshed_to(answer, seen)
    if fit is None and (to or _is_redirect(answer)):
        return _redirected(answer, to)
    fit = fit or first_fit(PASSWORDS, seen)
    wait = retry_after(answer)
    if fit is None and status == 429:
        return OriginThrottled("the origin asks for fewer calls", retry_after=wait)
    cause, what = (fit.cause, fit.what) if fit else (_by_status(answer), "something else than its API")
    detail = f"{what} answered ({status})"
    if cause is Cause.TOO_LARGE and method not in {"GET", "HEAD"}:
        return MessageRejected(Text("The site does not take replies as large as this one."), detail=detail, cause=cause)
    return _kind(answer, fit)(detail, retry_after=wait, cause=cause)


def retry_after(answer: Answer) -> timedelta | None:
    """
    How long the answer asks to wait, at most a day: in seconds, or until a date by the origin's own clock.

    None where it does not say so, or nothing that can be read.
    """
    said = answer.headers.get("retry-after", "").strip()
    if said and not _SECONDS.match(said):
        return _until(said, answer.headers.get("date", ""))
    reset = answer.headers.get("ratelimit-reset", "") or answer.headers.get("x-ratelimit-reset", "")
    found = _SECONDS.match(said or reset.strip())
    if found is None:
        return None
    seconds = float(found[0])
    if seconds < _EPOCH:
        return min(timedelta(seconds=ceil(seconds)), LONGEST_WAIT)
    return None if (now := _instant(answer.headers.get("date", ""))) is None else _bounded(seconds - now)


def moved_to(answer: Answer) -> str:
    """
    Scheme, host and port of another origin that the answer redirects to, or came from in the end; empty if none.

    Of a scheme other than http and https, or a host that is none, nothing is said.
    """
    asked = _origin(str(answer.history[0].url if answer.history else answer.url))
    leads = _origin(_location(answer) or str(answer.url))
    return "" if leads == asked else leads


def _target(answer: Answer) -> Seen:
    """Where a redirect leads."""
    target = _location(answer) or (str(answer.url) if answer.history else "")
    return Seen.of(answer.status_code, {}, target.encode(errors="replace"))


def _refreshed_to(answer: Answer, seen: Seen) -> str:
    """Where a page that does nothing else leads to, if that is another origin."""
    found = _REFRESH.search(seen.page) if len(seen.page) <= SHORT else None
    to = _origin(found[1].decode("ascii", "replace")) if found else ""
    return "" if to == _origin(str(answer.url)) else to


def _is_redirect(answer: Answer) -> bool:
    return 300 <= answer.status_code < 400 and bool(_location(answer))


def _redirected(answer: Answer, to: str) -> ConnectorError:
    """The error for a redirect that was not followed, or was without the credentials."""
    if not to and urlsplit(_location(answer)).path in {"", "/"}:
        return OriginUnavailable("the call is redirected to the home page", cause=Cause.NOT_ITS_API)
    return OriginMoved(to)


def _lost_credentials(answer: Answer) -> bool:
    if not answer.history or not moved_to(answer):
        return False
    return any(part in name.lower() for name in answer.history[0].request.headers for part in _SECRETS)


_CAUSES: Final = {
    400: Cause.NOT_ITS_API,
    401: Cause.FIREWALL,
    402: Cause.SUSPENDED,
    403: Cause.FIREWALL,
    405: Cause.ROUTE_MISSING,
    406: Cause.FIREWALL,
    408: Cause.TIMED_OUT,
    413: Cause.TOO_LARGE,
    414: Cause.TOO_LARGE,
    415: Cause.FIREWALL,
    418: Cause.FIREWALL,
    421: Cause.CERTIFICATE,
    423: Cause.FIREWALL,
    431: Cause.TOO_LARGE,
    444: Cause.FIREWALL,
    451: Cause.FIREWALL,
    501: Cause.ROUTE_MISSING,
    504: Cause.TIMED_OUT,
    509: Cause.SUSPENDED,
    511: Cause.HOST_PASSWORD,
    521: Cause.NOT_REACHED,
    522: Cause.NOT_REACHED,
    523: Cause.NOT_REACHED,
    524: Cause.TIMED_OUT,
    525: Cause.CERTIFICATE,
    526: Cause.CERTIFICATE,
    999: Cause.FIREWALL,
}
"""By status, where nothing in the answer says more. Cloudflare's own are 520 to 530."""
_NO_SUCH_METHOD: Final = {405, 501}


def _by_status(answer: Answer) -> Cause:
    status = answer.status_code
    if status in _NO_SUCH_METHOD and answer.request.method == "GET":
        return Cause.FIREWALL  # every API takes GET: what refuses it stands before it
    if status in _CAUSES:
        return _CAUSES[status]
    if status >= 500:
        return Cause.ORIGIN_FAILED
    if _is_markup(answer):
        return Cause.NOT_ITS_API
    return Cause.UNREADABLE if answer.status_code < 400 else Cause.ROUTE_MISSING


def _is_markup(answer: Answer) -> bool:
    return answer.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _kind(answer: Answer, fit: Mark | None) -> type[OriginUnavailable]:
    """The class of the error: whether it may help to ask for less."""
    if fit is not None:
        return TooMuchAsked if fit.when_much else OriginUnavailable
    status = answer.status_code
    cause = _by_status(answer)
    if cause is Cause.TIMED_OUT:
        return AnswerLate
    if cause is Cause.TOO_LARGE or (cause is Cause.ORIGIN_FAILED and status != 503):
        return TooMuchAsked
    return (
        TooMuchAsked
        if cause is Cause.UNREADABLE and not answer.content.rstrip().endswith((b"}", b"]"))
        else OriginUnavailable
    )


def _charset(answer: Answer) -> str:
    declared = Message()
    declared["content-type"] = answer.headers.get("content-type", "")[:200]
    found = declared.get_param("charset", "")
    return found if isinstance(found, str) else ""


def _location(answer: Answer) -> str:
    said = answer.headers.get("location", "") if 300 <= answer.status_code < 400 else ""
    try:
        return urljoin(str(answer.url), said) if said else ""
    except ValueError:
        return ""


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}{'' if port in {None, usual} else f':{port}'}"


def _until(date: str, now: str) -> timedelta | None:
    until, at = _instant(date), _instant(now)
    return None if until is None or at is None else _bounded(until - at)


def _instant(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date[:100]).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def _bounded(seconds: float) -> timedelta:
    return min(max(timedelta(), timedelta(seconds=min(ceil(seconds), LONGEST_WAIT.total_seconds()))), LONGEST_WAIT)
