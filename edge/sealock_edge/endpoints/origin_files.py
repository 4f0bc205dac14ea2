# SPDX-License-Identifier: Apache-2.0
"""Files of the origin that only a connector can open: who gets links to them, and whose account opens them."""

from __future__ import annotations

from typing import Final

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.external_resource_pb2 import ExternalResource, FileReference
from sealock.edge.v1 import file_link_pb2
from sealock_edge.calls import Integration
from sealock_edge.problems import AccountNotSeen
from sealock_edge.recent_accounts import RecentAccounts
from sealock_edge.sealing import Accounts, FileLinks, OpenAccount, Unsealable
from sealock_edge.zendesk import FileLinkMaker

_FILES: Final = Capability.CAPABILITY_FILES


class OriginFiles:
    """Gives links out with a pull, and finds their account again when one is followed."""

    def __init__(self, links: FileLinks, accounts: Accounts, recent: RecentAccounts) -> None:
        self._links = links
        self._accounts = accounts
        self._recent = recent

    def file_link(self, account: OpenAccount, integration: Integration) -> FileLinkMaker | None:
        """Makes links to an account's files; None where the connector opens none."""
        if not integration.connector.has(_FILES):
            return None

        def link(_resource: ExternalResource, file: FileReference) -> str:
            until = self._links.expiry()
            to = file_link_pb2.FileLink(account_id=account.account_id, reference=file.reference)
            return self._links.link(to, file.name, until, base_url=integration.base_url, integration_id=integration.id)

        return link

    async def note(self, account: OpenAccount, metadata: str) -> None:
        """Remember how Zendesk keeps the account from now on."""
        await self._recent.note(account.integration_id, account.account_id, metadata)

    def followed(self, sealed: str, name: str, integration: Integration) -> file_link_pb2.FileLink:
        """What a link leads to. Raises `Unsealable`."""
        return self._links.open(sealed, name, integration.id)

    async def account_of(self, link: file_link_pb2.FileLink, metadata: str, integration: Integration) -> OpenAccount:
        """
        The link's account: from `metadata`, if the call brought any, else from what the last pull showed.

        Raises `Unsealable`: the metadata does not open, or is another account's. Raises `AccountNotSeen`.
        """
        if metadata:
            account = self._accounts.open_metadata(metadata, integration.id)
            if account.account_id != link.account_id:
                raise Unsealable
            return account
        seen = await self._recent.find(integration.id, link.account_id)
        if seen is None:
            raise AccountNotSeen
        try:
            return self._accounts.open_metadata(seen, integration.id)
        except Unsealable:
            raise AccountNotSeen from None
