# SPDX-License-Identifier: Apache-2.0
"""Serving a connector: gRPC with health and reflection, and a stop that loses no call."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from sealock.connector.v1 import connector_service_pb2, connector_service_pb2_grpc
from sealock_connector._connector import Connector, TakesReplies
from sealock_connector._interceptors.access_log import AccessLog
from sealock_connector._interceptors.callers import Callers
from sealock_connector._interceptors.deadline import Deadlines
from sealock_connector._interceptors.errors import Errors
from sealock_connector._log_lines import log_to
from sealock_connector._options import Options, parse
from sealock_connector._outbox import MemoryOutbox, Once, OutboxStore
from sealock_connector._servicer import Servicer
from sealock_connector._tls import Certificates
from sealock_connector._translate.describe import description

_log = logging.getLogger(__name__)

MESSAGE_BYTES = 16 * 1024 * 1024
"""The largest message in either direction. gRPC's own default is 4 MiB for what comes in."""
SERVICE_NAME = connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"].full_name
LIVENESS = "liveness"
"""The health service that stays SERVING while the server drains."""
"""What the two health names `""` and the service's say turns NOT_SERVING first when the server stops."""
EXPIRE_EVERY = timedelta(hours=1)


def serve(connector: Connector, argv: Sequence[str] | None = None) -> None:
    """
    Serve the connector until SIGTERM or SIGINT, then drain and return.

    Reads the command line (`--help` shows it) and `SEALOCK_CONNECTOR_*`. Ends the process with code 2 for wrong
    options, and with code 1 if it cannot listen.
    """
    options = parse(connector, argv)
    log_to(level=options.log_level)
    try:
        asyncio.run(_until_signal(connector, options))
    except CannotListen as error:
        sys.exit(f"--listen: {error}")


class CannotListen(Exception):
    """The address is taken, or not ours."""


class Server:
    """A served connector."""

    def __init__(self, connector: Connector, options: Options, store: OutboxStore) -> None:
        self._connector = connector
        self._options = options
        self._store = store
        self._once = Once(store, connector.origin)
        self._health = health.aio.HealthServicer()
        self._grpc = _grpc_server(options)
        self._upkeep: asyncio.Task[None] | None = None
        self.port = 0
        """The port that it listens on."""

    async def start(self) -> None:
        """Open the connector and its store, then listen."""
        description(self._connector)
        await self._store.open()
        await self._connector.open()
        connector_service_pb2_grpc.add_ConnectorServiceServicer_to_server(
            Servicer(self._connector, self._once), self._grpc
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        reflection.enable_server_reflection((SERVICE_NAME, health.SERVICE_NAME, reflection.SERVICE_NAME), self._grpc)
        self.port = self._listen()
        await self._grpc.start()
        for name in ("", SERVICE_NAME, LIVENESS):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self._upkeep = asyncio.create_task(self._expire())
        _log.info(
            "serving", extra={"origin": self._connector.origin, "listen": self._options.listen, "port": self.port}
        )

    async def stop(self) -> None:
        """Turn health off, go on answering for a while, let calls under way end, then close everything."""
        for name in ("", SERVICE_NAME):
            await self._health.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
        await asyncio.sleep(self._options.drain_seconds)
        await self._grpc.stop(self._options.grace_seconds)
        await self._once.settle(self._options.grace_seconds)
        if self._upkeep is not None:
            self._upkeep.cancel()
        await self._connector.close()
        await self._store.close()

    def _listen(self) -> int:
        options = self._options
        try:
            if options.insecure or options.tls_cert is None or options.tls_key is None:
                return self._grpc.add_insecure_port(options.listen)
            certificates = Certificates(options.tls_cert, options.tls_key, options.tls_client_ca)
            return self._grpc.add_secure_port(options.listen, certificates.credentials())
        except RuntimeError:
            raise CannotListen(f"cannot listen on {options.listen}") from None

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_EVERY.total_seconds())
            await self._store.expire()


@asynccontextmanager
async def running(connector: Connector, options: Options) -> AsyncIterator[Server]:
    """A served connector that is stopped afterwards, drain and all."""
    server = Server(connector, options, _outbox(options.store))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def _until_signal(connector: Connector, options: Options) -> None:
    if options.store == "memory" and isinstance(connector, TakesReplies):
        _log.warning("the outbox is in memory: after a restart a repeated reply is looked for at the origin, or lost")
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with running(connector, options):
        await told.wait()
        _log.info("stopping")


def _outbox(store: str) -> OutboxStore:
    return MemoryOutbox()


def _grpc_server(options: Options) -> grpc.aio.Server:
    callers = [Callers(options.allowed_callers)] if options.allowed_callers else []
    return grpc.aio.server(
        interceptors=[Errors(), AccessLog(), *callers, Deadlines()],
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES),
            ("grpc.max_send_message_length", MESSAGE_BYTES),
            ("grpc.max_connection_age_ms", int(options.max_connection_age_seconds * 1000)),
            ("grpc.max_connection_age_grace_ms", 120_000),
            ("grpc.so_reuseport", 0),
        ],
    )
