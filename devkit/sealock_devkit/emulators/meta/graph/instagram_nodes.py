# SPDX-License-Identifier: Apache-2.0
"""Instagram accounts, what they publish, and the comments below it."""

from __future__ import annotations

from typing import Any

from sealock_devkit.emulators.meta.clock import graph_time, read_time
from sealock_devkit.emulators.meta.content import Media, MediaComment
from sealock_devkit.emulators.meta.errors import bad_parameter, gone, refused
from sealock_devkit.emulators.meta.graph import instagram_writing, installing
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.conversation_nodes import CONVERSATIONS
from sealock_devkit.emulators.meta.graph.paging import Entry, Listing
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.graph.profiles import instagram_author, picture_url, username
from sealock_devkit.emulators.meta.graph.schema import ABSENT, Edge, Field, NodeType
from sealock_devkit.emulators.meta.graph.sending import send, upload_attachment
from sealock_devkit.emulators.meta.people import InstagramAccount

COMMENTS_PER_QUERY = 50


def _read_media(call: Call, account: InstagramAccount, params: Params) -> Listing:
    call.need_instagram("basic")
    since, until = _time(params, "since", 0), _time(params, "until", float("inf"))
    mine = [
        media
        for media in call.world.media
        if media.owner_id == account.id and media.product_type != "STORY" and since <= int(media.created) <= until
    ]
    return _newest_first(mine)


def _read_tags(call: Call, account: InstagramAccount, _: Params) -> Listing:
    call.need_instagram("basic")
    return _newest_first([media for media in call.world.media if account.id in media.tagged])


def _newest_first(found: list[Media]) -> Listing:
    entries = [Entry([-int(media.id), media.id], None if media.deleted else media) for media in found]
    return Listing(sorted(entries, key=lambda entry: entry.key))


def _time(params: Params, name: str, default: float) -> float:
    try:
        return read_time(params.get(name)) if params.get(name) else default
    except ValueError:
        raise bad_parameter(f"param {name} must be a valid time") from None


def _mentioned_comment(call: Call, account: InstagramAccount, arguments: Params) -> MediaComment:
    _only_with_facebook_login(call)
    call.need_instagram("manage_comments")
    comment = call.world.media_comments.get(arguments.required("comment_id"))
    if comment is None or comment.deleted or account.id not in call.domain.gallery.mentioned_in(comment.text):
        raise gone(arguments.get("comment_id"))
    _commentable(call.world.media[comment.media_id])
    return comment


def _mentioned_media(call: Call, account: InstagramAccount, arguments: Params) -> Media:
    _only_with_facebook_login(call)
    call.need_instagram("manage_comments")
    media = call.world.media.get(arguments.required("media_id"))
    if media is None or media.deleted or not _is_mentioned(call, account, media):
        raise gone(arguments.get("media_id"))
    _commentable(media)
    return media


def _is_mentioned(call: Call, account: InstagramAccount, media: Media) -> bool:
    texts = [comment.text for comment in call.world.media_comments if comment.media_id == media.id]
    return any(account.id in call.domain.gallery.mentioned_in(text) for text in (media.caption, *texts))


def _commentable(media: Media) -> None:
    if not media.comments_enabled:
        raise refused("permission", "(#10) Comments are disabled on the media")


def _only_with_facebook_login(call: Call) -> None:
    if call.host == "instagram":
        raise bad_parameter("Tried accessing nonexisting field (mentioned_comment) on node type (IGUser)")


def _account_id(call: Call, account: InstagramAccount) -> str:
    return account.app_scoped_id if call.host == "instagram" else account.id


IG_USER = NodeType(
    "IGUser",
    {
        "id": Field(_account_id, default=True),
        "user_id": Field(lambda call, account: account.id if call.host == "instagram" else ABSENT),
        "username": Field(lambda _, account: account.username),
        "name": Field(lambda _, account: account.name),
        "account_type": Field(lambda call, _: "BUSINESS" if call.host == "instagram" else ABSENT),
        "profile_picture_url": Field(lambda call, account: picture_url(call, account.id)),
        "followers_count": Field(lambda *_: 321),
        "media_count": Field(lambda call, account: sum(media.owner_id == account.id for media in call.world.media)),
        "mentioned_comment": Field(asks=_mentioned_comment, node="IGComment"),
        "mentioned_media": Field(asks=_mentioned_media, node="IGMedia"),
    },
    edges={
        "media": Edge(_read_media, "IGMedia", frozenset({"since", "until"})),
        "tags": Edge(_read_tags, "IGMedia"),
        "conversations": CONVERSATIONS,
    },
    deeds={
        ("POST", "messages"): send,
        ("POST", "message_attachments"): upload_attachment,
        ("POST", "mentions"): instagram_writing.answer_mention,
        ("POST", "subscribed_apps"): installing.install,
        ("DELETE", "subscribed_apps"): installing.uninstall,
    },
    reads={"subscribed_apps": installing.installed},
)


