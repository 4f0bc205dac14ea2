# SPDX-License-Identifier: Apache-2.0
"""
`python -m tests.origins.meta.short_leases NAME OPTIONS`: what `sealock connector` serves, with leases that end soon.

A process that was killed leaves its claim in the outbox, and the next one waits until it ends.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from importlib.metadata import entry_points

from sealock_connector._outbox import DeliveryTimes
from sealock_connector._serving.options import outbox_of, parse
from sealock_connector._serving.server import Server
from sealock_connector._telemetry import log_to
from sealock_origins.meta.budget import Budgets

TIMES = DeliveryTimes(lease=timedelta(seconds=3), settle=timedelta(seconds=0.5))


async def soon(seconds):
    """Waits for a moment where the connector would wait for its turn: the emulator counts by its own clock."""
    await asyncio.sleep(seconds / 20)


async def serve(name, arguments):
    """Serve until the process is killed."""
    connector = entry_points(group="sealock.origins")[name].load()(budgets=Budgets(sleep=soon))
    options = parse(connector, arguments)
    log_to(level=options.log_level)
    await Server(connector, options, outbox_of(options.store, origin=connector.origin), times=TIMES).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2:]))
