# SPDX-License-Identifier: Apache-2.0
"""Which of Meta's permissions an account needs, and what a refusal for lack of one means."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sealock_connector import AccountRevoked, ConnectorError, MessageRejected
from sealock_origins.facebook.account import PageAccount
from sealock_origins.meta.failures import Meaning, Refused, explain, explain_to_pull
from sealock_origins.meta.sign_in import FacebookLogin

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


async def explained(
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
