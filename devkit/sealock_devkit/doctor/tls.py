# SPDX-License-Identifier: Apache-2.0
"""Looks at the certificate and the TLS version of an address."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sealock_devkit.doctor.rows import Row, failed, ok, warning
from sealock_devkit.zendesk.urls import Origin

CHECK = "TLS"
SECONDS = 15.0
SOON = timedelta(days=14)


def check_tls(origin: Origin, trust: ssl.SSLContext, now: Callable[[], datetime]) -> Row:
    """
    Connect, and look at what the server shows. Plain http is told here too; whether it may be is known elsewhere.

    `trust` says which authorities are believed, and refuses what is older than TLS 1.2.
    """
    if origin.scheme != "https":
        return ok(CHECK, "none: plain http on this machine, as it was allowed")
    try:
        with (
            socket.create_connection((origin.host, origin.port or 443), timeout=SECONDS) as plain,
            trust.wrap_socket(plain, server_hostname=origin.host) as wrapped,
        ):
            return _judged(wrapped, now())
    except ssl.SSLCertVerificationError as error:
        remedy = "Serve a certificate for this host, with its whole chain, from an authority that Zendesk trusts."
        return failed(CHECK, f"the certificate is refused: {error.verify_message}", remedy)
    except ssl.SSLError as error:
        return failed(CHECK, f"no TLS ({error.reason or 'refused'})", "Offer TLS 1.2 or 1.3 at this address.")
    except (OSError, UnicodeError):
        return failed(CHECK, "no connection", "Let the address lead to the service, and open its port to Zendesk.")


def _judged(wrapped: ssl.SSLSocket, now: datetime) -> Row:
    certificate = wrapped.getpeercert() or {}
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    seen = f"{wrapped.version()}, certificate until {ends:%Y-%m-%d}"
    if ends - now < SOON:
        return warning(CHECK, seen, "Renew the certificate, and see why it was not renewed by itself.")
    return ok(CHECK, seen)
