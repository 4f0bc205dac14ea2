# SPDX-License-Identifier: Apache-2.0
"""`/{integration}/files/{sealed}/{name}`: Zendesk, or an agent's browser, fetches a file of the origin."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

from falcon.asgi import Request, Response

from sealock.connector.v1.file_pb2 import FileInfo, OpenFileRequest
from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import OpenedFile, OutOfTime
from sealock_edge.endpoints.origin_files import OriginFiles
from sealock_edge.middleware import BodyRule
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.problems import FileTooLarge, problem_of
from sealock_edge.zendesk import FileForm

_FORM: Final = "application/x-www-form-urlencoded"
_ANY_BYTES: Final = "application/octet-stream"
_TOKEN: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - a token of HTTP
_MEDIA_TYPE: Final = re.compile(rf'{_TOKEN}/{_TOKEN}(?: ?; ?{_TOKEN}=(?:{_TOKEN}|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*')
_MEDIA_TYPE_CHARS: Final = 127

FILES_AT_ONCE: Final = 32
"""Of one integration that are under way in a process: each may have a megabyte here. Others wait for their turn."""

PROTECTION: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
}
"""A stranger wrote the file, and this is not a place where it may do anything."""
Result = TypeVar("Result")


class File:
    """Streams the file through the connector. Nothing of it is kept."""

    endpoint = Endpoint.FILE
    body = BodyRule(None, 64 * 1024)
    """What Zendesk posts is not known: a form with `metadata` is read, anything else is no reason to refuse."""

    def __init__(self, files: OriginFiles, *, max_bytes: int) -> None:
        self._files = files
        self._max_bytes = max_bytes
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(partial(asyncio.Semaphore, FILES_AT_ONCE))

    async def on_get(
        self, req: ClientRequest, resp: Response, integration: Integration, sealed: str, name: str
    ) -> None:
        """Protocol: file_urls of an external resource."""
        call: Call = req.context.call
        gone = asyncio.ensure_future(req.client_gone())
        try:
            file = await unless_gone(gone, self._opened_in_turn(req, integration, sealed, name))
        except BaseException:
            gone.cancel()
            raise
        if file is None:
            call.outcome = Outcome.CLIENT_LEFT
            return
        _describe(resp, name, file.info)
        call.streams = True
        turn = self._turns[integration.id]
        resp.stream = FileBody(file, call, gone, max_bytes=self._max_bytes, on_end=turn.release)

    async def on_head(
        self, req: ClientRequest, resp: Response, integration: Integration, sealed: str, name: str
    ) -> None:
        """The same without the bytes."""
        file = await self._opened(req, integration, sealed, name)
        file.close()
        _describe(resp, name, file.info)
        if not file.info.size:
            resp.stream = _NoBytes()

    async def on_post(
        self, req: ClientRequest, resp: Response, integration: Integration, sealed: str, name: str
    ) -> None:
        """The same as GET, with the account's metadata."""
        await self.on_get(req, resp, integration, sealed, name)

    async def _opened_in_turn(self, req: ClientRequest, integration: Integration, sealed: str, name: str) -> OpenedFile:
        """The turn ends with the file. Raises `OutOfTime` if it does not come."""
        call: Call = req.context.call
        turn = self._turns[integration.id]
        try:
            async with asyncio.timeout(call.budget.for_call()):
                await turn.acquire()
        except TimeoutError:
            raise OutOfTime from None
        try:
            return await self._opened(req, integration, sealed, name)
        except BaseException:
            turn.release()
            raise

    async def _opened(self, req: ClientRequest, integration: Integration, sealed: str, name: str) -> OpenedFile:
        call: Call = req.context.call
        link = self._files.followed(sealed, name, integration)
        call.account_id = link.account_id
        account = await self._files.account_of(link, _metadata(req, call), integration)
        request = OpenFileRequest(
            account_id=account.account_id, account=account.record.connector_account, reference=link.reference
        )
        file = await integration.connector.client.open_file(request, call.budget, call.request_id)
        if file.info.size > self._max_bytes:
            file.close()
            raise FileTooLarge
        return file


def _metadata(req: ClientRequest, call: Call) -> str:
    content_type = (req.content_type or "").partition(";")[0].strip().lower()
    return FileForm.read(call.body).metadata if content_type == _FORM else ""


def _describe(resp: Response, name: str, info: FileInfo) -> None:
    sound = len(info.content_type) <= _MEDIA_TYPE_CHARS and _MEDIA_TYPE.fullmatch(info.content_type)
    resp.content_type = info.content_type if sound else _ANY_BYTES
    resp.set_headers(PROTECTION)
    resp.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
    if info.size:
        resp.content_length = info.size


class _NoBytes:
    """Stands where a body would be, so that Falcon does not say that it has no bytes."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


class BrokenOff(Exception):
    """
    A file cannot be sent to its end.

    It climbs up to the server, which cuts the connection: the status was sent long ago, and a client must not take
    a part for the whole.
    """


class FileBody:
    """An iterator for Falcon, which closes it in any case."""

    def __init__(
        self,
        file: OpenedFile,
        call: Call,
        gone: asyncio.Future[None],
        *,
        max_bytes: int,
        on_end: Callable[[], None],
    ) -> None:
        """
        `gone` is done when the client has hung up; the file is given up then. Both are closed here. `on_end` is called
        when that is done.
        """
        self._file = file
        self._chunks = file.chunks()
        self._call = call
        self._gone = gone
        self._left = max_bytes
        self._on_end = on_end

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """The next chunk. Raises `BrokenOff`."""
        try:
            chunk = await unless_gone(self._gone, anext(self._chunks, b""))
            self._left -= len(chunk or b"")
            self._check()
        except Exception as error:
            problem = problem_of(error, Endpoint.FILE)
            self._call.failed(problem.outcome, problem.cause)
            raise BrokenOff from error
        if chunk is None:
            self._call.outcome = Outcome.CLIENT_LEFT
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def close(self) -> None:
        """End the connector's call, and have this one noted."""
        self._gone.cancel()
        self._file.close()
        self._call.settle()
        self._on_end()

    def _check(self) -> None:
        if self._left < 0:
            raise FileTooLarge


async def unless_gone(gone: asyncio.Future[None], doing: Awaitable[Result]) -> Result | None:
    """What is being done, or None if the client has gone before: then it is cancelled."""
    task: asyncio.Future[Result] = asyncio.ensure_future(doing)
    either: tuple[asyncio.Future[Any], ...] = (task, gone)
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class ClientRequest(Request):
    """Falcon's request, with the one event of ASGI that comes after the body."""

    __slots__ = ()

    async def client_gone(self) -> None:
        """Wait until the client has hung up. Only once the body was read, if there is one."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
