# SPDX-License-Identifier: Apache-2.0
"""Errors on the wire: one total table from reason to gRPC code, and back from a reason to its class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import grpc
from google.protobuf.duration_pb2 import Duration

from sealock.connector.v1.error_detail_pb2 import CAUSE_UNSPECIFIED, ConnectorErrorDetail, Reason
from sealock_connector import errors
from sealock_connector.localisation import Words, as_written
from sealock_contract.error_details import detail_in, trailer_of
from sealock_contract.json_values import valid_unicode
from sealock_contract.limits import max_chars

CODES: dict[Reason.ValueType, grpc.StatusCode] = {
    Reason.REASON_UNSPECIFIED: grpc.StatusCode.INTERNAL,
    Reason.REASON_INVALID_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.REASON_ACCOUNT_REVOKED: grpc.StatusCode.UNAUTHENTICATED,
    Reason.REASON_ORIGIN_THROTTLED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.REASON_ORIGIN_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.REASON_MESSAGE_REJECTED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.REASON_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.REASON_OUTCOME_UNKNOWN: grpc.StatusCode.ABORTED,
    Reason.REASON_UNSUPPORTED: grpc.StatusCode.UNIMPLEMENTED,
    Reason.REASON_INTERNAL: grpc.StatusCode.INTERNAL,
}

WORDS: dict[Reason.ValueType, str] = {
    Reason.REASON_UNSPECIFIED: "the connector failed",
    Reason.REASON_INVALID_REQUEST: "the request breaks the contract",
    Reason.REASON_ACCOUNT_REVOKED: "the origin no longer accepts the account's credentials",
    Reason.REASON_ORIGIN_THROTTLED: "the origin asked for fewer calls",
    Reason.REASON_ORIGIN_UNAVAILABLE: "the origin is not available",
    Reason.REASON_MESSAGE_REJECTED: "the origin refuses this message",
    Reason.REASON_NOT_FOUND: "there is no such item at the origin",
    Reason.REASON_OUTCOME_UNKNOWN: "it is not known whether the reply was posted",
    Reason.REASON_UNSUPPORTED: "the connector does not have this capability",
    Reason.REASON_INTERNAL: "the connector failed",
}

CLASSES: dict[Reason.ValueType, type[errors.ConnectorError]] = {
    Reason.REASON_UNSPECIFIED: errors.ConnectorError,
    Reason.REASON_INVALID_REQUEST: errors.InvalidRequest,
    Reason.REASON_ACCOUNT_REVOKED: errors.AccountRevoked,
    Reason.REASON_ORIGIN_THROTTLED: errors.OriginThrottled,
    Reason.REASON_ORIGIN_UNAVAILABLE: errors.OriginUnavailable,
    Reason.REASON_MESSAGE_REJECTED: errors.MessageRejected,
    Reason.REASON_NOT_FOUND: errors.NotFound,
    Reason.REASON_OUTCOME_UNKNOWN: errors.OutcomeUnknown,
    Reason.REASON_UNSUPPORTED: errors.Unsupported,
    Reason.REASON_INTERNAL: errors.ConnectorError,
}

_CAUSES: dict[int, errors.Cause] = {cause.value: cause for cause in errors.Cause}
_SENTENCE_CHARS = max_chars(ConnectorErrorDetail, "message_for_agent")


@dataclass(frozen=True, slots=True)
class Failure:
    """What callers see of an error: never its text."""

    reason: Reason.ValueType
    retry_after: timedelta | None = None
    message_for_agent: str = ""
    cause: errors.Cause | None = None

    @classmethod
    def of(cls, error: BaseException, words: Words = as_written) -> Failure:
        """What callers see of this error; `words` translate its sentence."""
        if isinstance(error, errors.ConnectorError):
            sentence = valid_unicode(words(error.message_for_agent))[:_SENTENCE_CHARS]
            return cls(error.reason, error.retry_after, sentence, error.cause)
        return cls(Reason.REASON_INTERNAL)

    @property
    def code(self) -> grpc.StatusCode:
        """The gRPC code that goes with the reason."""
        return CODES[self.reason]

    @property
    def name(self) -> str:
        """The reason's name for logs and metrics."""
        return Reason.Name(self.reason).removeprefix("REASON_")

    @property
    def cause_name(self) -> str:
        """The cause's name for logs and metrics; empty where it was not found out."""
        return "" if self.cause is None else self.cause.name

    @property
    def words(self) -> str:
        """The fixed words that go with the reason."""
        return WORDS[self.reason]

    def detail(self) -> ConnectorErrorDetail:
        """The failure as the contract's detail."""
        retry_after = None
        if self.retry_after is not None:
            retry_after = Duration()
            retry_after.FromTimedelta(max(self.retry_after, timedelta()))
        return ConnectorErrorDetail(
            reason=self.reason,
            retry_after=retry_after,
            message_for_agent=self.message_for_agent,
            cause=CAUSE_UNSPECIFIED if self.cause is None else self.cause.value,
        )

    def trailer(self) -> tuple[str, bytes]:
        """The failure as the trailer that carries `google.rpc.Status`."""
        return trailer_of(self.detail(), self.code, self.words)


def error_from_wire(detail: ConnectorErrorDetail) -> errors.ConnectorError:
    """The error that the detail speaks of."""
    kind = CLASSES.get(detail.reason, errors.ConnectorError)
    cause = _CAUSES.get(detail.cause)
    if kind is errors.MessageRejected:
        return errors.MessageRejected(detail.message_for_agent, cause=cause)
    return kind(
        WORDS.get(detail.reason, ""),
        message_for_agent=detail.message_for_agent,
        retry_after=detail.retry_after.ToTimedelta() if detail.HasField("retry_after") else None,
        cause=cause,
    )


def error_from_status(data: bytes) -> errors.ConnectorError | None:
    """The error that a trailer holds, if it holds one of ours."""
    detail = detail_in(data)
    return None if detail is None else error_from_wire(detail)
