# SPDX-License-Identifier: Apache-2.0
"""
Why a connector is down or faulty, in a word for logs and metrics and a sentence for who runs it.

gRPC tells of a connection that cannot be made in a text only, so its text is looked through for what is known of it;
nothing of the text goes any further, since it has addresses in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from grpc import StatusCode


class Fault(StrEnum):
    """What keeps a connector's answers from coming, or from being taken."""

    NOT_OPEN = "NOT_OPEN"
    NAME_NOT_RESOLVED = "NAME_NOT_RESOLVED"
    NOTHING_LISTENS = "NOTHING_LISTENS"
    NO_TLS = "NO_TLS"
    CERTIFICATE_NAME = "CERTIFICATE_NAME"
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED"
    CERTIFICATE_UNTRUSTED = "CERTIFICATE_UNTRUSTED"
    HANDSHAKE_FAILED = "HANDSHAKE_FAILED"
    CLOSED_AT_ONCE = "CLOSED_AT_ONCE"
    NOT_GRPC = "NOT_GRPC"
    BEHIND_PROXY = "BEHIND_PROXY"
    NOT_A_CONNECTOR = "NOT_A_CONNECTOR"
    NOT_ALLOWED = "NOT_ALLOWED"
    NOT_HEALTHY = "NOT_HEALTHY"
    FAILED = "FAILED"
    SILENT = "SILENT"
    TIMED_OUT = "TIMED_OUT"
    CONNECTION_LOST = "CONNECTION_LOST"
    NO_REASON = "NO_REASON"
    UNREADABLE_REASON = "UNREADABLE_REASON"
    UNREADABLE = "UNREADABLE"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_ITEMS = "TOO_MANY_ITEMS"
    STATE_TOO_LARGE = "STATE_TOO_LARGE"
    WRONG_SETUP_STEP = "WRONG_SETUP_STEP"
    WRONG_FIELD = "WRONG_FIELD"
    WRONG_FILE = "WRONG_FILE"
    UNKNOWN = "UNKNOWN"


SENTENCES: Final[Mapping[Fault, str]] = MappingProxyType(
    {
        Fault.NOT_OPEN: "The edge has not opened its connection yet, or has closed it.",
        Fault.NAME_NOT_RESOLVED: "The name in its target is not known to the name servers.",
        Fault.NOTHING_LISTENS: "Nothing takes connections at its target.",
        Fault.NO_TLS: "What answers at its target speaks no TLS, and the edge does.",
        Fault.CERTIFICATE_NAME: "Its certificate is for another name.",
        Fault.CERTIFICATE_EXPIRED: "Its certificate has expired, or is not valid yet.",
        Fault.CERTIFICATE_UNTRUSTED: "Its certificate is from an authority that the edge does not trust.",
        Fault.HANDSHAKE_FAILED: "It and the edge cannot agree on TLS.",
        Fault.CLOSED_AT_ONCE: (
            "It closes connections at once: it may want TLS, or another certificate than the edge's."
        ),
        Fault.NOT_GRPC: "What answers at its target is no gRPC server.",
        Fault.BEHIND_PROXY: "A proxy answers in its place, and does not reach it.",
        Fault.NOT_A_CONNECTOR: "What answers at its target does not serve connectors' calls.",
        Fault.NOT_ALLOWED: "It does not let the edge in: its --allowed-caller names others.",
        Fault.NOT_HEALTHY: "It says that it is not ready to serve.",
        Fault.FAILED: "It says that it failed: its log has more.",
        Fault.SILENT: "Something takes connections at its target and says nothing.",
        Fault.TIMED_OUT: "It did not answer in time.",
        Fault.CONNECTION_LOST: "The connection ended during the call.",
        Fault.NO_REASON: "It failed without a reason of the contract.",
        Fault.UNREADABLE_REASON: "It failed with a detail that cannot be read.",
        Fault.UNREADABLE: "Its answer cannot be read.",
        Fault.TOO_LARGE: "Its answer is larger than the contract allows.",
        Fault.TOO_MANY_ITEMS: "Its answer has more items than the contract allows.",
        Fault.STATE_TOO_LARGE: "Its state or its account is larger than Zendesk keeps.",
        Fault.WRONG_SETUP_STEP: "Its step of set-up is none that can be shown.",
        Fault.WRONG_FIELD: "A field of its answer is not what the contract says.",
        Fault.WRONG_FILE: "It sent a file otherwise than the contract says.",
        Fault.UNKNOWN: "Why is not known.",
    }
)
"""Total: for whoever runs edge and connector."""

