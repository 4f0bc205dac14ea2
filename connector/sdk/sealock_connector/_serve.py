# SPDX-License-Identifier: Apache-2.0
"""Serving a connector: from the command line to a stop that loses no call."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sealock_connector._connector import Connector, TakesReplies
from sealock_connector._log_lines import log_fault, log_to
from sealock_connector._options import Options, parse
from sealock_connector._outbox import OutboxStore, OutboxUnavailable
from sealock_connector._outbox.named import MEMORY, outbox_of
from sealock_connector._server import CannotStart, Server
from sealock_connector._tracing import Traces
from sealock_connector.errors import InvalidAnswer
from sealock_contract.tracing import TracingMissing, provider_of

_log = logging.getLogger(__name__)


def serve(
    connector: Connector,
    argv: Sequence[str] | None = None,
    *,
    outbox: OutboxStore | None = None,
    program: str | None = None,
) -> None:
    """
    Serve the connector until SIGTERM or SIGINT, then drain and return.

    Reads the command line (`--help` shows it, for a program called `program`) and `SEALOCK_CONNECTOR_*`. An `outbox`
    takes the place of the one that `--store` names. Ends the process with code 2 for wrong options, and with code 1 and
    a sentence if the server cannot start.
    """
    options = parse(connector, argv, program=program)
    log_to(level=options.log_level)
    try:
        provider = provider_of(os.environ, f"sealock-connector-{connector.origin}", "sealock-connector")
        traces = None if provider is None else Traces(provider)
        asyncio.run(_until_signal(connector, options, outbox, traces))
    except (CannotStart, TracingMissing) as error:
        sys.exit(str(error))
    except OutboxUnavailable as error:
        sys.exit(f"--store: {error}")
    except InvalidAnswer as error:
        sys.exit(f"The connector describes itself wrongly: {error}")
    except Exception as error:  # noqa: BLE001
        log_fault(_log, "the connector cannot be served", error)
        sys.exit("The connector cannot be served; the log line above says where it failed.")


@asynccontextmanager
async def running(
    connector: Connector, options: Options, outbox: OutboxStore | None = None, traces: Traces | None = None
) -> AsyncIterator[Server]:
    """A served connector that is stopped afterwards, drain and all."""
    store = outbox or outbox_of(options.store, password_file=options.store_password_file, ca_file=options.store_ca)
    server = Server(connector, options, store, traces=traces)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


async def _until_signal(
    connector: Connector, options: Options, outbox: OutboxStore | None, traces: Traces | None
) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    if outbox is None and options.store == MEMORY and isinstance(connector, TakesReplies):
        _log.warning("the outbox is in memory: a restart forgets which replies were posted (--store)")
    async with running(connector, options, outbox, traces):
        await told.wait()
        _log.info("stopping")
