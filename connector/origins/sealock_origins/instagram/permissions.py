# SPDX-License-Identifier: Apache-2.0
"""Which of Meta's permissions an account needs, and what a refusal for lack of one means."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sealock_connector import AccountRevoked, ConnectorError, MessageRejected
from sealock_origins.instagram.account import INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.meta.failures import Meaning, Refused, explain, explain_to_pull
from sealock_origins.meta.sign_in import FacebookLogin

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


async def explained(
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
