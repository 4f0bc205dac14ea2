# SPDX-License-Identifier: Apache-2.0
"""
The edge as a gunicorn application: processes, listeners, logs and metrics of all processes together.

Each worker has one event loop with two servers, and an orderly end. SIGTERM: no longer ready, but still answering for a
while (each answer ends its connection), so that load balancers notice; then the public listener closes, calls under way
finish, channels close, and the process exits with 0. SIGQUIT: at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import mmap
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

import uvicorn
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest, multiprocess
from uvicorn.config import STARTUP_FAILURE
from uvicorn_worker import UvicornWorker

from sealock_contract.log_lines import log_to
from sealock_contract.serving_process import prepare_to_serve
from sealock_contract.stores.names import MEMORY
from sealock_contract.tracing import provider_of, wanted
from sealock_edge.app import Edge, create_app, unbuffered_stderr, utc_now
from sealock_edge.client_address import ClientAddresses
from sealock_edge.config import Config, EdgeConfig
from sealock_edge.connections import Accepting, Connections, HttpConnection, Limit, Rules, places
from sealock_edge.endpoints.file import BrokenOff
from sealock_edge.heavy_work import let_the_loop_go_first
from sealock_edge.recent_accounts import AccountsInMemory, memory_for
from sealock_edge.sealing import KeyRing
from sealock_edge.telemetry import ConnectionMetrics, Journal
from sealock_edge.telemetry.tracing import DISTRIBUTION, Traces

INTERNAL_CONNECTIONS = 64
"""Of the internal listener, at once: those of the public one leave these room."""

TICK_SECONDS = 1.0
"""How often a server makes the date of its answers anew."""

LINGER_SECONDS = 0.5
"""How long a connection without a request stays after the listener closed: its request may be on the way."""

MARGIN_SECONDS = 5.0
"""How much longer than draining and finishing gunicorn waits before it kills a worker."""

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""Where several processes share their numbers, if there are several: read by the metrics' library too."""


