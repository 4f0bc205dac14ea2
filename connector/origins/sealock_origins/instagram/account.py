# SPDX-License-Identifier: Apache-2.0
"""What an account keeps, and which of Meta's permissions it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealock_origins.meta.account import MetaAccount
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.messages import CALLS_A_SECOND, INSTAGRAM_MESSAGE_FIELDS, Conversations

INSTAGRAM = "Instagram"
FACEBOOK_LOGIN, INSTAGRAM_LOGIN = "facebook", "instagram"
READABLE_MESSAGES = 20
"""Older messages of a conversation are said to be deleted."""
COMMENTS, MENTIONS, MESSAGES = "c", "t", "m"
BUSINESS = ("instagram_business_basic", "instagram_business_manage_comments", "instagram_business_manage_messages")
"""What Instagram Login asks for."""
PAGE_SCOPES = ("pages_show_list", "pages_read_engagement")
WEBHOOKS = "pages_manage_metadata"
FACEBOOK_SCOPES = (
    *PAGE_SCOPES,
    "instagram_basic",
    "instagram_manage_comments",
    "instagram_manage_messages",
    WEBHOOKS,
    "business_management",
)
"""What Facebook Login asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstagramAccount(MetaAccount):
    """
    An account's values, by name: about 700 bytes.

    With Facebook Login its token is the Page's, without a date of expiry; else it is one of about 60 days.
    """

    login: str
    """How the account is connected: `facebook` or `instagram`."""
    id: str
    """The professional account's id, by which webhooks speak of it: 1784..."""
    own_id: str
    """The id by which messages speak of it; with Instagram Login it can be another one."""
    username: str
    token_at: int
    """When the token was issued or refreshed, in seconds since 1970."""
    mentions: bool
    """Posts and comments of others that name the account are brought. Facebook Login only."""
    page: str = ""
    """With Facebook Login the Page that the account is linked to."""

    @property
    def account_id(self) -> str:
        """The professional account's id."""
        return self.id

    @property
    def title(self) -> str:
        """The account's user name."""
        return self.username

    @property
    def own_ids(self) -> frozenset[str]:
        """The ids that what it wrote itself comes from."""
        return frozenset({self.id, self.own_id, self.page} - {""})

    @property
    def brings_posts(self) -> bool:
        """Whether comments or mentions are brought."""
        return self.comments or self.mentions

    @property
    def inbox_node(self) -> str:
        """Where its messages and subscriptions are in the Graph API."""
        return self.page or "me"

    @property
    def node(self) -> str:
        """Where its posts are."""
        return self.id if self.page else "me"

    def conversations(self, graph: Graph) -> Conversations:
        """Its conversations. Of each only the newest messages can be read."""
        return Conversations(
            graph.paced(CALLS_A_SECOND),
            f"{self.inbox_node}/conversations",
            "instagram",
            INSTAGRAM_MESSAGE_FIELDS,
            own=self.own_ids | {self.username},
            newest_only=READABLE_MESSAGES,
        )

    def permissions(self, *, webhooks: bool) -> Sequence[str]:
        """The permissions without which the account cannot do what it is set up for."""
        kinds = (
            "basic",
            *(["manage_comments"] if self.brings_posts else []),
            *(["manage_messages"] if self.sends_messages else []),
        )
        if self.login == INSTAGRAM_LOGIN:
            return tuple(f"instagram_business_{kind}" for kind in kinds)
        return (*PAGE_SCOPES, *(f"instagram_{kind}" for kind in kinds), *([WEBHOOKS] if webhooks else []))
