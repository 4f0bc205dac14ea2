# SPDX-License-Identifier: Apache-2.0
"""The Send API: messages, private replies, uploads. Nothing here is idempotent: each call that succeeds sends."""

from __future__ import annotations

from typing import Any

from sealock_devkit.emulators.meta.clock import HOUR
from sealock_devkit.emulators.meta.content import Comment, MediaComment, Post, StoredFile
from sealock_devkit.emulators.meta.errors import bad_parameter, refused
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.conversation_nodes import need_messaging, owner_for
from sealock_devkit.emulators.meta.graph.message_parts import Parts, keep_upload, read_message
from sealock_devkit.emulators.meta.graph.windows import check_window
from sealock_devkit.emulators.meta.people import Account, Contact, InstagramAccount, Page

PRIVATE_REPLY_SECONDS = 7 * 24 * HOUR


async def send(call: Call, node: Account) -> dict[str, str]:
    """`POST /{page}/messages`, `POST /{ig}/messages`: one message to a person, or one private reply."""
    recipient = call.params.object("recipient")
    written = _answered(call, recipient)
    owner = _owner(call, node, recipient, written)
    need_messaging(call, owner)
    _check_owner(call, owner)
    if call.params.get("sender_action"):
        return {"recipient_id": _contact(call, owner, recipient).scoped_id}
    if written is not None:
        return await _send_private_reply(call, owner, written)
    contact = _contact(call, owner, recipient)
    check_window(call, owner, contact)
    parts = await read_message(call, owner)
    return _deliver(call, owner, contact, parts)


async def upload_attachment(call: Call, node: Account) -> dict[str, str]:
    """`POST /{page}/message_attachments`: a file to be sent later, as often as one likes."""
    owner = owner_for(call, node, call.params.get("platform").lower() or _own_platform(node))
    need_messaging(call, owner)
    attachment = call.params.object("message").get("attachment")
    if not isinstance(attachment, dict):
        raise bad_parameter("The parameter message[attachment] is required")
    if not (attachment.get("payload") or {}).get("is_reusable"):
        raise bad_parameter("The attachment must be reusable")
    file = await keep_upload(call, owner, attachment)
    return {"attachment_id": file.id}


def _own_platform(node: Account) -> str:
    return "messenger" if isinstance(node, Page) else "instagram"


def _owner(call: Call, node: Account, recipient: dict[str, Any], written: Any) -> Account:
    """A Page sends for itself or for its Instagram account: the recipient's id tells."""
    if isinstance(node, InstagramAccount):
        return node
    if isinstance(written, MediaComment):
        return owner_for(call, node, "instagram")
    contact = call.world.contact_by_scoped_id(str(recipient.get("id", "")))
    for_instagram = contact is not None and contact.owner_id == node.instagram_id
    return owner_for(call, node, "instagram" if for_instagram else "messenger")


def _contact(call: Call, owner: Account, recipient: dict[str, Any]) -> Contact:
    if not recipient.get("id"):
        raise bad_parameter("The parameter recipient[id] is required")
    contact = call.world.contact_by_scoped_id(str(recipient["id"]))
    if contact is None or contact.owner_id != owner.id:
        raise refused("no_match")
    return contact


def _answered(call: Call, recipient: dict[str, Any]) -> Post | Comment | MediaComment | None:
    """The comment or post that a private reply answers."""
    if "comment_id" in recipient:
        key = str(recipient["comment_id"])
        found: Post | Comment | MediaComment | None = call.world.comments.get(key) or call.world.media_comments.get(key)
    elif "post_id" in recipient:
        found = call.world.posts.get(str(recipient["post_id"]))
    else:
        return None
    if found is None or found.deleted:
        raise refused("gone")
    return found


async def _send_private_reply(call: Call, owner: Account, written: Post | Comment | MediaComment) -> dict[str, str]:
    place = _place(call, written)
    if place != owner.id:
        raise refused("gone")
    if written.author_id == owner.id:
        raise bad_parameter("A private reply to oneself is not possible")
    if written.private_reply:
        raise refused("privately_replied")
    if call.world.now() >= written.created + PRIVATE_REPLY_SECONDS:
        raise refused("too_old_for_reply")
    contact = call.world.contact(owner.id, written.author_id)
    call.usage.pace("private_replies", owner.id, call.world.settings.private_replies_per_hour, HOUR)
    parts = await read_message(call, owner)
    told = _deliver(call, owner, contact, parts)
    written.private_reply = told["message_id"]
    table: Any = {Post: call.world.posts, Comment: call.world.comments, MediaComment: call.world.media_comments}
    table[type(written)].put(written)
    return told


def _place(call: Call, written: Post | Comment | MediaComment) -> str:
    if isinstance(written, Post):
        return written.page_id
    if isinstance(written, Comment):
        return call.world.posts[written.post_id].page_id
    return call.world.media[written.media_id].owner_id


def _check_owner(call: Call, owner: Account) -> None:
    page = owner if isinstance(owner, Page) else call.world.pages.get(owner.page_id)
    if page is not None and page.restricted:
        raise refused("page_restricted")
    if page is not None and page.blocked_as_abusive:
        raise refused("abusive")


def _deliver(call: Call, owner: Account, contact: Contact, parts: Parts) -> dict[str, str]:
    person = call.world.people[contact.person_id]
    if person.unavailable or owner.id in person.blocked:
        raise refused("unavailable")
    settings = call.world.settings
    slow = any(file.kind in {"audio", "video"} for file in parts.files)
    pace = settings.media_sends_per_second if slow else settings.sends_per_second
    call.usage.pace("media sends" if slow else "sends", owner.id, pace, 1)
    app_id = call.world.keys.instagram_app_id if call.kind == "instagram" else call.world.keys.app_id
    message = call.domain.inboxes.from_owner(
        owner.id,
        person.id,
        parts.text,
        attachments=[_sent(file) for file in parts.files],
        reply_to=_replied_to(call),
        metadata=parts.metadata,
        app_id=app_id,
    )
    told = {"recipient_id": contact.scoped_id, "message_id": message.id}
    return {**told, "attachment_id": parts.reusable} if parts.reusable else told


def _sent(file: StoredFile) -> dict[str, Any]:
    return {"type": file.kind, "file": file.id}


def _replied_to(call: Call) -> str:
    mid = str(call.params.object("reply_to").get("mid", ""))
    if mid and mid not in call.world.messages:
        raise bad_parameter("reply_to[mid] does not exist")
    return mid
