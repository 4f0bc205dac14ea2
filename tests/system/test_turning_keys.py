# SPDX-License-Identifier: Apache-2.0
"""A key is turned while edges work: no pull fails, all accounts are sealed anew, and only then the old key goes."""

from __future__ import annotations

import asyncio

import pytest

from sealock_devkit.demo.story import sealing_key
from sealock_devkit.stack.process import ProcessFailed
from tests.system.pulling import load_on

ACCOUNTS = 4


async def test_turning_a_key_under_load_fails_no_pull_and_seals_every_account_anew(run):
    async with run(edges=2) as stack:
        zendesk = stack.zendesk
        await stack.origin.write_comment("Visitor", "A question")
        integration = await zendesk.install(stack.manifest_url())
        accounts = [await zendesk.add_account(integration, stack.origin.account_answers) for _ in range(ACCOUNTS)]
        for account in accounts:
            await zendesk.pull(account)
        load = await load_on(stack, accounts[0])
        old = {file.stem for file in stack.keys.glob("*.key")}
        async with load.running():
            await load.answered(100)
            await stack.sealock("keys", "rotate", str(stack.keys), "--seals-after", "12")
            (new,) = {file.stem for file in stack.keys.glob("*.key")} - old
            await asyncio.sleep(14)
            for _ in range(2):
                for account in accounts:
                    await zendesk.pull(account)
            await load.answered(100)
        assert load.failures == {}
        for account in accounts:
            kept = await zendesk.account(account)
            assert {sealing_key(kept["metadata"]), sealing_key(kept["state"])} == {new}

        retire = ["keys", "retire", str(stack.keys), *old]
        for edge in stack.edges:
            retire += ["--edge", edge.internal_url]
        with pytest.raises(ProcessFailed):
            await stack.sealock(*retire)
        await zendesk.read_manifest_again(integration)
        await asyncio.sleep(4)
        await stack.sealock(*retire, "--quiet-for", "3")
        assert {file.stem for file in stack.keys.glob("*.key")} == {new}
        for account in accounts:
            assert await (await load_on(stack, account)).pull_once() == "200"
