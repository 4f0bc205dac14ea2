# SPDX-License-Identifier: Apache-2.0
"""`sealock edge`: serves the edge."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from sealock_contract.tracing import TracingMissing
from sealock_edge import __version__
from sealock_edge.config import Config, ConfigError, load
from sealock_edge.sealing import KeyRingError

_WRONG: Final = 2


class EdgeCommand:
    """The command."""

    name = "edge"
    help = "serve the edge: Zendesk's Channel protocol in, gRPC to connectors out"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the options."""
        parser.add_argument(
            "--config",
            metavar="PATH",
            type=Path,
            required=True,
            help="the TOML file of settings, or a folder of such files",
        )
        parser.add_argument("--check", action="store_true", help="only check the configuration and the keys")

    def run(self, args: Namespace) -> int:
        """Serves until SIGTERM; 2 if the configuration or the keys are wrong."""
        try:
            config = load(args.config, os.environ)
        except ConfigError as error:
            for problem in error.problems:
                sys.stderr.write(f"sealock edge: {problem}\n")
            return _WRONG
        try:
            return _check(config) if args.check else _serve(config)
        except KeyRingError as error:
            sys.stderr.write(f"sealock edge: edge.keys: {error}\n")
            return _WRONG


def _check(config: Config) -> int:
    from sealock_edge.server import load_keys  # noqa: PLC0415 - keeps `sealock --help` quick

    load_keys(config)
    if config.zendesk.any_subdomain:
        sys.stdout.write("zendesk.subdomains is '*': any Zendesk account may set up and use this edge.\n")
    sys.stdout.write("The configuration and the keys are fine.\n")
    return 0


def _serve(config: Config) -> int:
    if config.edge.workers == 1:
        return _run(config)
    counting = tempfile.mkdtemp(prefix="sealock-edge-metrics-")
    # The metrics' library decides as it is imported whether processes count together.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counting
    try:
        return _run(config)
    finally:
        shutil.rmtree(counting, ignore_errors=True)


def _run(config: Config) -> int:
    from sealock_edge.server import serve  # noqa: PLC0415 - see above

    try:
        return serve(config, __version__)
    except TracingMissing as error:
        sys.stderr.write(f"sealock edge: {error}\n")
        return _WRONG


command = EdgeCommand()
