# SPDX-License-Identifier: Apache-2.0
"""What a Page's account keeps, and which of Meta's permissions it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealock_origins.meta.account import MetaAccount
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.messages import CALLS_A_SECOND, MESSAGE_FIELDS, Conversations

FACEBOOK = "Facebook"
COMMENTS, VISITOR_POSTS, MESSAGES, PER_POST = "c", "v", "m", "p"
READ = ("pages_show_list", "pages_read_engagement")
READ_PEOPLE, ANSWER, MESSAGING, WEBHOOKS = (
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_messaging",
    "pages_manage_metadata",
)
ASKED_FOR = (*READ, READ_PEOPLE, ANSWER, WEBHOOKS, MESSAGING, "business_management")
"""What the sign-in asks for; `pages_messaging` depends on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAccount(MetaAccount):
    """An account's values, by name: about 600 bytes. Its token is the Page's, without a date of expiry."""

    page: str
    """The Page's id."""
    name: str
    """The Page's name."""
    visitor_posts: bool
    """Visitors' posts, and the comments on them, are brought to Zendesk."""
    per_post: bool = False
    """One ticket for each post, in place of one for each comment and its answers."""
    hidden_too: bool = False

    @property
    def account_id(self) -> str:
        """The Page's id."""
        return self.page

    @property
    def title(self) -> str:
        """The Page's name."""
        return self.name

    @property
    def inbox_node(self) -> str:
        """The Page."""
        return self.page

    @property
    def own_ids(self) -> frozenset[str]:
        """The Page writes with its id."""
        return frozenset({self.page})

    @property
    def brings_posts(self) -> bool:
        """Whether comments or visitors' posts are brought."""
        return self.comments or self.visitor_posts

    def conversations(self, graph: Graph) -> Conversations:
        """Its Messenger conversations, for which Meta keeps a budget of its own."""
        path = f"{self.page}/conversations"
        paced = graph.on("messenger").paced(CALLS_A_SECOND)
        return Conversations(paced, path, "messenger", MESSAGE_FIELDS, own=self.own_ids)

    def permissions(self, *, webhooks: bool) -> Sequence[str]:
        """The permissions without which the account cannot do what it is set up for."""
        return (
            *READ,
            *([READ_PEOPLE] if self.brings_posts else []),
            *([ANSWER] if self.brings_posts and not self.privately else []),
            *([MESSAGING] if self.sends_messages else []),
            *([WEBHOOKS] if webhooks else []),
        )
