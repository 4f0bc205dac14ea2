# SPDX-License-Identifier: Apache-2.0
"""What Meta's error codes mean: one table, and what follows from each meaning."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
    OutcomeUnknown,
)


class Meaning(enum.Enum):
    """What a refusal means for us."""

    TOKEN_DEAD = "the token is dead"  # noqa: S105
    NOT_PERMITTED = "a permission is missing"
    THROTTLED = "too many calls"
    TRANSIENT = "Meta failed for now"
    GONE = "it does not exist, or is not visible"
    NOT_VISIBLE = "the person does not let apps see this"
    BAD_REQUEST = "a parameter is refused"
    MISCONFIGURED = "the app's secret is wrong, or the API's version is gone"
    BLOCKED = "blocked as abusive"
    DUPLICATE = "the same was posted already"
    WINDOW_CLOSED = "outside the messaging window"
    UNREACHABLE_PERSON = "the person takes no messages"
    RESTRICTED = "sending is restricted for now"
    REPLIED_ALREADY = "there is a private reply already"
    TOO_LATE = "too late for a private reply"


MEANINGS: Mapping[tuple[int, int | None], Meaning] = {
    (1, None): Meaning.TRANSIENT,
    (2, None): Meaning.TRANSIENT,
    (3, None): Meaning.NOT_PERMITTED,
    (4, None): Meaning.THROTTLED,
    (10, None): Meaning.NOT_PERMITTED,
    (10, 1893063): Meaning.RESTRICTED,
    (10, 2018278): Meaning.WINDOW_CLOSED,
    (10, 2534022): Meaning.WINDOW_CLOSED,
    (17, None): Meaning.THROTTLED,
    (32, None): Meaning.THROTTLED,
    (100, None): Meaning.BAD_REQUEST,
    (100, 33): Meaning.GONE,
    (100, 2018001): Meaning.GONE,
    (100, 2018218): Meaning.NOT_VISIBLE,
    (102, None): Meaning.TOKEN_DEAD,
    (104, None): Meaning.MISCONFIGURED,
    (190, None): Meaning.TOKEN_DEAD,
    (230, None): Meaning.NOT_VISIBLE,
    (341, None): Meaning.THROTTLED,
    (368, None): Meaning.BLOCKED,
    (506, None): Meaning.DUPLICATE,
    (551, None): Meaning.UNREACHABLE_PERSON,
    (551, 1545041): Meaning.UNREACHABLE_PERSON,
    (613, None): Meaning.THROTTLED,
    (2635, None): Meaning.MISCONFIGURED,
    (10900, None): Meaning.REPLIED_ALREADY,
    (10903, None): Meaning.TOO_LATE,
    (80001, None): Meaning.THROTTLED,
    (80002, None): Meaning.THROTTLED,
    (80006, None): Meaning.THROTTLED,
}
"""By code and subcode; None stands for every subcode that has no row of its own."""
PERMISSIONS = range(200, 300)
"""Permissions, one of them a code; those that have rows of their own go by these."""
WHY_DEAD = {
    458: "the app was removed",
    459: "a checkpoint is waiting there",
    460: "the password was changed",
    463: "the sign-in expired",
    464: "the person's account is not confirmed",
    467: "the sign-in is no longer valid",
}
"""What the subcodes of 190 say, in words for people."""
_STANDS = {Meaning.THROTTLED, Meaning.TOKEN_DEAD, Meaning.MISCONFIGURED}
"""What does not become a passing failure because an answer calls itself one."""
OF_THE_ACCOUNT = {Meaning.TOKEN_DEAD, Meaning.NOT_PERMITTED, Meaning.THROTTLED, Meaning.MISCONFIGURED}
"""What concerns the whole account, not one item."""
PASSING = {Meaning.THROTTLED, Meaning.TRANSIENT}
"""What is over by itself."""
SOON = timedelta(minutes=1)


@dataclass(slots=True, eq=False)
class Refused(Exception):
    """The Graph API said no. `detail` is for logs: numbers only, nothing that anybody wrote."""

    status: int
    code: int
    subcode: int
    meaning: Meaning
    words: str = ""
    """What Meta says to people (`error_user_msg`), at most 300 characters; often empty."""
    retry_after: timedelta | None = None

    @property
    def detail(self) -> str:
        """The refusal by its numbers."""
        return f"Meta refused: {self.meaning.value} ({self.status}, code {self.code}/{self.subcode})"

    def __str__(self) -> str:
        return self.detail


class PartlyRejected(MessageRejected):
    """A part of the reply was sent, and the rest is refused for good."""

    nothing_sent = False


class PartlyRevoked(AccountRevoked):
    """A part of the reply was sent, and then the account's credentials were no longer taken."""

    nothing_sent = False


def meaning_of(code: int, subcode: int = 0, *, status: int = 400, transient: bool = False) -> Meaning:
    """What the numbers of a refusal mean. Total: numbers that nobody documented have a meaning too."""
    known = MEANINGS.get((code, subcode)) or MEANINGS.get((code, None))
    if known is None:
        known = Meaning.NOT_PERMITTED if code in PERMISSIONS else Meaning.BAD_REQUEST
    return Meaning.TRANSIENT if (transient or status >= 500) and known not in _STANDS else known


