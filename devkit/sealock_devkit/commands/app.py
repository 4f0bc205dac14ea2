# SPDX-License-Identifier: Apache-2.0
"""`sealock app`: builds and checks the app that installs an integration in Zendesk."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sealock_devkit import __version__
from sealock_devkit.app.build import Description, build_app
from sealock_devkit.app.lint import PackageUnreadable, lint
from sealock_devkit.app.package import Finding

DONE, REFUSED, WRONG = 0, 1, 2


class AppCommand:
    """What `sealock app` takes, and what it does."""

    name = "app"
    help = "build or check the app that installs an integration in Zendesk"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
        build = actions.add_parser("build", help="make the app's zip")
        build.add_argument("integration", metavar="INTEGRATION", help="its table's name in the edge's configuration")
        source = build.add_mutually_exclusive_group(required=True)
        source.add_argument("--config", type=Path, metavar="FILE", help="the edge's TOML file")
        source.add_argument("--manifest-url", metavar="URL", help="for any other service: where its manifest is")
        build.add_argument("--author", metavar="NAME", help="who made the app; default: the configuration's author")
        build.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: INTEGRATION-app.zip")
        build.set_defaults(app_action=self._build)
        check = actions.add_parser("lint", help="say what Zendesk would refuse, and what to do about it")
        check.add_argument("path", type=Path, metavar="ZIP|DIR", help="the app")
        check.set_defaults(app_action=self._lint)
        for action in (build, check):
            text = "take plain http on this machine: for a local Zendesk only"
            action.add_argument("--insecure-loopback", action="store_true", help=text)

    def run(self, args: argparse.Namespace) -> int:
        """Exit codes: 0 done, 1 findings, 2 called wrongly."""
        try:
            result: int = args.app_action(args)
        except (PackageUnreadable, _Unusable) as problem:
            print(f"sealock app: {problem}", file=sys.stderr)
            return WRONG
        return result

    def _lint(self, args: argparse.Namespace) -> int:
        findings = lint(args.path, loopback_http_is_https=args.insecure_loopback)
        if not findings:
            print(f"{args.path}: Zendesk's rules for apps are kept.")
        return _told(findings)

    def _build(self, args: argparse.Namespace) -> int:
        description = _by_url(args) if args.manifest_url else _by_config(args)
        output: Path = args.output or Path(f"{args.integration}-app.zip")
        try:
            with tempfile.TemporaryDirectory(dir=output.parent, prefix=".app-") as folder:
                made = Path(folder, output.name)
                made.write_bytes(build_app(description))
                findings = lint(made, loopback_http_is_https=args.insecure_loopback)
                if not findings:
                    made.replace(output)
        except OSError as error:
            raise _Unusable(f"{output} cannot be written: {error.strerror}") from None
        if not findings:
            print(f"{output} installs {description.name} from {description.manifest_url}")
        return _told(findings)


class _Unusable(Exception):
    """What was asked for cannot be built."""


def _by_url(args: argparse.Namespace) -> Description:
    return Description(
        name=args.integration,
        author=args.author or args.integration,
        identifier=args.integration,
        manifest_url=args.manifest_url,
        version=__version__,
    )


def _by_config(args: argparse.Namespace) -> Description:
    from sealock_edge.config import ConfigError, load  # noqa: PLC0415 - lint does not need it

    try:
        config = load(args.config, os.environ)
    except ConfigError as error:
        raise _Unusable("; ".join(map(str, error.problems))) from None
    integration = config.integrations.get(args.integration)
    if integration is None:
        known = ", ".join(sorted(config.integrations)) or "none"
        raise _Unusable(f"{args.config} has no integration {args.integration}; it has: {known}")
    return Description(
        name=integration.name,
        author=args.author or integration.author or integration.name,
        identifier=integration.id,
        manifest_url=f"{config.edge.public_url}/{integration.path}/manifest.json",
        version=__version__,
    )


def _told(findings: Sequence[Finding]) -> int:
    for finding in findings:
        print(finding)
    return REFUSED if findings else DONE


command = AppCommand()