_TEXTS: Final = (
    ("address lookup failed", Fault.NAME_NOT_RESOLVED),
    ("DNS resolution failed", Fault.NAME_NOT_RESOLVED),
    ("empty address list", Fault.NAME_NOT_RESOLVED),
    ("Hostname Verification Check failed", Fault.CERTIFICATE_NAME),
    ("certificate has expired", Fault.CERTIFICATE_EXPIRED),
    ("certificate is not yet valid", Fault.CERTIFICATE_EXPIRED),
    ("CERTIFICATE_VERIFY_FAILED", Fault.CERTIFICATE_UNTRUSTED),
    ("WRONG_VERSION_NUMBER", Fault.NO_TLS),
    ("Cannot check peer", Fault.NO_TLS),
    ("http1.x server", Fault.NOT_GRPC),
    ("Failed parsing HTTP/2", Fault.NOT_GRPC),
    ("TSI_PROTOCOL_FAILURE", Fault.HANDSHAKE_FAILED),
    ("before receiving SETTINGS", Fault.SILENT),
    ("Handshake read failed (Endpoint closing)", Fault.SILENT),
    ("Handshake read failed", Fault.CLOSED_AT_ONCE),
    ("Socket closed", Fault.CLOSED_AT_ONCE),
    ("onnection reset", Fault.CLOSED_AT_ONCE),
    ("Broken pipe", Fault.CLOSED_AT_ONCE),
    ("Connection refused", Fault.NOTHING_LISTENS),
    ("o route to host", Fault.NOTHING_LISTENS),
    ("is unreachable", Fault.NOTHING_LISTENS),
    ("onnect timeout", Fault.NOTHING_LISTENS),
    ("Failed to connect to remote host", Fault.NOTHING_LISTENS),
    ("backend unhealthy", Fault.NOT_HEALTHY),
)
"""What gRPC's texts have in them, the more telling first."""

_OF_PROXIES: Final = (
    "upstream connect error",
    "no healthy upstream",
    "upstream request timeout",
    "upstream_reset",
    *(f"http2 header with status: {status}" for status in (502, 503, 504)),
)
"""What Envoy and its like say, and how gRPC tells of an answer of theirs that is no gRPC."""
_CONNECTING: Final = (
    "connections to all backends failing",
    "failed to connect to all addresses",
    "errors resolving",
    "empty address list",
)
_CODES: Final = {
    StatusCode.DEADLINE_EXCEEDED: Fault.TIMED_OUT,
    StatusCode.CANCELLED: Fault.CONNECTION_LOST,
    StatusCode.PERMISSION_DENIED: Fault.NOT_ALLOWED,
    StatusCode.UNIMPLEMENTED: Fault.NOT_A_CONNECTOR,
}


def fault_in_status(code: StatusCode, text: str) -> Fault:
    """Why a call ended in a status without a detail, by its code and gRPC's own text."""
    if any(words in text for words in _OF_PROXIES):
        return Fault.BEHIND_PROXY
    if "http2 header with status" in text:
        return Fault.NOT_GRPC
    if code is StatusCode.UNAVAILABLE:
        if not any(words in text for words in _CONNECTING):
            return Fault.CONNECTION_LOST
        return next((fault for part, fault in _TEXTS if part in text), Fault.UNKNOWN)
    if code is StatusCode.RESOURCE_EXHAUSTED and ("larger than max" in text or "exceeds hard limit" in text):
        return Fault.TOO_LARGE
    return _CODES.get(code, Fault.NO_REASON)
