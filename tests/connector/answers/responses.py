# SPDX-License-Identifier: Apache-2.0
"""Answers of origins, as the client gives them."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

API = "https://site.example/wp-json/wp/v2/comments"


def answer(
    content: bytes | str = b"",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    url: str = API,
    asked: str = "",
    sent: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """An answer; with `asked`, one that came after a redirect from there."""
    given = httpx2.Response(
        status,
        headers=headers,
        content=content.encode() if isinstance(content, str) else content,
        request=httpx2.Request(method, url, headers=sent),
    )
    if asked:
        redirect = httpx2.Response(301, headers={"location": url}, request=httpx2.Request(method, asked, headers=sent))
        given.history = [redirect]
    return given
