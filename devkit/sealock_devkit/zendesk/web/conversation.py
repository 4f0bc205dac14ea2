# SPDX-License-Identifier: Apache-2.0
"""A ticket's conversation as its page shows it: comments, their files, and how far each reply got."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.guarded_files import POLICY, disposition
from sealock_devkit.zendesk.browser.clickthrough import clickthrough_url
from sealock_devkit.zendesk.engine.conversion import clean_html
from sealock_devkit.zendesk.engine.files import PICTURE_HEAD_BYTES, picture_type
from sealock_devkit.zendesk.judge.findings import parse_instant
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.redaction import redacted_json, redacted_url
from sealock_devkit.zendesk.store import Comment, File, Reply, Ticket

THUMBNAIL_BYTES = 10 * 1024 * 1024
"""A larger picture is a link only."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A comment's file as its ticket shows it."""

    file: File
    link: str
    """Where it is downloaded; empty while it is not here."""
    is_picture: bool
    state: str
    """`waiting`, `failed`, `kept` when it is not sent to the origin, or empty."""


def attachments(zendesk: LocalZendesk, comment_id: int) -> list[Attachment]:
    """A comment's files, in order."""
    return [_attachment(zendesk, file) for file in zendesk.store.files.of_comment(comment_id)]


def _attachment(zendesk: LocalZendesk, file: File) -> Attachment:
    if file.status != "stored" or not zendesk.store.files.has_content(file.id):
        return Attachment(file, "", is_picture=False, state=file.status)
    small = file.size <= THUMBNAIL_BYTES
    return Attachment(
        file,
        link=f"/files/{file.id}/{quote(file.name, safe='')}",
        is_picture=small and picture_type(zendesk.store.files.head(file.id, PICTURE_HEAD_BYTES)) != "",
        state="kept" if file.problem else "",
    )


class FileContent:
    """`/files/{number}/{name}`: a comment's file. A picture is shown; anything else is saved, and runs nothing."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int, name: str) -> None:
        """The file's bytes, if the name in the address is its own."""
        file = self._zendesk.store.files.get(number)
        if name != file.name:
            raise falcon.HTTPNotFound(title="There is no such file")
        content = self._zendesk.store.files.content(number)
        picture = picture_type(content)
        response.set_header("Content-Disposition", disposition(file.name, shown=bool(picture)))
        response.content_type = picture or file.content_type
        response.data = content
        response.set_header("Content-Security-Policy", POLICY)
        response.set_header("X-Content-Type-Options", "nosniff")
        response.set_header("Cross-Origin-Resource-Policy", "same-origin")
        response.set_header("Cache-Control", "private, max-age=60")


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATES = {"waiting": "sending", "delivered": "delivered", "failed": "failed"}
REPORTED, UNSENT = "reported", "unsent"


@dataclass(frozen=True, slots=True)
class Message:
    """A comment of the conversation."""

    comment: Comment
    author: str
    avatar: str
    """An https URL, or empty."""
    html: str
    """Cleaned; empty for plain text."""
    link: str
    """The clickthrough link, or empty."""
    display_info: list[dict[str, Any]]
    """Each with its `type`, and its `data` as text."""
    files: list[Attachment]
    unfetched: list[str]
    """Addresses of files that came before files were fetched."""
    reply: Reply | None
    state: str
    """
    How far it got: `sending`, `delivered`, `failed`, `reported` for one that was delivered and failed later, `unsent`
    for one that was never sent; empty for what was not meant to be.
    """
    retries: int
    problem: str
    came_by: str = ""
    """`pull` or `push`; empty for what did not come from the origin, or came too long ago to know."""
    came_after: float = 0.0
    """How many seconds after it was written."""


def messages(zendesk: LocalZendesk, ticket: Ticket, *, linked: bool = True) -> list[Message]:
    """The conversation in its order; with links to the origin, unless it is that of another machine."""
    urls = zendesk.store.integrations.get(ticket.integration_id).manifest.urls
    base = urls.get("clickthrough_url", "") if linked else ""
    came = zendesk.store.resources.ways(ticket.id)
    found = zendesk.store.tickets.comments(ticket.id)
    return [_message(zendesk, comment, base, came.get(comment.id, "")) for comment in found]


def _message(zendesk: LocalZendesk, comment: Comment, base: str, came_by: str) -> Message:
    author = zendesk.store.users.get(comment.user_id) if comment.user_id else None
    reply = zendesk.store.replies.by_comment(comment.id)
    avatar = author.image_url if author else ""
    files = attachments(zendesk, comment.id)
    joined = zendesk.settings.clickthrough_query == "joined"
    return Message(
        comment=comment,
        author=author.name if author else comment.agent,
        avatar=avatar if avatar.startswith("https://") else "",
        html=clean_html(comment.html_body),
        link=clickthrough_url(base, comment.external_id, joined=joined) if base and comment.external_id else "",
        display_info=[_shown(each) for each in json.loads(comment.display_info)],
        files=files,
        unfetched=[] if files else [redacted_url(url) for url in json.loads(comment.file_urls)],
        reply=reply,
        state=_state(comment, reply),
        retries=max(len(reply.tries) - 1, 0) if reply else 0,
        problem=(reply.problem if reply else "") or comment.problem,
        came_by=came_by,
        came_after=max(0.0, (_instant(comment.added_at) - _instant(comment.created_at)).total_seconds()),
    )


def _instant(text: str) -> datetime:
    return parse_instant(text) or EPOCH


def _state(comment: Comment, reply: Reply | None) -> str:
    if reply is None:
        return UNSENT if comment.problem else ""
    return REPORTED if reply.status == "failed" and reply.external_id else STATES[reply.status]


def _shown(info: dict[str, Any]) -> dict[str, str]:
    data = json.dumps(redacted_json(info.get("data")), ensure_ascii=False, indent=2)
    return {"type": str(info.get("type", "")), "data": data}
