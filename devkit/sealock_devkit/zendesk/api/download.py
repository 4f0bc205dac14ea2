# SPDX-License-Identifier: Apache-2.0
"""A journal as a file: what the API answers, without a limit and piece by piece."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol, TypeVar

from falcon import MEDIA_JSON
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.store import Part

PIECE = 200


class Numbered(Protocol):
    """A row of a journal."""

    @property
    def id(self) -> int:
        """Its number."""


Row = TypeVar("Row", bound=Numbered)


def is_download(request: Request) -> bool:
    """Whether `download=true` is asked for. Raises falcon's 400."""
    return bool(request.get_param_as_bool("download", default=False))


def send_file(response: Response, name: str, find: Callable[[Part], list[Row]], view: Callable[[Row], Any]) -> None:
    """
    Answer `{"NAME": [...]}` as a file NAME.json, all rows that `find` has, the oldest first.

    Others get their turn between the pieces: a journal may be long.
    """
    response.content_type = MEDIA_JSON
    response.downloadable_as = f"{name}.json"
    response.stream = _pieces(name, find, view)


async def _pieces(name: str, find: Callable[[Part], list[Row]], view: Callable[[Row], Any]) -> AsyncIterator[bytes]:
    yield f'{{"{name}": ['.encode()
    last, between = 0, ""
    while rows := find(Part(PIECE, after=last)):
        yield (between + ", ".join(json.dumps(view(row), ensure_ascii=False) for row in rows)).encode()
        last, between = rows[-1].id, ", "
        await asyncio.sleep(0)
    yield b"]}"
