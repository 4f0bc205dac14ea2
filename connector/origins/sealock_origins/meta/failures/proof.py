# SPDX-License-Identifier: Apache-2.0
"""Whether an account is dead: asked of Meta before anybody is told to connect it again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, TypeVar

from sealock_connector import AccountRevoked, Cause, ConnectorError, MessageRejected, NotFound, OriginUnavailable, Text
from sealock_origins.meta.failures.codes import PASSING, Meaning
from sealock_origins.meta.failures.explaining import (
    LOOK_AT_THE_APP,
    RECONNECT,
    app_not_taken,
    cause_of,
    dead_sentence,
    explain,
    explain_to_pull,
)
from sealock_origins.meta.failures.refused import Refused

_LOOKS_DEAD = {Meaning.TOKEN_DEAD, Meaning.NOT_PERMITTED, Meaning.GONE}
"""After these the account is looked at. Meta refuses single messages, persons and items with the same codes."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What Meta says of an account when it is asked."""

    valid: bool = True
    """Whether its token is taken."""
    subcode: int = 0
    """Why it is not, where Meta says so."""
    lost: Sequence[str] = ()
    """The permissions that it needs and has no more."""
    there: bool = True
    """Whether the Page or the account is still there, and shown to the token."""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.valid and self.there and not self.lost

    @property
    def cause(self) -> Cause | None:
        """What is wrong with it; None if nothing is."""
        if not self.valid:
            return cause_of(Refused(0, 190, self.subcode, Meaning.TOKEN_DEAD))
        if not self.there:
            return Cause.SUSPENDED
        return Cause.RIGHT_MISSING if self.lost else None


_Account_contra = TypeVar("_Account_contra", contravariant=True)


class Examines(Protocol[_Account_contra]):
    """What can ask Meta for an account."""

    origin: ClassVar[str]
    """The origin's name for people."""

    async def standing(self, account: _Account_contra) -> Standing:
        """
        What Meta says of the account now.

        Raises `Refused` where Meta does not even answer the app's own question, and the SDK's errors.
        """


async def explain_refusal(
    refused: Refused, login: Examines[_Account_contra], account: _Account_contra, *, pulling: bool = False
) -> ConnectorError:
    """
    What a refusal means to a reply, or to a pull.

    Where it looks as if the account were dead, the account is asked for first. It is an `AccountRevoked` if it is; a
    `ConnectorError` for whoever runs the app if Meta takes the app no more; else a refusal of one message or item.
    """
    origin = login.origin
    if refused.meaning not in _LOOKS_DEAD:
        return explain_to_pull(refused, origin) if pulling else explain(refused, origin)
    standing = await _standing(refused, login, account, pulling=pulling)
    if isinstance(standing, ConnectorError):
        return standing
    if not standing.good:
        sentence, cause = _dead_because(standing, refused, origin)
        return AccountRevoked(refused.detail, message_for_agent=sentence, cause=cause)
    if pulling:
        _log.warning("the account is in order, and Meta refuses a part of it: %s", refused.detail)
        return OriginUnavailable(refused.detail, cause=Cause.RIGHT_MISSING)
    if refused.meaning is Meaning.GONE:
        return explain(refused, origin)
    single = Text(
        "{origin} does not let this account answer here. The sign-in is in order: it is about this message, the "
        "person, or what Meta has approved the app for.",
        origin=origin,
    )
    return MessageRejected(single, detail=refused.detail)


async def explain_to_file(
    refused: Refused, login: Examines[_Account_contra], account: _Account_contra
) -> ConnectorError:
    """The same for a file that is opened: one that Meta does not give is not there, unless it is the app's trouble."""
    error = await explain_refusal(refused, login, account)
    if not isinstance(error, MessageRejected):
        return error
    return OriginUnavailable(str(error), cause=error.cause) if error.cause else NotFound(str(error))


async def _standing(
    refused: Refused, login: Examines[_Account_contra], account: _Account_contra, *, pulling: bool
) -> Standing | ConnectorError:
    """The account's standing, or the error where it cannot be had."""
    try:
        return await login.standing(account)
    except Refused as of_the_app:
        if of_the_app.meaning in PASSING:
            return _not_known(refused, of_the_app)
        _log.error("Meta does not take the app: %s", of_the_app.detail)
        if pulling:
            return OriginUnavailable(of_the_app.detail, cause=Cause.APP_REFUSED)
        return MessageRejected(
            Text.joined(app_not_taken(login.origin), LOOK_AT_THE_APP),
            detail=of_the_app.detail,
            cause=Cause.APP_REFUSED,
        )
    except ConnectorError as error:
        return _not_known(refused, error)


def _not_known(refused: Refused, error: Exception) -> ConnectorError:
    _log.warning("%s; the account cannot be looked at now: %s", refused.detail, error)
    return OriginUnavailable(
        refused.detail,
        retry_after=getattr(error, "retry_after", None),
        cause=getattr(error, "cause", Cause.ORIGIN_FAILED),
    )


def _dead_because(standing: Standing, refused: Refused, origin: str) -> tuple[Text, Cause | None]:
    """What the administrator has to know, and its cause."""
    if not standing.valid:
        known = refused.subcode if refused.meaning is Meaning.TOKEN_DEAD else 0
        subcode = standing.subcode or known
        return dead_sentence(subcode, origin), replace(standing, subcode=subcode).cause
    if not standing.there:
        sentence = Text(
            "{origin} has this account no more, or no longer shows it to whoever connected it.", origin=origin
        )
    else:
        lost = ", ".join(standing.lost)
        sentence = Text("{origin} no longer lets this account do its work: {lost}.", origin=origin, lost=lost)
    return Text.joined(sentence, RECONNECT), standing.cause
