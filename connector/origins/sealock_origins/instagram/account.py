# SPDX-License-Identifier: Apache-2.0
"""What an account keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealock_origins.meta.kept import Kept

FACEBOOK_LOGIN, INSTAGRAM_LOGIN = "facebook", "instagram"
COMMENTS, MENTIONS, MESSAGES = "c", "t", "m"


@dataclass(frozen=True, slots=True)
class InstagramAccount(Kept):
    """An account's values, by name: about 700 bytes."""

    login: str
    """How the account is connected: `facebook` or `instagram`."""
    id: str
    """The professional account's id, by which webhooks speak of it: 1784..."""
    own_id: str
    """The id by which messages speak of it; with Instagram Login it can be another one."""
    username: str
    token: str = field(repr=False)
    """With Facebook Login the Page's access token, without a date of expiry; else one of about 60 days."""
    token_at: int
    """When the token was issued or refreshed, in seconds since 1970."""
    since: int
    """Comments and mentions from before this second are not brought to Zendesk."""
    messages_since: int
    """Messages from before this second, likewise."""
    comments: bool
    mentions: bool
    """Posts and comments of others that name the account. Facebook Login only."""
    messages: bool
    page: str = ""
    """With Facebook Login the Page that the account is linked to."""
    privately: bool = False
    """Replies to comments are sent as messages."""
    sent: str = ""
    """What was sent from Zendesk (`meta.sent`)."""

    @property
    def inbox_node(self) -> str:
        """Where its messages and subscriptions are in the Graph API."""
        return self.page or "me"

    @property
    def node(self) -> str:
        """Where its posts are."""
        return self.id if self.page else "me"

    @property
    def own_ids(self) -> frozenset[str]:
        """The ids that what it wrote itself comes from."""
        return frozenset({self.id, self.own_id, self.page} - {""})

    @property
    def webhook_key(self) -> str:
        """The account by what its webhooks can say of it: its id, and what is brought from there."""
        kinds = ((self.comments, COMMENTS), (self.mentions, MENTIONS), (self.messages, MESSAGES))
        return f"{self.id}." + "".join(letter for wanted, letter in kinds if wanted)
