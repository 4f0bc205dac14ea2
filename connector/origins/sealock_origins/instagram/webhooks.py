# SPDX-License-Identifier: Apache-2.0
"""What an account's webhooks bring, as the same resources that a pull would give."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from sealock_connector import Miss, count_miss
from sealock_origins.instagram.account import (
    COMMENTS,
    FACEBOOK_LOGIN,
    INSTAGRAM_LOGIN,
    MENTIONS,
    MESSAGES,
    InstagramAccount,
)
from sealock_origins.instagram.media import Comment, Media, comment_resource, message_resource
from sealock_origins.meta.graph import Unreadable, digits, mapping, text
from sealock_origins.meta.messages import Message
from sealock_origins.meta.webhooks import MESSAGING, AccountDeliveries, Delivery, Update, deliveries_by_account

_MOST_MEDIA, _MOST_ACCOUNTS, _MOST_MENTIONS = 20_000, 10_000, 200
_MOST_TRIES = 30
"""In so many pulls a mention is asked for that cannot be read."""
_log = logging.getLogger(__name__)
PAGE_FIELDS = ("feed",)
"""What a Page has to be subscribed to; Instagram's fields are those of the app."""


class Shortcodes:
    """
    What posts are called in their addresses, as pulls learned it, in memory.

    A webhook does not say it, and without it a comment's id would be another than in a pull.
    """

    def __init__(self) -> None:
        self._shortcodes: OrderedDict[str, str] = OrderedDict()
        self._accounts: OrderedDict[str, None] = OrderedDict()

    def record(self, account: str, media: Iterable[tuple[str, str]]) -> None:
        """An account's newest posts, with their shortcodes."""
        for each, shortcode in media:
            self._shortcodes[each] = shortcode
            self._shortcodes.move_to_end(each)
        while len(self._shortcodes) > _MOST_MEDIA:
            self._shortcodes.popitem(last=False)
        self._accounts[account] = None
        self._accounts.move_to_end(account)
        if len(self._accounts) > _MOST_ACCOUNTS:
            self._accounts.popitem(last=False)

    def of(self, account: str, media: str) -> str | None:
        """The post's; empty for one so old that no pull reads it; None where that is not known yet."""
        return self._shortcodes.get(media, "" if account in self._accounts else None)


class UnreadMentions:
    """
    Mentions that webhooks announced, for the next pull, in memory.

    A webhook about a mention is only a pair of ids, which cannot be read without the account's token.
    """

    def __init__(self) -> None:
        self._mentions: OrderedDict[str, dict[tuple[str, str], int]] = OrderedDict()

    def add(self, account: str, media: str, comment: str) -> None:
        """Keep a mention for the account's next pull; `comment` is empty where a caption mentions."""
        mentions = self._mentions.setdefault(account, {})
        self._mentions.move_to_end(account)
        mentions.setdefault((media, comment), 0)
        while len(mentions) > _MOST_MENTIONS:
            del mentions[next(iter(mentions))]
            count_miss(Miss.GIVEN_UP)
            _log.warning("a mention is given up: there are too many that wait for a pull")
        if len(self._mentions) > _MOST_ACCOUNTS:
            self._mentions.popitem(last=False)

    def of(self, account: str) -> list[tuple[str, str]]:
        """The mentions that wait for the account."""
        return list(self._mentions.get(account, ()))

    def failed(self, account: str, media: str, comment: str, *, final: bool) -> bool:
        """The mention cannot be read now; whether it is given up, as what fails for good or too often is."""
        mentions = self._mentions.get(account, {})
        tries = mentions.get((media, comment), 0) + 1
        if final or tries >= _MOST_TRIES:
            self.remove(account, media, comment)
            return True
        mentions[(media, comment)] = tries
        return False

    def remove(self, account: str, media: str, comment: str) -> None:
        """The mention was brought, or is given up."""
        self._mentions.get(account, {}).pop((media, comment), None)


def subscribed_fields(account: InstagramAccount) -> Sequence[str]:
    """What has to be subscribed to for the account."""
    if account.login != INSTAGRAM_LOGIN:
        return PAGE_FIELDS
    return (*(["comments"] if account.comments else []), *(["messages"] if account.messages else []))


def deliveries(updates: Iterable[Update], shortcodes: Shortcodes, mentions: UnreadMentions) -> list[AccountDeliveries]:
    """What the updates bring to each kind of account; each item once, however often it came."""
    return deliveries_by_account(updates, lambda update: _deliveries_of(update, shortcodes, mentions))


def _deliveries_of(update: Update, shortcodes: Shortcodes, mentions: UnreadMentions) -> list[Delivery]:
    if update.change == MESSAGING:
        return _message(update)
    if update.change == "comments":
        return _comment(update, shortcodes)
    if update.change == "mentions":
        # It is only a pair of ids: the next pull asks what they say.
        mentions.add(update.account, text(update.value.get("media_id")), text(update.value.get("comment_id")))
    return []


def _message(update: Update) -> list[Delivery]:
    """A message of a person. Echoes do not say which app sent them: pulls bring what was not sent from Zendesk."""
    message = Message.of_event(update.value)
    if message is None or message.deleted or message.echo or message.receiver != update.account:
        return []
    made = ((key, message_resource(message, account)) for key, account in _accounts(update.account, MESSAGES))
    return [(key, resource) for key, resource in made if resource]


def _comment(update: Update, shortcodes: Shortcodes) -> list[Delivery]:
    value, where = update.value, mapping(update.value.get("media"))
    writer = mapping(value.get("from"))
    comment = Comment(
        id=_id(value, "id") if "id" in value else _id(value, "comment_id"),
        written_at=update.at,
        text=text(value.get("text")),
        username=text(writer.get("username")),
        writer=digits(writer.get("id")),
        parent=digits(value.get("parent_id")),
    )
    shortcode = shortcodes.of(update.account, _id(where, "id"))
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
    if not (found := digits(value.get(name))):
        raise Unreadable(name)
    return found
