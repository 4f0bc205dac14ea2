# SPDX-License-Identifier: Apache-2.0
"""`sealock demo`: the whole system at work on this machine."""

from __future__ import annotations

import argparse
import asyncio
import sys


class DemoCommand:
    """What `sealock demo` takes, and what it does."""

    name = "demo"
    help = "run everything on this machine, to play with or playing by itself"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""
        parser.add_argument("--origin", default="guestbook", help="what to connect; default: %(default)s")
        parser.add_argument("--list", action="store_true", help="list the origins that can be connected, and end")
        parser.add_argument("--once", action="store_true", help="play the whole story, check each step, and end")
        parser.add_argument("--no-browser", action="store_true", help="do not open the pages where there is a desktop")

    def run(self, args: argparse.Namespace) -> int:
        """Play the demo until its story ends or it is stopped; 2 if this machine lacks what the origin needs."""
        # `sealock --help` need not load all of it
        from sealock_devkit.demo.run import run_demo  # noqa: PLC0415
        from sealock_devkit.stack.demo_origin import demo_origin_names, load_demo_origin  # noqa: PLC0415

        if args.list:
            print(*demo_origin_names(), sep="\n")
            return 0
        try:
            origin = load_demo_origin(args.origin)
        except ValueError as unknown:
            print(f"sealock demo: {unknown}", file=sys.stderr)
            return 2
        missing = origin.missing()
        if missing:
            print(f"sealock demo: {missing}", file=sys.stderr)
            return 2
        return asyncio.run(
            run_demo(origin, once=args.once, pages=not args.no_browser and sys.stdout.isatty(), out=sys.stdout)
        )


command = DemoCommand()
