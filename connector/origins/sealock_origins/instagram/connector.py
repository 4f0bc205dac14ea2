# SPDX-License-Identifier: Apache-2.0
"""The connector: pulls comments, mentions and messages, posts replies, takes webhooks."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sealock_connector import (
    Account,
    Catalogues,
    Connector,
    ConnectorError,
    Done,
    Form,
    NotFound,
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
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.instagram.media import WWW, message_resource, read_id
from sealock_origins.instagram.pull import CommentsPuller
from sealock_origins.instagram.replies import InstagramReplier
from sealock_origins.instagram.setup import InstagramSetup
from sealock_origins.instagram.sign_in import InstagramLogin, Logins, TokenRefresher
from sealock_origins.instagram.webhooks import hints_of, subscribed_fields
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.failures.proof import explain_refusal, explain_to_file
from sealock_origins.meta.graph import App, Endpoint, Graph
from sealock_origins.meta.hints import Hints
from sealock_origins.meta.inbox import InboxPuller
from sealock_origins.meta.options import MetaOptions, add_meta_options, base_url, secret_file, secret_in
from sealock_origins.meta.position import Position
from sealock_origins.meta.pull import Postponed, PullOfPosts, UnreadablePosts, UnreadPosts
from sealock_origins.meta.resources import MESSAGE_FILE, Downloads, open_message_file
from sealock_origins.meta.sign_in import FacebookLogin
from sealock_origins.meta.webhooks import Subscriptions, Webhooks

GRAPH, TOKENS = "https://graph.instagram.com", "https://api.instagram.com"


@dataclass(frozen=True, slots=True)
class InstagramOptions:
    """What a deployment says about its apps."""

    meta: MetaOptions
    app: App | None = None
    """The Instagram app, for Instagram Login; None where only Facebook Login is offered."""
    graph_url: str = GRAPH
    dialog_url: str = WWW
    """Where people sign in, and where links to posts lead."""
    exchange_url: str = TOKENS

    @classmethod
    def of(cls, options: Namespace) -> InstagramOptions:
        """From a parsed command line."""
        secret = secret_in(options.instagram_app_secret_file)
        return cls(
            meta=MetaOptions.of(options),
            app=App(options.instagram_app_id, secret) if options.instagram_app_id and secret else None,
            graph_url=options.instagram_graph_url,
            dialog_url=options.instagram_dialog_url,
            exchange_url=options.instagram_token_url,
        )


def add_instagram_options(parser: ArgumentParser) -> None:
    """Declare the options of `InstagramOptions`."""
    add_meta_options(parser)
    add = parser.add_argument
    add("--instagram-app-id", default="", metavar="ID", help="the Instagram app's id, for Instagram Login")
    add(
        "--instagram-app-secret-file",
        type=secret_file,
        metavar="PATH",
        help="a file with the Instagram app's secret, which is another than the Meta app's",
    )
    add("--instagram-graph-url", default=GRAPH, type=base_url, metavar="URL", help="(%(default)s)")
    add("--instagram-dialog-url", default=WWW, type=base_url, metavar="URL", help="(%(default)s)")
    add("--instagram-token-url", default=TOKENS, type=base_url, metavar="URL", help="(%(default)s)")


VERSION = "1"
REPLY_CHARS = 10_000
FILE_TYPES = (
    *("image/png", "image/jpeg"),
    *("audio/aac", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/mp4"),
    *("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"),
    "application/pdf",
)


def _now() -> datetime:
    return datetime.now(UTC)


class Instagram(Connector):
    """Instagram's professional accounts as origins of Zendesk's Channel framework."""

    origin = "instagram"
    display_name = "Instagram"
    version = VERSION
    description = Text(
        "Comments on the posts of a professional Instagram account, mentions and messages become tickets, and agents' "
        "replies go back in the account's name."
    )
    catalogues = Catalogues("sealock_origins.instagram", "sealock_origins.meta")
    limits = OriginLimits(
        reply_max_chars=REPLY_CHARS, reply_max_files=10, reply_max_file_bytes=25_000_000, reply_file_types=FILE_TYPES
    )
    setup_kinds = ("form", "redirect")
    takes_files = True

    _options: InstagramOptions
    _http: OriginClient
    _downloads: Downloads
    _logins: Logins

    def __init__(self, *, now: Callable[[], datetime] = _now, budgets: Budgets | None = None) -> None:
        """`now` is the clock, `budgets` knows how much may be called."""
        self._now = now
        self._budgets = budgets or Budgets()
        self._unreadable = UnreadablePosts()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare the connector's own options."""
        add_instagram_options(parser)

    def configure(self, options: argparse.Namespace) -> None:
        """Take the options as they were given."""
        self._options = InstagramOptions.of(options)

    @property
    def clickthrough_hosts(self) -> Sequence[str]:
        """Instagram's own hosts, and those given with `--clickthrough-host`."""
        return ("instagram.com", "*.instagram.com", *self._options.meta.clickthrough_hosts)

    async def open(self) -> None:
        """Open the HTTP clients."""
        options, meta = self._options, self._options.meta
        self._http = origin_client(allowed_networks=self.allowed_networks)
        self._downloads = Downloads(self.allowed_networks)
        facebook = Endpoint(self._http, meta.graph_url, meta.version, meta.app, self._budgets)
        instagram = None
        if options.app:
            endpoint = Endpoint(self._http, options.graph_url, meta.version, options.app, self._budgets)
            instagram = InstagramLogin(endpoint, options.dialog_url, options.exchange_url)
        self._logins = Logins(FacebookLogin(facebook, meta.dialog_url, meta.login_config_id), instagram)
        secrets = [app.secret for app in (meta.app, options.app) if app]
        self._webhooks = Webhooks("instagram", secrets, meta.verify_token)
        self._subscriptions = Subscriptions({app.id for app in (meta.app, options.app) if app})

    async def close(self) -> None:
        """Close the HTTP clients."""
        await self._http.aclose()
        await self._downloads.close()

    async def setup(self, step: SetupStep) -> Form | Redirect | Done:
        """Choose a way to sign in, sign in, choose what to bring, and try it."""
        return await InstagramSetup(self._logins, bool(self._options.meta.verify_token), self._now).take(step)

    async def pull(self, pull: Pull) -> AsyncIterator[Pulled]:
        """Yield what is new: comments and mentions, then messages. What was sent from Zendesk is passed over."""
        account = InstagramAccount.of(pull.account)
        position = Position.load(pull.state, since=account.since, messages_since=account.messages_since)
        try:
            account = await TokenRefresher(self._logins.instagram, self._now).refreshed(account, pull)
            postponed = Postponed(partial(self._explained, account))
            graph = self._logins.graph(account, pulling=True)
            await self._keep_subscribed(account, graph)
            if account.comments or account.mentions:
                async with postponed.keeping():
                    unread = UnreadPosts(position.unread)
                    comments = self._comments(account, graph, unread, Hints(pull))
                    async for resource, posts in comments.steps(position.posts):
                        position = position.with_posts(posts).with_unread(unread.kept())
                        yield Pulled(resource, after=position)
            if account.messages:
                async for resource, inbox in self._inbox(account, graph).steps(position.inbox):
                    position = position.with_inbox(inbox)
                    yield Pulled(resource, after=position)
            postponed.end()
        except Refused as refused:
            raise await self._explained(account, refused) from None

    async def channelback(self, reply: Reply) -> Posted:
        """Post the reply where it belongs."""
        return await self._replier(reply).post(reply)

    async def find_reply(self, reply: Reply) -> Posted | None:
        """Look for the reply at Instagram."""
        return await self._replier(reply).find(reply)

    async def resolve_clickthrough(self, external_id: str) -> str:
        """The item's page, as far as its external id names it."""
        return read_id(external_id).link(self._options.dialog_url)

    async def open_file(self, account: Account, reference: str) -> OpenedFile:
        """Open a message's file, by a link that is asked for now."""
        of = InstagramAccount.of(account)
        if MESSAGE_FILE.fullmatch(reference) is None:
            raise NotFound("not a reference of this connector")
        try:
            return await open_message_file(self._logins.graph(of), self._downloads, reference)
        except Refused as refused:
            raise await explain_to_file(refused, self._logins, of) from None

    async def receive_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        """Take what Instagram announces."""
        return self._webhooks.answer(request, hints_of)

    def origin_account_key(self, account: Account) -> str:
        """The professional account's id."""
        return InstagramAccount.of(account).id

    async def _keep_subscribed(self, account: InstagramAccount, graph: Graph) -> None:
        fields = subscribed_fields(account)
        if self._options.meta.verify_token and fields:
            path = f"{account.inbox_node}/subscribed_apps"
            await self._subscriptions.keep(graph, path, fields)

    def _comments(self, account: InstagramAccount, graph: Graph, unread: UnreadPosts, hints: Hints) -> CommentsPuller:
        pull = PullOfPosts(self._unreadable, partial(self._explained, account), unread, now=self._now)
        return CommentsPuller(graph, account, hints, pull=pull, now=self._now)

    def _inbox(self, account: InstagramAccount, graph: Graph) -> InboxPuller:
        return InboxPuller(
            conversations=account.conversations(graph),
            own=account.own_ids,
            now=self._now,
            sent_from_zendesk=account.was_sent,
            as_resource=lambda message: message_resource(message, account),
            explain=partial(self._explained, account),
        )

    async def _explained(self, account: InstagramAccount, refused: Refused) -> ConnectorError:
        return await explain_refusal(refused, self._logins, account, pulling=True)

    def _replier(self, reply: Reply) -> InstagramReplier:
        account = InstagramAccount.of(reply.account)
        return InstagramReplier(
            graph=self._logins.graph(account),
            account=account,
            login=self._logins,
            human_agent=self._options.meta.human_agent,
            now=self._now,
        )
