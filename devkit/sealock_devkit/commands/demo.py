# SPDX-License-Identifier: Apache-2.0
"""`sealock demo`: the whole system at work on this machine."""

from __future__ import annotations

import argparse
import asyncio
import sys

from sealock_devkit.stack.scene import load_scene, scene_names


class DemoCommand:
    """The command."""

    name = "demo"
    help = "run everything on this machine, to play with or playing by itself"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""
        parser.add_argument(
            "--origin", choices=scene_names(), default="guestbook", help="what to connect; default: %(default)s"
        )
        parser.add_argument("--once", action="store_true", help="play the whole story, check each step, and end")
        parser.add_argument("--no-browser", action="store_true", help="do not open the pages where there is a desktop")

    def run(self, args: argparse.Namespace) -> int:
        """Run the demo."""
        from sealock_devkit.demo.run import run_demo  # noqa: PLC0415  (`sealock --help` need not load all of it)

        scene = load_scene(args.origin)
        missing = scene.missing()
        if missing:
            print(f"sealock demo: {missing}", file=sys.stderr)
            return 2
        return asyncio.run(
            run_demo(scene, once=args.once, pages=not args.no_browser and sys.stdout.isatty(), out=sys.stdout)
        )


command = DemoCommand()
