# SPDX-License-Identifier: Apache-2.0
"""An account whose pulls follow each other, as Zendesk makes them."""

from __future__ import annotations


class Pulls:
    """Pulls with the state and the account of the pull before, and keeps all that came."""

    def __init__(self, connector, account, state=b""):
        self.connector = connector
        self.account = account
        self.state = state
        self.resources = []

    @property
    def ids(self):
        """The external ids of all that came."""
        return [each.external_id for each in self.resources]

    async def new(self):
        """Whatever is new; raises what interrupted it."""
        page = await self.connector.pull_all(self.account, self.state)
        self.account, self.state = page.account or self.account, page.state
        self.resources += page.resources
        return page.resources

    async def texts(self):
        """What it says."""
        return [each.message for each in await self.new()]
