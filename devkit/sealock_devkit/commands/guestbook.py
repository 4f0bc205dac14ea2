# SPDX-License-Identifier: Apache-2.0
"""`sealock guestbook`: the guestbook's site."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sealock_devkit.commands.ports import taken


class GuestbookCommand:
    """What `sealock guestbook` takes, and what it does."""

    name = "guestbook"
    help = "run a guestbook: an origin to try Sealock with"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""
        parser.add_argument("--listen", default="127.0.0.1:8700", metavar="HOST:PORT", help="default: %(default)s")
        parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="the SQLite file of the entries")
        parser.add_argument(
            "--token-file",
            type=Path,
            metavar="FILE",
            help="holds the owner's token, and is made if it is missing; default: the data file's name and `.token`",
        )
        parser.add_argument("--name", default="", help="the host name that leads here; default: its address")
        parser.add_argument("--title", default="Guestbook", help="the site's name; default: %(default)s")
        parser.add_argument(
            "--ticket-link",
            default="",
            metavar="URL",
            help="where those who signed find their ticket; {entry} in it is their entry's number; default: no link",
        )
        parser.add_argument(
            "--webhook", default="", metavar="URL", help="where to tell at once that somebody signed; default: nowhere"
        )
        parser.add_argument(
            "--webhook-secret-file", type=Path, metavar="FILE", help="holds the secret that signs what is told there"
        )
        parser.add_argument("--faults", action="store_true", help="let anyone set faults at /dev/faults, for tests")

    def run(self, args: argparse.Namespace) -> int:
        """Serve until it is stopped."""
        # `sealock --help` need not load them
        from sealock_devkit.emulators.guestbook.app import owner_token, serve  # noqa: PLC0415
        from sealock_devkit.emulators.guestbook.webhook import Webhook  # noqa: PLC0415

        host, _, port = args.listen.rpartition(":")
        if not host or not port.isdecimal():
            print("--listen must be HOST:PORT, such as 127.0.0.1:8700")
            return 2
        if bool(args.webhook) != bool(args.webhook_secret_file):
            print("--webhook and --webhook-secret-file belong together", file=sys.stderr)
            return 2
        secret = args.webhook_secret_file.read_text(encoding="utf-8").strip() if args.webhook else ""
        if args.webhook and not secret:
            print("--webhook-secret-file: the file is empty", file=sys.stderr)
            return 2
        if said := taken(self.name, host, int(port)):
            print(f"sealock guestbook: {said}", file=sys.stderr)
            return 2
        token_file = args.token_file or args.data.with_name(args.data.name + ".token")
        token_file.parent.mkdir(parents=True, exist_ok=True)
        token = owner_token(token_file)
        print(f"{args.title} at http://{args.listen}, the owner's token in {token_file}", flush=True)
        asyncio.run(
            serve(
                host=host,
                port=int(port),
                data=args.data,
                token=token,
                title=args.title,
                switches=args.faults,
                name=args.name,
                ticket_link=args.ticket_link,
                webhook=Webhook(args.webhook, secret, f"http://{args.name or host}:{port}") if args.webhook else None,
            )
        )
        return 0


command = GuestbookCommand()
