# SPDX-License-Identifier: Apache-2.0
"""What an account's webhooks bring, as the same resources that a pull would give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from sealock_origins.instagram.account import (
    COMMENTS,
    FACEBOOK_LOGIN,
    INSTAGRAM_LOGIN,
    MENTIONS,
    MESSAGES,
    InstagramAccount,
)
from sealock_origins.instagram.media import Comment, KnownMedia, Media
from sealock_origins.instagram.resources import comment_resource, message_resource
from sealock_origins.meta.graph import Unreadable, mapping, text
from sealock_origins.meta.messages import Message
from sealock_origins.meta.webhooks import MESSAGING, AccountDeliveries, Delivery, Update, gathered

PAGE_FIELDS = ("feed",)
"""What a Page has to be subscribed to; Instagram's fields are those of the app."""


def subscribed_fields(account: InstagramAccount) -> Sequence[str]:
    """What has to be subscribed to for the account."""
    if account.login != INSTAGRAM_LOGIN:
        return PAGE_FIELDS
    return (*(["comments"] if account.comments else []), *(["messages"] if account.messages else []))


def deliveries(updates: Iterable[Update], known: KnownMedia) -> list[AccountDeliveries]:
    """What the updates bring to each kind of account; each item once, however often it came."""
    return gathered(updates, lambda update: _brought(update, known))


def _brought(update: Update, known: KnownMedia) -> list[Delivery]:
    if update.change == MESSAGING:
        return _message(update)
    if update.change == "comments":
        return _comment(update, known)
    if update.change == "mentions":
        # It is only a pair of ids: the next pull asks what they say.
        known.leave_mention(update.account, text(update.value.get("media_id")), text(update.value.get("comment_id")))
    return []


def _message(update: Update) -> list[Delivery]:
    """A message of a person. Echoes do not say which app sent them: pulls bring what was not sent from Zendesk."""
    message = Message.of_event(update.value)
    echo = mapping(update.value.get("message")).get("is_echo") is True
    if message is None or message.deleted or echo or message.receiver != update.account:
        return []
    return [(key, message_resource(message, account)) for key, account in _accounts(update.account, MESSAGES)]


def _comment(update: Update, known: KnownMedia) -> list[Delivery]:
    value, where = update.value, mapping(update.value.get("media"))
    writer = mapping(value.get("from"))
    comment = Comment(
        id=_id(value, "id") if "id" in value else _id(value, "comment_id"),
        written_at=update.at,
        text=text(value.get("text")),
        username=text(writer.get("username")),
        writer=text(writer.get("id")),
        parent=text(value.get("parent_id")),
    )
    shortcode = known.shortcode(update.account, _id(where, "id"))
    if comment.writer == update.account or shortcode is None:
        return []
    media = Media(_id(where, "id"), update.at, shortcode=shortcode)
    return [(key, comment_resource(comment, media, account)) for key, account in _accounts(update.account, COMMENTS)]


def _accounts(account: str, kind: str) -> list[tuple[str, InstagramAccount]]:
    """Every kind of account that brings this kind of thing."""
    found = []
    for comments, mentions, messages in product((True, False), repeat=3):
        each = InstagramAccount(
            login=FACEBOOK_LOGIN,
            id=account,
            own_id=account,
            username="",
            token="",
            token_at=0,
            since=0,
            messages_since=0,
            comments=comments,
            mentions=mentions,
            messages=messages,
        )
        if {COMMENTS: comments, MENTIONS: mentions, MESSAGES: messages}[kind]:
            found.append((each.webhook_key, each))
    return found


def _id(value: Mapping[str, Any], name: str) -> str:
    found = text(value.get(name))
    if not found.isdecimal():
        raise Unreadable(name)
    return found
