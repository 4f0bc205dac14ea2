# SPDX-License-Identifier: Apache-2.0
"""
`sealock connector NAME`: serves a connector that is installed here.

A distribution adds one by an entry point in the group `sealock.origins`, whose name is the origin's and which leads to
the `Connector` class.
"""

from __future__ import annotations

import os
import sys
from argparse import REMAINDER, ArgumentParser, Namespace
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from sealock_connector._connector import Connector
from sealock_connector._options import PREFIX
from sealock_connector._serve import serve

GROUP: Final = "sealock.origins"
ORIGIN: Final = f"{PREFIX}ORIGIN"
"""The variable that names the origin where the command line does not, as in an image for one origin."""

_WRONG: Final = 2


class ConnectorCommand:
    """The command."""

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
