# SPDX-License-Identifier: Apache-2.0
"""The whole stack, as real processes."""

import asyncio
import signal
import sys
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from sealock_devkit.stack.demo_origin import load_demo_origin
from sealock_devkit.stack.process import Process, ProcessFailed
from sealock_devkit.stack.stack import Options, Stack
from sealock_devkit.stack.zendesk_client import ZendeskRefused

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory):
    """A running system with https and mTLS, which the tests of this file share."""
    options = Options(tls=True, edges=2, connectors=2)
    async with Stack(tmp_path_factory.mktemp("stack"), options=options) as running_stack:
        yield running_stack


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def integration(stack):
    return await stack.zendesk.install(stack.manifest_url())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def account(stack, integration):
    return await stack.zendesk.add_account(integration, stack.origin.account_answers)


def descendants(pid):
    """The ids of a process's children, their children, and so on."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = status.read_text().partition(" ")
            parent = int(rest.rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            found += [int(number), *descendants(int(number))]
    return found


def running(pids):
    return {pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in state_of(pid)}


def state_of(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


async def all_gone(pids, within=30):
    deadline = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < deadline:
        if not running(pids):
            return True
        await asyncio.sleep(0.1)
    return False


@IN_ONE_LOOP
async def test_what_the_admin_pages_object_to_is_told(stack, integration):
    (answers,) = stack.origin.account_answers
    with pytest.raises(ZendeskRefused, match="does not take this token"):
        await stack.zendesk.add_account(integration, [{**answers, "token": "somebody-elses-4711"}])


@IN_ONE_LOOP
async def test_a_comment_becomes_a_ticket_and_a_reply_goes_back_over_tls(stack, account):
    assert stack.edge.url.startswith("https://")
    entry = await stack.origin.write_comment("Anna", "Hello")
    await stack.zendesk.pull(account)
    (ticket,) = await stack.zendesk.tickets(account)
    reply = await stack.zendesk.reply(ticket, "Welcome")
    assert reply["status"] == "delivered"
    posts = await stack.origin.posts()
    assert [(post.text, post.answer_to, post.by_agent) for post in posts] == [
        ("Hello", "", False),
        ("Welcome", entry, True),
    ]
    assert await stack.zendesk.violations() == []


@IN_ONE_LOOP
async def test_programs_can_be_killed_stopped_and_started_again(stack, account):
    before = await stack.zendesk.tickets(account)
    for connector in stack.connectors:
        await stack.kill(connector)
        assert connector.process.exit_code == -signal.SIGKILL
    for connector in stack.connectors:
        await stack.restart(connector)
    assert await stack.stop(stack.edges[1]) == 0
    await stack.restart(stack.edges[1])
    await stack.origin.write_comment("Anna", "Hello again")
    await stack.zendesk.pull(account)
    assert len(await stack.zendesk.tickets(account)) == len(before) + 1


async def test_a_stack_leaves_no_process_behind(tmp_path):
    async with Stack(tmp_path) as stack:
        members = (stack.zendesk_server, stack.edge, stack.connector)
        pids = [member.process.pid for member in members]
        pids += [child for pid in pids for child in descendants(pid)]
        assert len(pids) > len(members)
    assert running(pids) == set()


async def test_a_killed_demo_leaves_no_process_behind(tmp_path):
    shown = []
    command = [str(Path(sys.executable).with_name("sealock")), "demo"]
    demo = Process("demo", command, log=tmp_path / "demo.log", echo=shown.append)
    await demo.start()

    async def invites():
        return any("Ctrl-C" in line for line in shown)

    await demo.ready(invites, within=90)
    children = descendants(demo.pid)
    assert len(children) >= 4
    demo.send(signal.SIGKILL)
    assert await all_gone(children)
    await demo.kill()


async def test_a_stack_whose_program_does_not_start_stops_the_others_and_shows_the_log(tmp_path):
    origin = load_demo_origin("guestbook")
    with pytest.raises(ProcessFailed, match=r"connector-guestbook-1 ended with 2(.|\n)*--no-such-option"):
        async with Stack(tmp_path, origin=origin, options=Options(connector_options=("--no-such-option",))):
            pass
    async with httpx2.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx2.ConnectError):
            await http.get(origin.url)
