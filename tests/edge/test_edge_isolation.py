# SPDX-License-Identifier: Apache-2.0
"""One integration's trouble is its own; the edge itself stays live and ready."""

from __future__ import annotations

import asyncio

import pytest

from sealock.connector.v1.pull_pb2 import PullResponse
from tests.edge.edge_under_test import MovedClock, add_key, build, settings, under_test
from tests.edge.polling import until
from tests.edge.scripted_connector import Hang, ScriptedConnector


async def test_a_connector_that_is_down_touches_nobody_else(edge, connector):
    connector.script("Pull", PullResponse())
    foreign = edge.metadata(integration_id="org.example.other")

    down = await edge.post("pull", {"metadata": foreign, "state": ""}, integration="other")

    assert (down.status_code, down.headers["retry-after"]) == (503, "30")
    assert (await edge.pull()).status_code == 200
    ready = await edge.internal.simulate_get("/readyz")
    assert ready.status_code == 200
    assert ready.json["integrations"]["other"] == {"ready": False}
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
