# SPDX-License-Identifier: Apache-2.0
"""How the edge reaches a connector: channel options and credentials."""

from __future__ import annotations

from pathlib import Path

import grpc
import orjson
from grpc import aio

from sealock_contract.limits import ANSWER_BYTES, REQUEST_BYTES

MAX_METADATA_BYTES = 16 * 1024
"""The most bytes of headers and trailers of an answer. The detail of an error is at most 3 KiB of them."""

READ_AHEAD_BYTES = 256 * 1024
"""What gRPC takes of a connector's answer before anyone asks for it."""

_SERVICE_CONFIG = orjson.dumps(
    {"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}}
).decode()

_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.max_receive_message_length", ANSWER_BYTES),
    ("grpc.max_send_message_length", REQUEST_BYTES),
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
    # Exactly one layer retries, and it is the client in this package.
    ("grpc.enable_retries", 0),
    # Connectors age connections out so that names are looked up again; that must not be held back for 30 s.
    ("grpc.dns_min_time_between_resolutions_ms", 1000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 2000),
    # Servers allow a ping every five minutes unless told otherwise, and hang up on more.
    ("grpc.keepalive_time_ms", 310_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.use_local_subchannel_pool", 1),
    # A file that nobody takes is not read ahead by the megabyte: gRPC would find out how much it could be.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", READ_AHEAD_BYTES),
    ("grpc.primary_user_agent", "sealock-edge"),
)


def open_channel(
    target: str,
    *,
    insecure: bool,
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    server_name: str = "",
) -> aio.Channel:
    """
    A channel that spreads calls over all healthy addresses of the target.

    Open it inside the event loop that uses it, never before a fork. Raises `OSError` if a file cannot be read.
    """
    options = list(_OPTIONS)
    if insecure:
        return aio.insecure_channel(target, options=options)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=ca.read_bytes() if ca else None,
        private_key=key.read_bytes() if key else None,
        certificate_chain=certificate.read_bytes() if certificate else None,
    )
    if server_name:
        options.append(("grpc.ssl_target_name_override", server_name))
    return aio.secure_channel(target, credentials, options=options)
