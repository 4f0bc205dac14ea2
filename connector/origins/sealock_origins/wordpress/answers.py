# SPDX-License-Identifier: Apache-2.0
"""Reading a site's answers: JSON, WordPress's own refusals, and everything that is not WordPress at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_origins.wordpress.html import title_of

_CODE = re.compile(r"[a-z0-9_-]{1,80}", re.ASCII | re.IGNORECASE)


class Refused(Exception):
    """WordPress said no, in its own words. `code` is WordPress's name for the reason, such as `comment_duplicate`."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.sentence = sentence
        """What WordPress says to people, plain, at most 300 characters."""


def read_json(response: httpx2.Response) -> Any:
    """
    The answer's JSON.

    Raises `Refused`, `OriginThrottled` for 429, and `OriginUnavailable` for answers that are not WordPress's: HTML
    of a firewall, a maintenance page, a redirect to somewhere else.
    """
    told = _json(response)
    if response.is_success and told is not None:
        return told
    status = response.status_code
    if status == 429:
        raise OriginThrottled("the site asks for fewer calls", retry_after=_retry_after(response))
    if 400 <= status < 500 and isinstance(told, dict) and _CODE.fullmatch(str(told.get("code"))):
        raise Refused(status, str(told["code"]), title_of(str(told.get("message", "")))[:300])
    raise OriginUnavailable(f"the site answered {status} without WordPress's JSON", retry_after=_retry_after(response))


def read_upload(response: httpx2.Response) -> Any:
    """
    The answer to an upload as JSON.

    Raises what `read_json` raises. WordPress answers 500 to files that it does not take: that is `Refused` too.
    """
    told = _json(response)
    code = str(told.get("code", "")) if isinstance(told, dict) else ""
    if response.status_code == 413:
        raise Refused(413, "too_large", "A file is larger than the site takes.")
    if response.status_code == 500 and code.startswith("rest_upload_"):
        raise Refused(500, code[:80], title_of(str(told["message"]))[:300] if "message" in told else "")
    return read_json(response)


def server_time(response: httpx2.Response) -> datetime:
    """The answer's Date, and a check of the answer. Raises what `read_json` raises."""
    read_json(response)
    try:
        instant = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        raise OriginUnavailable("the site does not say what time it is") from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _json(response: httpx2.Response) -> Any:
    if "json" not in response.headers.get("content-type", "").lower():
        return None
    try:
        return response.json()
    except ValueError:
        return None


def _retry_after(response: httpx2.Response) -> timedelta | None:
    seconds = response.headers.get("retry-after", "")
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 6 else None
