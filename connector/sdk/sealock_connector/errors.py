# SPDX-License-Identifier: Apache-2.0
"""
What can go wrong in a connector, by what the caller can do about it.

Raise these from any method of a connector. Each carries its whole policy: the reason on the wire, whether the
same call may be made again, and whether someone has to look. Any other exception is a fault of the connector:
callers see fixed words, and the log has the rest.
"""

from __future__ import annotations

import enum
from datetime import timedelta
from typing import ClassVar

from sealock.connector.v1 import error_detail_pb2 as wire
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_connector.localisation import Text
from sealock_contract.causes import sentence


class Cause(enum.Enum):
    """
    What was found out about why a call failed, by what a person can do about it.

    It travels beside the reason into logs, metrics and dashboards, and administrators read a sentence for it.
    "Its web server" is whatever answers in the origin's place, or in front of it.
    """

    NAME_NOT_RESOLVED = wire.CAUSE_NAME_NOT_RESOLVED
    """The name of the origin's address is not known, or no name server answered."""
    ADDRESS_NOT_ALLOWED = wire.CAUSE_ADDRESS_NOT_ALLOWED
    """The address is one that this connector may not call: private, local, or no https."""
    NOT_REACHED = wire.CAUSE_NOT_REACHED
    """Nothing takes connections there: refused, no way to it, or nobody answered."""
    CERTIFICATE = wire.CAUSE_CERTIFICATE
    """The certificate is not to be trusted (expired, another name, unknown authority), or there is no TLS."""
    CONNECTION_BROKEN = wire.CAUSE_CONNECTION_BROKEN
    """The connection broke after it was made, or what came over it was not HTTP."""
    TIMED_OUT = wire.CAUSE_TIMED_OUT
    """The origin took the call and did not answer in time."""
    MOVED = wire.CAUSE_MOVED
    """A redirect that cannot be followed with body and credentials: the account needs the new address."""
    REDIRECT_LOOP = wire.CAUSE_REDIRECT_LOOP
    """The origin redirects in a circle, or too often."""
    MAINTENANCE = wire.CAUSE_MAINTENANCE
    """The origin says that it is being maintained or updated."""
    CHALLENGE = wire.CAUSE_CHALLENGE
    """Something wants to see that a person is calling: a captcha, a bot check."""
    HOST_PASSWORD = wire.CAUSE_HOST_PASSWORD
    """The web server wants a password of its own first."""
    FIREWALL = wire.CAUSE_FIREWALL
    """A firewall, security plug-in or filter refuses the call: its content, its address or its country."""
    NOT_ITS_API = wire.CAUSE_NOT_ITS_API
    """Something else than the origin's API answers there."""
    UNREADABLE = wire.CAUSE_UNREADABLE
    """The answer is meant to be the API's, and is broken, cut off or of another shape."""
    TOO_LARGE = wire.CAUSE_TOO_LARGE
    """The answer is larger than is taken, even in its smallest part."""
    ORIGIN_FAILED = wire.CAUSE_ORIGIN_FAILED
    """The origin itself failed: its program, its database, or a service behind it."""
    ROUTE_MISSING = wire.CAUSE_ROUTE_MISSING
    """The API is there, and the call that is needed is not: switched off, removed, or too old a version."""
    RIGHT_MISSING = wire.CAUSE_RIGHT_MISSING
    """The account is known and may not do this: a right, a role, a reviewed permission is missing."""
    CALLS_USED_UP = wire.CAUSE_CALLS_USED_UP
    """The account has no calls left for now, and waiting is all that helps."""
    CREDENTIALS_DROPPED = wire.CAUSE_CREDENTIALS_DROPPED
    """The web server does not pass the account's credentials on to the origin, which sees a visitor."""
    OWNER_NEEDED = wire.CAUSE_OWNER_NEEDED
    """The account's owner has to sign in at the origin and to confirm, renew or accept something."""
    SUSPENDED = wire.CAUSE_SUSPENDED
    """The origin, its page or its hosting was switched off by whoever provides it."""
    VERSION_ENDED = wire.CAUSE_VERSION_ENDED
    """The version of the API that the connector speaks is served no more."""
    CONNECTOR_BUSY = wire.CAUSE_CONNECTOR_BUSY
    """The connector has as many calls under way as it takes."""
    STORE_NOT_REACHED = wire.CAUSE_STORE_NOT_REACHED
    """Something that the connector itself needs, such as its outbox, cannot be reached."""
    APP_REFUSED = wire.CAUSE_APP_REFUSED
    """The origin refuses the application itself, for all accounts: switched off, blocked, wrongly set up."""
    CREDENTIALS_REFUSED = wire.CAUSE_CREDENTIALS_REFUSED
    """The origin takes the account's sign-in no more: expired, password changed, access taken away."""

    def sentence_about(self, origin: str) -> Text:
        """
        What somebody reads of it who waits at a form or for a reply: what is so, and who can do what.

        `origin` is what people call what failed, such as `WordPress`. The sentence is translated wherever the texts of
        a connector are.
        """
        return Text(sentence(self.value, to_who_waits=True), origin=origin)


