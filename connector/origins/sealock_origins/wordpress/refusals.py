# SPDX-License-Identifier: Apache-2.0
"""How a site's answers are read, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    MessageRejected,
    NotFound,
    NotJson,
    OriginThrottled,
    OriginUnavailable,
    read_json,
)
from sealock_connector.egress import measured_json
from sealock_connector.markup import one_line
from sealock_origins.wordpress.comments import User, in_utc

PASSWORD_REFUSED = (
    "WordPress no longer accepts this account's application password. An administrator has to enter a new one."  # noqa: S105
)
NO_LONGER_MODERATES = (
    "The WordPress user of this account may no longer moderate comments. An administrator has to give the user the "
    "right back, or connect the account with another user."
)
_MOST_SENTENCE_CHARS = 300
_CODE = re.compile(r"[a-z0-9_-]{1,80}", re.ASCII | re.IGNORECASE)
WhoWeAre = Callable[[], Awaitable[User]]


class Refused(Exception):
    """WordPress said no, in its own words. `code` is WordPress's name for the reason, such as `comment_duplicate`."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.sentence = sentence
        """What WordPress says to people, plain, at most 300 characters."""


def read_answer(response: httpx2.Response) -> Any:
    """
    The answer's JSON.

    Raises `Refused`, `OriginThrottled` for 429, and `OriginUnavailable` for answers that are not WordPress's: HTML
    of a firewall, a maintenance page, a redirect to somewhere else.
    """
    answer = _json(response)
    if response.is_success and answer is not None:
        return answer
    status = response.status_code
    if status == 429:
        raise OriginThrottled("the site asks for fewer calls", retry_after=_retry_after(response))
    if 400 <= status < 500 and (code := _code(answer)):
        raise Refused(status, code, one_line(str(answer.get("message", "")), _MOST_SENTENCE_CHARS))
    raise OriginUnavailable(f"the site answered {status} without WordPress's JSON", retry_after=_retry_after(response))


def read_upload(response: httpx2.Response) -> Any:
    """
    The answer to an upload as JSON.

    Raises what `read_answer` raises. WordPress answers 500 to files that it does not take: that is `Refused` too.
    """
    answer = _json(response)
    code = _code(answer)
    if response.status_code == 413:
        raise Refused(413, "too_large", "A file is larger than the site takes.")
    if response.status_code == 500 and code.startswith("rest_upload_"):
        raise Refused(500, code, one_line(str(answer.get("message", "")), _MOST_SENTENCE_CHARS))
    return read_answer(response)


def server_time(response: httpx2.Response) -> datetime:
    """The answer's Date, and a check of the answer. Raises what `read_answer` raises."""
    read_answer(response)
    try:
        return in_utc(parsedate_to_datetime(response.headers.get("date", "")))
    except (ValueError, OverflowError):
        raise OriginUnavailable("the site does not say what time it is") from None


async def explain(refused: Refused, who: WhoWeAre) -> ConnectorError:
    """
    What the refusal of a reply means; `who` asks the site whose credentials these are.

    A wrong password is not always called one: WordPress may treat the caller as an anonymous visitor, who lacks
    rights. So after any lack of rights the user is asked for, which only the right password answers.
    """
    if refused.status in {401, 403}:
        return await _explain_lack_of_rights(refused, who)
    if refused.code == "rest_no_route":
        return OriginUnavailable("the site's REST API has no comments")
    if refused.status in {404, 410}:
        return NotFound(f"the site does not have it: {refused.code}")
    return MessageRejected(f"WordPress refuses this: {refused.sentence or refused.code}")


async def explain_to_pull(refused: Refused, who: WhoWeAre) -> ConnectorError:
    """The same for a pull, which has no message that could be refused, and asks for nothing that could be gone."""
    error = await explain(refused, who)
    if isinstance(error, MessageRejected | NotFound):
        return OriginUnavailable(f"the site refuses its comments: {refused.code}")
    return error


async def _explain_lack_of_rights(refused: Refused, who: WhoWeAre) -> ConnectorError:
    try:
        user = await who()
    except Refused as again:
        if again.status == 401:
            return AccountRevoked(f"no user with this password: {again.code}", message_for_agent=PASSWORD_REFUSED)
        return OriginUnavailable(f"the REST API refuses everything: {again.code}")
    if not user.moderates:
        return AccountRevoked("the user may not moderate comments", message_for_agent=NO_LONGER_MODERATES)
    return MessageRejected(f"WordPress refuses this: {refused.sentence or refused.code}")


def _json(response: httpx2.Response) -> Any:
    if "json" not in response.headers.get("content-type", "").lower():
        return None
    try:
        return read_json(measured_json(response))
    except NotJson:
        return None


def _code(answer: Any) -> str:
    """WordPress's name for the reason of a refusal; empty if it gives none."""
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _retry_after(response: httpx2.Response) -> timedelta | None:
    seconds = response.headers.get("retry-after", "")
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 6 else None
