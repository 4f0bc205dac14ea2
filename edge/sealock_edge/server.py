# SPDX-License-Identifier: Apache-2.0
"""The edge as a gunicorn application: processes, listeners, logs and metrics of all processes together."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from prometheus_client import CollectorRegistry, generate_latest, multiprocess

from sealock_edge.ambient import utc_now
from sealock_edge.app import Edge, create_app
from sealock_edge.config import Config, EdgeConfig
from sealock_edge.recent_accounts import AccountsInFolder, shared_folder
from sealock_edge.sealing import KeyRing
from sealock_edge.telemetry import write_logs_as_json
from sealock_edge.telemetry.tracing import Traces, provider_of, wanted
from sealock_edge.worker import EdgeWorker

MARGIN_SECONDS = 5.0
"""How much longer than draining and finishing gunicorn waits before it kills a worker."""

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""Where several processes share their numbers, if there are several: read by the metrics' library too."""


class EdgeServer(BaseApplication):
    """Serves a configuration until it is told to stop."""

    def __init__(self, config: Config, version: str, accounts: Path) -> None:
        """`accounts` is the folder in which the processes tell each other of accounts."""
        self._config = config
        self._version = version
        self._accounts = accounts
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def edge(self) -> EdgeConfig:
        """The settings of the process itself."""
        return self._config.edge

    def load_config(self) -> None:
        """Gunicorn's own settings, all from ours."""
        edge = self._config.edge
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
        provider = provider_of(os.environ)
        return create_app(
            self._config,
            ring=load_keys(self._config),
            version=self._version,
            registry=CollectorRegistry(),
            render_metrics=_all_processes if MULTIPROCESS in os.environ else None,
            recent_accounts=AccountsInFolder(self._accounts, utc_now, self.edge.file_link_seconds),
            traces=None if provider is None else Traces(provider),
        )


class _JsonLogger(Logger):
    """Gunicorn's lines go where all lines go."""

    def setup(self, _cfg: Any) -> None:
        self.loglevel = logging.INFO
        write_logs_as_json(sys.stderr, self.loglevel)
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
    wanted(os.environ)
    try:
        with shared_folder() as accounts:
            EdgeServer(config, version, accounts).run()  # type: ignore[no-untyped-call]
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
