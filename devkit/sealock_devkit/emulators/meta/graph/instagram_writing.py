# SPDX-License-Identifier: Apache-2.0
"""What an Instagram account writes and moderates through the API."""

from __future__ import annotations

import re

from sealock_devkit.emulators.meta.content import Media, MediaComment
from sealock_devkit.emulators.meta.errors import bad_parameter, gone, refused
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.people import InstagramAccount

MAX_COMMENT_CHARS = 2_200
MAX_HASHTAGS = 30
HASHTAG = re.compile(r"#\w")
SUCCESS = {"success": True}


async def comment(call: Call, media: Media) -> dict[str, str]:
    """`POST /{media}/comments`: a comment on the account's own post."""
    owner = _owner(call, media)
    if not media.comments_enabled:
        raise refused("permission", "(#10) Comments are disabled on the media")
    return {"id": call.domain.gallery.comment(media, owner.id, _message(call)).id}


async def reply(call: Call, answered: MediaComment) -> dict[str, str]:
    """`POST /{comment}/replies`: a reply to a reply goes below the comment of the first level."""
    media = call.world.media[answered.media_id]
    owner = _owner(call, media)
    if answered.hidden:
        raise bad_parameter("A hidden comment cannot be replied to")
    if media.product_type == "LIVE":
        raise bad_parameter("A comment on a live video cannot be replied to")
    return {"id": call.domain.gallery.comment(media, owner.id, _message(call), parent=answered).id}


async def hide(call: Call, found: MediaComment) -> dict[str, bool]:
    """`POST /{comment}?hide=true`."""
    owner = _owner(call, call.world.media[found.media_id])
    if found.author_id == owner.id:
        raise bad_parameter("Comments of one's own cannot be hidden")
    call.params.required("hide")
    call.domain.gallery.hide(found, hidden=call.params.flag("hide"))
    return SUCCESS


async def delete(call: Call, found: MediaComment) -> dict[str, bool]:
    """`DELETE /{comment}`: for the owner of the post only."""
    _owner(call, call.world.media[found.media_id])
    call.domain.gallery.delete_comment(found)
    return SUCCESS


async def change_media(call: Call, media: Media) -> dict[str, bool]:
    """`POST /{media}?comment_enabled=false`."""
    _owner(call, media)
    call.params.required("comment_enabled")
    media.comments_enabled = call.params.flag("comment_enabled")
    call.world.media.put(media)
    return SUCCESS


async def answer_mention(call: Call, account: InstagramAccount) -> dict[str, str]:
    """`POST /{ig}/mentions`: answers where somebody mentioned the account. Facebook Login only."""
    if call.host == "instagram":
        raise gone(account.id, "post")
    call.need_instagram("manage_comments", write=True)
    media = call.world.media.get(call.params.required("media_id"))
    if media is None or media.deleted:
        raise gone(call.params.get("media_id"), "post")
    parent = None
    if call.params.get("comment_id"):
        parent = call.world.media_comments.get(call.params.get("comment_id"))
        if parent is None or parent.deleted or parent.media_id != media.id:
            raise gone(call.params.get("comment_id"), "post")
    mentioned = call.domain.gallery.mentioned_in(parent.text if parent else media.caption)
    if account.id not in mentioned:
        raise refused("permission", "(#10) The account is not mentioned there")
    if not media.comments_enabled:
        raise refused("permission", "(#10) Comments are disabled on the media")
    return {"id": call.domain.gallery.comment(media, account.id, _message(call), parent=parent).id}


def _owner(call: Call, media: Media) -> InstagramAccount:
    call.need_instagram("manage_comments", write=True)
    owner = call.world.instagrams.get(media.owner_id)
    if owner is None or not call.sees_instagram(owner):
        raise refused("permission")
    page = call.world.pages.get(owner.page_id)
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
