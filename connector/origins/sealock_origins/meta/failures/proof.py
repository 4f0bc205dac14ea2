# SPDX-License-Identifier: Apache-2.0
"""Whether an account is dead: asked of Meta before anybody is told to connect it again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from sealock_connector import AccountRevoked, ConnectorError, MessageRejected, OriginUnavailable
from sealock_origins.meta.failures.codes import PASSING, Meaning
from sealock_origins.meta.failures.explaining import RECONNECT, app_refused, dead_sentence, explain, explain_to_pull
from sealock_origins.meta.failures.refused import Refused

_LOOKS_DEAD = {Meaning.TOKEN_DEAD, Meaning.NOT_PERMITTED, Meaning.GONE}
"""After these the account is looked at. Meta refuses single messages, persons and items with the same codes."""

_SINGLE = (
    "{origin} does not let this account answer here. The sign-in is in order: it is about this message, the person, or "
    "what Meta has approved the app for."
)

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
    standing = await _standing(refused, login, account)
    if isinstance(standing, ConnectorError):
        return standing
    if not standing.good:
        return AccountRevoked(refused.detail, message_for_agent=_dead_because(standing, refused, origin))
    if pulling:
        _log.warning("the account is in order, and Meta refuses a part of it: %s", refused.detail)
        return OriginUnavailable(refused.detail)
    if refused.meaning is Meaning.GONE:
        return explain(refused, origin)
    return MessageRejected(_SINGLE.format(origin=origin), detail=refused.detail)


async def _standing(
    refused: Refused, login: Examines[_Account_contra], account: _Account_contra
) -> Standing | ConnectorError:
    """The account's standing, or the error where it cannot be had."""
    try:
        return await login.standing(account)
    except Refused as of_the_app:
        if of_the_app.meaning in PASSING:
            return _not_known(refused, of_the_app)
        _log.error("Meta does not take the app: %s", of_the_app.detail)
        return app_refused(of_the_app, login.origin)
    except ConnectorError as error:
        return _not_known(refused, error)


def _not_known(refused: Refused, error: Exception) -> ConnectorError:
    _log.warning("%s; the account cannot be looked at now: %s", refused.detail, error)
    return OriginUnavailable(refused.detail, retry_after=getattr(error, "retry_after", None))


def _dead_because(standing: Standing, refused: Refused, origin: str) -> str:
    if not standing.valid:
        known = refused.subcode if refused.meaning is Meaning.TOKEN_DEAD else 0
        return dead_sentence(standing.subcode or known, origin)
    if not standing.there:
        return f"{origin} has this account no more, or no longer shows it to whoever connected it. {RECONNECT}"
    return f"{origin} no longer lets this account do its work: {', '.join(standing.lost)}. {RECONNECT}"
