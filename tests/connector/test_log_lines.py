# SPDX-License-Identifier: Apache-2.0
"""What a served connector writes to its log."""

from __future__ import annotations

import asyncio
import json
import sys

CANARY = "canary-6161"


PROGRAM = f"""
import asyncio, logging
from sealock_connector._telemetry import log_to
from sealock_connector.egress import origin_client
from ipaddress import ip_network

async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 -\\r\\nset-cookie: {CANARY}\\r\\ncontent-length: 0\\r\\n\\r\\n")
    writer.close()

async def fail():
    raise ValueError("{CANARY}")

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with origin_client(allowed_networks=[ip_network("127.0.0.0/8")]) as client:
        await client.get(f"http://127.0.0.1:{{port}}/?token={CANARY}", headers={{"authorization": "{CANARY}"}})
    asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

log_to(level="debug")
logging.getLogger("mine").debug("the author's own line")
asyncio.run(main())
"""


async def test_no_library_logs_a_secret_even_when_everything_is_logged():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    lines = [json.loads(each) for each in errors.decode().splitlines()]
    assert process.returncode == 0
    assert {"the author's own line", "Task exception was never retrieved"} <= {each["message"] for each in lines}
    assert CANARY not in errors.decode()