class ConnectorError(Exception):
    """
    The base of everything a connector says about a failure.

    `detail` is for the connector's own log and never leaves it. `message_for_agent` is one sentence for the
    agent or administrator, of at most 511 characters, without secrets. `cause` is what was found out, if anything
    was: a subclass may have one for all its errors.
    """

    reason: ClassVar[Reason.ValueType] = Reason.REASON_INTERNAL
    retryable: ClassVar[bool] = False
    ours: ClassVar[bool] = True
    nothing_sent: ClassVar[bool] = False
    """True when the error proves that a reply was not posted, so that its key may be used again."""
    cause: Cause | None = None

    def __init__(
        self,
        detail: str = "",
        *,
        message_for_agent: str = "",
        retry_after: timedelta | None = None,
        cause: Cause | None = None,
    ) -> None:
        super().__init__(detail)
        self.message_for_agent = message_for_agent
        self.retry_after = retry_after
        if cause is not None:
            self.cause = cause


class InvalidRequest(ConnectorError):
    """The caller broke the contract: a field is missing, the account or state is not ours."""

    reason, ours, nothing_sent = Reason.REASON_INVALID_REQUEST, True, True


class ContractBroken(InvalidRequest):
    """A field of the request breaks the contract. `detail` names the field, never its value, and callers see it."""


class AccountRevoked(ConnectorError):
    """The origin no longer takes the account's credentials: only the administrator can help."""

    reason, ours, nothing_sent = Reason.REASON_ACCOUNT_REVOKED, False, True


class OriginThrottled(ConnectorError):
    """The origin asked for fewer calls; `retry_after` says for how long, if it said so."""

    reason, retryable, ours, nothing_sent = Reason.REASON_ORIGIN_THROTTLED, True, False, True


class OriginUnavailable(ConnectorError):
    """
    The origin could not be reached, failed, or answered something that is not its API.

    A reply may or may not have been posted: the next attempt looks for it first.
    """

    reason, retryable, ours = Reason.REASON_ORIGIN_UNAVAILABLE, True, False


class OriginUnreached(OriginUnavailable):
    """The origin was not reached at all, so that nothing can have been posted there."""

    nothing_sent = True


class MessageRejected(ConnectorError):
    """The origin refuses this reply for good; `why` is the sentence that the agent reads."""

    reason, ours, nothing_sent = Reason.REASON_MESSAGE_REJECTED, False, True

    def __init__(self, why: str, *, detail: str = "", cause: Cause | None = None) -> None:
        super().__init__(detail or why, message_for_agent=why, cause=cause)


class NotFound(ConnectorError):
    """The thread, parent, file or resource is gone at the origin, or the id is not one of ours."""

    reason, ours, nothing_sent = Reason.REASON_NOT_FOUND, False, True


class OutcomeUnknown(ConnectorError):
    """It cannot be found out whether a reply was posted. It is not sent again."""

    reason, ours = Reason.REASON_OUTCOME_UNKNOWN, False


class Unsupported(ConnectorError):
    """The connector does not have this capability."""

    reason, ours, nothing_sent = Reason.REASON_UNSUPPORTED, True, True


class InvalidAnswer(ConnectorError):
    """
    The connector gave something that the contract does not allow: a fault of its author.

    `detail` names the field and what is wrong with it, never its value, so that the connector's log may hold it.
    """

    reason, ours = Reason.REASON_INTERNAL, True
