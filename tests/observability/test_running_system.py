# SPDX-License-Identifier: Apache-2.0
"""Prometheus scrapes a running system: every alert looks at something, every query of the dashboard shows something."""

from __future__ import annotations

import json

import pytest

from sealock_devkit.stack.process import free_port
from sealock_devkit.stack.stack import Options, Stack
from tests.observability.main_job import eventually, main_job
from tests.observability.prometheus import alerts, dashboard_queries, measured, needed, scraping

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]


async def test_every_alert_and_every_query_of_the_dashboard_finds_data_in_a_running_system(tmp_path):
    needed("prometheus")
    metrics = f"127.0.0.1:{free_port()}"
    options = Options(webhooks=True, connector_options=("--metrics-listen", metrics))
    async with Stack(tmp_path / "stack", options=options) as stack:
        jobs = {
            "sealock-edge": (stack.edge.internal_url.removeprefix("http://"), {}),
            "sealock-connector": (metrics, {"origin": stack.origin.name}),
        }
        async with scraping(tmp_path / "prometheus", jobs) as prometheus:
            await main_job(stack)
            waited_for = {f"alert {name}": measured(rule["expr"]) for name, rule in alerts().items()}
            waited_for |= {f"panel {name}": query for name, query in dashboard_queries().items()}

            async def all_found() -> bool:
                for name, query in list(waited_for.items()):
                    if await prometheus.query(query):
                        del waited_for[name]
                return not waited_for

            try:
                await eventually(all_found)
            except AssertionError:
                pytest.fail(f"nothing to see for {sorted(waited_for)}")

            async def all_judged() -> bool:
                return all(rule["health"] == "ok" for rule in await prometheus.rules())

            await eventually(all_judged)
            assert {rule["name"] for rule in await prometheus.rules()} == set(alerts())
            states = {rule["name"]: rule["state"] for rule in await prometheus.rules()}
            assert {name for name, state in states.items() if state != "inactive"} == set()

            await stack.stop(stack.connector)

            async def noticed() -> bool:
                states = {rule["name"]: rule["state"] for rule in await prometheus.rules()}
                return {states["SealockConnectorNotReady"], states["SealockTargetDown"]} == {"pending"}

            await eventually(noticed)


async def test_one_request_id_leads_from_the_edges_lines_to_the_connectors(tmp_path):
    async with Stack(tmp_path) as stack:
        await main_job(stack)
        edge, connector = stack.edge.process.log, stack.connector.process.log

        def lines(log) -> list[dict]:
            return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]

        for endpoint, rpc in (("pull", "Pull"), ("channelback", "Channelback")):
            asked = {line["request_id"] for line in lines(edge) if line.get("endpoint") == endpoint}
            answered = {line["request_id"] for line in lines(connector) if line.get("method") == rpc}
            assert answered
            assert answered <= asked
