# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on the way to an origin, as the SDK's errors: told apart by whether anything may have been sent."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final

from sealock_connector.errors import Cause, OriginUnavailable, OriginUnreached
from sealock_connector.localisation import Text
from sealock_contract.connections import AddressRefused, NameNotResolved
from sealock_contract.http_client.connection import Broken
from sealock_contract.http_client.pool import AllInUse, NotConnected


class TooMuchAsked(OriginUnavailable):
    """The origin failed at what it may be able to do when it is asked for less."""


class AnswerLate(TooMuchAsked):
    """The origin did not answer in time."""

    cause = Cause.TIMED_OUT


class AnswerTooLarge(TooMuchAsked):
    """The origin's answer has more than is taken: a smaller part of it may be asked for."""

    cause = Cause.TOO_LARGE


class OriginMoved(OriginUnavailable):
    """The origin redirects to where the call cannot follow with its credentials or its body."""

    cause = Cause.MOVED

    def __init__(self, to: str = "") -> None:
        sentence = Text(
            "The address of this account now leads to {to}. An administrator has to connect it again, with that "
            "address.",
            to=to,
        )
        super().__init__(f"redirected to {to or 'another path'}", message_for_agent=sentence if to else "")
        self.to = to
        """Scheme, host and port of where it redirects to; empty where that is another path of the same."""


class AnswerPacked(OriginUnavailable):
    """The origin compressed its answer in a form that was not asked for, and that cannot be read here."""

    cause = Cause.UNREADABLE

    def __init__(self) -> None:
        super().__init__(
            "the origin answered in an encoding that was not asked for",
            message_for_agent=Text(
                "The site compresses its answers in a form that was not asked for, such as brotli or zstd. Whoever "
                "runs it has to switch that off for the addresses of its API."
            ),
        )


class EgressDenied(OriginUnreached):
    """The URL leads to where this connector must not call. Nothing was sent."""

    cause = Cause.ADDRESS_NOT_ALLOWED


FAILURES: Final = (AddressRefused, NameNotResolved, AllInUse, NotConnected, TimeoutError, Broken)
"""What connections raise."""


def failure_of(error: BaseException) -> OriginUnavailable:
    """The SDK's error for one of `FAILURES`."""
    match error:
        case AddressRefused():
            return EgressDenied("the origin's address is not allowed")
        case NameNotResolved():
            return OriginUnreached("the origin's name does not resolve", cause=Cause.NAME_NOT_RESOLVED)
        case AllInUse():
            return OriginUnreached("all connections to origins are in use", cause=Cause.CONNECTOR_BUSY)
        case NotConnected():
            return _not_reached(error)
        case TimeoutError():
            return AnswerLate("the origin did not answer in time")
    tls = _tls_problem(error)
    cause = Cause.CERTIFICATE if tls else Cause.CONNECTION_BROKEN
    return OriginUnavailable(tls or "the connection to the origin broke", cause=cause)


def _not_reached(error: NotConnected) -> OriginUnreached:
    tls = _tls_problem(error, closed=True)
    broken = any(isinstance(each, ConnectionResetError) for each in _behind(error))
    cause = Cause.CERTIFICATE if tls else Cause.CONNECTION_BROKEN if broken else Cause.NOT_REACHED
    return OriginUnreached(tls or "the origin cannot be reached", cause=cause)


_CERTIFICATE_PROBLEMS: Final = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself",
    19: "is of an authority that is not known here",
    20: "is of an authority that is not known here, or comes without those in between",
    21: "comes without those in between",
    62: "is for another name",
    64: "is for another address",
}
"""What OpenSSL's codes of a failed verification say of the certificate."""
_NO_TLS: Final = "the origin does not speak TLS that is understood here"
_TLS_WAITS: Final = (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLZeroReturnError)


def _tls_problem(error: BaseException, *, closed: bool = False) -> str:
    """
    What is wrong with the origin's TLS, in fixed words; empty if it is something else.

    `closed` says that it is TLS's fault if the connection was closed, as it is while TLS begins.
    """
    for each in _behind(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"the origin's certificate {_CERTIFICATE_PROBLEMS.get(each.verify_code, 'is not to be trusted')}"
        if isinstance(each, ssl.SSLEOFError) or _ended_while_tls_began(each):
            return _NO_TLS if closed else ""
        if isinstance(each, ssl.SSLError) and not isinstance(each, _TLS_WAITS):
            return _NO_TLS
    return ""


def _ended_while_tls_began(error: BaseException) -> bool:
    """Event loops raise this without a number where the other side closed; a real reset has one."""
    return isinstance(error, ConnectionResetError) and error.errno is None


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
