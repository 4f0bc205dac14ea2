# SPDX-License-Identifier: Apache-2.0
"""`sealock doctor`: examines a live integration, and says what to do."""

from __future__ import annotations

import argparse
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path

WELL, FINDINGS, WRONG = 0, 1, 2


class DoctorCommand:
    """What `sealock doctor` takes, and what it does."""

    name = "doctor"
    help = "examine a live integration as Zendesk would meet it, and say what to do"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("manifest_url", metavar="MANIFEST-URL", help="where the integration's manifest is")
        text = "a Zendesk account that may set up, to see its page: acme for acme.zendesk.com"
        parser.add_argument("--subdomain", default="", metavar="NAME", help=text)
        text = "any Zendesk account may set up, on purpose"
        parser.add_argument("--any-account", action="store_true", help=text)
        parser.add_argument("--keys", type=Path, metavar="DIR", help="the directory of the edge's keys")
        parser.add_argument("--internal", default="", metavar="URL", help="the edge's internal listener")
        parser.add_argument("--ca", type=Path, metavar="FILE", help="certificates to trust besides the system's")
        text = "the connector takes webhooks: try the edge's route for them"
        parser.add_argument("--webhook", action="store_true", help=text)
        text = "take plain http on this machine, which Zendesk would refuse"
        parser.add_argument("--insecure-loopback", action="store_true", help=text)

    def run(self, args: argparse.Namespace) -> int:
        """Exit codes: 0 all is well, 1 there is something to do, 2 called wrongly."""
        # `sealock --help` needs none of it.
        from sealock_devkit.doctor.checks import Accounts  # noqa: PLC0415
        from sealock_devkit.doctor.examination import Target, examine  # noqa: PLC0415
        from sealock_devkit.doctor.report import has_findings, table  # noqa: PLC0415
        from sealock_devkit.zendesk.urls import DEFAULT_PORTS, web_origin  # noqa: PLC0415

        for url in filter(None, (args.manifest_url, args.internal)):
            if web_origin(url).scheme not in DEFAULT_PORTS or not web_origin(url).host:
                print("sealock doctor: an address begins with https:// and names a host", file=sys.stderr)
                return WRONG
        trust = ssl.create_default_context()
        try:
            if args.ca is not None:
                trust.load_verify_locations(args.ca)
        except OSError:
            print(f"sealock doctor: {args.ca} holds no certificates", file=sys.stderr)
            return WRONG
        rows = examine(
            Target(
                args.manifest_url,
                Accounts(args.subdomain, args.any_account),
                args.keys,
                args.internal,
                args.insecure_loopback,
                args.webhook,
            ),
            trust,
            lambda: datetime.now(UTC),
        )
        print(table(rows))
        return FINDINGS if has_findings(rows) else WELL


command = DoctorCommand()
