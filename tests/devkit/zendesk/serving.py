# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk's whole site, pages and API, on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.server import create_site
from tests.serving import serving


@asynccontextmanager
async def served(zendesk: LocalZendesk) -> AsyncIterator[str]:
    """The address of the local Zendesk's site. When the block ends, pages that are open no longer hear of changes."""
    stopping = asyncio.Event()

    def end_streams() -> None:
        stopping.set()
        zendesk.context.changes.announce()

    async with serving(lambda _: create_site(zendesk, stopping.is_set), before_stop=end_streams) as url:
        yield url
