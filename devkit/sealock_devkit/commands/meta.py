# SPDX-License-Identifier: Apache-2.0
"""`sealock meta`: an emulator of Meta's Graph API."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sealock_devkit.commands.ports import taken


class MetaCommand:
    """What `sealock meta` takes, and what it does."""

    name = "meta"
    help = "run an emulator of Facebook Pages, Messenger and Instagram"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""
        parser.add_argument("--listen", default="127.0.0.1:8600", metavar="HOST:PORT", help="default: %(default)s")
        parser.add_argument(
            "--data",
            type=Path,
            default=Path("meta-data"),
            metavar="FOLDER",
            help="what was written, and the app's secrets; made if it is missing; default: %(default)s",
        )
        parser.add_argument(
            "--redirect-uri",
            action="append",
            default=[],
            metavar="URL",
            help="one that the app registered; with any, no other address is taken, not even on this machine",
        )
        parser.add_argument(
            "--require-proof",
            action="store_true",
            help="refuse calls without appsecret_proof, as the app's switch does",
        )
        parser.add_argument(
            "--ca", type=Path, metavar="FILE", help="whose certificates to trust in webhooks' addresses"
        )
        parser.add_argument("--faults", action="store_true", help="let anyone use the switches at /dev/, for tests")

    def run(self, args: argparse.Namespace) -> int:
        """Serve until it is stopped."""
        from sealock_devkit.emulators.meta.app import HOSTS, app_keys, serve  # noqa: PLC0415
        from sealock_devkit.emulators.meta.settings import Settings  # noqa: PLC0415  (`sealock --help` need not load it)

        host, _, port = args.listen.rpartition(":")
        if not host or not port.isdecimal():
            print("--listen must be HOST:PORT, such as 127.0.0.1:8600")
            return 2
        if said := taken(self.name, host, int(port)):
            print(f"sealock meta: {said}", file=sys.stderr)
            return 2
        keys = app_keys(args.data)
        print(f"Facebook and Instagram, for customers:  http://{args.listen}/")
        for name in HOSTS:
            print(f"  {'https://' + name:<30} is http://{args.listen}/{name}")
        print(f"App {keys.app_id}, its secret in {args.data / 'app-secret'}")
        print(f"Instagram app {keys.instagram_app_id}, its secret in {args.data / 'instagram-app-secret'}", flush=True)
        settings = Settings(
            redirect_uris=args.redirect_uri,
            loopback_redirects=not args.redirect_uri,
            require_proof=args.require_proof,
        )
        running = serve(
            host=host,
            port=int(port),
            folder=args.data,
            settings=settings,
            switches=args.faults,
            authority=args.ca,
        )
        asyncio.run(running)
        return 0


command = MetaCommand()
