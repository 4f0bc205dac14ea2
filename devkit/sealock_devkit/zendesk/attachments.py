# SPDX-License-Identifier: Apache-2.0
"""Files on comments: their limits, and the addresses under which the service gets them (protocol: files)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.store import File

MAX_BYTES = 50 * 1024 * 1024
MAX_TOTAL_BYTES = 100 * 1024 * 1024
"""Of a comment's files together. Zendesk's limit is unknown; this one bounds what is held in memory."""
MAX_FILES = 20
NAME_CHARACTERS = 255
SHOWN_CHARACTERS = 80
ANY_TYPE = "application/octet-stream"
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(;[\x20-\x7e]*)?", re.ASCII)
NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that an agent attaches."""

    name: str
    content_type: str
    content: bytes = field(repr=False)

    @property
    def obstacle(self) -> str:
        """Why it cannot be attached, in words; empty when it can."""
        if not self.name.strip(" .") or len(self.name) > NAME_CHARACTERS or NOT_IN_NAMES.search(self.name):
            return f"a file's name has 1 to {NAME_CHARACTERS} characters, and no slash"
        if not MEDIA_TYPE.fullmatch(self.content_type):
            return "a file's content type is written like image/png"
        return "" if len(self.content) <= MAX_BYTES else too_large(self.name)


def too_large(name: str) -> str:
    """What is said of a file that is too large."""
    printable = "".join(each if each.isprintable() else "?" for each in name)
    return f"a file has at most {_megabytes(MAX_BYTES)}, and {printable[:SHOWN_CHARACTERS]} has more"


def too_much() -> str:
    """What is said of files that are too large together."""
    return f"the files of a comment have at most {_megabytes(MAX_TOTAL_BYTES)} together"


def _megabytes(size: int) -> str:
    return f"{size // 1024 // 1024} MB"


def files_obstacle(files: Sequence[NewFile]) -> str:
    """Why these files cannot be attached to a comment, in words; empty when they can."""
    for obstacle in filter(None, (file.obstacle for file in files)):
        return obstacle
    if len(files) > MAX_FILES:
        return f"a comment has at most {MAX_FILES} files"
    return too_much() if sum(len(file.content) for file in files) > MAX_TOTAL_BYTES else ""


def attach(context: Context, comment_id: int, files: Sequence[NewFile], problem: str) -> None:
    """Keep an agent's files with a comment; `problem` says why they are not sent, if they are not."""
    for file in files:
        values = {"name": file.name, "content_type": file.content_type, "problem": problem, **_addresses(context)}
        context.store.files.add(comment_id, content=file.content, **values)


def await_download(context: Context, comment_id: int, urls: Sequence[str]) -> None:
    """Note the files of an origin's comment, to be downloaded."""
    for url in urls:
        last = NOT_IN_NAMES.sub("_", unquote(urlsplit(url).path.rpartition("/")[2]))[:NAME_CHARACTERS]
        name = last if last.strip(" .") else "file"
        context.store.files.add(comment_id, name=name, source_url=url, **_addresses(context))


def _addresses(context: Context) -> dict[str, Any]:
    return {"token": secrets.token_urlsafe(24), "storage_key": secrets.token_urlsafe(24), "created_at": context.now()}


def attachment_url(context: Context, file: File) -> str:
    """Where the service gets an agent's file."""
    settings = context.settings
    base = settings.attachment_url or context.address or f"https://{settings.subdomain}.zendesk.com"
    return f"{base.rstrip('/')}/attachments/token/{file.token}/?name={quote(file.name, safe='')}"


def media_type(told: str) -> str:
    """A content type as a service told it; bytes of any type when it told none that is one."""
    return told.strip() if MEDIA_TYPE.fullmatch(told.strip()) else ANY_TYPE
