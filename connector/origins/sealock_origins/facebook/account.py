# SPDX-License-Identifier: Apache-2.0
"""What an account keeps, and which of Meta's permissions it needs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from sealock_connector import AccountRevoked, ConnectorError, MessageRejected
from sealock_origins.meta.account import MetaAccount
from sealock_origins.meta.failures import Meaning, Refused, explain, explain_to_pull
from sealock_origins.meta.sign_in import FacebookLogin

COMMENTS, VISITOR_POSTS, MESSAGES, PER_POST = "c", "v", "m", "p"


@dataclass(frozen=True, slots=True)
class PageAccount(MetaAccount):
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


FACEBOOK = "Facebook"
READ = ("pages_show_list", "pages_read_engagement")
READ_PEOPLE, ANSWER, MESSAGING, WEBHOOKS = (
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_messaging",
    "pages_manage_metadata",
)
ASKED_FOR = (*READ, READ_PEOPLE, ANSWER, WEBHOOKS, MESSAGING, "business_management")
"""What the sign-in asks for; `pages_messaging` depends on the last one."""

_log = logging.getLogger(__name__)


def needed(account: PageAccount, *, webhooks: bool) -> Sequence[str]:
    """The permissions without which the account cannot do what it is set up for."""
    posts = account.comments or account.visitor_posts
    wanted = [
        *READ,
        *([READ_PEOPLE] if posts else []),
        *([ANSWER] if posts and not account.privately else []),
        *([MESSAGING] if account.messages or (posts and account.privately) else []),
        *([WEBHOOKS] if webhooks else []),
    ]
    return tuple(wanted)


def tasks(account: PageAccount) -> Sequence[str]:
    """What the person who connects the Page has to be allowed to do there."""
    posts = account.comments or account.visitor_posts
    messaging = account.messages or (posts and account.privately)
    return (*(["MODERATE"] if posts else []), *(["MESSAGING"] if messaging else []))


async def explain_refusal(
    refused: Refused, login: FacebookLogin, account: PageAccount, *, pulling: bool = False
) -> ConnectorError:
    """
    What the refusal means.

    Facebook refuses single items for lack of rights too. So the token is looked at before the account is said to need
    its administrator.
    """
    if refused.meaning is not Meaning.NOT_PERMITTED:
        return explain_to_pull(refused, FACEBOOK) if pulling else explain(refused, FACEBOOK)
    try:
        facts = await login.inspect(account.token)
    except (Refused, ConnectorError) as error:
        _log.warning("the token of an account cannot be looked at: %s", error)
        return explain(refused, FACEBOOK)
    missing = facts.missing(needed(account, webhooks=False), target=account.page)
    if not facts.valid or missing:
        lacks = f": {', '.join(missing)}" if missing else ""
        return AccountRevoked(
            refused.detail,
            message_for_agent=f"Facebook no longer lets this account do its work{lacks}. "
            "An administrator has to connect it again.",
        )
    if pulling:
        return explain(refused, FACEBOOK)
    return MessageRejected("Facebook does not let this Page do that here.", detail=refused.detail)
