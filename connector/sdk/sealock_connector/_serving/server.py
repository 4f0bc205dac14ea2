# SPDX-License-Identifier: Apache-2.0
"""The gRPC server around a connector, with health and reflection, and a stop that loses no call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, cast

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2
from prometheus_client import CollectorRegistry

from sealock.connector.v1 import connector_service_pb2, connector_service_pb2_grpc
from sealock_connector._connector import Connector
from sealock_connector._markup.pool import MarkupPool, current_pool
from sealock_connector._outbox import DeliveryTimes, OutboxStore, OutboxUnavailable, ReplyDelivery
from sealock_connector._outbox.successors import RenewsSecrets, Successors
from sealock_connector._serving.answering import Answering, CallsUnderWay, Registering
from sealock_connector._serving.callers import Admission, AllowedCallers
from sealock_connector._serving.connections import (
    OPTIONS_FOR_PROBES,
    made_server,
    options_for_calls,
    server_credentials,
    take_calls,
)
from sealock_connector._serving.options import Options, outbox_of
from sealock_connector._serving.requests import Requests
from sealock_connector._serving.service import Servicer
from sealock_connector._telemetry import Listener, Metrics, Traces, current_metrics, current_traces, log_stall
from sealock_connector._translate.setup import description
from sealock_contract.log_lines import Lines
from sealock_contract.loop_lag import LoopWatch, RunningCalls

_log = logging.getLogger(__name__)

SERVICE_NAME: str = connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"].full_name
LIVENESS = "liveness"
"""The health service that stays SERVING while the server drains."""
_READINESS = ("", SERVICE_NAME)
"""The health services that turn NOT_SERVING first when the server stops."""
_LAST_WORDS_SECONDS = 1.0
"""What a finished call's answer may take on its way out."""
_EXPIRE_EVERY_SECONDS = 3600.0

_health: Any = health


class CannotStart(Exception):
    """An option turned out to be unusable, such as an address that is taken. The text says which, and why."""


