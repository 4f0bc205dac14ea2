# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/about` and `/dashboard`: what an integration can do, and whether it works, for people."""

from __future__ import annotations

from falcon.asgi import Request, Response

from sealock.connector.v1.describe_pb2 import Capability, DescribeResponse, SetupKind
from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import ConnectorError
from sealock_edge.failing_accounts import FailingAccounts
from sealock_edge.outcomes import Endpoint
from sealock_edge.pages import Pages, language_for
from sealock_edge.problems import OURS
from sealock_edge.zendesk_api import RefusedAccounts

_ALWAYS = "New messages become tickets, and further messages of a conversation become comments."
_WORDS = {
    Capability.CAPABILITY_FILES: "Files of messages come to the ticket with them.",
    Capability.CAPABILITY_CHANNELBACK: "Agents' replies are posted at {origin}.",
    Capability.CAPABILITY_CHANNELBACK_FILES: "Files of replies are posted with them.",
    Capability.CAPABILITY_CLICKTHROUGH: "A link in the ticket opens the message at {origin}.",
    Capability.CAPABILITY_EVENTS: "It reacts to what happens in Zendesk, such as a deleted account.",
}
_MISSING = {
    Capability.CAPABILITY_CHANNELBACK: "Agents cannot reply from the ticket: answers have to be written at {origin}.",
    Capability.CAPABILITY_CHANNELBACK_FILES: "Replies cannot have files.",
    Capability.CAPABILITY_CLICKTHROUGH: "Tickets have no link to the message at {origin}.",
}
"""What an administrator would expect of an integration."""
_SETUP = {
    SetupKind.SETUP_KIND_FORM: "An administrator fills in a form.",
    SetupKind.SETUP_KIND_REDIRECT: "An administrator signs in at {origin}.",
}
SENTENCES = (_ALWAYS, *_WORDS.values(), *_MISSING.values(), *_SETUP.values(), OURS)
"""All of them, for those who translate."""


MOST_SHOWN = 100
"""Of the accounts that fail, those that have for longest."""


class About:
    """A page without anything secret: it is open to everybody."""

    endpoint = Endpoint.ABOUT

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: about_url."""
        call: Call = req.context.call
        language = language_for(req.get_header("Accept-Language") or "").tag
        description = await integration.connector.describe_in(language, call.request_id)
        self._pages.answer(
            resp,
            "about.html",
            locale=language,
            origin=_origin(description, integration),
            integration=integration.config,
            description=description,
            abilities=abilities(description),
            inabilities=inabilities(description),
            setup_steps=setup_steps(description),
            manifest_url=f"{integration.base_url}/manifest.json",
        )


class Dashboard:
    """A page without anything secret: it is open to everybody."""

    endpoint = Endpoint.DASHBOARD

    def __init__(self, edge_version: str, pages: Pages, failing: FailingAccounts, refused: RefusedAccounts) -> None:
        self._refused = refused
        self._edge_version = edge_version
        self._failing = failing
        self._pages = pages

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: dashboard_url."""
        call: Call = req.context.call
        try:
            await integration.connector.ask(call.request_id)
        except ConnectorError:
            ready = False
        else:
            ready = True
        language = language_for(req.get_header("Accept-Language") or "").tag
        description = await integration.connector.describe_in(language, call.request_id)
        self._pages.answer(
            resp,
            "dashboard.html",
            locale=language,
            origin=_origin(description, integration),
            integration=integration.config,
            ready=ready,
            description=description,
            edge_version=self._edge_version,
            abilities=abilities(description),
            inabilities=inabilities(description),
            about_url=f"{integration.base_url}/about",
            webhook_url=_webhook_url(description, integration),
            failing=self._failing.of(integration.config.path)[:MOST_SHOWN],
            refused=self._refused.of(integration.config.path)[:MOST_SHOWN],
        )


def _origin(description: DescribeResponse | None, integration: Integration) -> str:
    """What people call the origin, in the language of the description if it has one for it."""
    return (description and description.display_name) or integration.origin


def _webhook_url(description: DescribeResponse | None, integration: Integration) -> str:
    """Where the origin sends webhooks to; empty if the connector takes none."""
    takes = description is not None and Capability.CAPABILITY_WEBHOOK in description.capabilities
    return f"{integration.base_url}/webhook" if takes else ""


def abilities(description: DescribeResponse | None) -> list[str]:
    """A sentence for each thing that the connector can do, of those that this edge makes use of."""
    if description is None:
        return []
    return [_ALWAYS, *(words for capability, words in _WORDS.items() if capability in description.capabilities)]


def inabilities(description: DescribeResponse | None) -> list[str]:
    """A sentence for each thing that an administrator may expect and the connector cannot do."""
    if description is None:
        return []
    replies = Capability.CAPABILITY_CHANNELBACK in description.capabilities
    return [
        words
        for capability, words in _MISSING.items()
        if capability not in description.capabilities
        and (replies or capability != Capability.CAPABILITY_CHANNELBACK_FILES)
    ]


def setup_steps(description: DescribeResponse | None) -> list[str]:
    """A sentence for each way in which an account is set up."""
    if description is None:
        return []
    return [words for kind, words in _SETUP.items() if kind in description.setup_kinds]
