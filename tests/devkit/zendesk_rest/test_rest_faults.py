# SPDX-License-Identifier: Apache-2.0
"""Faults on the calls that a service makes: what it is answered, and what was done all the same."""

from __future__ import annotations

import asyncio

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, resource

CALLS = {
    "push": ("push", {"external_resources": [resource("p1")]}),
    "validate_token": ("validate_token", {}),
    "report_error": ("channelback/report_error", {"external_id": "reply-1"}),
}


@pytest.fixture
async def replied(zendesk, service, rest):
    """A delivered reply with a file."""
    await rest.push(resource("c1"))
    await zendesk.settled(zendesk.reply(1, "answer"))


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(("fault", "status"), [("lose answer", 504), ("drop", 502), ("delay", 200)])
async def test_a_fault_hits_a_call_of_the_service(zendesk, rest, replied, kind, fault, status):
    seconds = 0.2 if fault == "delay" else 0
    zendesk.faults.switch_on({"call": kind, "kind": fault, "seconds": seconds})
    started = asyncio.get_running_loop().time()
    answer = await rest.call(*CALLS[kind])
    assert (answer.status_code, asyncio.get_running_loop().time() - started >= seconds) == (status, True)
    (call,) = [each for each in zendesk.store.calls.all(kind=kind) if each.fault]
    problems = {"lose answer": "answer lost", "drop": "the call was dropped", "delay": ""}
    assert (call.fault, call.problem) == (fault, problems[fault])
    done = {
        "push": len(zendesk.tickets()) == 2,
        "report_error": zendesk.store.replies.count("failed") == 1,
        "validate_token": fault != "drop",
    }
    assert done[kind] == (fault != "drop"), "what was answered in vain was done"
    assert (await rest.call(*CALLS[kind])).status_code == 200


async def test_a_push_that_is_repeated_because_its_answer_was_lost_brings_nothing_twice(zendesk, rest):
    zendesk.faults.switch_on({"call": "push", "kind": "lose answer"})
    assert (await rest.push(resource("p1"))).status_code == 504
    again = await rest.push(resource("p1"))
    assert again.json["results"][0]["status"] == {"code": "already_imported"}
    assert len(zendesk.tickets()) == 1


@pytest.mark.parametrize(("fault", "status"), [("lose answer", 504), ("drop", 502), ("delay", 200)])
async def test_a_fault_hits_a_file_that_the_service_fetches(zendesk, service, rest, fault, status):
    from sealock_devkit.zendesk.engine.files import NewFile

    service.manifest["channelback_files"] = True
    await zendesk.installer.read_again(rest.account.integration_id)
    await rest.push(resource("c1"))
    await zendesk.settled(zendesk.reply(1, "answer", files=[NewFile("a.txt", "text/plain", b"a")]))
    zendesk.faults.switch_on({"call": "attachment", "kind": fault, "seconds": 0.01})
    path = service.calls(CHANNELBACK)[0]["file_urls[]"].partition(".com")[2]
    for expected in (status, 200):
        answer = await rest.conductor.simulate_get(path.partition("?")[0], host="127.0.0.1")
        assert answer.status_code == expected
    assert [call.fault for call in zendesk.store.calls.all(kind="attachment")] == [fault, ""]
