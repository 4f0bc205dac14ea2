# SPDX-License-Identifier: Apache-2.0
"""
The `sealock` command: finds what is installed here and hands over to it.

A package adds a command by an entry point in the group `sealock.commands` that leads to a `Command` object.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, HelpFormatter, Namespace
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final, Protocol, runtime_checkable

from sealock_contract import __version__

GROUP: Final = "sealock.commands"

DISTRIBUTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "connector": "sealock-connector",
        **dict.fromkeys(("edge", "keys"), "sealock-edge"),
        **dict.fromkeys(("app", "bench", "demo", "doctor", "guestbook", "ledger", "meta", "zendesk"), "sealock-devkit"),
    }
)
"""Where the project's own commands come from, for those who type one that is not installed."""

_WRONG: Final = 2


class Command(Protocol):
    """One of the things that `sealock` can do."""

    @property
    def name(self) -> str:
        """What is typed after `sealock`; the entry point's name."""

    @property
    def help(self) -> str:
        """What it does, in half a sentence."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the command's own arguments."""

    def run(self, args: Namespace) -> int:
        """Does it; the result is the exit code: 0 done, 1 refused or failed, 2 called wrongly."""


@runtime_checkable
class ReadsItsOwnArguments(Protocol):
    """A command whose arguments depend on what it finds, so that it reads them itself."""

    def run_with(self, arguments: Sequence[str]) -> int:
        """Does it with everything that stands after the command's name; the result is the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that the arguments (by default those of the process) name; returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    # gRPC's own lines are no JSON, and say nothing that metrics and logs do not. It looks for this as it is imported.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    wanted = next((entry for entry in found if words and entry.name == words[0]), None)
    if wanted is None and words and words[0] in DISTRIBUTIONS:
        distribution = DISTRIBUTIONS[words[0]]
        sys.stderr.write(f"sealock: '{words[0]}' comes with {distribution}: pip install {distribution}\n")
        return _WRONG
    try:
        # Only the wanted command is imported: the others' packages may be large, or not be here.
        return _run(words, wanted.load()) if wanted is not None else _choose(words, _loadable(found))
    except ModuleNotFoundError as error:
        if wanted is None or error.name is None:
            raise
        distribution = _distribution_of(wanted)
        sys.stderr.write(
            f"sealock: '{wanted.name}' needs {error.name}, which is not installed here: pip install {distribution}\n"
        )
        return _WRONG
    except KeyboardInterrupt:
        return 130


def _run(words: Sequence[str], command: Command) -> int:
    if isinstance(command, ReadsItsOwnArguments):
        return command.run_with(words[1:])
    return _choose(words, [command])


def _choose(words: Sequence[str], commands: Iterable[Command]) -> int:
    parser = _parser(commands)
    if not words:
        parser.print_help()
        return _WRONG
    args = parser.parse_args(words)
    command: Command = args.sealock_command
    return command.run(args)


def _loadable(entries: Iterable[EntryPoint]) -> list[Command]:
    commands: list[Command] = []
    for entry in entries:
        try:
            commands.append(entry.load())
        except ModuleNotFoundError:
            continue
    return commands


def _distribution_of(entry: EntryPoint) -> str:
    return DISTRIBUTIONS.get(entry.name) or (entry.dist.name if entry.dist is not None else entry.module)


def _parser(commands: Iterable[Command]) -> ArgumentParser:
    parser = ArgumentParser(
        prog="sealock",
        description="Joins origin services to Zendesk's Channel framework.",
        formatter_class=lambda prog: HelpFormatter(prog, max_help_position=24, width=110),
    )
    parser.add_argument("--version", action="version", version=f"sealock {__version__}")
    choices = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands:
        one = choices.add_parser(command.name, help=command.help, description=command.help)
        command.add_arguments(one)
        one.set_defaults(sealock_command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
