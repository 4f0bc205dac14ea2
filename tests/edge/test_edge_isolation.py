# SPDX-License-Identifier: Apache-2.0
"""One integration's trouble is nobody else's, and no secret is in anything that the edge says."""

from __future__ import annotations

import asyncio
import json

import grpc
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.connector.v1.setup_pb2 import SetupDone, SetupField, SetupFieldKind, SetupForm, SetupResponse
from tests.edge.admin_pages import open_set_up
from tests.edge.edge_under_test import MovedClock, add_key, build, settings, under_test
from tests.edge.scripted_connector import BareCode, Hang, Refusal, ScriptedConnector
from tests.edge.serving import until


async def test_a_connector_that_is_down_touches_nobody_else(edge, connector):
    connector.script("Pull", PullResponse())
    foreign = edge.metadata(integration_id="org.example.other")

    down = await edge.post("pull", {"metadata": foreign, "state": ""}, integration="other")

    assert (down.status_code, down.headers["retry-after"]) == (503, "30")
    assert (await edge.pull()).status_code == 200

    async def known() -> bool:
        ready = await edge.internal.simulate_get("/readyz")
        assert ready.status_code == 200
        return ready.json["integrations"]["other"] == {"ready": False, "cause": "NOTHING_LISTENS"}

    await until(known)
    assert (await edge.internal.simulate_get("/livez")).status_code == 200


async def test_a_connector_that_hangs_touches_nobody_else(connector, tmp_path):
    clock = MovedClock()
    add_key(tmp_path / "keys", clock)
    async with ScriptedConnector() as hanging:
        hanging.script("Pull", Hang())
        connector.script("Pull", PullResponse())
        tables = settings(connector.target, pull_seconds=1.5)
        tables["integrations"]["other"]["target"] = hanging.target
        built, ring, log = build(tables, tmp_path / "keys", clock)
        edge = under_test(built, ring, tmp_path / "keys", clock, log)
        async with edge.client:
            foreign = edge.metadata(integration_id="org.example.other")
            fields = {"metadata": foreign, "state": ""}
            stuck = [asyncio.create_task(edge.post("pull", fields, integration="other")) for _ in range(50)]
            await until(lambda: len(hanging.seen("Pull")) >= 50, 20)

            assert (await edge.pull()).status_code == 200
            assert not any(task.done() for task in stuck)
            assert {answer.status_code for answer in await asyncio.gather(*stuck)} == {503}


@pytest.mark.parametrize("integration", ["guestbook", "other"])
async def test_a_broken_key_directory_changes_nothing_until_it_is_mended(edge, connector, integration):
    connector.script("Pull", PullResponse())
    metadata = edge.metadata()
    for key in edge.keys.glob("*.key"):
        key.rename(key.with_suffix(".gone"))
    edge.ring.refresh()

    assert (await edge.pull(metadata)).status_code == 200
    ready = await edge.internal.simulate_get("/readyz")
    assert (ready.status_code, ready.json["key_ring"] != "ok") == (200, True)
    assert await edge.metric("sealock_edge_key_ring_good") == 0


async def test_a_draining_edge_is_not_ready_but_still_answers(edge, connector):
    connector.script("Pull", PullResponse())
    edge.edge.draining.begun = True

    assert (await edge.internal.simulate_get("/readyz")).status_code == 503
    assert (await edge.internal.simulate_get("/livez")).status_code == 200
    answer = await edge.pull()
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")


async def test_metrics_tell_when_a_key_last_opened_something(edge, connector):
    connector.script("Pull", PullResponse())
    metadata = edge.metadata()
    [key] = [key.id for key in edge.ring.keys]
    name = f'sealock_key_last_opened_timestamp_seconds{{key="{key}"}}'
    assert await edge.metric(name) == 0

    await edge.pull(metadata)

    assert abs(await edge.metric(name) - edge.clock().timestamp()) < 60
    assert abs(await edge.metric("sealock_edge_start_timestamp_seconds") - edge.clock().timestamp()) < 120


SECRET_FIELD = SetupField(name="password", label="Password", kind=SetupFieldKind.SETUP_FIELD_KIND_SECRET)
FORM = SetupForm(step_id="s", fields=[SECRET_FIELD], session=b"canary-session")
FAILURES = [
    Refusal(Reason.REASON_INTERNAL, message_for_agent="canary-sentence"),
    BareCode(grpc.StatusCode.INTERNAL, "canary-words"),
    b"\xff canary-garbage",
]


async def everything(edge, connector) -> list[str]:
    """Every endpoint, well and badly used; all texts that came out."""
    results = []
    connector.script("Setup", SetupResponse(form=FORM))
    page = await open_set_up(edge, metadata=edge.metadata(), name="x")
    results.append(page.result.text)
    results.append((await page.submit(edge, password="canary-typed")).result.text)
    connector.script("Setup", SetupResponse(done=SetupDone(account_name="x", account=b"canary-account")))
    results.append((await page.submit(edge, password="canary-typed")).result.text)
    results.append((await edge.pull(state=edge.state(b"canary-state"))).text)
    results.append((await edge.channelback(message="canary-message")).text)
    results.append((await edge.channelback(message="canary-message", metadata="canary-metadata")).text)
    results.append((await edge.get("clickthrough", params={"external_id": "canary-id"})).text)
    events = json.dumps({"events": [{"type_id": "canary-kind", "data": {"metadata": "canary-metadata"}}]}).encode()
    headers = {"Content-Type": "application/json"}
    results.append((await edge.post("event_callback?token=canary-token", events, headers=headers)).text)
    results.append((await edge.get("admin_ui/callback", params={"state": "canary", "code": "canary-code"})).text)
    results += [(await edge.get(endpoint)).text for endpoint in ("about", "dashboard", "healthcheck", "manifest.json")]
    results.append((await edge.internal.simulate_get("/readyz")).text)
    return results


@pytest.mark.parametrize("failure", FAILURES, ids=["refusal", "bare code", "garbage"])
async def test_no_secret_comes_out_of_any_endpoint(edge, connector, failure, caplog):
    for rpc in ("Pull", "Channelback", "ResolveClickthrough", "HandleEvent"):
        connector.script(rpc, failure)

    texts = await everything(edge, connector)

    assert len(texts) == 14
    assert [text for text in texts if "canary" in text] == []
    assert b"canary" not in edge.log.getvalue()
    assert "canary" not in await edge.metrics()
    assert "canary" not in caplog.text


async def test_what_the_edge_holds_prints_without_secrets(edge):
    account = edge.accounts.open_metadata(edge.metadata(), "org.example.guestbook")

    assert "canary" not in repr(account)
    assert "canary" not in repr(edge.ring)
