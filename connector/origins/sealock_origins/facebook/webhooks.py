# SPDX-License-Identifier: Apache-2.0
"""Which of a Page's webhooks are news, and what a pull has to be told to find it."""

from __future__ import annotations

from collections.abc import Sequence

from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.posts import item_id
from sealock_origins.meta.graph import digits, flag, mapping, text
from sealock_origins.meta.hints import post_hint
from sealock_origins.meta.webhooks import MESSAGING, Update

_FEED_FIELDS = ("feed",)
_MESSAGE_FIELDS = ("messages", "message_echoes", "message_edits")
_POSTS = {"post", "status", "photo", "video", "share"}
_SHOWN = {"add", "unhide"}
"""What happens to something that is brought then."""


def subscribed_fields(account: PageAccount) -> Sequence[str]:
    """What a Page has to be subscribed to."""
    feed = account.comments or account.visitor_posts
    return (*(_FEED_FIELDS if feed else ()), *(_MESSAGE_FIELDS if account.messages else ()))


def hints_of(update: Update, *, app_id: str) -> Sequence[bytes] | None:
    """The hints of an update; None where it is no news for a pull, as what the Page itself wrote is not."""
    if update.change == MESSAGING:
        return () if _is_message(update, app_id) else None
    value = update.value
    if update.change != "feed" or value.get("verb") not in _SHOWN or _writer(update) == update.account:
        return None
    if value.get("item") == "comment":
        post = item_id(value.get("post_id"))
        return (post_hint(post),) if post else ()
    return () if text(value.get("item")) in _POSTS else None


def _is_message(update: Update, app_id: str) -> bool:
    """Whether there is a message that was not sent by this app."""
    message = mapping(update.value.get("message"))
    ours = flag(message.get("is_echo")) and str(message.get("app_id") or "") == app_id
    return bool(message) and not flag(message.get("is_deleted")) and not ours


def _writer(update: Update) -> str:
    """Who wrote it, if that is told; older shapes have `sender_id`."""
    return digits(mapping(update.value.get("from")).get("id")) or digits(update.value.get("sender_id"))
