# SPDX-License-Identifier: Apache-2.0
"""What an Instagram account writes and moderates through the API."""

from __future__ import annotations

import re
from typing import Any

from sealock_devkit.emulators.meta.graph import webhook_subscriptions
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.conversations import CONVERSATIONS
from sealock_devkit.emulators.meta.graph.errors import bad_parameter, gone, refused
from sealock_devkit.emulators.meta.graph.nodes import ABSENT, Edge, Entry, Field, Listing, NodeType
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.graph.profiles import instagram_author, picture_url, username
from sealock_devkit.emulators.meta.graph.sending import send, upload_attachment
from sealock_devkit.emulators.meta.records import InstagramAccount, Media, MediaComment
from sealock_devkit.emulators.meta.settings import graph_time, read_time

MAX_COMMENT_CHARS = 2_200
MAX_HASHTAGS = 30
HASHTAG = re.compile(r"#\w")
SUCCESS = {"success": True}
COMMENTS_PER_QUERY = 50


async def comment(call: Call, media: Media) -> dict[str, str]:
    """`POST /{media}/comments`: a comment on the account's own post."""
    owner = _owner(call, media)
    if not media.comments_enabled:
        raise refused("permission", "(#10) Comments are disabled on the media")
    return _posted(call, owner, media)


async def reply(call: Call, answered: MediaComment) -> dict[str, str]:
    """`POST /{comment}/replies`: a reply to a reply goes below the comment of the first level."""
    media = call.store.media[answered.media_id]
    owner = _owner(call, media)
    if not media.comments_enabled:
        raise refused("permission", "(#10) Comments are disabled on the media")
    if answered.hidden:
        raise bad_parameter("A hidden comment cannot be replied to")
    if media.product_type == "LIVE":
        raise bad_parameter("A comment on a live video cannot be replied to")
    return _posted(call, owner, media, answered)


async def hide(call: Call, found: MediaComment) -> dict[str, bool]:
    """`POST /{comment}?hide=true`."""
    owner = _owner(call, call.store.media[found.media_id])
    if found.author_id == owner.id:
        raise bad_parameter("Comments of one's own cannot be hidden")
    call.params.required("hide")
    call.emulator.instagram_posts.hide(found, hidden=call.params.flag("hide"))
    return SUCCESS


async def delete(call: Call, found: MediaComment) -> dict[str, bool]:
    """`DELETE /{comment}`: for the owner of the post only."""
    _owner(call, call.store.media[found.media_id])
    call.emulator.instagram_posts.delete_comment(found)
    return SUCCESS


async def change_media(call: Call, media: Media) -> dict[str, bool]:
    """`POST /{media}?comment_enabled=false`."""
    _owner(call, media)
    call.params.required("comment_enabled")
    media.comments_enabled = call.params.flag("comment_enabled")
    call.store.media.put(media)
    return SUCCESS


async def answer_mention(call: Call, account: InstagramAccount) -> dict[str, str]:
    """`POST /{ig}/mentions`: answers where somebody mentioned the account. Facebook Login only."""
    if call.host == "instagram":
        raise gone(account.id, "post")
    call.need_instagram("manage_comments", write=True)
    media = call.store.media.get(call.params.required("media_id"))
    if media is None or media.deleted:
        raise gone(call.params.get("media_id"), "post")
    parent = None
    if call.params.get("comment_id"):
        parent = call.store.media_comments.get(call.params.get("comment_id"))
        if parent is None or parent.deleted or parent.media_id != media.id:
            raise gone(call.params.get("comment_id"), "post")
    mentioned = call.emulator.instagram_posts.mentioned_in(parent.text if parent else media.caption)
    if account.id not in mentioned:
        raise refused("permission", "(#10) The account is not mentioned there")
    if not media.comments_enabled:
        raise refused("permission", "(#10) Comments are disabled on the media")
    return _posted(call, account, media, parent)


def _posted(call: Call, account: InstagramAccount, media: Media, parent: MediaComment | None = None) -> dict[str, str]:
    """A comment of the account's, which a filter may hide, or take away at once."""
    posts, message = call.emulator.instagram_posts, _message(call)
    written = posts.comment(media, account.id, message, parent=parent)
    if any(word.casefold() in message.casefold() for word in account.hides):
        posts.hide(written, hidden=True)
    if call.store.faults.use("removed_at_once"):
        posts.delete_comment(written)
    return {"id": written.id}


def _owner(call: Call, media: Media) -> InstagramAccount:
    call.need_instagram("manage_comments", write=True)
    owner = call.store.instagrams.get(media.owner_id)
    if owner is None or not call.sees_instagram(owner):
        raise refused("permission")
    page = call.store.pages.get(owner.page_id)
    if call.kind == "page" and page is not None:
        call.need_task(page, "MODERATE")
    return owner


def _message(call: Call) -> str:
    message = call.params.required("message")
    if len(message) > MAX_COMMENT_CHARS:
        raise bad_parameter(f"The comment is too long: at most {MAX_COMMENT_CHARS} characters")
    if len(HASHTAG.findall(message)) > MAX_HASHTAGS:
        raise bad_parameter(f"The comment has too many hashtags: at most {MAX_HASHTAGS}")
    return message


def _read_media(call: Call, account: InstagramAccount, params: Params) -> Listing:
    call.need_instagram("basic")
    since, until = _time(params, "since", 0), _time(params, "until", float("inf"))
    mine = [
        media
        for media in call.store.media
        if media.owner_id == account.id and media.product_type != "STORY" and since <= int(media.created) <= until
    ]
    return _newest_first(mine)


