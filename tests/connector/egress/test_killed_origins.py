# SPDX-License-Identifier: Apache-2.0
"""An origin that is killed between a request and its answer, while connections are kept: nothing is posted twice."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from sealock_connector import OriginUnavailable, OriginUnreached
from sealock_connector.egress import origin_client

LOOPBACK = (ip_network("127.0.0.0/8"),)
ORIGIN = """
import asyncio, os, signal, sys

async def serve(reader, writer):
    while True:
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        method, target = head.decode().split()[:2]
        _, found, rest = head.decode().lower().partition("content-length:")
        length = int(rest.split()[0]) if found else 0
        await reader.readexactly(length)
        with open(sys.argv[2], "a") as kept:
            kept.write(f"{method} {target}\\n")
        if target == "/die":
            os.kill(os.getpid(), signal.SIGKILL)
        writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n{}")

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


@asynccontextmanager
async def origin(kept: Path, port: int = 0) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A process that writes down what comes, and kills itself when it is asked to."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORIGIN, str(port), str(kept), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process, int(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_was_sent_to_an_origin_that_was_killed_is_not_sent_to_the_one_that_takes_its_place(
    tmp_path: Path, method: str
) -> None:
    kept = tmp_path / "kept"
    async with origin_client(allowed_networks=LOOPBACK) as client:
        async with origin(kept) as (process, port):
            url = f"http://127.0.0.1:{port}"
            await asyncio.gather(*(client.get(f"{url}/warm") for _ in range(5)))
            with pytest.raises(OriginUnavailable) as raised:
                await client.request(method, f"{url}/die", json={"text": "once"})
            assert not isinstance(raised.value, OriginUnreached)
            assert await process.wait() == -signal.SIGKILL
        async with origin(kept, port):
            await client.get(f"{url}/after")
            await asyncio.gather(*(client.request(method, f"{url}/new", json={}) for _ in range(5)))
    came = kept.read_text().splitlines()
    assert came.count(f"{method} /die") == 1
    assert came.count(f"{method} /new") == 5
    assert came.count("GET /after") == 1


async def test_a_get_goes_on_at_the_origin_that_takes_a_killed_one_s_place(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    async with origin_client(allowed_networks=LOOPBACK) as client:
        async with origin(kept) as (process, port):
            url = f"http://127.0.0.1:{port}"
            await client.get(url)
            process.kill()
            await process.wait()
        async with origin(kept, port):
            assert (await client.get(f"{url}/after")).is_success
