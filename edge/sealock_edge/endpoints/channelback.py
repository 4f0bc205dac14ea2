# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/channelback`: an agent's reply goes to the origin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import orjson
from falcon.asgi import Request, Response

from sealock.connector.v1.channelback_pb2 import ChannelbackHeader, ChannelbackRequest
from sealock.connector.v1.describe_pb2 import Capability
from sealock.edge.v1.account_pb2 import Account
from sealock_edge.attachments import AttachmentFetcher, Fetching, pieces
from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import OpenReplyFiles
from sealock_edge.middleware import LARGEST_BODY, BodyRule
from sealock_edge.outcomes import Endpoint
from sealock_edge.problems import FilesNotTaken
from sealock_edge.sealing import Accounts
from sealock_edge.zendesk import ChannelbackForm, channelback_answer
from sealock_edge.zendesk_api import Legitimacy


class Channelback:
    """Posts the reply once: Zendesk's identifier of the request is the connector's idempotency key."""

    endpoint = Endpoint.CHANNELBACK
    body = BodyRule("application/x-www-form-urlencoded", LARGEST_BODY)

    def __init__(self, accounts: Accounts, legitimacy: Legitimacy | None, fetcher: AttachmentFetcher) -> None:
        """`legitimacy` proves each call; None: metadata that opens is enough."""
        self._accounts = accounts
        self._legitimacy = legitimacy
        self._fetcher = fetcher

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: channelback request and channelback answer."""
        call: Call = req.context.call
        form = ChannelbackForm.read(call.body)
        account = self._accounts.open_metadata(form.metadata, integration.id)
        call.account_id, call.locale = account.account_id, account.record.locale
        if self._legitimacy is not None:
            await self._legitimacy.check(account, call.request_id)
        files = await self._files(form.file_urls, account.record, call, integration) if form.file_urls else None

        posted = await integration.connector.client.channelback(
            ChannelbackHeader(
                account_id=account.account_id,
                account=account.record.connector_account,
                idempotency_key=form.request_unique_identifier,
                message=form.message,
                parent_id=form.parent_id,
                thread_id=form.thread_id,
                recipient_id=form.recipient_id,
                file_count=len(form.file_urls),
                locale=call.locale,
            ),
            call.budget,
            call.request_id,
            files,
        )

        metadata = self._accounts.renewed_metadata(account, posted.account if posted.HasField("account") else None)
        if account.stale:
            integration.metrics.resealed("metadata")
        resp.content_type = "application/json"
        resp.data = orjson.dumps(channelback_answer(posted, metadata=metadata))

    async def _files(
        self, urls: Sequence[str], record: Account, call: Call, integration: Integration
    ) -> OpenReplyFiles:
        description = await integration.connector.describe(call.request_id)
        if Capability.CAPABILITY_CHANNELBACK_FILES not in description.capabilities:
            raise FilesNotTaken

        def begin() -> AsyncGenerator[ChannelbackRequest]:
            until = asyncio.get_running_loop().time() + call.budget.for_call()
            return pieces(self._fetcher, urls, Fetching(record.subdomain, record.zendesk_access_token, until))

        return begin
