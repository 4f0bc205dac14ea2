# SPDX-License-Identifier: Apache-2.0
"""
The `sealock` command: finds what is installed here and hands over to it.

A package adds a command by an entry point in the group `sealock.commands` that leads to a `Command` object.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, HelpFormatter, Namespace
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from sealock_contract import __version__

GROUP = "sealock.commands"


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that the arguments (by default those of the process) name; returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    wanted = [entry for entry in found if words and entry.name == words[0]]
    # Only the wanted command is imported: the others' packages may be large, or not be here.
    commands = _load(wanted or found)
    if wanted and not commands:
        sys.stderr.write(f"sealock: '{words[0]}' needs packages that are not installed here\n")
        return 2
    parser = _parser(commands)
    if not words:
        parser.print_help()
        return 2
    args = parser.parse_args(words)
    command: Command = args.sealock_command
    try:
        return command.run(args)
    except KeyboardInterrupt:
        return 130


def _load(entries: Iterable[EntryPoint]) -> list[Command]:
    commands: list[Command] = []
    for entry in entries:
        try:
            commands.append(entry.load())
        except ModuleNotFoundError:
            continue
    return commands


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
