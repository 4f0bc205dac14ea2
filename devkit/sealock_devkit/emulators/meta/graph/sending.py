# SPDX-License-Identifier: Apache-2.0
"""Sending messages: what one consists of, who may get one, and until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.emulators.meta.files import Upload
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.conversations import need_messaging, owner_for
from sealock_devkit.emulators.meta.graph.errors import GraphError, bad_parameter, refused
from sealock_devkit.emulators.meta.records import (
    Account,
    Comment,
    Contact,
    InstagramAccount,
    MediaComment,
    Page,
    Post,
    StoredFile,
)
from sealock_devkit.emulators.meta.settings import DAY, HOUR

STANDARD_SECONDS = DAY
HUMAN_AGENT_SECONDS = 7 * DAY
RETIRED_TAGS = ("ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "CUSTOMER_FEEDBACK")
MAX_MESSENGER_CHARS = 2_000
MAX_INSTAGRAM_BYTES = 1_000
MAX_METADATA_CHARS = 1_000
MAX_FILE_BYTES = 25 * 1024 * 1024
MAX_INSTAGRAM_IMAGE_BYTES = 8 * 1024 * 1024
MAX_MESSENGER_IMAGES, MAX_INSTAGRAM_IMAGES = 30, 10
KINDS = ("image", "audio", "video", "file")
INSTAGRAM_TYPES = {
    "image": {"image/png", "image/jpeg"},
    "audio": {"audio/aac", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/mp4"},
    "video": {"video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"},
    "file": {"application/pdf"},
}
NOT_SHOWN = ("image/heic", "image/svg+xml", "image/tiff", "image/bmp", "video/x-matroska")
"""What Messenger takes as a file only."""
PRIVATE_REPLY_SECONDS = 7 * 24 * HOUR


def check_window(call: Call, owner: Account, contact: Contact) -> None:
    """Raise `GraphError` unless a message of the call's `messaging_type` and `tag` may be sent now."""
    kind = call.params.get("messaging_type")
    tag = call.params.get("tag")
    if kind not in {"", "RESPONSE", "UPDATE", "MESSAGE_TAG"}:
        raise bad_parameter("param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")
    if kind == "MESSAGE_TAG" and not tag:
        raise bad_parameter("The parameter tag is required with MESSAGE_TAG")
    if tag in RETIRED_TAGS:
        raise bad_parameter(f"The tag {tag} is no longer supported")
    if tag and tag != "HUMAN_AGENT":
        raise bad_parameter("param tag must be HUMAN_AGENT")
    if tag and not call.store.settings.human_agent:
        raise refused("human_agent")
    passed = call.store.now() - contact.opened_at
    if passed >= (HUMAN_AGENT_SECONDS if tag else STANDARD_SECONDS):
        raise _closed(owner)


def _closed(owner: Account) -> GraphError:
    return refused("window" if isinstance(owner, Page) else "instagram_window")


@dataclass(frozen=True, slots=True)
class Parts:
    """A message that may be sent."""

    text: str = ""
    files: list[StoredFile] = field(default_factory=list)
    metadata: str = ""
    reusable: str = ""
    """The id of the file, when it may be used again."""


async def read_message(call: Call, owner: Account) -> Parts:
    """The parameter `message`. Raises `GraphError` for everything that cannot be sent."""
    message = call.params.object("message")
    text = message.get("text", "")
    metadata = message.get("metadata", "")
    if not isinstance(text, str) or not isinstance(metadata, str):
        raise bad_parameter("param message must have strings")
    wanted = _attachments(message, owner)
    if bool(text) == bool(wanted):
        raise bad_parameter("A message must have either text or an attachment, and not both")
    _check_text(text, owner)
    if len(metadata) > MAX_METADATA_CHARS:
        raise bad_parameter(f"Length of param message[metadata] must be less than or equal to {MAX_METADATA_CHARS}")
    files = [await keep_upload(call, owner, each) for each in wanted]
    payload = wanted[0].get("payload") if len(wanted) == 1 else None
    reusable = files[0].id if isinstance(payload, dict) and payload.get("is_reusable") else ""
    return Parts(text, files, metadata, reusable)


async def keep_upload(call: Call, owner: Account, attachment: dict[str, Any]) -> StoredFile:
    """The file of an attachment: one uploaded before, fetched by its URL, or sent with the call."""
    kind = attachment.get("type")
    if kind not in KINDS:
        raise bad_parameter(f"param message[attachment][type] must be one of {{{', '.join(KINDS)}}}")
    payload = attachment.get("payload") or {}
    if not isinstance(payload, dict):
        raise bad_parameter("param message[attachment][payload] must be an object")
    known = payload.get("attachment_id")
    if known:
        file = call.store.files.get(str(known))
        if file is None or file.page_id != owner.id:
            raise refused("attachment_unknown")
        return file
    upload = call.params.files.get("filedata")
    if upload is None:
        if not isinstance(payload.get("url"), str):
            raise bad_parameter("An attachment needs a url, an attachment_id or filedata")
        upload = await call.emulator.fetch(payload["url"])
    _check_file(upload, kind, owner)
    return call.store.keep_file(
        upload.data, name=upload.name, content_type=upload.content_type, page_id=owner.id, published=False
    )


def _attachments(message: dict[str, Any], owner: Account) -> list[dict[str, Any]]:
    one, many = message.get("attachment"), message.get("attachments")
    found = [one] if one is not None else many if many is not None else []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise bad_parameter("param message[attachment] must be an object")
    most = MAX_MESSENGER_IMAGES if isinstance(owner, Page) else MAX_INSTAGRAM_IMAGES
    if len(found) > most:
        raise bad_parameter(f"At most {most} attachments can be sent in one message")
    if len(found) > 1 and any(each.get("type") != "image" for each in found):
        raise bad_parameter("Only images can be sent together")
    return found


