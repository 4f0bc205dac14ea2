# SPDX-License-Identifier: Apache-2.0
"""No value prints a secret, and the tools for tests tell what they should."""

from __future__ import annotations

import asyncio
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
    Pull(ACCOUNT, b"", [SECRETS]),
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
