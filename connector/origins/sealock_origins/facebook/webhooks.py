# SPDX-License-Identifier: Apache-2.0
"""What a Page's webhooks bring, as the same resources that a pull would give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from sealock_origins.facebook.account import COMMENTS, MESSAGES, VISITOR_POSTS, PageAccount
from sealock_origins.facebook.posts import Comment, Picture, Post, Writer, item_id
from sealock_origins.facebook.pull import KnownPosts
from sealock_origins.facebook.resources import comment_resource, message_resource, post_resource
from sealock_origins.meta.graph import Unreadable, mapping, required_instant, text
from sealock_origins.meta.messages import Message, Note
from sealock_origins.meta.messages.attachments import FILE_WORDS, kind_words, link
from sealock_origins.meta.webhooks import MESSAGING, AccountDeliveries, Delivery, Update, deliveries_by_account

_FEED_FIELDS = ("feed",)
_MESSAGE_FIELDS = ("messages", "message_echoes", "message_edits")
_POSTS = {"post", "status", "photo", "video", "share"}


def subscribed_fields(account: PageAccount) -> Sequence[str]:
    """What a Page has to be subscribed to."""
    feed = account.comments or account.visitor_posts
    return (*(_FEED_FIELDS if feed else ()), *(_MESSAGE_FIELDS if account.messages else ()))


def deliveries(updates: Iterable[Update], known: KnownPosts, *, app_id: str) -> list[AccountDeliveries]:
    """What the updates bring to each kind of account; each item once, however often it came."""
    return deliveries_by_account(updates, lambda update: _deliveries_of(update, known, app_id))


def _deliveries_of(update: Update, known: KnownPosts, app_id: str) -> list[Delivery]:
    if update.change == MESSAGING:
        return _message(update, app_id)
    value = update.value
    if update.change != "feed" or value.get("verb") != "add":
        return []
    if value.get("item") == "comment":
        return _comment(update.account, value, known)
    return _post(update.account, value, known) if text(value.get("item")) in _POSTS else []


def _message(update: Update, app_id: str) -> list[Delivery]:
    message = Message.of_event(update.value)
    if message is None or message.deleted:
        return []
    if not message.echo and update.account not in {message.sender, message.receiver}:
        return []
    if message.is_from({update.account}) and message.app_id == app_id:
        return []  # the echo of a reply
    made = ((key, message_resource(message, account)) for key, account in _accounts(update.account, MESSAGES))
    return [(key, resource) for key, resource in made if resource]


def _comment(page: str, value: Mapping[str, Any], known: KnownPosts) -> list[Delivery]:
    post_id, parent = _id(value, "post_id"), item_id(value.get("parent_id"))
    picture = text(value.get("photo"))
    comment = Comment(
        id=_id(value, "comment_id"),
        written_at=required_instant(value.get("created_time"), "created_time"),
        writer=_writer(value),
        message=text(value.get("message")),
        parent="" if parent == post_id else parent,
        picture=Picture("photo", picture) if picture else None,
        notes=tuple(_notes(value)),
    )
    comment = known.placed(comment)
    if comment.writer.id == page:
        return []
    permalink = text(mapping(value.get("post")).get("permalink_url"))
    post = Post(post_id, comment.written_at, comment.written_at, Writer(), permalink=permalink)
    visitors = known.is_visitors(post_id)
    kind = VISITOR_POSTS if visitors else COMMENTS
    made = (
        (key, comment_resource(comment, post, account, visitors=visitors)) for key, account in _accounts(page, kind)
    )
    return [(key, resource) for key, resource in made if resource]


def _notes(value: Mapping[str, Any]) -> Iterator[Note]:
    """What a webhook says of a comment beside its words and its picture."""
    if where := link(value.get("video")):
        yield Note(FILE_WORDS["video"], link=where)
    elif (where := link(value.get("link"))) and not text(value.get("photo")):
        yield Note(kind_words("share"), link=where)


def _post(page: str, value: Mapping[str, Any], known: KnownPosts) -> list[Delivery]:
    writer = _writer(value)
    known.record(_id(value, "post_id"), visitors=writer.id != page)
    if writer.id == page:
        return []
    several = value.get("photos")
    pictures = [value.get("link")] if value.get("item") == "photo" else several if isinstance(several, list) else []
    written = required_instant(value.get("created_time"), "created_time")
    post = Post(
        id=_id(value, "post_id"),
        written_at=written,
        changed_at=written,
        writer=writer,
        message=text(value.get("message")),
        pictures=tuple(Picture("photo", each) for each in map(text, pictures) if each),
    )
    return [(key, post_resource(post, account)) for key, account in _accounts(page, VISITOR_POSTS)]


def _accounts(page: str, kind: str) -> list[tuple[str, PageAccount]]:
    """Every kind of account of the Page that brings this kind of thing."""
    found = []
    for comments, visitor_posts, messages, per_post in product((True, False), repeat=4):
        account = PageAccount(
            page=page,
            name="",
            token="",
            since=0,
            messages_since=0,
            comments=comments,
            visitor_posts=visitor_posts,
            messages=messages,
            per_post=per_post,
        )
        brings = {COMMENTS: comments, VISITOR_POSTS: visitor_posts, MESSAGES: messages}
        if brings[kind] and (comments or not per_post):
            found.append((account.webhook_key, account))
    return found


def _writer(value: Mapping[str, Any]) -> Writer:
    """Who wrote it; older shapes have `sender_id`."""
    if "from" in value:
        return Writer.read(value["from"])
    return Writer.read({"id": value.get("sender_id"), "name": value.get("sender_name")})


def _id(value: Mapping[str, Any], name: str) -> str:
    if not (found := item_id(value.get(name))):
        raise Unreadable(name)
    return found
