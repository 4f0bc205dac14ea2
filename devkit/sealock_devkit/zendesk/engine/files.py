# SPDX-License-Identifier: Apache-2.0
"""Files on comments: their limits, their addresses, downloads from the origin, and which of them are pictures."""

from __future__ import annotations

import asyncio
import re
import secrets
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sealock_devkit.zendesk.context import A_DAY, Context
from sealock_devkit.zendesk.engine.service_calls import Answer, Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.judge import Finding, Findings, check_status
from sealock_devkit.zendesk.settings import Settings
from sealock_devkit.zendesk.store import Account, File, Integration
from sealock_devkit.zendesk.urls import absolute, is_loopback, web_origin

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


def media_type(sent: str) -> str:
    """A content type as a service told it; bytes of any type when it told none that is one."""
    return sent.strip() if MEDIA_TYPE.fullmatch(sent.strip()) else ANY_TYPE


def with_absolute_files(resources: list[Any], settings: Settings, manifest_url: str) -> list[Any]:
    """Resources whose relative file_urls are meant from the manifest's folder on, if the settings resolve them."""
    if settings.relative_file_urls == "refused":
        return resources
    return [_resolved(resource, manifest_url) for resource in resources]


def _resolved(resource: Any, manifest_url: str) -> Any:
    urls = resource.get("file_urls") if isinstance(resource, dict) else None
    if not isinstance(urls, list):
        return resource
    return {**resource, "file_urls": [absolute(manifest_url, url) if isinstance(url, str) else url for url in urls]}


DOWNLOADS_AT_ONCE = 4


class FileDownloader:
    """Fetches each waiting file. A comment whose file cannot be had stays without it, and the file says why."""

    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._store = context.store
        self._calls = calls

    async def run(self) -> None:
        """Download what waits, until cancelled. What is not there by then is fetched after the next start."""
        while True:
            if await self._context.changes.wait_until(lambda: self._store.files.waiting_count() > 0, A_DAY):
                await asyncio.gather(*(self._download(file) for file in self._store.files.waiting(DOWNLOADS_AT_ONCE)))

    async def _download(self, file: File) -> None:
        ticket = self._store.tickets.get(self._store.tickets.comment(file.comment_id).ticket_id)
        account = self._store.accounts.get(ticket.account_id)
        integration = self._store.integrations.get(ticket.integration_id)
        problem = self._obstacle(file, account, integration)
        if not problem:
            problem = await self._fetch(file, account)
            for _ in range(self._context.settings.file_retries):
                problem = await self._fetch(file, account) if problem else ""
        if problem:
            self._store.files.fail(file.id, problem)
            self._context.console.warn(f"ticket {ticket.id}: a file of a comment is missing: {problem}")
        self._context.changes.announce()

    def _record(self, findings: Iterable[Finding], account: Account, call_id: int) -> None:
        ids = {"integration_id": account.integration_id, "account_id": account.id, "call_id": call_id}
        self._context.record("file", findings, **ids)

    async def _fetch(self, file: File, account: Account) -> str:
        try:
            answer = await self._calls.send(self._call(file, account))
        except CallFailed as failure:
            self._record(failure.findings, account, failure.call_id)
            return failure.problem
        self._record(_wrong(file, answer, self._context.settings.file_bytes), account, answer.call_id)
        return self._keep(file, answer)

    def _obstacle(self, file: File, account: Account, integration: Integration) -> str:
        if account.deleted_at or integration.removed_at:
            return "the account or its channel is gone"
        host = web_origin(file.source_url).host
        own = {web_origin(url).host for url in (integration.manifest_url, *integration.manifest.urls.values())}
        if self._context.settings.file_hosts == "service" and host not in own and not is_loopback(host):
            return "it is on a host that is not the service's (setting file_hosts)"
        return ""

    def _call(self, file: File, account: Account) -> Call:
        settings = self._context.settings
        with_metadata = settings.file_method == "POST" and settings.file_post_body == "metadata"
        form = (("metadata", account.metadata),) if with_metadata else None
        return Call(
            kind="file",
            url=file.source_url,
            method=settings.file_method,
            form=form,
            timeout=settings.file_timeout_seconds,
            integration_id=account.integration_id,
            account_id=account.id,
            ticket_id=self._store.tickets.comment(file.comment_id).ticket_id,
        )

    def _keep(self, file: File, answer: Answer) -> str:
        if answer.status != 200:
            return f"HTTP {answer.status}"
        if len(answer.body) > self._context.settings.file_bytes:
            return f"more than {self._context.settings.file_bytes} bytes"
        self._store.files.keep(file.id, media_type(answer.headers.get("content-type", "")), answer.body)
        return ""


def _wrong(file: File, answer: Answer, most: int) -> Findings:
    """What is doubtful about the answer under a file's URL: the protocol has no rule for it."""
    findings = Findings()
    if answer.status != 200:
        check_status(answer.status, "the file under each of file_urls", findings, "advice")
        return findings
    if len(answer.body) > most:
        findings.add("", f"at most {most} bytes (setting)", "advice", f"{len(answer.body)} bytes")
    content_type = answer.headers.get("content-type", "").strip()
    if not MEDIA_TYPE.fullmatch(content_type):
        findings.add("", "a content type", "advice", "something else" if content_type else "none")
    elif answer.content_type == "text/html" and guess_type(file.name)[0] not in {None, "text/html"}:
        findings.add("", "the file that its name promises", "advice", "an HTML page")
    return findings


PICTURE_HEAD_BYTES = 16
"""How many of a file's first bytes tell what it is."""
LOGO_SIDE_MAX = 1024
"""Pixels of a logo's side."""

_PNG = b"\x89PNG\r\n\x1a\n"
_BEGINNINGS = ((_PNG, "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"))


def picture_type(head: bytes) -> str:
    """The media type of a PNG, JPEG, GIF or WebP picture that begins so; empty for anything else."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def is_sane_png(content: bytes) -> bool:
    """Whether this is a whole PNG of at most 1024 pixels a side: its chunks fit, are undamaged, and nothing follows."""
    if not content.startswith(_PNG):
        return False
    kinds: list[bytes] = []
    at = len(_PNG)
    while at < len(content) and kinds[-1:] != [b"IEND"]:
        length = int.from_bytes(content[at : at + 4])
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        checksum = content[at + 8 + length : at + 12 + length]
        if len(data) != length or checksum != zlib.crc32(kind + data).to_bytes(4):
            return False
        if not kinds and not _is_sane_header(kind, data):
            return False
        kinds.append(kind)
        at += 12 + length
    return kinds[-1:] == [b"IEND"] and b"IDAT" in kinds and at == len(content)


def _is_sane_header(kind: bytes, data: bytes) -> bool:
    sides = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
    return kind == b"IHDR" and len(data) == 13 and all(0 < side <= LOGO_SIDE_MAX for side in sides)