def refusal(status: int, error: Mapping[str, Any], retry_after: timedelta | None = None) -> Refused:
    """The refusal that an answer's `error` object tells of."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    meaning = meaning_of(code, subcode, status=status, transient=error.get("is_transient") is True)
    words = error.get("error_user_msg")
    return Refused(status, code, subcode, meaning, words[:300] if isinstance(words, str) else "", retry_after)


def explain(refused: Refused, origin: str) -> ConnectorError:
    """
    What a refusal means to those who wait for a reply; `origin` is its name for people.

    A permission that is missing is an `AccountRevoked` here; whoever knows better looks first.
    """
    detail, waiting = refused.detail, refused.retry_after
    errors: Mapping[Meaning, ConnectorError] = {
        Meaning.TOKEN_DEAD: AccountRevoked(detail, message_for_agent=_dead(refused, origin)),
        Meaning.NOT_PERMITTED: AccountRevoked(
            detail,
            message_for_agent=f"{origin} no longer lets this account do this. An administrator has to connect it "
            "again.",
        ),
        Meaning.THROTTLED: OriginThrottled(detail, retry_after=waiting or SOON),
        Meaning.TRANSIENT: OriginUnavailable(detail, retry_after=waiting),
        Meaning.GONE: NotFound(detail, message_for_agent=f"What this replies to is no longer on {origin}."),
        Meaning.NOT_VISIBLE: NotFound(detail, message_for_agent=f"{origin} does not let this account see the person."),
        Meaning.MISCONFIGURED: ConnectorError(detail),
    }
    return errors.get(refused.meaning) or MessageRejected(_sentence(refused, origin), detail=detail)


def explain_to_pull(refused: Refused, origin: str) -> ConnectorError:
    """The same for a pull, which has no message that could be refused, and asks for nothing that could be gone."""
    error = explain(refused, origin)
    if isinstance(error, MessageRejected | NotFound):
        return OriginUnavailable(refused.detail)
    return error


def explain_missing_permission(
    refused: Refused, origin: str, lost: Sequence[str] | None, *, account: str, pulling: bool
) -> ConnectorError:
    """
    What a refusal for lack of a permission means, once the account's token was looked at.

    `lost` are the permissions that the token has no more: none of them where it is no longer valid as a whole, and
    None where it has them all. Then Meta refuses a single item; `account` is what it does not let do that.
    """
    if lost is not None:
        lacks = f": {', '.join(lost)}" if lost else ""
        return AccountRevoked(
            refused.detail,
            message_for_agent=f"{origin} no longer lets this account do its work{lacks}. "
            "An administrator has to connect it again.",
        )
    if pulling:
        return explain(refused, origin)
    return MessageRejected(f"{origin} does not let this {account} do that here.", detail=refused.detail)


def after_a_part(error: ConnectorError) -> ConnectorError:
    """The error where a part of a reply was sent before, or may have been: one that does not say that nothing was."""
    if not error.nothing_sent:
        return error
    if isinstance(error, AccountRevoked):
        return PartlyRevoked(str(error), message_for_agent=error.message_for_agent)
    if error.retryable:
        return OriginUnavailable(str(error), retry_after=error.retry_after)
    why = error.message_for_agent or "Please look at the conversation before you send it again."
    if isinstance(error, MessageRejected):
        return PartlyRejected(f"A part of the reply was sent, the rest was not. {why}", detail=str(error))
    return OutcomeUnknown(str(error), message_for_agent=f"A part of the reply was sent, the rest was not. {why}")


def _dead(refused: Refused, origin: str) -> str:
    why = WHY_DEAD.get(refused.subcode)
    return (
        f"{origin} no longer accepts this account's sign-in{f': {why}' if why else ''}. "
        "An administrator has to connect it again."
    )


def _sentence(refused: Refused, origin: str) -> str:
    """Why the reply is refused for good."""
    fixed = {
        Meaning.WINDOW_CLOSED: f"{origin} takes no more messages to this person: the time to answer is over. "
        "It opens again when the person writes.",
        Meaning.UNREACHABLE_PERSON: f"{origin} cannot deliver messages to this person, who may have blocked the "
        "account or left.",
        Meaning.RESTRICTED: f"{origin} has restricted this account from sending messages for now.",
        Meaning.BLOCKED: f"{origin} has blocked this as abusive. It may work again later, with other words.",
        Meaning.DUPLICATE: f"{origin} has the same reply already.",
        Meaning.REPLIED_ALREADY: "This was answered privately already, which is possible only once. "
        "What the person answers comes as a message.",
        Meaning.TOO_LATE: "It is too late for a private reply: it is possible for seven days.",
    }.get(refused.meaning)
    return fixed or f"{origin} refuses this reply{f': {refused.words}' if refused.words else '.'}"


def _number(raw: Any) -> int:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else 0