class Server:
    """A served connector."""

    def __init__(
        self,
        connector: Connector,
        options: Options,
        store: OutboxStore,
        *,
        times: DeliveryTimes | None = None,
        traces: Traces | None = None,
        lines: Lines | None = None,
    ) -> None:
        """`lines` takes the line of each call; without it the standard library's logging does."""
        self._lines = lines
        self._connector = connector
        self._options = options
        self._store = store
        self._delivery = ReplyDelivery(store, connector.origin, times=times)
        self._successors = Successors(store, connector.origin, times=times)
        self._health = _health.aio.HealthServicer()
        self._under_way = CallsUnderWay()
        self._traces = traces
        self._metrics = Metrics(CollectorRegistry())
        self._markup = MarkupPool()
        self._running = RunningCalls()
        self._watch = LoopWatch(
            self._running,
            measured=self._metrics.loop_lag.observe,
            stalled=partial(log_stall, _log, connector.origin),
        )
        self._metrics_listener: Listener | None = None
        self._grpc: grpc.aio.Server | None = None
        self._probed: grpc.aio.Server | None = None
        self._upkeep: asyncio.Task[None] | None = None
        self.port = 0
        """The port that it listens on."""
        self.health_port = 0
        """The port for health checks alone, if there is one."""
        self.metrics_port = 0
        """The port of its metrics; 0 without `--metrics-listen`."""

    async def start(self) -> None:
        """
        Open the connector and its outbox, then listen.

        Raises `CannotStart`, `OutboxUnavailable`, and `InvalidAnswer` for a connector that describes itself wrongly.
        """
        description(self._connector)
        # Calls are answered in tasks of gRPC's, which begins here and takes these along.
        current_metrics.set(self._metrics)
        if self._traces is not None:
            current_traces.set(self._traces)
        current_pool.set(self._markup)
        self._serve_metrics()
        await self._store.open()
        if isinstance(self._connector, RenewsSecrets):
            self._connector.renew_through(self._successors)
        await self._connector.open()
        server = self._made()
        self.port = _listen(server, self._options)
        probed = self._made_for_probes() if self._options.health_listen is not None else None
        await server.start()
        self._grpc = server
        if probed is not None:
            await probed.start()
            self._probed = probed
        for name in (*_READINESS, LIVENESS):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self._upkeep = asyncio.create_task(self._expire())
        self._watch.start()
        _log.info("serving", extra={"origin": self._connector.origin, "port": self.port})

    async def ended(self) -> None:
        """Return once gRPC does not serve any more; unless `stop` was called, something is wrong."""
        if self._grpc is not None:
            # Whoever stops waiting must not end what gRPC waits for itself. What ended it gRPC has logged.
            with suppress(Exception):
                await asyncio.shield(asyncio.ensure_future(self._grpc.wait_for_termination()))

    async def stop(self) -> None:
        """Turn health off, go on answering for a while, let calls under way end, then close everything."""
        if self._grpc is not None:
            for name in _READINESS:
                await self._health.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
            await asyncio.sleep(self._options.drain_seconds)
            await self._end_calls(self._grpc)
        await asyncio.gather(
            self._delivery.settle(self._options.grace_seconds), self._successors.settle(self._options.grace_seconds)
        )
        if self._upkeep is not None:
            self._upkeep.cancel()
        self._watch.stop()
        await self._connector.close()
        await self._markup.close()
        await self._store.close()
        if self._probed is not None:
            await self._probed.stop(0)
        if self._metrics_listener is not None:
            self._metrics_listener.close()
        if self._traces is not None:
            await asyncio.to_thread(self._traces.close)

    def _serve_metrics(self) -> None:
        address = self._options.metrics_listen
        if address is None:
            return
        try:
            self._metrics_listener = Listener(address, self._metrics.registry)
        except OSError:
            raise CannotStart(f"--metrics-listen: cannot listen on {address}") from None
        self.metrics_port = self._metrics_listener.port

    async def _end_calls(self, server: grpc.aio.Server) -> None:
        """Take no new calls, wait for those under way; streams of health checks do not hold the server up."""
        grace = self._options.grace_seconds
        stopping = asyncio.create_task(server.stop(grace))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._under_way.ended(), grace)
        await server.stop(min(_LAST_WORDS_SECONDS, grace))
        await stopping

    def _made(self) -> grpc.aio.Server:
        most, age = self._options.max_calls, self._options.max_connection_age_seconds
        server = made_server(options_for_calls(most_calls=most, age_seconds=age))
        allowed = self._options.allowed_callers
        answering = Answering(
            Requests(most, self._metrics),
            self._metrics,
            self._under_way,
            running=self._running,
            admission=Admission(AllowedCallers(allowed), self._metrics) if allowed else None,
            traces=self._traces,
            lines=self._lines,
        )
        registering = Registering(server, answering)
        servicer = Servicer(self._connector, self._delivery)
        connector_service_pb2_grpc.add_ConnectorServiceServicer_to_server(servicer, cast("Any", registering))
        cast("Any", health_pb2_grpc).add_HealthServicer_to_server(self._health, registering)
        _add_reflection(registering)
        return server

    def _made_for_probes(self) -> grpc.aio.Server:
        server = made_server(OPTIONS_FOR_PROBES)
        # Probes do not watch, and whoever may come here should not keep anything open.
        check = grpc.unary_unary_rpc_method_handler(
            self._health.Check,
            request_deserializer=health_pb2.HealthCheckRequest.FromString,
            response_serializer=health_pb2.HealthCheckResponse.SerializeToString,
        )
        other = Requests(self._options.max_calls, self._metrics).other
        take_calls(server, health.SERVICE_NAME, {"Check": other(check)})
        address = self._options.health_listen or ""
        try:
            self.health_port = server.add_insecure_port(address)
        except RuntimeError:
            raise CannotStart(f"--health-listen: cannot listen on {address}") from None
        return server

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(_EXPIRE_EVERY_SECONDS)
            try:
                await self._store.expire()
            except OutboxUnavailable:
                _log.warning("the outbox cannot be reached: old records stay")


def _listen(server: grpc.aio.Server, options: Options) -> int:
    try:
        if options.insecure or options.tls_cert is None or options.tls_key is None:
            return server.add_insecure_port(options.listen)
        credentials = server_credentials(options.tls_cert, options.tls_key, options.tls_client_ca)
        return server.add_secure_port(options.listen, credentials)
    except ValueError as error:
        raise CannotStart(str(error)) from None
    except RuntimeError:
        raise CannotStart(f"--listen: cannot listen on {options.listen}") from None


def _add_reflection(registering: Registering) -> None:
    """Reflection under both of its names: tools ask for `v1` first. The messages of both are the same."""
    names = (SERVICE_NAME, health.SERVICE_NAME, reflection.SERVICE_NAME)
    servicer = cast("Any", reflection).aio.ReflectionServicer(names)
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    for name in (reflection.SERVICE_NAME, "grpc.reflection.v1.ServerReflection"):
        registering.add_registered_method_handlers(name, {"ServerReflectionInfo": handler})


@asynccontextmanager
async def running(
    connector: Connector,
    options: Options,
    outbox: OutboxStore | None = None,
    traces: Traces | None = None,
    times: DeliveryTimes | None = None,
    *,
    lines: Lines | None = None,
) -> AsyncIterator[Server]:
    """A served connector that is stopped afterwards, drain and all."""
    store = outbox or outbox_of(
        options.store,
        origin=connector.origin,
        password_file=options.store_password_file,
        ca_file=options.store_ca,
    )
    server = Server(connector, options, store, traces=traces, times=times, lines=lines)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
