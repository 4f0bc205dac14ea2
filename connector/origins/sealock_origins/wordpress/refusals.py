# SPDX-License-Identifier: Apache-2.0
"""How a site's answers are read, and in which words it, or a plugin of it, refuses a call."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from sealock_connector import Cause, ConnectorError, OriginThrottled, OriginUnavailable, Text
from sealock_connector.answers import diagnosed, json_of
from sealock_connector.egress import OriginAnswer
from sealock_connector.markup import one_line
from sealock_origins.wordpress.comments import in_utc

PASSWORDS_OFF = {"application_passwords_disabled", "application_passwords_disabled_for_user"}
NOT_LOGGED_IN = "rest_not_logged_in"
NOBODY = {NOT_LOGGED_IN, "incorrect_password", "invalid_username", "invalid_email", *PASSWORDS_OFF}
"""What WordPress itself answers to somebody whose credentials it does not accept."""
UNAUTHORIZED = 401
_MOST_SENTENCE_CHARS = 300
_CODE = re.compile(r"[a-z0-9_-]{1,80}", re.ASCII | re.IGNORECASE)
_LOCKED_OUT = re.compile(
    r"too_?many|lockout|lock_?down|retries|brute_?force|locked|login attempts|maximum login|too quickly",
    re.IGNORECASE,
)
_SECOND_FACTOR = re.compile(
    r"(two|2|second|multi)[ _-]?factor|(two|2)[ _-]?step|(\b|_)([2m]fa|otp)(\b|_)|"
    r"one[ -]time (pass|code)|authenticator",
    re.IGNORECASE,
)
_TAKES_HEADER = re.compile(r"(simple_)?jwt|oauth|bearer", re.IGNORECASE)
_REFUSED, _TOO_MANY, _FAILED = 400, 429, 500
_NOT_ALLOWED = {400, 401, 403}
_GONE, _ENDED = 410, "wp_die"
"""What a network answers for a site that it has closed, before anything of the site runs."""
_FAULTS = {"internal_server_error"}
"""The codes of 500 that say nothing of what was asked for."""
_FAILURES = ("error", "fail", "failed")
_WORDS = ("message", "error_description", "error", "msg")


class Refused(Exception):
    """WordPress said no, in its own words. `code` is WordPress's name for the reason, such as `comment_duplicate`."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.sentence = sentence
        """What WordPress says to people, plain, at most 300 characters."""

    @property
    def words(self) -> str:
        """What it says to people, or its code."""
        return self.sentence or self.code

    @property
    def locked_out(self) -> bool:
        """Whether a plugin lets nobody in for a while, after somebody tried wrong passwords."""
        return self._says(_LOCKED_OUT)

    @property
    def second_factor(self) -> bool:
        """Whether a plugin wants more than the password."""
        return self._says(_SECOND_FACTOR)

    @property
    def header_taken(self) -> bool:
        """Whether a plugin that signs people in by tokens took the header with the password for one of its own."""
        return _TAKES_HEADER.match(self.code) is not None

    def _says(self, what: re.Pattern[str]) -> bool:
        return what.search(self.code) is not None or what.search(self.sentence) is not None


def site_says(words: str) -> Text:
    """What people read of the site's own words."""
    return Text("The site says: {words}", words=words)


def read_answer(response: OriginAnswer) -> Any:
    """
    The answer's JSON.

    Raises `Refused`, and the SDK's errors for answers that are not WordPress's: HTML of a firewall, a maintenance
    page, a redirect to somewhere else. Where these say something to people, the error has it for the agent.
    """
    answer = json_of(response)
    status, code = _status(response, answer), _code(answer)
    if 200 <= status < 300 and not _is_plugins_own(answer):
        return answer
    if status == _GONE and code == _ENDED:
        told = site_says(_words_in(answer))
        raise OriginUnavailable("the network has closed the site", message_for_agent=told, cause=Cause.SUSPENDED)
    if 400 <= status < 500 and status != _TOO_MANY and (code or (status in _NOT_ALLOWED and _is_plugins_own(answer))):
        raise Refused(status, code, _words_in(answer))
    raise _with_words(diagnosed(response), answer)


def read_written(response: OriginAnswer) -> Any:
    """
    The answer to a call that writes as JSON.

    Raises what `read_answer` raises. WordPress answers 500 to files that it does not take, to texts that its database
    cannot hold, and where a plugin refuses without naming a status: these are `Refused` too, and so is what a plugin
    answers in a form of its own.
    """
    if response.status_code <= _FAILED and response.status_code != _TOO_MANY:
        answer = json_of(response)
        if (code := _code(answer)) and response.status_code == _FAILED and code not in _FAULTS:
            raise Refused(_FAILED, code, _words_in(answer))
        if _is_plugins_own(answer):
            raise Refused(max(response.status_code, _REFUSED), code, _words_in(answer))
    return read_answer(response)


def said_time(response: OriginAnswer) -> datetime | None:
    """The answer's Date, if it has one."""
    try:
        return in_utc(parsedate_to_datetime(response.headers.get("date", "")))
    except (ValueError, OverflowError):
        return None


def _status(response: OriginAnswer, answer: Any) -> int:
    """The status of the answer, or of the refusal that it is: some sites answer that as if all were well."""
    status = response.status_code
    if response.is_success and _code(answer) and "message" in answer and "id" not in answer:
        data = answer.get("data")
        told = data.get("status") if isinstance(data, dict) else None
        return told if isinstance(told, int) and told >= _REFUSED else _REFUSED
    # A plugin that names no status gets 500.
    return UNAUTHORIZED if status >= _FAILED and _code(answer) in NOBODY else status


def _code(answer: Any) -> str:
    """WordPress's name for the reason of a refusal, which some plugins make a number; empty if it gives none."""
    code = answer.get("code") if isinstance(answer, dict) else None
    if isinstance(code, int) and not isinstance(code, bool) and "message" in answer:
        code = str(code)
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _is_plugins_own(answer: Any) -> bool:
    """Whether it is a failure as plugins tell of them outside the REST API."""
    if not isinstance(answer, dict) or "id" in answer:
        return False
    return answer.get("success") is False or answer.get("status") in _FAILURES


def _words_in(answer: Any) -> str:
    """What an answer says to people, which plugins put one level deeper; empty if it says nothing."""
    inner = answer.get("data")
    if isinstance(inner, list):
        inner = inner[0] if inner else None
    texts = [said.get(name) for said in (answer, inner) if isinstance(said, dict) for name in _WORDS]
    text = next((text for text in [*texts, inner] if isinstance(text, str) and text), "")
    return one_line(text, _MOST_SENTENCE_CHARS)


def _with_words(error: ConnectorError, answer: Any) -> ConnectorError:
    """The error, with what the site says to people: it may be that somebody has to wait."""
    code = _code(answer)
    if code in _FAULTS or not (code or _is_plugins_own(answer)):
        return error
    refused = Refused(0, code, _words_in(answer))
    if refused.sentence and not error.message_for_agent:
        error.message_for_agent = site_says(refused.sentence)
    if refused.locked_out and isinstance(error, OriginUnavailable):
        return OriginThrottled(str(error), message_for_agent=error.message_for_agent, retry_after=error.retry_after)
    return error
