# SPDX-License-Identifier: Apache-2.0
"""
How a call to a connector fails, by what the edge can do about it.

Only a `ConnectorErrorDetail` speaks for the origin. A bare gRPC code does not: libraries, proxies and expired
certificates answer with the same codes, and none of them may switch off an account.
"""

from __future__ import annotations

from grpc import StatusCode
from grpc.aio import AioRpcError

from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail, Reason
from sealock_contract.error_details import TRAILER, detail_in
from sealock_edge.connectors.faults import Fault, fault_in_status

MAX_RETRY_AFTER = 3600.0
"""The longest wait, in seconds, that a connector can make the edge ask for."""

_NOT_ANSWERED = frozenset({StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED})


class ConnectorError(Exception):
    """A call to a connector failed."""


class ConnectorRefused(ConnectorError):
    """The connector said why. Its text is for agents only; the error itself prints nothing but the reason."""

    def __init__(
        self, reason: Reason.ValueType, *, retry_after: float | None = None, message_for_agent: str = "", cause: int = 0
    ) -> None:
        """`retry_after` is in seconds; None: not known. `cause` may be one that is newer than this edge."""
        super().__init__(Reason.Name(reason))
        self.reason = reason
        self.cause = cause
        self.retry_after = retry_after
        self.message_for_agent = message_for_agent


class ConnectorDown(ConnectorError):
    """Nobody answered: not reachable, or not in time."""

    def __init__(self, code: str, fault: Fault = Fault.UNKNOWN) -> None:
        """`code` is gRPC's name of what happened."""
        super().__init__(code)
        self.code = code
        self.fault = fault


class ConnectorFaulty(ConnectorError):
    """Something answered that breaks the contract: a status without a detail, or a response that cannot be."""

    def __init__(self, what: str, fault: Fault = Fault.NO_REASON) -> None:
        """`what` says it in fixed words: a gRPC code, or the broken rule."""
        super().__init__(what)
        self.what = what
        self.fault = fault


class CallerGone(ConnectorError):
    """Whoever wanted the answer has hung up, so the call was ended."""


class OutOfTime(ConnectorError):
    """Too little time was left to begin the call."""


def from_rpc_error(error: AioRpcError) -> ConnectorError:
    """What a failed call means."""
    detail = detail_of(error)
    if detail is not None:
        return from_detail(detail)
    code = error.code()
    if code in _NOT_ANSWERED:
        return ConnectorDown(code.name, fault_in_status(code, error.details() or ""))
    if _has_detail(error):
        return ConnectorFaulty(code.name, Fault.UNREADABLE_REASON)
    return ConnectorFaulty(code.name, fault_in_status(code, error.details() or ""))


def fault_of(error: ConnectorError) -> Fault:
    """Why the connector is not taken for ready after this."""
    if isinstance(error, (ConnectorDown, ConnectorFaulty)):
        return error.fault
    return Fault.TIMED_OUT if isinstance(error, OutOfTime) else Fault.FAILED


def from_detail(detail: ConnectorErrorDetail) -> ConnectorRefused:
    """What a detail means. A reason that this edge does not know counts as REASON_INTERNAL."""
    known = detail.reason in Reason.values() and detail.reason != Reason.REASON_UNSPECIFIED
    retry_after = None
    if detail.HasField("retry_after"):
        retry_after = min(max(detail.retry_after.seconds + detail.retry_after.nanos / 1e9, 0.0), MAX_RETRY_AFTER)
    return ConnectorRefused(
        detail.reason if known else Reason.REASON_INTERNAL,
        retry_after=retry_after,
        message_for_agent=detail.message_for_agent[:511],
        cause=detail.cause,
    )


def detail_of(error: AioRpcError) -> ConnectorErrorDetail | None:
    """The detail that came with a failed call, or None if there was none that can be read."""
    trailers = error.trailing_metadata()
    return detail_in(trailers.get(TRAILER)) if trailers is not None else None


def _has_detail(error: AioRpcError) -> bool:
    trailers = error.trailing_metadata()
    return trailers is not None and trailers.get(TRAILER) is not None
