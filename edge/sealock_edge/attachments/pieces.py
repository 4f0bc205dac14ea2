# SPDX-License-Identifier: Apache-2.0
"""Files as the contract carries them: a start for each, then its chunks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from sealock.connector.v1.channelback_pb2 import ChannelbackRequest, FileStart
from sealock_contract.limits import CHUNK_BYTES
from sealock_edge.attachments.fetcher import AttachmentFetcher, Fetching


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