def _check_text(text: str, owner: Account) -> None:
    if isinstance(owner, Page) and len(text) > MAX_MESSENGER_CHARS:
        raise bad_parameter(f"Length of param message[text] must be less than or equal to {MAX_MESSENGER_CHARS}")
    if not isinstance(owner, Page) and len(text.encode()) > MAX_INSTAGRAM_BYTES:
        raise bad_parameter(f"Message text must be UTF-8 and at most {MAX_INSTAGRAM_BYTES} bytes")


def _check_file(upload: Upload, kind: str, owner: Account) -> None:
    if kind != "file" and not upload.content_type.startswith(f"{kind}/"):
        raise bad_parameter(f"The file is not of the type {kind}")
    if kind != "file" and upload.content_type in NOT_SHOWN:
        raise refused("upload_failed")
    small = kind == "image" and not isinstance(owner, Page)
    if len(upload.data) > (MAX_INSTAGRAM_IMAGE_BYTES if small else MAX_FILE_BYTES):
        raise refused("file_too_large")
    if not isinstance(owner, Page) and upload.content_type not in INSTAGRAM_TYPES[kind]:
        raise bad_parameter("The file's type is not supported")


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
    contact = call.store.contact_by_scoped_id(str(recipient.get("id", "")))
    for_instagram = contact is not None and contact.owner_id == node.instagram_id
    return owner_for(call, node, "instagram" if for_instagram else "messenger")


def _contact(call: Call, owner: Account, recipient: dict[str, Any]) -> Contact:
    if not recipient.get("id"):
        raise bad_parameter("The parameter recipient[id] is required")
    contact = call.store.contact_by_scoped_id(str(recipient["id"]))
    if contact is None or contact.owner_id != owner.id:
        raise refused("no_match" if isinstance(owner, Page) else "no_instagram_user")
    return contact


def _answered(call: Call, recipient: dict[str, Any]) -> Post | Comment | MediaComment | None:
    """The comment or post that a private reply answers."""
    if "comment_id" in recipient:
        key = str(recipient["comment_id"])
        found: Post | Comment | MediaComment | None = call.store.comments.get(key) or call.store.media_comments.get(key)
    elif "post_id" in recipient:
        found = call.store.posts.get(str(recipient["post_id"]))
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
    if isinstance(owner, Page) and owner.messages_off:
        raise refused("page_messages_off")
    if written.private_reply:
        raise refused("privately_replied")
    if call.store.now() >= written.created + PRIVATE_REPLY_SECONDS:
        raise refused("too_old_for_reply")
    contact = call.store.contact(owner.id, written.author_id)
    call.usage.pace("private_replies", owner.id, call.store.settings.private_replies_per_hour, HOUR)
    parts = await read_message(call, owner)
    answer = _deliver(call, owner, contact, parts)
    written.private_reply = answer["message_id"]
    table: Any = {Post: call.store.posts, Comment: call.store.comments, MediaComment: call.store.media_comments}
    table[type(written)].put(written)
    return answer


def _place(call: Call, written: Post | Comment | MediaComment) -> str:
    if isinstance(written, Post):
        return written.page_id
    if isinstance(written, Comment):
        return call.store.posts[written.post_id].page_id
    return call.store.media[written.media_id].owner_id


def _check_owner(call: Call, owner: Account) -> None:
    page = owner if isinstance(owner, Page) else call.store.pages.get(owner.page_id)
    if page is not None and page.restricted:
        raise refused("page_restricted")
    if page is not None and page.blocked_as_abusive:
        raise refused("abusive")
    if isinstance(owner, InstagramAccount) and not owner.professional:
        raise refused("gone")
    if isinstance(owner, InstagramAccount) and owner.blocked:
        raise refused("instagram_blocked")


def _deliver(call: Call, owner: Account, contact: Contact, parts: Parts) -> dict[str, str]:
    person = call.store.people[contact.person_id]
    if person.unavailable or owner.id in person.blocked:
        raise refused("unavailable")
    if contact.other_app:
        raise refused("other_app" if isinstance(owner, Page) else "other_app_instagram")
    if not call.store.settings.advanced_access and not person.has_role:
        raise refused("not_reviewed")
    settings = call.store.settings
    slow = any(file.kind in {"audio", "video"} for file in parts.files)
    pace = settings.media_sends_per_second if slow else settings.sends_per_second
    call.usage.pace("media sends" if slow else "sends", owner.id, pace, 1)
    app_id = call.store.keys.instagram_app_id if call.kind == "instagram" else call.store.keys.app_id
    message = call.emulator.inboxes.from_owner(
        owner.id,
        person.id,
        parts.text,
        attachments=[_sent(file) for file in parts.files],
        reply_to=_replied_to(call),
        metadata=parts.metadata,
        app_id=app_id,
    )
    answer = {"recipient_id": contact.scoped_id, "message_id": message.id}
    return {**answer, "attachment_id": parts.reusable} if parts.reusable else answer


def _sent(file: StoredFile) -> dict[str, Any]:
    return {"type": file.kind, "file": file.id}


def _replied_to(call: Call) -> str:
    mid = str(call.params.object("reply_to").get("mid", ""))
    if mid and mid not in call.store.messages:
        raise bad_parameter("reply_to[mid] does not exist")
    return mid
