# SPDX-License-Identifier: Apache-2.0
"""How a site's answers are read, and what its refusals mean."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from sealock_connector import (
    AccountRevoked,
    Cause,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
)
from sealock_connector.answers import diagnosed, json_of
from sealock_connector.egress import OriginAnswer
from sealock_connector.markup import one_line
from sealock_origins.wordpress.comments import User, in_utc

MODERATE = "moderate_comments"
"""The right that an account needs."""
PASSWORD_REFUSED = (
    "WordPress no longer accepts this account's application password. An administrator has to enter a new one."  # noqa: S105
)
NO_LONGER_MODERATES = (
    "The WordPress user of this account may no longer moderate comments. An administrator has to give the user the "
    "right back, or connect the account with another user."
)
_MOST_SENTENCE_CHARS = 300
_CODE = re.compile(r"[a-z0-9_-]{1,80}", re.ASCII | re.IGNORECASE)
PASSWORDS_OFF = {"application_passwords_disabled", "application_passwords_disabled_for_user"}
NOBODY = {"rest_not_logged_in", "incorrect_password", "invalid_username", "invalid_email", *PASSWORDS_OFF}
"""What WordPress itself answers to somebody whose credentials it does not accept."""
_LOCKED_OUT = re.compile(r"too_?many|locked|lockout|retries", re.IGNORECASE)
NOT_MODERATING = "rest_forbidden_context"
"""WordPress's own answer to somebody who may not moderate, and wants to see what moderators see."""
_VISITOR = "rest_not_logged_in"
_TOO_MANY, _FAILED = 429, 500
_FAULTS = {"internal_server_error"}
"""The codes of 500 that say nothing of what was asked for."""


class Site(Protocol):
    """What a site can be asked to prove an account by."""

    async def who_we_are(self) -> User:
        """The user whose credentials these are. Raises `Refused` when they are not accepted."""

    async def takes_password_elsewhere(self) -> bool:
        """Whether the site knows the password where it comes another way than in a header."""


class Refused(Exception):
    """WordPress said no, in its own words. `code` is WordPress's name for the reason, such as `comment_duplicate`."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.sentence = sentence
        """What WordPress says to people, plain, at most 300 characters."""


def read_answer(response: OriginAnswer) -> Any:
    """
    The answer's JSON.

    Raises `Refused`, and the SDK's errors for answers that are not WordPress's: HTML of a firewall, a maintenance
    page, a redirect to somewhere else.
    """
    answer = json_of(response)
    status = response.status_code
    code = _code(answer)
    if response.is_success and code:
        status = _told_status(answer) or status
    if 200 <= status < 300:
        return answer
    if 400 <= status < 500 and status != _TOO_MANY and code:
        raise _refused(status, answer)
    raise diagnosed(response)


def read_written(response: OriginAnswer) -> Any:
    """
    The answer to a call that writes as JSON.

    Raises what `read_answer` raises. WordPress answers 500 to files that it does not take, to texts that its database
    cannot hold, and where a plugin refuses without naming a status: these are `Refused` too.
    """
    if response.status_code == _FAILED:
        answer = json_of(response)
        if (code := _code(answer)) and code not in _FAULTS:
            raise _refused(_FAILED, answer)
    return read_answer(response)


def said_time(response: OriginAnswer) -> datetime | None:
    """The answer's Date, if it has one."""
    try:
        return in_utc(parsedate_to_datetime(response.headers.get("date", "")))
    except (ValueError, OverflowError):
        return None


def locked_out(refused: Refused) -> bool:
    """Whether a plugin lets nobody in for a while, after somebody tried wrong passwords."""
    return _LOCKED_OUT.search(refused.code) is not None


def _refused_with(refused: Refused) -> str:
    return f"WordPress no longer accepts this account's application password, and says: {words_of(refused)}"


def words_of(refused: Refused) -> str:
    """What the refusal says to people, or its code."""
    return refused.sentence or refused.code


async def explain(refused: Refused, site: Site) -> ConnectorError:
    """
    What the refusal of a reply means.

    A wrong password is not always called one: WordPress may treat the caller as an anonymous visitor, who lacks
    rights. So after any lack of rights the user is asked for, which only the right password answers.
    """
    if refused.status in {401, 403}:
        return await account_error(site, refused) or MessageRejected(
            f"WordPress refuses this: {words_of(refused)}", cause=Cause.RIGHT_MISSING
        )
    if refused.code == "rest_no_route":
        return OriginUnavailable("the site's REST API has no comments", cause=Cause.ROUTE_MISSING)
    if refused.status in {404, 410}:
        return NotFound(f"the site does not have it: {refused.code}")
    return MessageRejected(f"WordPress refuses this: {words_of(refused)}")


async def explain_to_pull(refused: Refused, site: Site) -> ConnectorError:
    """The same for a pull, which has no message that could be refused, and asks for nothing that could be gone."""
    error = await explain(refused, site)
    if isinstance(error, MessageRejected | NotFound):
        cause = Cause.RIGHT_MISSING if refused.status in {401, 403} else Cause.ROUTE_MISSING
        return OriginUnavailable(f"the site refuses its comments: {refused.code}", cause=cause)
    return error


async def account_error(site: Site, refused_before: Refused | None = None) -> ConnectorError | None:
    """
    What is wrong with the account, perhaps known by what was refused before; None if it is alive and has its rights.

    The one proof that an account is dead: the site does not say whose credentials these are, nor shows what only
    moderators see. Raises the SDK's errors where something else answers.
    """
    try:
        user = await site.who_we_are()
    except Refused as refused:
        if locked_out(refused):
            return OriginThrottled("the site lets nobody in for a while", message_for_agent=refused.sentence)
        if refused.status != 401:
            return OriginUnavailable(f"the REST API refuses everything: {refused.code}", cause=Cause.FIREWALL)
        if refused.code == _VISITOR and await site.takes_password_elsewhere():
            return OriginUnavailable("the credentials do not arrive", cause=Cause.CREDENTIALS_DROPPED)
        return AccountRevoked(
            f"no user with this password: {refused.code}",
            message_for_agent=PASSWORD_REFUSED if refused.code in NOBODY else _refused_with(refused),
            cause=Cause.CREDENTIALS_REFUSED,
        )
    # What a user may is told by role, whatever a plugin takes away.
    lacks = refused_before is not None and refused_before.code == NOT_MODERATING
    if user.has(MODERATE) and not lacks:
        return None
    return AccountRevoked(
        "the user may not moderate comments", message_for_agent=NO_LONGER_MODERATES, cause=Cause.RIGHT_MISSING
    )


async def check_account(site: Site) -> None:
    """
    Raise what is wrong with the account, after a pull that brought nothing: a cache may answer anybody.

    A site whose firewall lets nobody ask for users is believed.
    """
    try:
        error = await account_error(site)
    except ConnectorError:
        return
    if isinstance(error, AccountRevoked) or (error is not None and error.cause is Cause.CREDENTIALS_DROPPED):
        raise error


def _refused(status: int, answer: Any) -> Refused:
    return Refused(status, _code(answer), one_line(str(answer.get("message", "")), _MOST_SENTENCE_CHARS))


def _told_status(answer: Any) -> int:
    """The status of a refusal that some sites answer as if all were well; 0 if the answer is none."""
    data = answer.get("data")
    told = data.get("status") if isinstance(data, dict) else None
    return told if isinstance(told, int) and "message" in answer else 0


def _code(answer: Any) -> str:
    """WordPress's name for the reason of a refusal; empty if it gives none."""
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
