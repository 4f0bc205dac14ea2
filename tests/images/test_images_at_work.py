# SPDX-License-Identifier: Apache-2.0
"""The images run, confined, and do the main job."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from sealock_devkit.stack.programs import run_once
from sealock_devkit.stack.stack import Options, Stack
from tests.edge.serving import until
from tests.images.containers import CONFINED, ORIGINS, TAG, ContainedPrograms, ContainedStack, docker, give
from tests.k8s.manifests import K8S, build, container_of, named
from tests.system.pulling import load_on


@pytest.fixture
async def stack(tmp_path) -> AsyncIterator[Stack]:
    """An edge and a connector in containers, speaking TLS; the guestbook and the local Zendesk outside of them."""
    options = Options(tls=True, pull_interval=3600)
    async with ContainedStack(tmp_path, options=options, programs=ContainedPrograms) as running:
        yield running
        assert await running.zendesk.violations() == []


async def account(stack: Stack) -> int:
    integration = await stack.zendesk.install(stack.manifest_url())
    await stack.origin.write_comment("Anna", "Does the ferry run?")
    number = await stack.zendesk.add_account(integration, stack.origin.account_answers)
    await stack.zendesk.pull(number)
    return number


async def test_a_comment_becomes_a_ticket_and_the_reply_stands_at_the_origin(stack):
    await account(stack)
    (ticket,) = await stack.zendesk.tickets()
    await stack.zendesk.reply(ticket, "It does.")
    posts = await stack.origin.posts()
    assert [post.text for post in posts if post.by_agent] == ["It does."]


async def test_a_call_under_way_is_answered_before_edge_and_connector_end(stack):
    load = await load_on(stack, await account(stack))
    await stack.origin.set_faults(slow_seconds=2)
    pull = asyncio.create_task(load.pull_once())
    await until(lambda: _has_a_call_under_way(stack))
    assert await asyncio.gather(stack.stop(stack.edge), stack.stop(stack.connector)) == [0, 0]
    assert await pull == "200"


async def _has_a_call_under_way(stack: Stack) -> bool:
    async with httpx2.AsyncClient(trust_env=False) as http:
        metrics = (await http.get(f"{stack.edge.internal_url}/metrics")).text
    return 'sealock_edge_calls_in_flight{integration="guestbook"} 1.0' in metrics.splitlines()


async def healthy(*run: str) -> None:
    """Run a container until its image calls it healthy."""
    name = await docker("run", "--detach", "--network=none", "--health-interval=1s", *CONFINED, *run)
    try:
        await until(lambda: _is_healthy(name), seconds=60)
    finally:
        await docker("rm", "--force", name)


async def _is_healthy(name: str) -> bool:
    return await docker("inspect", "--format={{.State.Health.Status}}", name) == "healthy"


async def test_the_edge_is_healthy_with_the_default_ports(tmp_path):
    keys, config = tmp_path / "keys", tmp_path / "config"
    await run_once("keys", "new", str(keys))
    config.mkdir()
    (config / "edge.toml").write_text(
        '[edge]\npublic_url = "https://channels.example.com"\nkeys = "/keys"\n'
        '[zendesk]\nsubdomains = ["acme"]\n'
        '[integrations.guestbook]\nid = "org.example.guestbook"\nname = "Guestbook"\n'
        'target = "127.0.0.1:9443"\ninsecure = true\n'
    )
    give(tmp_path)
    await healthy(f"--volume={keys}:/keys:ro", f"--volume={config}:/etc/sealock:ro", f"sealock-edge:{TAG}")


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_connector_is_healthy_with_the_default_ports(origin, tmp_path):
    """With the arguments of its manifest, and a file wherever they name one."""
    connector = container_of(named(build(K8S / "origins" / origin / "connector"), "Deployment", f"connector-{origin}"))
    options = [re.sub(r"\$\([A-Z_]+\)", "1", argument) for argument in connector.get("args", ())]
    for file in re.findall(r"=/var/run/sealock/app/(\S+)", " ".join(options)):
        (tmp_path / file).write_text("a secret of thirty-two characters")
    give(tmp_path)
    mounted = f"--volume={tmp_path}:/var/run/sealock/app:ro"
    await healthy(mounted, f"sealock-connector-{origin}:{TAG}", "--insecure", *options)


async def test_a_connector_that_does_not_serve_is_not_healthy():
    image = f"sealock-connector-guestbook:{TAG}"
    asks = ("--entrypoint=python", image, "-m", "sealock_connector.healthy")
    assert await docker("run", "--rm", "--network=none", *CONFINED, *asks, fails=True) == ""
