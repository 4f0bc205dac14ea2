# SPDX-License-Identifier: Apache-2.0
"""
Serving from the command line: `serve` a connector, or `sealock connector NAME` one that is installed here.

A distribution adds one by an entry point in the group `sealock.origins`, whose name is the origin's and which leads to
the `Connector` class.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from argparse import REMAINDER, ArgumentParser, Namespace
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final

import uvloop

from sealock_connector._connector import Connector, TakesReplies
from sealock_connector._outbox import DeliveryTimes, OutboxStore, OutboxUnavailable
from sealock_connector._outbox.successors import RenewsSecrets
from sealock_connector._serving.options import PREFIX, Options, parse
from sealock_connector._serving.server import CannotStart, running
from sealock_connector._telemetry import Traces, log_fault, log_to
from sealock_connector.errors import InvalidAnswer
from sealock_contract.log_lines import Lines
from sealock_contract.serving_process import prepare_to_serve
from sealock_contract.stores.names import MEMORY
from sealock_contract.tracing import TracingMissing, provider_of

_log = logging.getLogger(__name__)

GROUP: Final = "sealock.origins"
ORIGIN: Final = f"{PREFIX}ORIGIN"
"""The variable that names the origin where the command line does not, as in an image for one origin."""

_WRONG: Final = 2
_ANYBODY: Final = {
    (True, False): "anybody who reaches this port is served, in plaintext (--insecure)",
    (False, False): "anybody who reaches this port is served (--any-caller)",
    (False, True): "anybody with a certificate of the authority is served (--any-caller)",
}
"""What is said of callers at the start, by whether it is in plaintext and whether there is an authority."""


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
    lines = log_to(level=options.log_level)
    try:
        provider = provider_of(os.environ, f"sealock-connector-{connector.origin}", "sealock-connector")
        traces = None if provider is None else Traces(provider)
        prepare_to_serve()
        uvloop.run(serve_until_signal(connector, options, outbox, traces, lines=lines))
    except (CannotStart, TracingMissing) as error:
        sys.exit(str(error))
    except OutboxUnavailable as error:
        sys.exit(f"--store: {error}")
    except InvalidAnswer as error:
        sys.exit(f"The connector describes itself wrongly: {error}")
    except Exception as error:  # noqa: BLE001
        log_fault(_log, "the connector cannot be served", error)
        sys.exit("The connector cannot be served; the log line above says where it failed.")


async def serve_until_signal(
    connector: Connector,
    options: Options,
    outbox: OutboxStore | None = None,
    traces: Traces | None = None,
    times: DeliveryTimes | None = None,
    *,
    lines: Lines | None = None,
) -> None:
    """Serve the connector in this event loop until SIGTERM or SIGINT, then drain and return."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.insecure or options.any_caller:
        _log.warning(_ANYBODY[options.insecure, options.tls_client_ca is not None])
    if outbox is None and options.store == MEMORY and isinstance(connector, TakesReplies):
        _log.warning("the outbox is in memory: a restart forgets which replies were posted (--store)")
    if outbox is None and options.store == MEMORY and isinstance(connector, RenewsSecrets):
        _log.warning(
            "the outbox is in memory: a restart loses renewed secrets that Zendesk does not have yet (--store)"
        )
    async with running(connector, options, outbox, traces, times, lines=lines) as server:
        waiting = {asyncio.create_task(stop.wait()), asyncio.create_task(server.ended())}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()
        if not stop.is_set():
            raise CannotStart("gRPC stopped serving by itself; the log line above says why")
        _log.info("stopping")


class ConnectorCommand:
    """`sealock connector`: serves the connector of the name that it is given."""

    name = "connector"
    help = "serve a connector that is installed here to the edge, over gRPC"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the origin, and whatever options its connector takes."""
        parser.epilog = f"Installed: {_names(_installed()) or 'none'}. `sealock connector NAME --help` shows more."
        parser.add_argument("origin", metavar="NAME", nargs="?", help=f"which one; without it what {ORIGIN} says")
        parser.add_argument("options", metavar="OPTIONS", nargs=REMAINDER, help="the connector's options")

    def run(self, args: Namespace) -> int:
        """Serves until SIGTERM."""
        return self.run_with([*([args.origin] if args.origin else []), *args.options])

    def run_with(self, arguments: Sequence[str]) -> int:
        """
        Serves until SIGTERM the connector that the first argument names, or `SEALOCK_CONNECTOR_ORIGIN`, with the others
        as its options.
        """
        named = bool(arguments) and not arguments[0].startswith("-")
        origin = arguments[0] if named else os.environ.get(ORIGIN, "")
        if not origin and arguments and arguments[0] in {"-h", "--help"}:
            return self._help()
        installed = _installed()
        if not origin:
            return _refused(f"which one? {_choice(installed)}")
        entry = next((each for each in installed if each.name == origin), None)
        if entry is None:
            return _refused(f"{origin!r} is not installed here. {_choice(installed)}")
        try:
            kind: type[Connector] = entry.load()
        except ModuleNotFoundError as error:
            distribution = entry.dist.name if entry.dist is not None else entry.module
            return _refused(f"{origin!r} needs {error.name}, which is not installed here: pip install {distribution}")
        serve(kind(), arguments[1:] if named else arguments, program=f"sealock connector {origin}")
        return 0

    def _help(self) -> int:
        parser = ArgumentParser(prog=f"sealock {self.name}", description=self.help)
        self.add_arguments(parser)
        parser.print_help()
        return 0


def _installed() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda entry: entry.name)


def _names(entries: Sequence[EntryPoint]) -> str:
    return ", ".join(entry.name for entry in entries)


def _choice(installed: Sequence[EntryPoint]) -> str:
    return (
        f"Installed: {_names(installed)}." if installed else "None is installed; pip install sealock-origins has some."
    )


def _refused(sentence: str) -> int:
    sys.stderr.write(f"sealock connector: {sentence}\n")
    return _WRONG


command: Final = ConnectorCommand()
