# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/channelback`: an agent's reply goes to the origin."""

from __future__ import annotations

import orjson
from falcon.asgi import Request, Response

from sealock.connector.v1.channelback_pb2 import ChannelbackHeader
from sealock_edge.channel import ChannelbackForm, channelback_answer
from sealock_edge.endpoints import Endpoint
from sealock_edge.integration import Call, Integration
from sealock_edge.middleware import BodyRule
from sealock_edge.problems import FilesNotTaken
from sealock_edge.resources.renewal import renewed_metadata
from sealock_edge.sealing import Accounts


class Channelback:
    """Posts the reply once: Zendesk's identifier of the request is the connector's idempotency key."""

    endpoint = Endpoint.CHANNELBACK
    body = BodyRule("application/x-www-form-urlencoded", 1024 * 1024)

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: channelback request and channelback answer."""
        call: Call = req.context.call
        form = ChannelbackForm.read(call.body)
        account = self._accounts.open_metadata(form.metadata, integration.id)
        call.account_id = account.account_id
        if form.file_urls:
            raise FilesNotTaken

        posted = await integration.connector.client.channelback(
            ChannelbackHeader(
                account_id=account.account_id,
                account=account.record.connector_account,
                idempotency_key=form.request_unique_identifier,
                message=form.message,
                parent_id=form.parent_id,
                thread_id=form.thread_id,
                recipient_id=form.recipient_id,
            ),
            call.budget,
            call.request_id,
        )

        metadata = renewed_metadata(self._accounts, account, posted, integration)
        resp.content_type = "application/json"
        resp.data = orjson.dumps(channelback_answer(posted, metadata=metadata))
