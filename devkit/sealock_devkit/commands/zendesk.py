# SPDX-License-Identifier: Apache-2.0
"""`sealock zendesk`: runs the local Zendesk, and talks to one that runs."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sealock_devkit.commands.ports import in_use, is_in_use
from sealock_devkit.zendesk.terminal import COMMANDS, run_client_command

if TYPE_CHECKING:
    from sealock_devkit.zendesk.settings import Settings

DEFAULT_LISTEN = "127.0.0.1:8800"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ZendeskCommand:
    """Without a subcommand it runs a local Zendesk; each subcommand asks a running one."""

    name = "zendesk"
    help = "run a local Zendesk, or talk to the one that runs"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say which options there are."""
        parser.add_argument("--listen", default=DEFAULT_LISTEN, help=f"address and port ({DEFAULT_LISTEN})")
        parser.add_argument("--data", type=Path, default=Path("zendesk-data"), help="its data (zendesk-data)")
        parser.add_argument("--subdomain", help="the Zendesk account's name (demo)")
        parser.add_argument("--interval", type=float, help="seconds between two pulls of an account (120)")
        parser.add_argument("--ca", default="", metavar="FILE", help="certificates to trust besides the system's")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any other setting")
        url = os.environ.get("SEALOCK_ZENDESK_URL") or f"http://{DEFAULT_LISTEN}"
        parser.add_argument("--url", default=url, help="the running one, for subcommands (SEALOCK_ZENDESK_URL)")
        subcommands = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", title="subcommands")
        for each in COMMANDS:
            each.add_to(subcommands)

    def run(self, args: argparse.Namespace) -> int:
        """Run it; the process's exit code."""
        if args.subcommand:
            return run_client_command(args)
        return _serve(args)


def _serve(args: argparse.Namespace) -> int:
    from sealock_devkit.zendesk.server import serve  # noqa: PLC0415 - subcommands start faster without it
    from sealock_devkit.zendesk.settings import BadSetting  # noqa: PLC0415
    from sealock_devkit.zendesk.store import StoreUnusable  # noqa: PLC0415

    try:
        host, port = _address(args.listen)
        settings = _settings(args)
        asyncio.run(serve(host, port, args.data, settings, ca_file=args.ca, console=sys.stdout))
        print(f"Stopped. What it remembers is in {args.data}, and the next start with it goes on from there.")
    except (BadSetting, StoreUnusable, OSError, ValueError) as problem:
        said = in_use("zendesk", host, port) if is_in_use(problem) else problem
        print(f"sealock zendesk: {said}", file=sys.stderr)
        return 2
    return 0


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if not port.isdigit() or host not in LOOPBACK:
        raise ValueError("--listen is an address of this machine and a port, such as 127.0.0.1:8800")
    return host, int(port)


def _settings(args: argparse.Namespace) -> Settings:
    from sealock_devkit.zendesk.settings import Settings, parse_setting  # noqa: PLC0415

    changes = dict(parse_setting(each) for each in args.set)
    if args.subdomain is not None:
        changes["subdomain"] = args.subdomain
    if args.interval is not None:
        changes["pull_interval_seconds"] = args.interval
    return Settings().changed(changes)


command = ZendeskCommand()
