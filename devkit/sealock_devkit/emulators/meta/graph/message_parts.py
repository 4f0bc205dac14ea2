# SPDX-License-Identifier: Apache-2.0
"""What a message to be sent consists of: text, or files, never both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.emulators.meta.content import StoredFile
from sealock_devkit.emulators.meta.errors import bad_parameter
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.params import Upload
from sealock_devkit.emulators.meta.people import Account, Page

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
        file = call.world.files.get(str(known))
        if file is None or file.page_id != owner.id:
            raise bad_parameter("The attachment id is invalid")
        return file
    upload = call.params.files.get("filedata")
    if upload is None:
        if not isinstance(payload.get("url"), str):
            raise bad_parameter("An attachment needs a url, an attachment_id or filedata")
        upload = await call.domain.fetch(payload["url"])
    _check_file(upload, kind, owner)
    return call.world.keep_file(
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
    small = kind == "image" and not isinstance(owner, Page)
    if len(upload.data) > (MAX_INSTAGRAM_IMAGE_BYTES if small else MAX_FILE_BYTES):
        raise bad_parameter("The file is too large")
    if not isinstance(owner, Page) and upload.content_type not in INSTAGRAM_TYPES[kind]:
        raise bad_parameter("The file's type is not supported")
