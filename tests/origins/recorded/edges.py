# SPDX-License-Identifier: Apache-2.0
"""The production edge before an origin's real connector, over gRPC, and an origin whose answers are odd."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sealock_connector.testing import ACCOUNT_ID
from tests.edge.admin_pages import RETURN_URL, Page, open_set_up
from tests.edge.edge_under_test import EdgeUnderTest, MovedClock, add_key, build, settings, under_test
from tests.origins.recorded.exchanges import Scene
from tests.origins.recorded.playing import Player, served
from tests.origins.recorded.replaying import Replayed


@dataclass
class OddEdge:
    """An edge whose only integration is of one origin, and the origin."""

    edge: EdgeUnderTest
    origin: Replayed

    def account_of(self, scene: Scene) -> Mapping[str, Any]:
        """The scene's account, at the origin as it is now."""
        account: Mapping[str, Any] = self.here(scene.account)
        return account

    def here(self, value: Any) -> Any:
        """What was recorded, with the origin where it is now."""
        return Player(None, self.origin.host, {}).here(value)

    def metadata(self, scene: Scene, account_id: str = ACCOUNT_ID) -> str:
        """The scene's account, sealed as Zendesk keeps it."""
        return self.edge.metadata(account_id, connector_account=json.dumps(self.account_of(scene)).encode())

    async def signed_in(self, page: Page, query: Mapping[str, str]) -> Page:
        """What the page gives whose sign-in brought this back."""
        link = page.tree.css_first("a.button").attributes["href"] or ""
        [state] = parse_qs(urlsplit(link).query)["state"]
        window = Page.of(await self.edge.get("admin_ui/callback", params={"state": state, **query}))
        code = window.tree.css_first("#code").attributes["value"] or ""
        return await page.submit(self.edge, **{"sealock-sign-in": code})

    async def opened(self) -> Page:
        """The first page of set-up."""
        return await open_set_up(self.edge)


def is_done(page: Page) -> bool:
    """Whether this page hands an account to Zendesk."""
    form = page.tree.css_first("form")
    return form is not None and form.attributes.get("action") == RETURN_URL


@asynccontextmanager
async def odd_edge(name: str, folder: Path) -> AsyncIterator[OddEdge]:
    """The edge and the origin's connector, both real."""
    clock = MovedClock()
    keys = folder / "keys"
    add_key(keys, clock)
    async with Replayed() as origin, served(name, origin.url, folder) as client:
        built, ring, log = build(settings(f"ipv4:{client.target}"), keys, clock)
        handle = under_test(built, ring, keys, clock, log)
        async with handle.client:
            await handle.get("manifest.json")
            yield OddEdge(handle, origin)
