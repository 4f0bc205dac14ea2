# SPDX-License-Identifier: Apache-2.0
"""Files: what kind one is, links to those that are kept, and how others are fetched, on this machine only."""

from __future__ import annotations

import colorsys
import functools
import hmac
import ipaddress
import ssl
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx2
from falcon import HTTPForbidden, HTTPNotFound
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.graph.errors import bad_parameter
from sealock_devkit.emulators.meta.store import Store
from sealock_devkit.guarded_files import disposition

SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
MAX_BODY_BYTES = 26 * 1024 * 1024


PROTECTION = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
SECONDS = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the call."""

    name: str
    content_type: str
    data: bytes

    def __repr__(self) -> str:
        return f"Upload(content_type={self.content_type!r}, size={len(self.data)})"


def sniffed(data: bytes, announced: str) -> str:
    """What kind of file this is, by its first bytes, or else as it was announced."""
    for signature, kind in SIGNATURES:
        if data.startswith(signature):
            return kind
    return announced or "application/octet-stream"


@functools.lru_cache(maxsize=256)
def plain_picture(seed: str, *, size: int = 96) -> bytes:
    """A PNG in colours that belong to the seed: two slopes that meet."""
    number = zlib.crc32(seed.encode())
    above, below = _colour(number, 0.82), _colour(number >> 8, 0.45)
    steep = 1 + number % 3
    rows = []
    for y in range(size):
        sky = min(size, (size - y) * steep)
        rows.append(b"\x00" + above * sky + below * (size - sky))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(b"".join(rows))),
            _chunk(b"IEND", b""),
        )
    )


def _colour(number: int, lightness: float) -> bytes:
    return bytes(int(255 * part) for part in colorsys.hls_to_rgb(number % 256 / 256, lightness, 0.55))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class Cdn:
    """Makes and checks the links."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def link(self, file_id: str) -> str:
        """A fresh link to a file."""
        file = self._store.files[file_id]
        until = format(int(self._store.now() + self._store.settings.cdn_seconds), "x")
        return (
            f"{self._store.base_url}/cdn/{file_id}/{quote(file.name, safe='')}"
            f"?oe={until}&oh={self._signature(file_id, until)}"
        )

    def is_valid(self, file_id: str, until: str, signature: str) -> bool:
        """Whether a link was made here and has not expired."""
        if not hmac.compare_digest(self._signature(file_id, until).encode(), signature.encode()):
            return False
        return self._store.now() < int(until, 16)

    def _signature(self, file_id: str, until: str) -> str:
        key = self._store.keys.app_secret.encode()
        return hmac.new(key, f"cdn {file_id} {until}".encode(), "sha256").hexdigest()[:32]


class CdnFile:
    """`/cdn/{file}/{name}`: a file."""

    def __init__(self, store: Store, cdn: Cdn) -> None:
        self._store = store
        self._cdn = cdn

    async def on_get(self, req: Request, resp: Response, file_id: str, name: str) -> None:
        """The file; 403 once the link has expired."""
        until, signature = req.get_param("oe", default=""), req.get_param("oh", default="")
        if not self._cdn.is_valid(file_id, until, signature):
            raise HTTPForbidden(description="URL signature expired")
        file, data = self._store.files.get(file_id), self._store.database.content(file_id)
        if file is None or data is None or file.name != name:
            raise HTTPNotFound
        resp.content_type = file.content_type
        resp.data = data
        resp.set_headers(PROTECTION)
        resp.set_header("Content-Disposition", disposition(name, shown=file.kind in {"image", "audio", "video"}))


Fetch = Callable[[str], Awaitable[Upload]]
"""Gets a file. Raises `GraphError` when it cannot be had."""
Handshake = Callable[[str, dict[str, str]], Awaitable[tuple[int, str]]]
"""Gets a URL with a query. Returns status and text; 0 when there was no answer."""


class Outside:
    """What the platform's servers do by themselves, with one HTTP client."""

    def __init__(self, authority: Path | None = None) -> None:
        """`authority` is the certificate of whoever signed those of webhooks; none of the public ones is trusted."""
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if authority is not None:
            trust.load_verify_locations(authority)
        self._client = httpx2.AsyncClient(trust_env=False, timeout=SECONDS, follow_redirects=False, verify=trust)

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()

    async def fetch(self, url: str) -> Upload:
        """A file by its URL. Raises `GraphError` 100."""
        if not _is_here(url):
            raise bad_parameter("The URL could not be fetched: it is not on this machine")
        try:
            answer = await self._client.get(url)
        except httpx2.HTTPError:
            raise bad_parameter("Failed to fetch the file from the URL") from None
        if answer.status_code != 200 or len(answer.content) > MAX_BODY_BYTES:
            raise bad_parameter("Failed to fetch the file from the URL")
        announced = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        name = httpx2.URL(url).path.rpartition("/")[2] or "file"
        return Upload(name, sniffed(answer.content, announced), answer.content)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Post to a webhook. Returns the status, or 0 when there was no answer."""
        try:
            return (await self._client.post(url, content=body, headers=headers)).status_code
        except httpx2.HTTPError:
            return 0

    async def handshake(self, url: str, query: dict[str, str]) -> tuple[int, str]:
        """Ask a webhook for the challenge. Returns status and text; 0 when there was no answer."""
        if not _is_here(url):
            return 0, ""
        try:
            answer = await self._client.get(httpx2.URL(url).copy_merge_params(query))
        except httpx2.HTTPError:
            return 0, ""
        return answer.status_code, answer.text


def _is_here(url: str) -> bool:
    try:
        parsed = httpx2.URL(url)
        return parsed.scheme in {"http", "https"} and ipaddress.ip_address(parsed.host).is_loopback
    except (httpx2.InvalidURL, ValueError):
        return str(url).startswith(("http://localhost:", "https://localhost:"))
