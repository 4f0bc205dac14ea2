# SPDX-License-Identifier: Apache-2.0
"""The main job in a cluster, and what a platform team does to it meanwhile: no call fails."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from sealock_devkit.stack.programs import run_once
from tests.cluster.installed import EDGES, LEFT_OUT, NAMESPACE, ORIGIN, Installed, connectors_of
from tests.cluster.kubectl import KubectlFailed, translated
from tests.cluster.load import Load, load_on
from tests.k8s.manifests import OVERLAYS, overlay

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONNECTOR, CONNECTORS = f"connector-{ORIGIN}", connectors_of(ORIGIN)
MINUTE = 60


async def until(holds: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """Poll until it holds. Returns the seconds that it took; raises `TimeoutError`."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in the cluster
            await asyncio.sleep(1)
    return time.monotonic() - began


async def shared_by(installed: Installed, load: Load, replicas: int) -> bool:
    """Whether so many connectors have a share each, by their logs: an equal one, give or take a quarter."""
    since = datetime.now(UTC)
    await load.answered(50 * replicas)
    pulls = []
    for pod in await installed.kubectl.pods(CONNECTORS):
        log = await installed.kubectl.run("logs", pod, f"--since-time={since:%Y-%m-%dT%H:%M:%SZ}")
        pulls.append(log.count('"Pull"'))
    print(f"shares of {replicas}: {', '.join(f'{each / sum(pulls):.0%}' for each in sorted(pulls))}")
    equal = sum(pulls) / replicas
    return len(pulls) == replicas and all(0.75 * equal <= each <= 1.26 * equal for each in pulls)


@pytest.mark.parametrize("name", OVERLAYS)
async def test_the_server_takes_every_document(installed, name):
    minor = await installed.kubectl.minor_version()
    known = [each for each in overlay(name) if not each["apiVersion"].startswith(LEFT_OUT)]
    documents = translated(known, minor)
    for document in documents:
        # Nothing is made, so that the documents' namespace is not there for the others.
        document["metadata"].pop("namespace", None)
    await installed.kubectl.apply(documents, "--dry-run=server")


async def test_a_comment_becomes_a_ticket_and_a_reply_goes_back(installed):
    zendesk, guestbook = installed.zendesk, installed.guestbook
    (ticket, *others) = await zendesk.tickets(installed.account)
    assert len(others) == 2

    reply = await zendesk.reply(ticket, "Thank you, from the cluster.")
    assert reply["status"] == "delivered"

    assert [post.text for post in await guestbook.posts() if post.by_agent] == ["Thank you, from the cluster."]
    await zendesk.pull(installed.account)
    assert len(await zendesk.tickets(installed.account)) == 3
    assert await zendesk.violations() == []


async def test_a_rolling_restart_of_everything_fails_no_call(installed):
    async with load_on(installed) as load:
        for deployment in ("edge", CONNECTOR):
            await installed.kubectl.run("rollout", "restart", f"deployment/{deployment}")
            await installed.kubectl.rolled_out(deployment)
    print(f"rolling restart: {dict(load.answers)}")
    assert load.failures == {}


async def test_new_connectors_get_their_share_and_going_back_fails_no_call(installed):
    kubectl = installed.kubectl
    await kubectl.run("delete", "horizontalpodautoscaler", CONNECTOR)
    async with load_on(installed) as load:
        await installed.scale(ORIGIN, 1)
        await load.answered(100)
        await installed.scale(ORIGIN, 3)
        began = time.monotonic()

        await until(lambda: shared_by(installed, load, 3), MINUTE)
        print(f"shared by three after {time.monotonic() - began:.0f} s")
        await installed.scale(ORIGIN, 1)
    print(f"scaling: {dict(load.answers)}")
    assert load.failures == {}
    await installed.scale(ORIGIN, 2)


async def test_the_budget_lets_one_edge_go_at_a_time(installed):
    await installed.kubectl.rolled_out("edge")
    pods = await installed.kubectl.pods(EDGES)
    async with load_on(installed) as load:
        refusals = [await evict(installed, pod) for pod in pods]
        assert refusals.count("") == 1
        assert all("disruption budget" in refusal for refusal in refusals if refusal)
        await installed.kubectl.rolled_out("edge")
    print(f"eviction: {len(pods)} asked, 1 allowed; {dict(load.answers)}")
    assert load.failures == {}


async def evict(installed: Installed, pod: str) -> str:
    """Ask for a pod's eviction, as a drain does. Returns why it was refused, or nothing."""
    version = "policy/v1" if await installed.kubectl.minor_version() >= 22 else "policy/v1beta1"
    eviction = {"apiVersion": version, "kind": "Eviction", "metadata": {"name": pod, "namespace": NAMESPACE}}
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
    try:
        await installed.kubectl.run("create", "--raw", path, "--filename", "-", given=json.dumps(eviction))
    except KubectlFailed as refused:
        return str(refused)
    return ""


async def test_a_killed_connector_fails_no_pull(installed):
    await installed.kubectl.rolled_out(CONNECTOR)
    async with load_on(installed) as load:
        # Edges that do not know the other one yet would have none for a moment.
        await until(lambda: shared_by(installed, load, 2), MINUTE)
        pod = (await installed.kubectl.pods(CONNECTORS))[0]
        await installed.kubectl.run("delete", "pod", pod, "--grace-period=0", "--force")
        await load.answered(100)
        await installed.kubectl.rolled_out(CONNECTOR)
    print(f"killed connector: {dict(load.answers)}")
    assert load.failures == {}


async def test_a_killed_edge_breaks_only_what_it_had_under_way(installed):
    async with load_on(installed) as load:
        pod = (await installed.kubectl.pods(EDGES))[0]
        await installed.kubectl.run("delete", "pod", pod, "--grace-period=0", "--force")
        await load.answered(100)
        await installed.kubectl.rolled_out("edge")
        broken = sum(load.failures.values())
        await load.answered(100)
        assert sum(load.failures.values()) == broken
    print(f"killed edge: {dict(load.answers)}")
    assert not {each for each in load.failures if each.isdigit()}
    await installed.zendesk.pull(installed.account)
    assert len(await installed.zendesk.tickets(installed.account)) == 3


async def test_renewed_certificates_are_used_and_fail_no_call(installed):
    async with load_on(installed) as load:
        await installed.renew_certificates()
        renewed = (installed.certificates / f"{CONNECTOR}-tls" / "tls.crt").read_text()

        async def shown() -> bool:
            certificates = [await certificate_of(address) for address in await installed.kubectl.addresses(CONNECTORS)]
            return {ssl.PEM_cert_to_DER_cert(each) for each in certificates} == {ssl.PEM_cert_to_DER_cert(renewed)}

        took = await until(shown, 4 * MINUTE)
        # By now all connections were made anew, with the edges' new certificates too.
        await load.answered(10 * MINUTE)
    print(f"renewed certificates: shown after {took:.0f} s; {dict(load.answers)}")
    assert load.failures == {}


async def certificate_of(address: str) -> str:
    """What a server shows before it asks for the caller's."""
    return await asyncio.to_thread(ssl.get_server_certificate, (address, 9443))


async def test_keys_are_rotated_by_changing_the_secret(installed):
    async with load_on(installed) as load:
        before = load.metadata
        await run_once("keys", "rotate", str(installed.keys), "--seals-after", str(2 * MINUTE))
        await installed.share_keys()

        async def moved() -> bool:
            return load.metadata != before

        took = await until(moved, 5 * MINUTE)
    print(f"key rotation: accounts moved after {took:.0f} s; {dict(load.answers)}")
    assert load.failures == {}
