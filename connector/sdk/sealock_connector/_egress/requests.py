# SPDX-License-Identifier: Apache-2.0
"""Requests to origins: where a call goes, what it says, and how that goes over the wire."""

from __future__ import annotations

import json as json_text
import os
import re
from base64 import b64encode
from collections.abc import AsyncIterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any, Final
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urljoin, urlsplit

import idna

from sealock_connector._egress.failures import EgressDenied
from sealock_connector.errors import Cause, OriginUnreached
from sealock_contract.http_client.connection import Request

Files = Mapping[str, tuple[str, bytes, str]]
"""By form field: a file's name, its bytes and its content type."""
Body = bytes | AsyncIterable[bytes]

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_NOT_IN_VALUES: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_UNSENDABLE: Final = "a header that cannot be sent"
_ESCAPED_IN_FORMS: Final = re.compile(r"[^A-Za-z0-9_.~-]")
_LENGTH: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_METHOD: Final = re.compile(r"[A-Z]{3,16}", re.ASCII)
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_NOT_IN_FORM_NAMES: Final = re.compile(r'["\\\x00-\x1f\x7f]')
MOST_CHARS: Final = 65_536
_LAST_PORT: Final = 65_535
_USUAL_PORTS: Final = {"http": 80, "https": 443}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HOST: Final = re.compile(r"[a-z0-9_.-]{1,255}", re.ASCII)
_AUTHORITY: Final = re.compile(r"(?:\[([^\[\]]*)\]|([^\[\]:@]*))(?::([0-9]{0,5}))?", re.ASCII)
_NOT_IN_PATHS: Final = re.compile(r"[^!$-;=@-_a-z|~]")
_NOT_IN_QUERIES: Final = re.compile(r"[^!$-;=?-~]")


@dataclass(frozen=True, slots=True)
class Address:
    """A URL of http or https, in ASCII: what its parts cannot have is escaped, and what is escaped stays so."""

    scheme: str
    host: str
    """In lower case; names of other scripts as IDNA has them; IPv6 without brackets."""
    port: int
    path: str
    query: str | None = None
    """None where there is no question mark."""

    @classmethod
    def read(cls, text: str) -> Address:
        """
        The URL that a text is.

        Raises `EgressDenied` for what is none, for other schemes, for ports that are none, and for user names.
        """
        try:
            return cls._of(text)
        except ValueError:
            raise EgressDenied("this is not a URL") from None

    @classmethod
    def _of(cls, text: str) -> Address:
        if len(text) > MOST_CHARS or _CONTROL.search(text) or text[:1].isspace():
            raise ValueError("no URL")
        parts = urlsplit(text)
        if parts.scheme not in _USUAL_PORTS:
            raise EgressDenied("only https URLs are allowed")
        if "@" in parts.netloc:
            raise EgressDenied("URLs with a user name are not allowed")
        host, port = _read_authority(parts.netloc)
        query = _escaped(parts.query, _NOT_IN_QUERIES) if "?" in text.partition("#")[0] else None
        path = _escaped(_without_dots(parts.path), _NOT_IN_PATHS) or "/"
        return cls(parts.scheme, host, _USUAL_PORTS[parts.scheme] if port is None else port, path, query)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """The host, and the port if it is not the scheme's, as in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """Path and query, as a request line has them."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return self.scheme, self.host, self.port

    @property
    def parameters(self) -> Mapping[str, str]:
        """The query's parameters, unescaped; of several with one name the first."""
        return dict(reversed(parse_qsl(self.query or "", keep_blank_values=True)))

    def asking(self, parameters: Mapping[str, str | int]) -> Address:
        """The same with these parameters in place of its query; without a query where there are none."""
        query = "&".join([f"{_as_in_forms(name)}={_as_in_forms(str(value))}" for name, value in parameters.items()])
        return Address(self.scheme, self.host, self.port, self.path, query or None)

    def at(self, path: str) -> Address:
        """The same with another path, whose escapes stay, without a query."""
        return replace(self, path=_escaped(_without_dots(path), _NOT_IN_PATHS) or "/", query=None)

    def leading_to(self, location: str) -> Address:
        """Where a redirect from here leads. Raises what `read` raises, and `ValueError` for what is no URL."""
        if _CONTROL.search(location):
            raise ValueError("no URL")
        return Address._of(urljoin(str(self), location.strip()))


def _read_authority(netloc: str) -> tuple[str, int | None]:
    found = _AUTHORITY.fullmatch(netloc)
    if found is None:
        raise ValueError
    bracketed, name, digits = found.groups()
    if bracketed is not None:
        IPv6Address(bracketed)
        host = bracketed.lower()
        if "%" in host:
            raise ValueError
    else:
        host = name.lower() if name.isascii() else idna.encode(name.lower()).decode("ascii")
        if not _HOST.fullmatch(host):
            raise ValueError
    if not digits:
        return host, None
    if not 0 < int(digits) <= _LAST_PORT:
        raise ValueError
    return host, int(digits)


def _escaped(text: str, wrong: re.Pattern[str]) -> str:
    return wrong.sub(lambda found: quote(found[0], safe=""), text) if wrong.search(text) else text


