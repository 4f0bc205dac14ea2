# SPDX-License-Identifier: Apache-2.0
"""Makes the doctor's calls: no redirect is followed, no proxy or cookie used, and nothing is waited for long."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx2

SECONDS = 15.0
"""How long an answer may take, its body included."""
MAX_BYTES = 262_145
"""What is read of an answer."""
AGENT = "sealock doctor"


class Unreached(Exception):
    """No answer came. The message says why, without the address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the integration, whatever its status."""

    status: int
    headers: httpx2.Headers = field(repr=False)
    body: bytes = field(repr=False)
    """At most `MAX_BYTES` of it."""
    seconds: float

    @property
    def seen(self) -> str:
        """Status and time, for people."""
        return f"HTTP {self.status} in {self.seconds * 1000:.0f} ms"


class DoctorClient:
    """A client of the integration, which waits so many seconds for each answer. Use it as a context manager."""

    def __init__(self, trust: ssl.SSLContext, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._client = httpx2.Client(verify=trust, trust_env=False, timeout=seconds, headers={"user-agent": AGENT})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, url: str, params: Mapping[str, str] | None = None) -> Answer:
        """GET, with `params` added to the URL's own. Raises `Unreached`."""
        return self._call("GET", url, params=params)

    def post_form(self, url: str, form: Mapping[str, str]) -> Answer:
        """POST a form as Zendesk does, an empty one too. Raises `Unreached`."""
        return self._call("POST", url, data=dict(form), headers={"content-type": "application/x-www-form-urlencoded"})

    def post_json(self, url: str, body: Any) -> Answer:
        """POST JSON. Raises `Unreached`."""
        return self._call("POST", url, json=body)

    def _call(self, method: str, url: str, *, params: Mapping[str, str] | None = None, **content: Any) -> Answer:
        started = time.monotonic()
        body = bytearray()
        try:
            whole = httpx2.URL(url).copy_merge_params(dict(params)) if params else url
            with self._client.stream(method, whole, follow_redirects=False, **content) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) >= MAX_BYTES:
                        break
                    if time.monotonic() - started > self._seconds:
                        raise Unreached(f"no whole answer in {self._seconds:g} seconds")
        except httpx2.TimeoutException:
            raise Unreached(f"no answer in {self._seconds:g} seconds") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise Unreached(f"no answer ({type(error).__name__})") from None
        self._client.cookies.clear()
        return Answer(response.status_code, response.headers, bytes(body[:MAX_BYTES]), time.monotonic() - started)