class EdgeServer(BaseApplication):
    """Serves a configuration until it is told to stop."""

    def __init__(
        self, config: Config, version: str, accounts: mmap.mmap, shared_file: Path | None, public_places: int
    ) -> None:
        """
        `accounts` is the memory in which the processes tell each other of accounts, and `shared_file` the file in which
        they do of what webhooks told; `public_places` is how many public connections each of them may have.
        """
        self.config = config
        self._version = version
        self._accounts = accounts
        self._shared_file = shared_file
        self.public_places = public_places
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def edge(self) -> EdgeConfig:
        """The settings of the process itself."""
        return self.config.edge

    def load_config(self) -> None:
        """Gunicorn's own settings, all from ours."""
        edge = self.config.edge
        settings: dict[str, Any] = {
            "bind": [str(edge.listen), str(edge.internal_listen)],
            "workers": edge.workers,
            "worker_class": EdgeWorker,
            "graceful_timeout": round(edge.drain_seconds + edge.shutdown_seconds + MARGIN_SECONDS),
            "logger_class": _JsonLogger,
            "control_socket_disable": True,
            "proc_name": "sealock-edge",
        }
        if os.access("/dev/shm", os.W_OK):  # noqa: S108 - gunicorn makes its own file there
            settings["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
        if MULTIPROCESS in os.environ:
            settings["child_exit"] = _forget_process
        for name, value in settings.items():
            self.cfg.set(name, value)  # type: ignore[union-attr]

    def load(self) -> Edge:
        """Runs in each worker, after the fork."""
        # When each series began would be as many lines again, and nothing of ours looks at it.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        provider = provider_of(os.environ, "sealock-edge", DISTRIBUTION)
        return create_app(
            self.config,
            ring=load_keys(self.config),
            version=self._version,
            registry=CollectorRegistry(),
            render_metrics=_all_processes if MULTIPROCESS in os.environ else None,
            recent_accounts=AccountsInMemory(self._accounts, utc_now, self.edge.file_link_seconds),
            shared_file=self._shared_file,
            traces=None if provider is None else Traces(provider),
        )


class _JsonLogger(Logger):
    """Gunicorn's lines go where all lines go."""

    def setup(self, _cfg: Any) -> None:
        self.loglevel = logging.INFO
        log_to(sys.stderr, self.loglevel)
        for logger in (self.error_log, self.access_log):
            logger.handlers, logger.propagate = [], True
            logger.setLevel(self.loglevel)


def _all_processes() -> bytes:
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _forget_process(_arbiter: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def load_keys(config: Config) -> KeyRing:
    """The key ring of the configured directory. Raises `KeyRingError`."""
    return KeyRing.load(config.edge.keys, utc_now)


def serve(config: Config, version: str) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. Raises `KeyRingError` and `TracingMissing`."""
    load_keys(config)
    wanted(os.environ, DISTRIBUTION)
    journal = Journal(unbuffered_stderr(), utc_now)
    if config.zendesk.any_subdomain:
        journal.any_zendesk()
    most = config.connections.most
    public_places, open_files = places(most, len(config.integrations))
    if public_places < most:
        journal.few_open_files(needed=open_files, connections=public_places)
    with _file_of_processes(config.edge) as shared_file:
        try:
            server = EdgeServer(config, version, memory_for(), shared_file, public_places)
            server.run()  # type: ignore[no-untyped-call]
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


@contextlib.contextmanager
def _file_of_processes(edge: EdgeConfig) -> Generator[Path | None]:
    """A file that ends with the processes, in a folder that this user alone may enter; None where they need none."""
    if edge.store != MEMORY or edge.workers == 1:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="sealock-edge-store-"))
    server = os.getpid()
    try:
        yield folder / "store"
    finally:
        if os.getpid() == server:
            shutil.rmtree(folder, ignore_errors=True)


class EdgeWorker(UvicornWorker):
    """Serves the public application on the first socket and the internal one on the second."""

    CONFIG_KWARGS = {  # noqa: RUF012 - the base class has it so
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("uvicorn.error", "uvicorn.access"):
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [], True
            logger.setLevel(logging.WARNING)
            logger.addFilter(_is_unforeseen)

    async def _serve(self) -> None:
        app = cast("EdgeServer", self.app)
        edge = cast("Edge", self.wsgi)
        stop, at_once = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)

        def quit_at_once() -> None:
            at_once.set()
            stop.set()

        loop.add_signal_handler(signal.SIGQUIT, quit_at_once)

        let_the_loop_go_first()
        prepare_to_serve()
        public_connections = self._connections("public", edge, app.public_places)
        internal_connections = self._connections("internal", edge, INTERNAL_CONNECTIONS)
        public = _Server(self._public_config(edge, app), public_connections, in_need=public_connections.make_way)
        internal = _Server(_internal_config(edge), internal_connections, in_need=public_connections.make_way)
        beating = asyncio.create_task(self._beat())
        serving_public = asyncio.create_task(public.serve(sockets=[self.sockets[0]]))
        serving_internal = asyncio.create_task(internal.serve(sockets=[self.sockets[1]]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((serving_public, serving_internal, stopping), return_when=asyncio.FIRST_COMPLETED)

        edge.draining.begun = True
        edge.journal.process(event="draining")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(at_once.wait(), app.edge.drain_seconds)
        public.end(at_once=at_once.is_set())
        await serving_public
        internal.end(at_once=True)
        await serving_internal
        edge.journal.process(event="stopped")
        for task in (beating, stopping):
            task.cancel()
        await asyncio.gather(beating, stopping, return_exceptions=True)

    def _connections(self, listener: str, edge: Edge, most: int) -> Connections:
        config = cast("EdgeServer", self.app).config
        rules = Rules(
            config.connections,
            most=most,
            most_by_address=config.connections.most_by_address if listener == "public" else most,
            whole_answer_seconds=config.edge.file_seconds,
        )
        metrics = ConnectionMetrics(edge.metrics, listener, Limit)
        proxies = ClientAddresses(config.connections.trusted_proxies)
        return Connections(rules, metrics, asyncio.get_running_loop().time, exempt=proxies.trusts)

    def _public_config(self, edge: Edge, app: EdgeServer) -> uvicorn.Config:
        config: uvicorn.Config = self.config
        config.app = edge.public
        config.timeout_graceful_shutdown = max(1, round(app.edge.shutdown_seconds))
        config.callback_notify = None
        if app.edge.certificate is not None and app.edge.key is not None:
            config.ssl_certfile, config.ssl_keyfile = str(app.edge.certificate), str(app.edge.key)
        return config

    async def _beat(self) -> None:
        """Tell gunicorn that the loop turns, also while draining."""
        while True:
            self.notify()  # type: ignore[no-untyped-call]
            await asyncio.sleep(1)


def _is_unforeseen(record: logging.LogRecord) -> bool:
    """A file that was broken off has a line of its own already."""
    return not (record.exc_info and isinstance(record.exc_info[1], BrokenOff))


class _Server(uvicorn.Server):
    """
    A server that leaves signals to the worker, accepts within limits, and does not hang up on those who have just
    connected.
    """

    def __init__(
        self, config: uvicorn.Config, connections: Connections, *, in_need: Callable[[], object] = lambda: None
    ) -> None:
        """`in_need` is called when this process has no open file left for another connection."""
        super().__init__(config)
        self._connections = connections
        self._in_need = in_need
        self._ending = asyncio.Event()

    def end(self, *, at_once: bool) -> None:
        """Stop serving, without waiting for calls under way if it has to be at once."""
        self.should_exit, self.force_exit = True, at_once
        self._ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        accepting = [
            Accepting(each, self._connections, self._connection, tls=self.config.ssl, in_need=self._in_need)
            for each in sockets or ()
        ]
        for each in accepting:
            each.start()
        self.servers = cast("Any", accepting)
        self._watching = asyncio.create_task(self._connections.watch())
        self.started = True

    async def main_loop(self) -> None:
        # Uvicorn's own wakes ten times a second to see whether it has to end. Every first tick makes the date anew.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        if not self.force_exit:
            await asyncio.sleep(LINGER_SECONDS)
        self._connections.leaving = True
        try:
            await super().shutdown(sockets)
        finally:
            self._watching.cancel()

    def _connection(self, address: str) -> HttpConnection:
        return HttpConnection(
            self.config,
            self.server_state,
            self.lifespan.state,
            connections=self._connections,
            address=address,
            loop=asyncio.get_running_loop(),
        )


def _internal_config(edge: Edge) -> uvicorn.Config:
    return uvicorn.Config(
        edge.internal,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        timeout_graceful_shutdown=1,
    )
