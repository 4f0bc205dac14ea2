# SPDX-License-Identifier: Apache-2.0
"""
The files of agents' replies (protocol: channelback, file_urls[]): fetched with care, passed on, kept nowhere.

A file's URL arrives from whoever can call the edge. So it has to lead to the Zendesk account that the sealed metadata
names; only there the account's token is shown, and where it is refused there, as one is that has expired, the file is
asked for once more without it: whoever has its URL may have the file. Redirects, to Zendesk's storage, are followed
without the token, by https and to public addresses only.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from sealock.connector.v1.channelback_pb2 import ChannelbackRequest, FileStart
from sealock_contract.connections import (
    AddressRefused,
    Allows,
    CheckedConnections,
    NameNotResolved,
    is_public,
    is_this_machine,
)
from sealock_contract.http_client.connection import Broken, Request
from sealock_contract.http_client.pool import AllInUse, Exchange, NotConnected, Pool
from sealock_contract.http_client.tls_sessions import Place
from sealock_contract.limits import CHUNK_BYTES
from sealock_edge.zendesk import ZendeskHosts

MOST_REDIRECTS: Final = 5
_SECONDS: Final = 20.0
_SECONDS_TO_CONNECT: Final = 10.0
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LOCKED: Final = frozenset({401, 403})
_SIGN_IN: Final = ("/access", "/auth")
FOREIGN: Final = "A file of this reply is not at this Zendesk account. Send the reply without it."
GONE: Final = "Zendesk does not have a file of this reply any more. Attach it again, or send the reply without it."
LOCKED: Final = (
    "Zendesk does not hand out a file of this reply without signing in. An administrator has to connect the account "
    "again; until then, send the reply without it."
)
NOT_ALLOWED: Final = "A file of this reply leads to where files are not fetched from. Send the reply without it."
LARGE: Final = "A file of this reply is too large: at most {most} MB can be passed on. Send the reply without it."
SENTENCES: Final = (FOREIGN, GONE, LOCKED, NOT_ALLOWED, LARGE)
"""All of them, for those who translate."""
_ON_THE_WIRE: Final = re.compile(r"[!-~]+", re.ASCII)
_LENGTH: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_NAME_CHARS: Final = 255
_TYPE_CHARS: Final = 127
_NOT_IN_NAMES: Final = frozenset('/\\:*?"<>|')


class FileError(Exception):
    """A file of a reply could not be fetched, so the reply was not posted."""


class FileRefused(FileError):
    """It will not work later either."""

    def __init__(self, words: str, **numbers: float) -> None:
        """`words` are a fixed sentence for the agent, of the pages' catalogues; `numbers` fill its braces in."""
        super().__init__(words)
        self.words = words
        self.numbers = numbers


class _TokenRefused(FileRefused):
    """The account's Zendesk did not take the token that it was shown."""


class FileUnavailable(FileError):
    """It may work later. The text is in fixed words, for logs."""


@dataclass(frozen=True, slots=True)
class Fetching:
    """Whose files are fetched, and for how long."""

    subdomain: str
    """The Zendesk account's."""
    token: str = field(repr=False)
    """Its `zendesk_access_token`; empty: none."""
    until: float
    """When the time is over, on the event loop's clock."""


class AttachmentFetcher:
    """Opens files one at a time, each over a connection of its own."""

    def __init__(
        self,
        hosts: ZendeskHosts,
        *,
        max_bytes: int,
        ssl_context: ssl.SSLContext | None = None,
        connections: Callable[[Allows], CheckedConnections] = CheckedConnections,
    ) -> None:
        """`max_bytes` is the largest file. `ssl_context`: whom to trust; None: the system's authorities."""
        self._hosts = hosts
        self._max_bytes = max_bytes
        self._ssl = ssl_context or ssl.create_default_context()
        self._connections = connections

    @asynccontextmanager
    async def opened(self, url: str, fetching: Fetching) -> AsyncIterator[Download]:
        """
        The file, while the block runs.

        Raises `FileRefused`: it is not at the account's Zendesk, or not to be had. Raises `FileUnavailable`: not now.
        """
        if not self._hosts.owns(url, fetching.subdomain):
            raise FileRefused(FOREIGN)
        async with AsyncExitStack() as stack:
            with file_errors():
                async with asyncio.timeout_at(fetching.until):
                    answer = await self._answered(stack, url, fetching)
            yield Download(url, answer, max_bytes=self._max_bytes, until=fetching.until)

    async def _answered(self, stack: AsyncExitStack, url: str, fetching: Fetching) -> Exchange:
        try:
            return await self._answer(stack, url, fetching)
        except _TokenRefused:
            return await self._answer(stack, url, replace(fetching, token=""))

    async def _answer(self, stack: AsyncExitStack, url: str, fetching: Fetching) -> Exchange:
        refused = _TokenRefused(LOCKED) if fetching.token else FileRefused(LOCKED)
        for _ in range(MOST_REDIRECTS + 1):
            at_home = self._hosts.owns(url, fetching.subdomain)
            place, pool = self._place(url)
            stack.push_async_callback(pool.close)
            request = _request(url, token=fetching.token if at_home else "")
            answer = await pool.call(
                place, request, seconds=_SECONDS, until=fetching.until, seconds_to_connect=_SECONDS_TO_CONNECT
            )
            location = answer.headers.get("location", "")
            if at_home and answer.status in _LOCKED:
                raise refused
            if answer.status not in _REDIRECTS or not location:
                _check_status(answer.status)
                return answer
            url = _next(url, location)
            if self._hosts.owns(url, fetching.subdomain) and urlsplit(url).path.startswith(_SIGN_IN):
                raise refused
        raise FileUnavailable("the file's host redirects too often")

    def _place(self, url: str) -> tuple[Place, Pool]:
        """Where the file is asked for, and a pool for one connection there."""
        split = urlsplit(url)
        developing = f"{split.scheme}://{split.netloc}" in self._hosts.development_origins
        if not developing and (split.scheme != "https" or "@" in split.netloc or split.port not in {None, 443}):
            raise FileRefused(NOT_ALLOWED)
        checked = self._connections(is_this_machine if developing else is_public)
        port = split.port or {"http": 80}.get(split.scheme, 443)
        return (split.scheme, split.hostname or "", port), Pool({split.scheme: checked}, self._ssl)


