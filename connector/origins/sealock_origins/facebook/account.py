# SPDX-License-Identifier: Apache-2.0
"""What an account keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealock_origins.meta.kept import Kept

COMMENTS, VISITOR_POSTS, MESSAGES, PER_POST = "c", "v", "m", "p"


@dataclass(frozen=True, slots=True)
class PageAccount(Kept):
    """An account's values, by name: about 600 bytes."""

    page: str
    name: str
    """The Page's name."""
    token: str = field(repr=False)
    """The Page's access token, without a date of expiry."""
    since: int
    """Posts and comments from before this second (since 1970) are not brought to Zendesk."""
    messages_since: int
    """Messages from before this second, likewise."""
    comments: bool
    """Comments on the Page's own posts."""
    visitor_posts: bool
    """Visitors' posts, and the comments on them."""
    messages: bool
    per_post: bool = False
    """One ticket for each post, in place of one for each comment and its answers."""
    privately: bool = False
    """Replies to comments are sent as messages."""
    hidden_too: bool = False
    sent: str = ""
    """What was sent from Zendesk (`meta.sent`)."""

    @property
    def webhook_key(self) -> str:
        """
        The account by what its webhooks can say of it: the Page, and what is brought from there.

        A webhook knows no account. So it delivers to each kind of account what this kind brings, in its threads.
        """
        kinds = ((self.comments, COMMENTS), (self.visitor_posts, VISITOR_POSTS), (self.messages, MESSAGES))
        brought = "".join(letter for wanted, letter in kinds if wanted)
        return webhook_key(self.page, brought, per_post=self.per_post and self.comments)


def webhook_key(page: str, brought: str, *, per_post: bool) -> str:
    """The key of accounts of a Page that bring these kinds."""
    return f"{page}.{brought}{PER_POST if per_post else ''}"