def _as_in_forms(text: str) -> str:
    """As `urlencode` writes it, which takes five times as long where there is nothing to escape."""
    return quote_plus(text) if _ESCAPED_IN_FORMS.search(text) else text


def _without_dots(path: str) -> str:
    """Without `.` and `..` as names of folders."""
    if "/." not in path:
        return path
    kept: list[str] = []
    names = path.split("/")
    for name in names:
        if name == "..":
            if len(kept) > 1:
                kept.pop()
        elif name != ".":
            kept.append(name)
    if names[-1] in {".", ".."}:
        kept.append("")
    return "/".join(kept)


class Headers(Mapping[str, str]):
    """Headers, found by names in upper or lower case."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        """`values` has names in lower case."""
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self._values)}>"


@dataclass(frozen=True, slots=True)
class OriginRequest:
    """A request to an origin, as it is sent."""

    method: str
    url: Address = field(repr=False)
    headers: Headers = field(repr=False)
    body: Body = field(default=b"", repr=False)

    def on_the_wire(self) -> Request:
        """Raises `OriginUnreached` for what no header and no method can have."""
        if not _METHOD.fullmatch(self.method):
            raise OriginUnreached("no such method", cause=Cause.CONNECTION_BROKEN)
        begin = f"{self.method} {self.url.target} HTTP/1.1\r\nhost: {self.url.authority}\r\n"
        head = begin.encode("ascii") + _lines(self.headers)
        if isinstance(self.body, bytes):
            return Request(self.method, head, self.body)
        length = self.headers.get("content-length")
        return Request(self.method, head, self.body, None if length is None else int(length))


def _lines(headers: Mapping[str, str]) -> bytes:
    """The headers' lines, and the empty one."""
    said = []
    for name, value in headers.items():
        if not isinstance(value, str):
            raise TypeError(f"the header {name} is no text")
        if not _is_name(name) or _NOT_IN_VALUES.search(value):
            raise OriginUnreached(_UNSENDABLE, cause=Cause.CONNECTION_BROKEN)
        said.append(f"{name}: {value}\r\n")
    said.append("\r\n")
    try:
        return "".join(said).encode()
    except UnicodeEncodeError:
        raise OriginUnreached(_UNSENDABLE, cause=Cause.CONNECTION_BROKEN) from None


@lru_cache(256)
def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def request_of(
    method: str,
    url: str | Address,
    *,
    usual: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str | int] | None = None,
    auth: tuple[str, str] | None = None,
    json: Any = None,
    data: Mapping[str, str] | None = None,
    files: Files | None = None,
    content: Body | None = None,
) -> OriginRequest:
    """
    The request of a call; `usual` are the headers that it has unless it has others.

    Raises `EgressDenied` for what is no URL that may be called.
    """
    address = url if isinstance(url, Address) else Address.read(url)
    if params is not None:
        address = address.asking(params)
    said = {**usual, **{name.lower(): value for name, value in (headers or {}).items() if name.lower() != "host"}}
    body, kind = _body(json=json, data=data, files=files, content=content)
    if kind:
        said.setdefault("content-type", kind)
    if auth is not None:
        said["authorization"] = f"Basic {b64encode(':'.join(auth).encode()).decode('ascii')}"
    method = method.upper()
    if isinstance(body, bytes):
        said.pop("transfer-encoding", None)
        if body or method in _WITH_BODY:
            said["content-length"] = str(len(body))
        else:
            said.pop("content-length", None)
    elif not _LENGTH.fullmatch(said.get("content-length", "")):
        said["transfer-encoding"] = "chunked"
        said.pop("content-length", None)
    return OriginRequest(method, address, Headers(said), body)


def _body(*, json: Any, data: Mapping[str, str] | None, files: Files | None, content: Body | None) -> tuple[Body, str]:
    """A request's body, and its content type where it has one by itself."""
    if content is not None:
        return content, ""
    if files:
        return _form(data or {}, files)
    if data:
        return urlencode(list(data.items())).encode("ascii"), "application/x-www-form-urlencoded"
    if json is not None:
        said = json_text.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return said.encode(), "application/json"
    return b"", ""


def _form(data: Mapping[str, str], files: Files) -> tuple[bytes, str]:
    boundary = os.urandom(16).hex()
    parts = []
    for name, value in data.items():
        parts.append(f"--{boundary}\r\ncontent-disposition: form-data; name={_quoted(name)}\r\n\r\n".encode())
        parts.append(str(value).encode())
        parts.append(b"\r\n")
    for name, (file_name, content, kind) in files.items():
        if not kind.isprintable():
            raise OriginUnreached("a file's content type cannot be sent", cause=Cause.CONNECTION_BROKEN)
        said = f"content-disposition: form-data; name={_quoted(name)}; filename={_quoted(file_name)}"
        parts.append(f"--{boundary}\r\n{said}\r\ncontent-type: {kind}\r\n\r\n".encode())
        parts.append(content)
        parts.append(b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode("ascii"))
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def _quoted(name: str) -> str:
    """As browsers write names in forms."""
    return '"' + _NOT_IN_FORM_NAMES.sub(lambda found: f"%{ord(found[0]):02X}", name) + '"'
