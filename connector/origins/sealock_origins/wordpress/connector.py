# SPDX-License-Identifier: Apache-2.0
"""The connector: pulls comments, posts replies, leads to comments' pages."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from sealock_connector import (
    Account,
    Catalogues,
    Connector,
    ConnectorError,
    Done,
    Form,
    OriginLimits,
    Posted,
    Pull,
    Pulled,
    Reply,
    SetupStep,
    Text,
)
from sealock_connector.egress import OriginClient, origin_client
from sealock_origins.wordpress import kinds
from sealock_origins.wordpress.accounts import check_account, explain_to_pull
from sealock_origins.wordpress.api import Api
from sealock_origins.wordpress.ids import USER_AGENT, VERSION, CommentId, is_named
from sealock_origins.wordpress.position import Position
from sealock_origins.wordpress.pulls.pulling import Puller
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.replies.replying import MOST_BYTES, Replier
from sealock_origins.wordpress.resources import SiteAccount
from sealock_origins.wordpress.rest import SignIns
from sealock_origins.wordpress.setup import Setup

_CLICK_SECONDS = 3
"""So long an agent who clicks waits at most for a better link than the short one."""
_MOST_LINK_CHARS = 2_000


class WordPress(Connector):
    """WordPress sites as origins of Zendesk's Channel framework."""

    origin = "wordpress"
    display_name = "WordPress"
    version = VERSION
    description = Text(
        "Comments on the posts of a WordPress site become tickets, and agents' replies appear below the comments "
        "they answer. It works with any WordPress since 5.6 that has its REST API and application passwords."
    )
    catalogues = Catalogues("sealock_origins.wordpress")
    limits = OriginLimits(reply_max_chars=MOST_BYTES, reply_max_files=10, reply_max_file_bytes=20_000_000)
    takes_files = True

    _http: OriginClient
    _hosts: Sequence[str] = ()

    def __init__(self) -> None:
        self._sign_ins = SignIns()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare the connector's own options."""
        parser.add_argument(
            "--clickthrough-host",
            action="append",
            default=[],
            metavar="HOST",
            help="a site's host that agents are sent to without being asked, such as blog.example.com or "
            "*.example.com; can be repeated",
        )

    def configure(self, options: argparse.Namespace) -> None:
        """Take the options as they were given."""
        self._hosts = tuple(options.clickthrough_host)

    @property
    def clickthrough_hosts(self) -> Sequence[str]:
        """The hosts given with `--clickthrough-host`."""
        return self._hosts

    async def open(self) -> None:
        """Open the HTTP client."""
        self._http = origin_client(allowed_networks=self.allowed_networks, user_agent=USER_AGENT)

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._http.aclose()

    async def setup(self, step: SetupStep) -> Form | Done:
        """Ask for the site, a user and an application password, and try them; then for types, if it has several."""
        if step.step_id == kinds.STEP:
            return kinds.take(step)
        outcome = await Setup(self._http, self._sign_ins).take(step)
        if not isinstance(outcome, Done):
            return outcome
        account = SiteAccount.of(Account(step.account_id, outcome.account))
        return await kinds.ask(outcome, step, self._api(account))

    async def pull(self, pull: Pull) -> AsyncIterator[Pulled]:
        """Yield the comments since the last pull; replies that came from Zendesk are passed over."""
        account, position = SiteAccount.of(pull.account), Position.load(pull.state)
        api = self._api(account)
        try:
            puller = Puller(
                api,
                account,
                account_id=pull.account.id,
                renew=pull.renew,
                now=lambda: datetime.now(UTC),
                words=self.catalogues.words(pull.locale),
            )
            brought = False
            async for step in puller.steps(position):
                brought = brought or step.resource is not None
                yield step
            if not brought:
                await check_account(api)
        except Refused as refused:
            raise await explain_to_pull(refused, api) from None

    async def channelback(self, reply: Reply) -> Posted:
        """Post the reply below the comment it answers, with a user agent to find it by."""
        return await self._replier(reply).post(reply)

    async def find_reply(self, reply: Reply) -> Posted | None:
        """Look for the reply's user agent at the site."""
        return await self._replier(reply).find(reply)

    async def resolve_clickthrough(self, external_id: str) -> str:
        """
        A comment's external id is its short permalink, which WordPress redirects to the long one.

        Sites whose hosts were given with `--clickthrough-host` are asked for the page that the comment is on; others
        are not, as anybody can make up a link.
        """
        answered = CommentId.read(external_id)
        return await _link_of(self._http, answered) if is_named(answered.site, self._hosts) else answered.link

    def _replier(self, reply: Reply) -> Replier:
        account = SiteAccount.of(reply.account)
        return Replier(self._api(account), account)

    def _api(self, account: SiteAccount) -> Api:
        return Api(self._http, account.root, (account.user, account.password), sign_ins=self._sign_ins)


async def _link_of(http: OriginClient, answered: CommentId) -> str:
    """
    The address of the comment, asked for as any visitor may; its short permalink where the site does not say.

    The short one leads to the post, and WordPress then shows one page of its comments, perhaps another one.
    """
    api = Api(http, f"{answered.site}/?rest_route=/", ("", ""))
    try:
        async with asyncio.timeout(_CLICK_SECONDS):
            link = await api.public_link(answered.comment)
    except (ConnectorError, Refused, TimeoutError):
        return answered.link
    theirs = link.startswith(f"{answered.site}/") and link.endswith(f"#comment-{answered.comment}")
    return link if theirs and len(link) <= _MOST_LINK_CHARS else answered.link