def _read_tags(call: Call, account: InstagramAccount, _: Params) -> Listing:
    call.need_instagram("basic")
    return _newest_first([media for media in call.store.media if account.id in media.tagged])


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
    comment = call.store.media_comments.get(arguments.required("comment_id"))
    if comment is None or comment.deleted or account.id not in call.emulator.instagram_posts.mentioned_in(comment.text):
        raise gone(arguments.get("comment_id"))
    _commentable(call.store.media[comment.media_id])
    return comment


def _mentioned_media(call: Call, account: InstagramAccount, arguments: Params) -> Media:
    _only_with_facebook_login(call)
    call.need_instagram("manage_comments")
    media = call.store.media.get(arguments.required("media_id"))
    if media is None or media.deleted or not _is_mentioned(call, account, media):
        raise gone(arguments.get("media_id"))
    _commentable(media)
    return media


def _is_mentioned(call: Call, account: InstagramAccount, media: Media) -> bool:
    texts = [comment.text for comment in call.store.media_comments if comment.media_id == media.id]
    return any(account.id in call.emulator.instagram_posts.mentioned_in(text) for text in (media.caption, *texts))


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
        "media_count": Field(lambda call, account: sum(media.owner_id == account.id for media in call.store.media)),
        "mentioned_comment": Field(asks=_mentioned_comment, node="IGComment"),
        "mentioned_media": Field(asks=_mentioned_media, node="IGMedia"),
    },
    edges={
        "media": Edge(_read_media, "IGMedia", frozenset({"since", "until"})),
        "tags": Edge(_read_tags, "IGMedia"),
        "conversations": CONVERSATIONS,
    },
    writes={
        ("POST", "messages"): send,
        ("POST", "message_attachments"): upload_attachment,
        ("POST", "mentions"): answer_mention,
        ("POST", "subscribed_apps"): webhook_subscriptions.install,
        ("DELETE", "subscribed_apps"): webhook_subscriptions.uninstall,
    },
    reads={"subscribed_apps": webhook_subscriptions.installed},
)


def _read_comments(call: Call, media: Media, _: Params) -> Listing:
    call.need_instagram("manage_comments")
    return _comments(call, call.emulator.instagram_posts.comments_of(media), media)


def _read_replies(call: Call, comment: MediaComment, _: Params) -> Listing:
    call.need_instagram("manage_comments")
    return _comments(call, call.emulator.instagram_posts.replies_to(comment), call.store.media[comment.media_id])


def _comments(call: Call, found: list[MediaComment], media: Media) -> Listing:
    """Newest first; what is gone, or written by a restricted person, leaves a gap."""
    entries = [
        Entry([-at, each.id], None if each.deleted or is_restricted(call, media, each) else each)
        for at, each in enumerate(found)
    ]
    return Listing(entries[::-1], longest_page=COMMENTS_PER_QUERY, strict=False)


def is_restricted(call: Call, media: Media, comment: MediaComment) -> bool:
    """Whether the owner of the media restricted who wrote the comment."""
    owner = call.store.instagrams.get(media.owner_id)
    return owner is not None and comment.author_id in owner.restricted_people


def _permalink(call: Call, media: Media) -> str:
    kind = "reel" if media.product_type == "REELS" else "p"
    return call.store.permalink("www.instagram.com", f"/{kind}/{media.shortcode}/")


def _comments_count(call: Call, media: Media) -> int:
    return sum(each.media_id == media.id and not each.deleted for each in call.store.media_comments)


def _media_type(_: Call, media: Media) -> str:
    if media.children:
        return "CAROUSEL_ALBUM"
    return "VIDEO" if media.product_type == "REELS" else "IMAGE"


def _children(call: Call, media: Media) -> Any:
    found = [
        {"id": f"{media.id}{at}", "media_type": "IMAGE", "media_url": call.emulator.cdn.link(each)}
        for at, each in enumerate(media.children)
    ]
    return {"data": found} if found else ABSENT


IG_MEDIA = NodeType(
    "IGMedia",
    {
        "id": Field(lambda _, media: media.id, default=True),
        "caption": Field(lambda _, media: media.caption or ABSENT),
        "media_type": Field(_media_type),
        "children": Field(_children),
        "media_product_type": Field(lambda _, media: media.product_type),
        "media_url": Field(lambda call, media: call.emulator.cdn.link(media.photo)),
        "thumbnail_url": Field(
            lambda call, media: call.emulator.cdn.link(media.photo) if media.product_type == "REELS" else ABSENT
        ),
        "permalink": Field(_permalink),
        "shortcode": Field(lambda _, media: media.shortcode),
        "timestamp": Field(lambda _, media: graph_time(media.created)),
        "username": Field(lambda call, media: username(call, media.owner_id)),
        "comments_count": Field(_comments_count),
        "like_count": Field(lambda *_: 0),
        "is_comment_enabled": Field(lambda _, media: media.comments_enabled),
        "owner": Field(
            lambda call, media: {"id": media.owner_id} if media.owner_id in call.store.instagrams else ABSENT
        ),
    },
    edges={"comments": Edge(_read_comments, "IGComment")},
    writes={("POST", "comments"): comment, ("POST", ""): change_media},
)


def _comment_author(call: Call, comment: MediaComment) -> Any:
    media = call.store.media[comment.media_id]
    knows = media.owner_id if media.owner_id in call.store.instagrams else _viewer(call)
    return instagram_author(call, knows, comment.author_id)


def _viewer(call: Call) -> str:
    if call.kind == "instagram":
        return call.own_instagram().id
    if call.kind == "page" and call.token is not None:
        return call.store.pages[call.token.page_id].instagram_id
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
        "media": Field(lambda call, comment: call.store.media[comment.media_id], node="IGMedia"),
    },
    edges={"replies": Edge(_read_replies, "IGComment")},
    writes={
        ("POST", "replies"): reply,
        ("POST", ""): hide,
        ("DELETE", ""): delete,
    },
)
