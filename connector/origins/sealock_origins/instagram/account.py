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

FACEBOOK_LOGIN, INSTAGRAM_LOGIN = "facebook", "instagram"
COMMENTS, MENTIONS, MESSAGES = "c", "t", "m"


@dataclass(frozen=True, slots=True)
class InstagramAccount(MetaAccount):
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


INSTAGRAM = "Instagram"
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

_log = logging.getLogger(__name__)


def needed(account: InstagramAccount, *, webhooks: bool) -> Sequence[str]:
    """The permissions without which the account cannot do what it is set up for."""
    comments = account.comments or account.mentions
    messages = account.messages or (comments and account.privately)
    kinds = ("basic", *(["manage_comments"] if comments else []), *(["manage_messages"] if messages else []))
    if account.login == INSTAGRAM_LOGIN:
        return tuple(f"instagram_business_{kind}" for kind in kinds)
    return (*PAGE_SCOPES, *(f"instagram_{kind}" for kind in kinds), *([WEBHOOKS] if webhooks else []))


async def explain_refusal(
    refused: Refused, login: FacebookLogin, account: InstagramAccount, *, pulling: bool = False
) -> ConnectorError:
    """
    What the refusal means.

    Instagram refuses single items for lack of rights too. With Facebook Login the token is looked at before the account
    is said to need its administrator; with Instagram Login it cannot be, and a pull's refusal is believed.
    """
    if refused.meaning is not Meaning.NOT_PERMITTED:
        return explain_to_pull(refused, INSTAGRAM) if pulling else explain(refused, INSTAGRAM)
    missing = await _missing(login, account) if account.login != INSTAGRAM_LOGIN else []
    if missing:
        return AccountRevoked(
            refused.detail,
            message_for_agent=f"Instagram no longer lets this account do its work: {', '.join(missing)}. "
            "An administrator has to connect it again.",
        )
    if pulling:
        return explain(refused, INSTAGRAM)
    return MessageRejected("Instagram does not let this account do that here.", detail=refused.detail)


async def _missing(login: FacebookLogin, account: InstagramAccount) -> Sequence[str]:
    try:
        facts = await login.inspect(account.token)
    except (Refused, ConnectorError) as error:
        _log.warning("the token of an account cannot be looked at: %s", error)
        return ()
    target = dict.fromkeys(PAGE_SCOPES, account.page)
    wanted = needed(account, webhooks=False)
    return [each for each in wanted if facts.missing([each], target=target.get(each, account.id))]
