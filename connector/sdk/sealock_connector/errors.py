# SPDX-License-Identifier: Apache-2.0
"""
What can go wrong in a connector, by what the caller can do about it.

Raise these from any method of a connector. Each carries its whole policy: the reason on the wire, whether the
same call may be made again, and whether someone has to look. Any other exception is a fault of the connector:
callers see fixed words, and the log has the rest.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from sealock.connector.v1.error_detail_pb2 import Reason


class ConnectorError(Exception):
    """
    The base of everything a connector says about a failure.

    `detail` is for the connector's own log and never leaves it. `message_for_agent` is one sentence for the
    agent or administrator, of at most 511 characters, without secrets.
    """

    reason: ClassVar[Reason.ValueType] = Reason.REASON_INTERNAL
    retryable: ClassVar[bool] = False
    ours: ClassVar[bool] = True
    nothing_sent: ClassVar[bool] = False
    """True when the error proves that a reply was not posted, so that its key may be used again."""

    def __init__(
        self,
        detail: str = "",
        *,
        message_for_agent: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(detail)
        self.message_for_agent = message_for_agent
        self.retry_after = retry_after


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

    def __init__(self, why: str, *, detail: str = "") -> None:
        super().__init__(detail or why, message_for_agent=why)


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
