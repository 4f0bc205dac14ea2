# SPDX-License-Identifier: Apache-2.0
"""All that a connector writes to stderr is a line of its log, also what gRPC and Python would say of strangers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from sealock_devkit.stack.certificates import Authority
from tests.connector.processes import program, until

GARBAGE = (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 5000, b"")


async def say(port: int, words: bytes) -> None:
    """What a stranger says before he hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    if words:
        await reader.read(1)
    writer.close()


async def test_no_stranger_makes_grpc_write_lines_of_its_own(tmp_path: Path):
    pair = Authority(tmp_path).make("connector")
    arguments = ("connector", "guestbook", "--listen", "127.0.0.1:0")
    files = ("--tls-cert", pair.certificate, "--tls-key", pair.key, "--any-caller")
    async with program(*arguments, *files, module="sealock_contract.command") as connector:
        await connector.serving()
        for words in GARBAGE:
            async with asyncio.timeout(30):
                await say(connector.port, words)
        connector.terminate()
        assert await connector.ended() == 0
    await until(lambda: bool(connector.lines))
    assert [line for line in connector.lines if not line.startswith("{")] == []
    assert {json.loads(line)["level"] for line in connector.lines} <= {"info", "warning"}
