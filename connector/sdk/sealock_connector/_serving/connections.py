# SPDX-License-Identifier: Apache-2.0
"""What a connection to a connector has to be, and what it may cost before anybody reads a call of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit
from typing import Any, Final, cast

import grpc
import grpc.aio

from sealock_contract.certificates import CertificateFiles, Certificates, UnusableFiles
from sealock_contract.limits import REQUEST_BYTES

_log = logging.getLogger(__name__)

Option = tuple[str, int | str]

GRPC_TRIED: Final = ("1.76.0", "1.85.1")
"""Versions of grpcio that connectors were tried with: the oldest that the SDK takes, and the locked one."""
MESSAGE_BYTES = 16 * 1024 * 1024
"""The largest answer. What comes in is smaller by far: `REQUEST_BYTES`."""
CONNECTIONS: Final = 1_000
"""
How many connections there may be at once, if the process may open twice as many files. A process of an edge needs one,
and one that has not yet agreed on TLS costs 50 kB.
"""
SPARE_STREAMS: Final = 100
"""How many calls a connection may have open besides those that are answered: health checks, and calls being refused."""
_HANDSHAKE_SECONDS: Final = 5
"""In which a connection has to have shown its certificate and spoken HTTP/2."""
_IDLE_SECONDS: Final = 300
"""After which a connection without any call ends."""
_METADATA_BYTES: Final = 8 * 1024
_AGE_GRACE_SECONDS: Final = 630
"""What calls on a connection that has come of age may still take: longer than any deadline."""

_ALWAYS: Final[tuple[Option, ...]] = (
    ("grpc.so_reuseport", 0),
    ("grpc.server_handshake_timeout_ms", _HANDSHAKE_SECONDS * 1000),
    ("grpc.max_metadata_size", _METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", 2 * _METADATA_BYTES),
    # Nothing of a message is taken in before somebody reads it but these 64 KiB, however fast the caller is.
    ("grpc.http2.bdp_probe", 0),
    # Callers ping every five minutes; one that pings more often is told so twice, and cut off.
    ("grpc.http2.min_ping_interval_without_data_ms", 300_000),
    ("grpc.http2.max_ping_strikes", 2),
    # A caller that is not there any more is noticed, or its calls would keep their places.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)


def options_for_calls(*, most_calls: int, age_seconds: float) -> tuple[Option, ...]:
    """What gRPC is told about the connections that calls of the contract come on."""
    return (
        *_ALWAYS,
        ("grpc.max_allowed_incoming_connections", min(CONNECTIONS, getrlimit(RLIMIT_NOFILE)[0] // 2)),
        ("grpc.max_concurrent_streams", most_calls + SPARE_STREAMS),
        ("grpc.max_receive_message_length", REQUEST_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.max_connection_age_ms", int(age_seconds * 1000)),
        ("grpc.max_connection_age_grace_ms", _AGE_GRACE_SECONDS * 1000),
        ("grpc.max_connection_idle_ms", _IDLE_SECONDS * 1000),
    )


OPTIONS_FOR_PROBES: Final[tuple[Option, ...]] = (
    *_ALWAYS,
    ("grpc.max_allowed_incoming_connections", 256),
    ("grpc.max_concurrent_streams", 8),
    ("grpc.max_receive_message_length", 1024),
    ("grpc.max_send_message_length", 1024),
    ("grpc.max_connection_age_ms", 60_000),
    ("grpc.max_connection_age_grace_ms", 5_000),
    ("grpc.max_connection_idle_ms", 10_000),
)
"""What gRPC is told about the connections of probes, which anybody near may open."""

_UNUSABLE = {
    "certificate": "--tls-cert, --tls-key: are not a certificate and its key in PEM",
    "ca": "--tls-client-ca: is not a certificate in PEM",
}


def made_server(options: Sequence[Option]) -> grpc.aio.Server:
    """A gRPC server that no path of a call can end; where that cannot be had, gRPC's own, and a line that says so."""
    try:
        from sealock_connector._serving.known_calls import NEEDED, KnownCallsServer  # noqa: PLC0415

        if NEEDED:
            return cast("grpc.aio.Server", KnownCallsServer(options))
    except (ImportError, AttributeError, TypeError):
        _log.warning("a call whose path is not UTF-8 can end this connector: use grpcio %s", GRPC_TRIED[-1])
    return grpc.aio.server(options=list(options))


def take_calls(server: grpc.aio.Server, service: str, handlers: Mapping[str, Any]) -> None:
    """Have the server take the calls of a service, by their short names, as generated code does: in both ways."""
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, dict(handlers)),))
    cast("Any", server).add_registered_method_handlers(service, dict(handlers))


def server_credentials(cert: Path, key: Path, client_ca: Path | None) -> grpc.ServerCredentials:
    """
    The credentials of a server whose files may be replaced while it runs; with an authority for callers, callers need a
    certificate. Raises `ValueError`, with the option, for files that cannot be used.
    """
    files = CertificateFiles(ca=client_ca, certificate=cert, key=key)
    try:
        files.take()
    except UnusableFiles as error:
        raise ValueError(_UNUSABLE[error.which]) from None

    told = False

    def at_a_handshake() -> grpc.ServerCertificateConfiguration | None:
        # Only what is new: gRPC exchanges what it has for whatever it gets, and if that happens at every handshake,
        # strangers who begin many at once corrupt its memory.
        nonlocal told
        try:
            new = files.take()
        except UnusableFiles:
            if not told:
                _log.warning("the TLS files cannot be used: the certificate before stays")
            told = True
            return None
        told = False
        return _configuration(files.contents) if new else None

    # The stubs know only one of the two answers that gRPC's documentation has.
    fetch = cast("Callable[[], grpc.ServerCertificateConfiguration]", at_a_handshake)
    return grpc.dynamic_ssl_server_credentials(
        _configuration(files.contents), fetch, require_client_authentication=client_ca is not None
    )


def _configuration(files: Certificates) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(files.key or b"", files.certificate or b"")], files.ca)
