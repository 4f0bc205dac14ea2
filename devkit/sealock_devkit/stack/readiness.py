# SPDX-License-Identifier: Apache-2.0
"""Asking programs whether they are ready."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
import httpx2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sealock_devkit.stack.certificates import Pair

ASK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose certificates are believed on loopback, and what edges and connectors show."""

    authority: Path
    edge: Pair
    connector: Pair

    def context(self) -> ssl.SSLContext:
        """For HTTPS clients."""
        return ssl.create_default_context(cafile=str(self.authority))


def http_answers(url: str, trust: Trust | None) -> Callable[[], Awaitable[bool]]:
    """Whether a GET of the URL is answered with success."""

    async def answers() -> bool:
        verify = trust.context() if trust else True
        async with httpx2.AsyncClient(verify=verify, trust_env=False, timeout=ASK_SECONDS) as http:
            try:
                response = await http.get(url)
            except httpx2.HTTPError:
                return False
            return response.is_success

    return answers


def connector_serves(address: str, trust: Trust | None) -> Callable[[], Awaitable[bool]]:
    """Whether the gRPC health service at `host:port` says SERVING."""

    async def answers() -> bool:
        async with _channel(address, trust) as channel:
            health = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]
            with contextlib.suppress(grpc.RpcError):
                answer = await health.Check(health_pb2.HealthCheckRequest(service=""), timeout=ASK_SECONDS)
                return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
            return False

    return answers


def _channel(address: str, trust: Trust | None) -> grpc.aio.Channel:
    if trust is None:
        return grpc.aio.insecure_channel(address)
    credentials = grpc.ssl_channel_credentials(
        trust.authority.read_bytes(), trust.edge.key.read_bytes(), trust.edge.certificate.read_bytes()
    )
    return grpc.aio.secure_channel(address, credentials)
