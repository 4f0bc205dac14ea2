# SPDX-License-Identifier: Apache-2.0
"""A Valkey (or Redis 7) that processes share: connections to it, and whether it keeps what it is given."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from valkey.asyncio import BlockingConnectionPool, SSLConnection, Valkey
from valkey.asyncio.retry import Retry
from valkey.backoff import ExponentialBackoff
from valkey.credentials import CredentialProvider
from valkey.exceptions import ConnectionError, NoPermissionError, ReadOnlyError  # noqa: A004

_TLS: Final = "valkeys"
_PORT: Final = 6379
_CONNECTIONS: Final = 16
_RETRIES: Final = 2
"""So often a command is asked again whose answer did not come: none may change anything the second time."""


def pool_of(
    url: str, *, seconds: float, password_file: Path | None = None, ca_file: Path | None = None
) -> BlockingConnectionPool:
    """
    Connections to `valkey://[USER@]HOST[:PORT][/DATABASE]`, or `valkeys://` for TLS.

    A connection, an answer and a free connection are each waited for `seconds`. The password is the first line of
    `password_file`, read anew for each connection. `ca_file` is the authority of the server's certificate, in PEM;
    without it the system's are trusted.
    """
    parts = urlsplit(url)
    settings: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port or _PORT,
        "db": int(parts.path.strip("/") or 0),
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "socket_keepalive": True,
        "retry": Retry(cast("Any", ExponentialBackoff)(cap=0.5, base=0.05), _RETRIES),
        "retry_on_timeout": True,
        "retry_on_error": [ConnectionError, ReadOnlyError, OSError],
    }
    if password_file is not None:
        settings["credential_provider"] = _FromFile(parts.username, password_file)
    if parts.scheme == _TLS:
        settings |= {"connection_class": _Encrypted, "ca_file": ca_file}
    return BlockingConnectionPool(max_connections=_CONNECTIONS, timeout=cast("Any", seconds), **settings)


async def may_forget(client: Valkey, *, seconds: float) -> bool:
    """
    Whether the server drops what it was given where its memory is full; False where its user may not ask.

    It answers within so many seconds. Raises `ValkeyError` and `OSError`.
    """
    try:
        async with asyncio.timeout(seconds):
            memory = await client.info("memory")
    except NoPermissionError:
        return False
    return bool(memory.get("maxmemory_policy", "noeviction") != "noeviction")


class _FromFile(CredentialProvider):
    """Name and password for a new connection: the file may have changed since the last one."""

    def __init__(self, user: str | None, file: Path) -> None:
        self._user = user
        self._file = file

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        try:
            password = self._file.read_text().partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError):
            raise ConnectionError("the password cannot be read") from None
        return (self._user, password) if self._user else (password,)


class _Encrypted(SSLConnection):
    """A connection that trusts the given authority and no other; its file may have changed since the last one."""

    def __init__(self, *, ca_file: Path | None, **settings: Any) -> None:
        super().__init__(**settings)
        self.ssl_context.context = ssl.create_default_context(cafile=ca_file)