def _read_comments(call: Call, media: Media, _: Params) -> Listing:
    call.need_instagram("manage_comments")
    return _comments(call, call.domain.gallery.comments_of(media), media)


def _read_replies(call: Call, comment: MediaComment, _: Params) -> Listing:
    call.need_instagram("manage_comments")
    return _comments(call, call.domain.gallery.replies_to(comment), call.world.media[comment.media_id])


def _comments(call: Call, found: list[MediaComment], media: Media) -> Listing:
    """Newest first; what is gone, or written by a restricted person, leaves a gap."""
    entries = [
        Entry([-at, each.id], None if each.deleted or is_restricted(call, media, each) else each)
        for at, each in enumerate(found)
    ]
    return Listing(entries[::-1], longest_page=COMMENTS_PER_QUERY, strict=False)


def is_restricted(call: Call, media: Media, comment: MediaComment) -> bool:
    """Whether the owner of the media restricted who wrote the comment."""
    owner = call.world.instagrams.get(media.owner_id)
    return owner is not None and comment.author_id in owner.restricted_people


def _permalink(call: Call, media: Media) -> str:
    kind = "reel" if media.product_type == "REELS" else "p"
    return call.world.permalink("www.instagram.com", f"/{kind}/{media.shortcode}/")


def _comments_count(call: Call, media: Media) -> int:
    return sum(each.media_id == media.id and not each.deleted for each in call.world.media_comments)


IG_MEDIA = NodeType(
    "IGMedia",
    {
        "id": Field(lambda _, media: media.id, default=True),
        "caption": Field(lambda _, media: media.caption or ABSENT),
        "media_type": Field(lambda _, media: "VIDEO" if media.product_type == "REELS" else "IMAGE"),
        "media_product_type": Field(lambda _, media: media.product_type),
        "media_url": Field(lambda call, media: call.domain.cdn.link(media.photo)),
        "thumbnail_url": Field(
            lambda call, media: call.domain.cdn.link(media.photo) if media.product_type == "REELS" else ABSENT
        ),
        "permalink": Field(_permalink),
        "shortcode": Field(lambda _, media: media.shortcode),
        "timestamp": Field(lambda _, media: graph_time(media.created)),
        "username": Field(lambda call, media: username(call, media.owner_id)),
        "comments_count": Field(_comments_count),
        "like_count": Field(lambda *_: 0),
        "is_comment_enabled": Field(lambda _, media: media.comments_enabled),
        "owner": Field(
            lambda call, media: {"id": media.owner_id} if media.owner_id in call.world.instagrams else ABSENT
        ),
    },
    edges={"comments": Edge(_read_comments, "IGComment")},
    deeds={("POST", "comments"): instagram_writing.comment, ("POST", ""): instagram_writing.change_media},
)


def _comment_author(call: Call, comment: MediaComment) -> Any:
    media = call.world.media[comment.media_id]
    knows = media.owner_id if media.owner_id in call.world.instagrams else _viewer(call)
    return instagram_author(call, knows, comment.author_id)


def _viewer(call: Call) -> str:
    if call.kind == "instagram":
        return call.own_instagram().id
    if call.kind == "page" and call.token is not None:
        return call.world.pages[call.token.page_id].instagram_id
    return call.grant.instagram_ids[0]


IG_COMMENT = NodeType(
    "IGComment",
    {
        "id": Field(lambda _, comment: comment.id, default=True),
        "text": Field(lambda _, comment: comment.text, default=True),
        "timestamp": Field(lambda _, comment: graph_time(comment.created), default=True),
        "username": Field(lambda call, comment: username(call, comment.author_id)),
        "from": Field(_comment_author, node="IGCommentFromUser"),
        "parent_id": Field(lambda _, comment: comment.parent_id or ABSENT),
        "hidden": Field(lambda _, comment: comment.hidden),
        "like_count": Field(lambda *_: 0),
        "media": Field(lambda call, comment: call.world.media[comment.media_id], node="IGMedia"),
    },
    edges={"replies": Edge(_read_replies, "IGComment")},
    deeds={
        ("POST", "replies"): instagram_writing.reply,
        ("POST", ""): instagram_writing.hide,
        ("DELETE", ""): instagram_writing.delete,
    },
)