def _request(url: str, *, token: str) -> Request:
    split = urlsplit(url)
    target = f"{split.path or '/'}{'?' if split.query else ''}{split.query}"
    if not _ON_THE_WIRE.fullmatch(f"{target}{split.netloc}{token}"):
        raise FileUnavailable("the file's address is no URL")
    lines = ["user-agent: Sealock", "accept-encoding: identity", *([f"authorization: Bearer {token}"] if token else [])]
    head = "\r\n".join([f"GET {target} HTTP/1.1", f"host: {split.netloc}", *lines, "", ""])
    return Request("GET", head.encode("ascii"))


def _next(url: str, location: str) -> str:
    try:
        following = urljoin(url, location)
        urlsplit(following).port  # noqa: B018 - reading it checks it
    except ValueError:
        raise FileUnavailable("the file's host redirects to what is no URL") from None
    if not _ON_THE_WIRE.fullmatch(following):
        raise FileUnavailable("the file's host redirects to what is no URL")
    return following


def _check_status(status: int) -> None:
    if status == 200:
        return
    if status in _LOCKED:
        raise FileRefused(LOCKED)
    if status == 429 or status >= 500:
        raise FileUnavailable(f"the file's host answered {status}")
    raise FileRefused(GONE)


class Download:
    """One file: its name, its content type, its size (0 if not known), and its bytes, once."""

    def __init__(self, url: str, answer: Exchange, *, max_bytes: int, until: float) -> None:
        """`until` is on the event loop's clock. Raises `FileRefused` if the file says that it is too large."""
        headers = answer.headers
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise FileUnavailable("the file came in an encoding that was not asked for")
        length = headers.get("content-length", "")
        self.name = name_of(url)
        self.content_type = _content_type(headers.get("content-type", ""))
        self.size = int(length) if _LENGTH.fullmatch(length) else 0
        self._answer = answer
        self._max_bytes = max_bytes
        self._until = until
        self._check(self.size)

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes. Raises `FileUnavailable` where they end early or come too late, `FileRefused` for too many."""
        seen = 0
        while True:
            with file_errors():
                part = await self._answer.part(seconds=_SECONDS, until=self._until)
            if not part:
                return
            seen += len(part)
            self._check(seen)
            yield part

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise FileRefused(LARGE, most=round(self._max_bytes / 1_000_000, 1))


@contextmanager
def file_errors() -> Iterator[None]:
    """Turn what the connection does wrong into `FileUnavailable`, and where it must not lead into `FileRefused`."""
    try:
        yield
    except AddressRefused:
        raise FileRefused(NOT_ALLOWED) from None
    except NameNotResolved:
        raise FileUnavailable("the file's host does not resolve") from None
    except TimeoutError:
        raise FileUnavailable("the file did not come in time") from None
    except NotConnected as error:
        late = isinstance(error.__cause__, TimeoutError)
        raise FileUnavailable(
            "the file did not come in time" if late else "the file's host cannot be reached"
        ) from None
    except (Broken, AllInUse):
        raise FileUnavailable("the connection to the file's host broke") from None


def name_of(url: str) -> str:
    """The file's name: what `name` in the query says, as Zendesk writes its URLs, else the path's last part."""
    split = urlsplit(url)
    given = parse_qs(split.query).get("name", [""])[0] or unquote(split.path.rstrip("/").rpartition("/")[2])
    name = "".join("_" if each in _NOT_IN_NAMES else each for each in given if each.isprintable()).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > _NAME_CHARS and dot and len(ending) < 16:
        return stem[: _NAME_CHARS - len(ending) - 1] + dot + ending
    return name[:_NAME_CHARS] or "file"


def _content_type(header: str) -> str:
    kind = header.partition(";")[0].strip().lower()
    return kind if kind.isascii() and kind.isprintable() and len(kind) <= _TYPE_CHARS else ""


async def pieces(
    fetcher: AttachmentFetcher, urls: Sequence[str], fetching: Fetching
) -> AsyncGenerator[ChannelbackRequest]:
    """Each file in order, fetched while it is sent. Raises `FileError`."""
    for url in urls:
        async with fetcher.opened(url, fetching) as file:
            start = FileStart(name=file.name, content_type=file.content_type, size=file.size)
            yield ChannelbackRequest(file=start)
            async with aclosing(file.chunks()) as chunks:
                async for chunk in chunks:
                    for begin in range(0, len(chunk), CHUNK_BYTES):
                        yield ChannelbackRequest(chunk=chunk[begin : begin + CHUNK_BYTES])
