# SPDX-License-Identifier: Apache-2.0
"""The connector: pulls comments, visitors' posts and messages, posts replies, takes webhooks."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from sealock_connector import (
    Account,
    Catalogues,
    Connector,
    ConnectorError,
    Done,
    Form,
    OpenedFile,
    OriginLimits,
    Posted,
    Pull,
    Pulled,
    Redirect,
    Reply,
    SetupStep,
    Text,
    WebhookAnswer,
    WebhookRequest,
)
from sealock_connector.egress import OriginClient, origin_client
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.more_posts import MorePosts
from sealock_origins.facebook.pull import PostsPuller, Threads
from sealock_origins.facebook.replies import COMMENT_CHARS, PageReplier
from sealock_origins.facebook.resources import (
    comment_resource,
    message_resource,
    open_reference,
    post_resource,
    read_id,
)
from sealock_origins.facebook.setup import PageLogin, PageSetup
from sealock_origins.facebook.webhooks import hints_of, subscribed_fields
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.failures.proof import explain_refusal, explain_to_file
from sealock_origins.meta.graph import Endpoint, Graph
from sealock_origins.meta.hints import Hints
from sealock_origins.meta.inbox import InboxPuller
from sealock_origins.meta.options import MetaOptions, add_meta_options
from sealock_origins.meta.position import Position, UnreadPost
from sealock_origins.meta.pull import Postponed, PullOfPosts, UnreadablePosts, UnreadPosts
from sealock_origins.meta.resources import Downloads
from sealock_origins.meta.sign_in import FacebookLogin
from sealock_origins.meta.webhooks import Subscriptions, Webhooks

VERSION = "1"


def _now() -> datetime:
    return datetime.now(UTC)


class Facebook(Connector):
    """Facebook Pages as origins of Zendesk's Channel framework."""

    origin = "facebook"
    display_name = "Facebook"
    version = VERSION
    description = Text(
        "Comments on a Facebook Page's posts, posts of visitors and Messenger conversations become tickets, and "
        "agents' replies go back in the Page's name: as comments, as private replies, or as messages."
    )
    catalogues = Catalogues("sealock_origins.facebook", "sealock_origins.meta")
    limits = OriginLimits(reply_max_chars=COMMENT_CHARS, reply_max_files=10, reply_max_file_bytes=25_000_000)
    setup_kinds = ("redirect", "form")
    takes_files = True

    _options: MetaOptions
    _http: OriginClient
    _downloads: Downloads
    _endpoint: Endpoint

    def __init__(self, *, now: Callable[[], datetime] = _now, budgets: Budgets | None = None) -> None:
        """`now` is the clock, `budgets` knows how much may be called."""
        self._now = now
        self._budgets = budgets or Budgets()
        self._threads = Threads()
        self._more = MorePosts()
        self._unreadable = UnreadablePosts()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare the connector's own options."""
        add_meta_options(parser)

    def configure(self, options: argparse.Namespace) -> None:
        """Take the options as they were given."""
        self._options = MetaOptions.of(options)

    @property
    def clickthrough_hosts(self) -> Sequence[str]:
        """Facebook's own hosts, and those given with `--clickthrough-host`."""
        return ("facebook.com", "*.facebook.com", *self._options.clickthrough_hosts)

    async def open(self) -> None:
        """Open the HTTP clients."""
        options = self._options
        self._http = origin_client(allowed_networks=self.allowed_networks)
        self._downloads = Downloads(self.allowed_networks)
        self._endpoint = Endpoint(self._http, options.graph_url, options.version, options.app, self._budgets)
        self._login = PageLogin(FacebookLogin(self._endpoint, options.dialog_url, options.login_config_id))
        self._webhooks = Webhooks("page", [options.app.secret], options.verify_token)
        self._subscriptions = Subscriptions({options.app.id})

    async def close(self) -> None:
        """Close the HTTP clients."""
        await self._http.aclose()
        await self._downloads.close()

    async def setup(self, step: SetupStep) -> Form | Redirect | Done:
        """Sign in with Facebook, choose a Page and what to bring, and try it."""
        return await PageSetup(self._login, bool(self._options.verify_token), self._now).take(step)

    async def pull(self, pull: Pull) -> AsyncIterator[Pulled]:
        """Yield what is new: posts and comments, then messages. What was sent from Zendesk is passed over."""
        account = PageAccount.of(pull.account)
        position = Position.load(pull.state, since=account.since, messages_since=account.messages_since)
        graph = self._graph(account, pulling=True)
        if self._options.verify_token:
            await self._subscriptions.keep(graph, f"{account.page}/subscribed_apps", subscribed_fields(account))
        postponed = Postponed(partial(self._explained, account))
        try:
            if account.comments or account.visitor_posts:
                async with postponed.keeping():
                    posts = self._posts(graph, account, position.unread, Hints(pull))
                    async for resource, cursor in posts.steps(position.posts):
                        position = position.with_posts(cursor).with_unread(posts.pull.unread.kept())
                        yield Pulled(resource, after=position)
            if account.messages:
                async for resource, inbox in self._inbox(graph, account).steps(position.inbox):
                    position = position.with_inbox(inbox)
                    yield Pulled(resource, after=position)
            postponed.end()
        except Refused as refused:
            raise await self._explained(account, refused) from None

    async def channelback(self, reply: Reply) -> Posted:
        """Post the reply where it belongs."""
        return await self._replier(reply).post(reply)

    async def find_reply(self, reply: Reply) -> Posted | None:
        """Look for the reply at Facebook."""
        return await self._replier(reply).find(reply)

    async def resolve_clickthrough(self, external_id: str) -> str:
        """The item's page, which its external id names."""
        return read_id(external_id).link(self._options.dialog_url)

    async def open_file(self, account: Account, reference: str) -> OpenedFile:
        """Open a picture or a message's file, by a link that is asked for now."""
        page = PageAccount.of(account)
        try:
            return await open_reference(self._graph(page), self._downloads, reference)
        except Refused as refused:
            raise await explain_to_file(refused, self._login, page) from None

    async def receive_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        """Take what Facebook announces."""
        return self._webhooks.answer(request, partial(hints_of, app_id=self._options.app.id))

    def origin_account_key(self, account: Account) -> str:
        """The Page's id."""
        return PageAccount.of(account).page

    def _graph(self, account: PageAccount, *, pulling: bool = False) -> Graph:
        return self._endpoint.graph(account.token, account=account.page, pulling=pulling)

    def _posts(
        self, graph: Graph, account: PageAccount, unread: Mapping[bytes, UnreadPost], hints: Hints
    ) -> PostsPuller:
        pull = PullOfPosts(self._unreadable, partial(self._explained, account), UnreadPosts(unread), now=self._now)
        return PostsPuller(
            graph=graph,
            account=account,
            threads=self._threads,
            more=self._more,
            hints=hints,
            pull=pull,
            now=self._now,
            as_post=lambda post: post_resource(post, account),
            as_comment=lambda comment, post, visitors: comment_resource(comment, post, account, visitors=visitors),
        )

    def _inbox(self, graph: Graph, account: PageAccount) -> InboxPuller:
        return InboxPuller(
            conversations=account.conversations(graph),
            own=account.own_ids,
            now=self._now,
            sent_from_zendesk=account.was_sent,
            as_resource=lambda message: message_resource(message, account),
            explain=partial(self._explained, account),
        )

    async def _explained(self, account: PageAccount, refused: Refused) -> ConnectorError:
        return await explain_refusal(refused, self._login, account, pulling=True)

    def _replier(self, reply: Reply) -> PageReplier:
        account = PageAccount.of(reply.account)
        return PageReplier(
            graph=self._graph(account),
            account=account,
            login=self._login,
            human_agent=self._options.human_agent,
            now=self._now,
        )
