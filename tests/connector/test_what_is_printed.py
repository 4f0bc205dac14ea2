# SPDX-License-Identifier: Apache-2.0
"""No value and no log line prints a secret, and the tools for tests tell what they should."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from sealock_connector import (
    Account,
    Done,
    Event,
    Form,
    Pull,
    Redirect,
    Reply,
    SetupStep,
    WebhookRequest,
)
from sealock_connector.testing import File, PulledPage

CANARY = "canary-3310"
SECRETS = {"token": CANARY}
ACCOUNT = Account("id", SECRETS)

VALUES = [
    ACCOUNT,
    Pull(ACCOUNT, b"", renewals=[SECRETS]),
    Reply(ACCOUNT, "key", "message", renewals=[SECRETS]),
    SetupStep("id", answers=SECRETS, account=ACCOUNT, session=CANARY.encode(), callback_query=SECRETS,
              callback_state=CANARY),
    Form("s", "t", (), session=CANARY.encode()),
    Redirect("s", f"https://x/?state={CANARY}", session=CANARY.encode()),
    Done("name", SECRETS),
    WebhookRequest("POST", "", "", (("signature", CANARY),), CANARY.encode()),
    Event("x", None, "s", ACCOUNT, data=SECRETS),
    PulledPage((), CANARY.encode(), account=SECRETS),
    File("a", "b", CANARY.encode()),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_prints_without_its_secrets(value):
    assert CANARY not in repr(value) + str(value) + f"{value}"


def test_an_account_gives_its_values_and_their_bytes():
    assert (ACCOUNT["token"], ACCOUNT.get("other", 1)) == (CANARY, 1)
    assert ACCOUNT.dump() == b'{"token":"canary-3310"}'


GUARDED = """
import asyncio, contextlib, socket
from sealock_connector.testing import LeftTheMachine, network_guard

async def loopback():
    listening = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
    writer.close()
    listening.close()

def outside():
    socket.create_connection(("192.0.2.1", 80), timeout=0.1)

async def swallowed():
    with contextlib.suppress(BaseException):
        await asyncio.open_connection("192.0.2.1", 80)

def left(action):
    try:
        with network_guard():
            action()
    except LeftTheMachine as error:
        return str(error)

assert left(lambda: asyncio.run(loopback())) is None
assert left(outside) == "a test tried to connect to 192.0.2.1"
assert left(lambda: asyncio.run(swallowed())) == "a test tried to connect to 192.0.2.1"
with network_guard(), network_guard():
    asyncio.run(loopback())
"""


async def test_the_guard_fails_whatever_leaves_the_machine():
    """In a process of its own, because these tests have a guard already."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", GUARDED, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


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
