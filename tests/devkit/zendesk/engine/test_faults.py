# SPDX-License-Identifier: Apache-2.0
"""Each fault on each kind of call of the service: what arrives there, and what the journal says."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from sealock_devkit.zendesk.browser.clickthrough import NoClickthrough
from sealock_devkit.zendesk.engine.events import another_order
from sealock_devkit.zendesk.engine.faults import CALLS, EXPLAINED, BadFault, Faults, Kind, possible
from sealock_devkit.zendesk.engine.installation import ManifestRefused
from sealock_devkit.zendesk.store.journal import TO_SERVICE
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import ADMIN, CHANNELBACK, EVENTS, PULL, resource

FILE = "/files/a.png"
PATHS = {
    "manifest": "/manifest.json",
    "admin_ui": ADMIN,
    "pull": PULL,
    "channelback": CHANNELBACK,
    "event_callback": EVENTS,
    "file": FILE,
    "healthcheck": "/healthcheck",
    "clickthrough": "/clickthrough",
}


async def make(zendesk: LocalZendesk, service, account, kind: str) -> None:
    """Let Zendesk make one call of this kind, however it ends."""
    integration = zendesk.store.integrations.get(account.integration_id)
    with suppress(AdminStopped, ManifestRefused, NoClickthrough):
        if kind == "manifest":
            await zendesk.installer.read_again(integration.id)
        elif kind == "admin_ui":
            await zendesk.add_account(integration, [service.good_answers])
        elif kind == "pull":
            await zendesk.pull(account.id)
        elif kind == "channelback":
            zendesk.reply(1, "answer")
        elif kind == "event_callback":
            zendesk.lifecycle.deactivate(account, "api")
        elif kind == "file":
            service.resources = [resource("f1", file_urls=[f"{service.url}{FILE}"])]
            await zendesk.pull(account.id)
        elif kind == "healthcheck":
            await zendesk.healthcheck(integration)
        else:
            await zendesk.open_link(zendesk.store.tickets.comments(1)[0])
    await zendesk.wait_until(zendesk.is_idle)


@pytest.fixture
async def ready(zendesk, service, account):
    """A ticket is there; a reply is sent once only, so that one fault has one effect."""
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    zendesk.change_settings({"channelback_retries": 0})
    await zendesk.wait_until(zendesk.is_idle)
    return account


@pytest.mark.parametrize("kind", TO_SERVICE)
@pytest.mark.parametrize("fault", ["lose answer", "delay", "duplicate", "drop"])
async def test_a_fault_hits_a_call(zendesk, service, ready, kind, fault):
    arrived, recorded = len(service.calls(PATHS[kind])), len(zendesk.store.calls.all(kind=kind, limit=1000))
    seconds = 0.2 if fault == "delay" else 0
    zendesk.faults.switch_on({"call": kind, "kind": fault, "seconds": seconds})
    started = asyncio.get_running_loop().time()
    await make(zendesk, service, ready, kind)
    assert asyncio.get_running_loop().time() - started >= seconds
    forms = service.calls(PATHS[kind])[arrived:]
    hit = [call for call in zendesk.store.calls.all(kind=kind, limit=1000)[recorded:] if call.fault]
    assert {call.fault for call in hit} == {fault}
    if fault == "duplicate":
        assert (len(hit), len(forms), forms[0]) == (2, 2, forms[-1])
    else:
        assert (len(hit), len(forms)) == (1, 0 if fault == "drop" else 1)
    problems = {"lose answer": "answer lost", "drop": "network error (dropped)"}
    assert {call.problem for call in hit} == {problems.get(fault, "")}
    assert zendesk.faults.as_dicts() == []
    (used_up,) = zendesk.faults.used_up()
    assert (used_up["kind"], used_up["times"], used_up["hits"]) == (fault, 0, 1)


EFFECTS = [
    ("pull", "lose answer", "answer lost"),
    ("pull", "drop", "network error (dropped)"),
    ("pull", "delay", ""),
    ("pull", "duplicate", ""),
]


@pytest.mark.parametrize(("kind", "fault", "problem"), EFFECTS)
async def test_a_pull_whose_answer_is_lost_leaves_the_state_as_it_was(zendesk, service, ready, kind, fault, problem):
    service.state = "next"
    zendesk.faults.switch_on({"call": kind, "kind": fault, "seconds": 0.01})
    await zendesk.pull(ready.id)
    account = zendesk.store.accounts.get(ready.id)
    assert (account.last_problem, account.state) == (problem, "state-1" if problem else "next")


def test_what_makes_no_sense_is_refused_and_says_what_does():
    for call in CALLS:
        for kind in EXPLAINED:
            request = {"call": call, "kind": kind, "seconds": 1}
            if kind in possible(call):
                Faults().switch_on(request)
            else:
                with pytest.raises(BadFault, match=f"what can happen to {call}: "):
                    Faults().switch_on(request)
    assert {call for call in CALLS if "reorder" in possible(call)} == {"event_callback"}
    assert "duplicate" not in possible("push")


def test_every_fault_is_explained():
    assert set(EXPLAINED) == set(Kind.__args__)
    with pytest.raises(BadFault, match="seconds of a delay is more than 0"):
        Faults().switch_on({"call": "pull", "kind": "delay"})


def test_those_who_look_are_told_when_a_fault_is_used_up():
    announced = []
    faults = Faults(lambda: announced.append(len(faults.as_dicts())))
    for _ in range(7):
        faults.switch_on({"call": "pull", "kind": "drop"})
        faults.take("pull")
    assert announced == [1, 0] * 7
    assert [each["id"] for each in faults.used_up()] == [3, 4, 5, 6, 7]


def test_one_fault_is_switched_off_by_its_number():
    faults = Faults()
    first, second = (faults.switch_on({"call": "pull", "kind": "drop", "times": 2}) for _ in range(2))
    faults.switch_off(first.id)
    faults.switch_off(99)
    assert [each["id"] for each in faults.as_dicts()] == [second.id]
    assert faults.used_up() == []


async def events_in_batches(tmp_path, service, name: str, seed: int, times: int = -1) -> list[list[str]]:
    """What arrives, call by call, when seven events wait and a call carries three."""
    begun = len(service.calls(EVENTS))
    settings = QUICK.changed({"event_window_seconds": 3600, "event_batch": 3})
    async with LocalZendesk(tmp_path / name, settings) as zendesk:
        integration = await zendesk.install(service.manifest_url)
        await zendesk.events.flush()
        account = await zendesk.add_account(integration, [service.good_answers])
        await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)
        await zendesk.events.flush()
        begun = len(service.calls(EVENTS))
        for number in range(7):
            integration = zendesk.store.integrations.get(integration.id)
            zendesk.events.add(integration, "channelback", {"request_id": str(number)})
        zendesk.faults.switch_on({"call": "event_callback", "kind": "reorder", "seed": seed, "times": times})
        await zendesk.events.flush()
        assert zendesk.is_idle()
        assert zendesk.store.events.waiting_count() == 0
        carried = [
            [json.loads(event.body)["data"]["request_id"] for event in zendesk.store.events.of_call(call.id)]
            for call in zendesk.store.calls.all(kind="event_callback")
            if call.fault == "reorder"
        ]
    batches = [
        [event["data"]["request_id"] for event in json.loads(form["json"])["events"]]
        for form in service.calls(EVENTS)[begun:]
    ]
    assert carried == batches[: len(carried)]
    return batches


async def test_events_come_in_another_order_and_their_calls_overtake_each_other_the_same_way_each_time(
    tmp_path, service
):
    once, again = [await events_in_batches(tmp_path, service, name, seed=1) for name in ("a", "b")]
    assert once == again
    happened = [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert sorted(map(sorted, once)) == happened, "nothing is lost, and a call carries what it would have carried"
    assert [sorted(batch) for batch in once] != happened
    assert all(batch != sorted(batch) for batch in once if len(batch) > 1)
    others = {str(await events_in_batches(tmp_path, service, f"s{seed}", seed=seed)) for seed in range(2, 6)}
    assert others - {str(once)}


async def test_as_many_calls_are_reordered_as_the_fault_has(tmp_path, service):
    first, *rest = await events_in_batches(tmp_path, service, "a", seed=1, times=1)
    assert (sorted(first), first == sorted(first)) == (["0", "1", "2"], False)
    assert rest == [["3", "4", "5"], ["6"]]


async def test_with_seconds_a_reordered_call_waits_for_more_events(zendesk, service, account):
    zendesk.change_settings({"event_window_seconds": 0})
    zendesk.faults.switch_on({"call": "event_callback", "kind": "reorder", "seconds": 0.3})
    for _ in range(2):
        account = zendesk.lifecycle.activate(zendesk.lifecycle.deactivate(account, "api"))
        await asyncio.sleep(0)
    await zendesk.wait_until(zendesk.is_idle)
    call = zendesk.store.calls.all(kind="event_callback")[-1]
    assert (call.fault, len(zendesk.store.events.of_call(call.id))) == ("reorder", 4)


async def test_a_reordered_call_may_be_hit_by_another_fault_too(zendesk, service, account):
    zendesk.faults.switch_on({"call": "event_callback", "kind": "reorder"})
    zendesk.faults.switch_on({"call": "event_callback", "kind": "drop"})
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert zendesk.store.calls.all(kind="event_callback")[-1].fault == "reorder, drop"
    assert zendesk.store.events.all(1)[0].status == "failed"


@pytest.mark.parametrize("count", range(9))
def test_another_order_is_another_one_and_loses_nothing(count):
    items = list(range(count))
    mixed = another_order(items, "seed")
    assert sorted(mixed) == items
    assert (mixed != items) == (count > 1)
