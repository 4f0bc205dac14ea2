# SPDX-License-Identifier: Apache-2.0
"""Which of an account's webhooks are news, and what a pull has to be told to find it."""

from __future__ import annotations

from collections.abc import Sequence

from sealock_origins.instagram.account import INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.meta.graph import Unreadable, digits, flag, mapping
from sealock_origins.meta.hints import mention_hint, post_hint
from sealock_origins.meta.webhooks import MESSAGING, Update

PAGE_FIELDS = ("feed",)
"""What a Page has to be subscribed to; Instagram's fields are those of the app."""
_COMMENTS = {"comments", "live_comments"}


def subscribed_fields(account: InstagramAccount) -> Sequence[str]:
    """What has to be subscribed to for the account."""
    if account.login != INSTAGRAM_LOGIN:
        return PAGE_FIELDS
    return (*(["comments"] if account.comments else []), *(["messages"] if account.messages else []))


def hints_of(update: Update) -> Sequence[bytes] | None:
    """The hints of an update; None where it is no news for a pull. Raises `Unreadable`."""
    value = update.value
    if update.change == MESSAGING:
        # An echo does not say which app sent it: a pull brings what was not sent from Zendesk.
        message = mapping(value.get("message"))
        return () if message and not flag(message.get("is_deleted")) else None
    if update.change in _COMMENTS:
        if digits(mapping(value.get("from")).get("id")) == update.account:
            return None
        media = digits(mapping(value.get("media")).get("id"))
        return (post_hint(media),) if media else ()
    if update.change == "mentions":
        # It is only a pair of ids, which cannot be read without the account's token.
        if not (media := digits(value.get("media_id"))):
            raise Unreadable("media_id")
        return (mention_hint(media, digits(value.get("comment_id"))),)
    return None
