# SPDX-License-Identifier: Apache-2.0
"""Secrets and messages are planted everywhere, everything goes wrong, and they are looked for everywhere."""

from __future__ import annotations

import httpx2

from tests.system.conftest import assert_nowhere, logs_in
from tests.system.pulling import Load

COMMENT = "canary-comment-5f1e"
REPLY = "canary-reply-77aa"
FAULTS = ({"fail": 40}, {"throttle": 40}, {"token_revoked": 1}, {"slow_seconds": 2}, {"lose_answers": 3})
CLEAR = {"fail": 0, "throttle": 0, "token_revoked": 0, "slow_seconds": 0, "lose_answers": 0}
PAGES = ("manifest.json", "about", "dashboard", "healthcheck", "clickthrough?external_id=nothing")


async def test_no_secret_and_no_message_is_in_a_log_metric_page_or_error(run):
    async with run(edge_settings={"pull_seconds": 3, "channelback_seconds": 3}) as stack:
        zendesk, origin = stack.zendesk, stack.origin
        await zendesk.change_settings(
            channelback_backoff_seconds=0.1, channelback_longest_wait_seconds=0.2, channelback_retries=3
        )
        integration = await zendesk.install(stack.manifest_url())
        account = await zendesk.add_account(integration, origin.account_answers)
        await origin.write_comment("Visitor", COMMENT)
        await zendesk.pull(account)
        (ticket,) = await zendesk.tickets()
        kept = await zendesk.account(account)
        planted = [*origin.secrets, COMMENT, REPLY, kept["metadata"], kept["state"]]

        texts = []
        verify = stack.trust.context()
        async with httpx2.AsyncClient(verify=verify, trust_env=False, timeout=30) as http:
            for number, faults in enumerate(FAULTS):
                await origin.set_faults(**CLEAR)
                await origin.set_faults(**faults)
                await http.post(
                    f"{stack.edge.url}/guestbook/pull", data={"metadata": kept["metadata"], "state": kept["state"]}
                )
                answer = await http.post(
                    f"{stack.edge.url}/guestbook/channelback",
                    data={
                        "metadata": kept["metadata"],
                        "message": REPLY,
                        "thread_id": (await zendesk.comments(ticket))[0]["external_id"],
                        "request_unique_identifier": f"canary-{number}",
                    },
                )
                texts.append(answer.text)
            await origin.set_faults(**CLEAR)
            for bad in (kept["metadata"][:-1], kept["metadata"] + "A", kept["state"], ""):
                data = {"metadata": bad, "state": kept["state"]}
                texts.append((await http.post(f"{stack.edge.url}/guestbook/pull", data=data)).text)
            await stack.kill(stack.connector)
            load = Load(stack, kept["metadata"], kept["state"])
            assert await load.pull(http, stack.edge) == "503"
            texts += [(await http.get(f"{stack.edge.url}/guestbook/{page}")).text for page in PAGES]
            texts += [(await http.get(f"{stack.edge.internal_url}/{page}")).text for page in ("metrics", "readyz")]
            await stack.restart(stack.connector)

        for text in texts:
            assert text
            assert not any(secret in text for secret in planted)
        ours = [file for file in logs_in(stack.folder) if file.name.startswith(("edge", "connector"))]
        assert_nowhere(planted, ours)
