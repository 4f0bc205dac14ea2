# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/manifest.json`: what Zendesk registers."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import falcon
import orjson
from falcon.asgi import Request, Response

from sealock.connector.v1.describe_pb2 import Capability, DescribeResponse
from sealock_edge.calls import Call, Integration
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.sealing import EventTokens
from sealock_edge.zendesk import ManifestUrls, manifest

VERSION_CHARS = 127
"""What is kept of a connector's version (contract: DescribeResponse.version)."""


class Manifest:
    """
    Built from the configuration and the connector's description; while the connector is down, from its last one.

    Answers 503 until the connector has answered once.
    """

    endpoint = Endpoint.MANIFEST

    def __init__(self, edge_version: str, event_tokens: EventTokens) -> None:
        self._edge_version = edge_version
        self._event_tokens = event_tokens

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: integration manifest."""
        call: Call = req.context.call
        description = await integration.connector.describe(call.request_id)
        body = self._manifest(integration, description)
        tag = _tag(body["version"])
        resp.etag = tag
        resp.cache_control = ["public", "max-age=60"]
        if req.if_none_match and any(known in {"*", tag} for known in req.if_none_match):
            call.outcome = Outcome.NOT_MODIFIED
            resp.status = falcon.HTTP_304
            return
        resp.content_type = "application/json"
        resp.data = orjson.dumps(body, option=orjson.OPT_INDENT_2)

    async def on_head(self, req: Request, resp: Response, integration: Integration) -> None:
        """The headers of a GET."""
        await self.on_get(req, resp, integration)

    def _manifest(self, integration: Integration, description: DescribeResponse) -> dict[str, Any]:
        config = integration.config
        base = integration.base_url
        replies = Capability.CAPABILITY_CHANNELBACK in description.capabilities
        files = Capability.CAPABILITY_CHANNELBACK_FILES in description.capabilities
        links = Capability.CAPABILITY_CLICKTHROUGH in description.capabilities
        return manifest(
            name=config.name,
            integration_id=config.id,
            author=config.author,
            push_client_id=config.push_client_id,
            version="-".join(filter(None, (self._edge_version, description.version[:VERSION_CHARS]))),
            channelback_files=replies and files,
            create_followup_tickets=not description.unconnected_follow_ups,
            urls=ManifestUrls(
                admin_ui=f"{base}/admin_ui",
                pull=f"{base}/pull",
                channelback=f"{base}/channelback" if replies else "",
                clickthrough=f"{base}/clickthrough" if links else "",
                healthcheck=f"{base}/healthcheck",
                event_callback=f"{base}/event_callback?token={self._event_tokens.token(integration.id)}",
                about=f"{base}/about",
                dashboard=f"{base}/dashboard",
            ),
        )


def _tag(version: str) -> str:
    """The version in characters that a header can have: a part of it is the connector's."""
    return sha256(version.encode()).hexdigest()[:32]
