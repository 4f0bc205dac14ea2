# SPDX-License-Identifier: Apache-2.0
"""Why something fails is said to each who can act on it: between real processes, from the origin to Zendesk."""

from __future__ import annotations

import asyncio
import json
import sys

from sealock_connector import Cause
from sealock_edge.connectors import SENTENCES, Fault


def lines(log) -> list[dict]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


async def sealock(*words: str) -> tuple[int, str]:
    """The command's exit code, and what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sealock_contract.command", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_an_origin_that_is_gone_is_named_in_every_log_and_in_zendesk_s_history_of_the_account(run):
    async with run() as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
        await stack.zendesk.pull(account)
        await stack.origin.stop()
        for _ in range(2):
            await stack.zendesk.pull(account)
        standing = await stack.zendesk.account(account)
        edge, connector = lines(stack.edge.process.log), lines(stack.connector.process.log)

    assert standing["last_problem"] == f"HTTP 503: {Cause.NOT_REACHED.sentence_about('Guestbook')}"
    assert standing["failures"] == 2
    assert standing["failing_since"] < standing["last_pull_at"]
    failed = [line for line in edge if line["event"] == "call" and line["status"] == 503]
    assert [(line["endpoint"], line["cause"]) for line in failed] == [("pull", "NOT_REACHED")] * 2
    asked = {line["request_id"] for line in failed}
    told = [line for line in connector if line["event"] == "call" and line.get("request_id") in asked]
    assert {(line["method"], line["reason"], line["cause"]) for line in told} == {
        ("Pull", "ORIGIN_UNAVAILABLE", "NOT_REACHED")
    }


async def test_an_installation_that_is_refused_says_what_is_wrong_with_the_connector(run):
    async with run() as stack:
        await stack.kill(stack.connector)
        await stack.restart(stack.edge)
        code, told = await sealock("zendesk", "--url", stack.zendesk_server.url, "install", stack.manifest_url())

    assert code != 0
    assert "the manifest could not be read: HTTP 503: The connection to" in told
    assert SENTENCES[Fault.NOTHING_LISTENS] in told
