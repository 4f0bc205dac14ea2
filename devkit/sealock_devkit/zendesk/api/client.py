# SPDX-License-Identifier: Apache-2.0
"""Talks to a running local Zendesk: what the command line and the demo use."""

from __future__ import annotations

import json
from typing import IO, Any

SECONDS = 150


class ZendeskSaysNo(Exception):
    """The local Zendesk refused, or does not answer. The message says why; `answer` is what it sent."""

    def __init__(self, message: str, answer: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.answer = answer or {}


class ZendeskClient:
    """The JSON API at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    @property
    def url(self) -> str:
        """Where it is."""
        return self._url

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read something. Raises `ZendeskSaysNo`."""
        return self._call("GET", path, params=params)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Make or do something. Raises `ZendeskSaysNo`."""
        return self._call("POST", path, json=body)

    def patch(self, path: str, **body: Any) -> dict[str, Any]:
        """Change something. Raises `ZendeskSaysNo`."""
        return self._call("PATCH", path, json=body)

    def delete(self, path: str) -> dict[str, Any]:
        """Delete something. Raises `ZendeskSaysNo`."""
        return self._call("DELETE", path, json={})

    def save(self, path: str, file: IO[bytes], **params: Any) -> None:
        """Write what is answered into a file. Raises `ZendeskSaysNo`."""
        import httpx2  # noqa: PLC0415 - `sealock --help` does not need it

        try:
            with (
                httpx2.Client(trust_env=False, timeout=SECONDS) as client,
                client.stream("GET", f"{self._url}/api/{path}", params=params) as answer,
            ):
                if answer.status_code >= 400:
                    raise ZendeskSaysNo(str(json.loads(answer.read()).get("error", f"HTTP {answer.status_code}")))
                for piece in answer.iter_bytes():
                    file.write(piece)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise self._silence() from None

    def _silence(self) -> ZendeskSaysNo:
        return ZendeskSaysNo(f"no local Zendesk answers at {self._url}; start one with: sealock zendesk")

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        import httpx2  # noqa: PLC0415 - `sealock --help` does not need it

        try:
            with httpx2.Client(trust_env=False, timeout=SECONDS) as client:
                answer = client.request(method, f"{self._url}/api/{path}", **options)
            body = answer.json() if answer.content else {}
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise self._silence() from None
        if answer.status_code >= 400:
            raise ZendeskSaysNo(str(body.get("error", f"HTTP {answer.status_code}")), body)
        return dict(body)
