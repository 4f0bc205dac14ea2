# SPDX-License-Identifier: Apache-2.0
"""
Whatever comes back while a reply or a file is under way: it is there once, or whoever waits is told that it is not.

The emulator of Meta's Graph API does what it is asked, and its answers are changed on their way in every way of
`oddities`, for one call or for all, until they are well again. The production edge asks its connector again as Zendesk
does, with the same key.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_connector import ConnectorError, NotFound
from sealock_connector.testing import Client, File
from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import DAY, Settings
from sealock_devkit.emulators.meta.store import AppKeys
from sealock_edge.problems import OURS
from tests.devkit.meta.callers import PICTURE, Meta
from tests.edge.edge_under_test import EdgeUnderTest, MovedClock, add_key, build, under_test
from tests.edge.edge_under_test import settings as edge_settings
from tests.fuzz.scripted import is_explained
from tests.origins.facebook.conftest import account as of_a_page
from tests.origins.instagram.conftest import account as of_instagram
from tests.origins.recorded.disturbed.disturbing import Disturbance, Disturbed
from tests.origins.recorded.oddities import oddities
from tests.origins.recorded.playing import SECRET, served

EXAMPLES = max(settings.default.max_examples // 8, 1)
TRIES = 40
"""So often Zendesk asks again, at most."""
FINAL = {401, 404, 409, 422}
AGAIN = {429, 503}
ACCOUNTS = ["facebook", "instagram by facebook", "instagram by instagram"]
PNG = File("pier.png", "image/png", PICTURE.data)


class Clock:
    """Seconds, and those that were passed over."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@dataclass
class Site:
    """The emulator behind what disturbs it, the connector, and the edge before that."""

    meta: Meta
    origin: Disturbed
    connector: Client
    edge: EdgeUnderTest
    values: Mapping[str, Any]
    kind: str
    clock: Clock
    """Of the connector's budgets."""
    replies: int = 0

    @property
    def owner(self) -> Any:
        return self.meta.page if self.kind == "facebook" else self.meta.instagram

    @property
    def metadata(self) -> str:
        return self.edge.metadata(connector_account=json.dumps(self.values).encode())

    def said(self, text: str) -> int:
        """How often the account said so, wherever."""
        store = self.meta.store
        texts = [each.text for each in store.messages if not each.by_person]
        texts += [each.message for each in store.comments if each.author_id == self.owner.id]
        texts += [each.text for each in store.media_comments if each.author_id == self.owner.id]
        return texts.count(text)

    async def passes(self) -> None:
        """Some time, after which whatever was throttled may be asked again."""
        self.edge.clock.move(seconds=60)
        self.clock.ahead += DAY
        await asyncio.sleep(0.12)

    def files(self) -> int:
        """How many files the account sent."""
        return sum(len(each.attachments) for each in self.meta.store.messages if not each.by_person)


@asynccontextmanager
async def running(kind: str, folder: Path) -> AsyncIterator[Site]:
    """One of the accounts, with everything that it needs."""
    keys = AppKeys("424242424242424", SECRET, "535353535353535", SECRET)
    limits = Settings(require_proof=True, conversation_calls_per_second=0)
    name, _, login = kind.partition(" by ")
    async with (
        running_meta(settings=limits, keys=keys, delivers=False) as site,
        Disturbed(site.url) as origin,
        httpx2.AsyncClient(trust_env=False, verify=False) as http,
        served(name, origin.url, folder, lambda: datetime.now(UTC), clock := Clock()) as connector,
    ):
        site.store.base_url = origin.url
        meta = Meta(site, http)
        page = {"page": meta.page.id, "name": meta.page.name, "token": meta.page_token.id}
        since = int(site.store.now()) - 60
        is_page = name == "facebook"
        values = of_a_page(**page, since=since, messages_since=since) if is_page else of_instagram(meta, login)
        add_key(folder / "keys", moved := MovedClock())
        edge, ring, log = build(edge_settings(f"ipv4:{connector.target}"), folder / "keys", moved)
        handle = under_test(edge, ring, folder / "keys", moved, log)
        async with handle.client:
            await handle.get("manifest.json")
            yield Site(meta, origin, connector, handle, values, name, clock)


def targets(site: Site) -> dict[str, str]:
    """What can be answered, by the external ids that a pull gives."""
    meta, owner = site.meta, site.owner
    message = meta.message("Hello", account=owner)
    if site.kind == "facebook":
        comment = meta.comment(meta.page_post)
        return {
            "comment": f"facebook:{owner.id}/comment/{comment.post_id}/{comment.id}",
            "message": f"facebook:{owner.id}/message/{meta.scoped()}/{message.id}",
        }
    comment = meta.media_comment(meta.media, account=owner)
    return {
        "comment": f"instagram:{owner.id}/comment/{comment.media_id}/{comment.id}/{meta.media.shortcode}",
        "message": f"instagram:{owner.id}/message/{meta.scoped(account=owner)}/{message.id}",
    }


disturbances = st.builds(Disturbance, oddities(slow=False), st.none() | st.integers(0, 4))


async def answered(site: Site, text: str, to: str) -> tuple[int, str]:
    """One attempt through the edge: its status, and what the agent reads."""
    result = await site.edge.channelback(
        metadata=site.metadata, message=text, request_unique_identifier=text, parent_id=to
    )
    return result.status_code, "" if result.status_code == 200 else result.json["error_info"]


async def reply(site: Site, to: str, disturbance: Disturbance, odd_attempts: int) -> None:
    """A reply, tried until it has an end: so often disturbed, and then in peace."""
    site.replies += 1
    text, status, read = f"Reply {site.replies}", 503, ""
    for number in range(TRIES):
        site.origin.disturbance = disturbance if number < odd_attempts else None
        status, read = await answered(site, text, to)
        assert status in {200, *FINAL, *AGAIN}, (status, read)
        assert status == 200 or (read and read != OURS), (status, read)
        if status not in AGAIN:
            break
        await site.passes()
    site.origin.disturbance = None
    lies = disturbance.lies
    assert status not in AGAIN, f"it has no end: {read}"
    assert site.said(text) <= 1 + lies * odd_attempts, "posted twice"
    assert status != 200 or site.said(text) or lies, "said to be posted"


def each_example(kind: str, folder: Path, what: Any, examples: st.SearchStrategy[Any]) -> None:
    """Try `what` with the site, what can be answered there, and each of the examples."""
    with asyncio.Runner() as runner:
        opening = running(kind, folder)
        site = runner.run(opening.__aenter__())
        there = targets(site)

        @settings(max_examples=EXAMPLES, deadline=None)
        @given(examples)
        def holds(example: Any) -> None:
            runner.run(what(site, there, *example))

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_a_reply_is_there_once_or_the_agent_reads_why_not(kind, tmp_path):
    async def what(site: Site, there: dict[str, str], to: str, disturbance: Disturbance, attempts: int) -> None:
        await reply(site, there[to], disturbance, attempts)

    names = st.sampled_from(["comment", "message"])
    each_example(kind, tmp_path, what, st.tuples(names, disturbances, st.integers(1, 3)))


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_a_reply_with_a_file_is_there_once_or_the_agent_reads_why_not(kind, tmp_path):
    async def what(site: Site, there: dict[str, str], disturbance: Disturbance, attempts: int) -> None:
        site.replies += 1
        text, failure, files = f"Look {site.replies}", None, site.files()
        for number in range(TRIES):
            site.origin.disturbance = disturbance if number < attempts else None
            failure = None
            try:
                await site.connector.channelback(site.values, text, key=text, parent_id=there["message"], files=[PNG])
            except ConnectorError as error:
                failure = error
            if failure is None or not failure.retryable:
                break
            assert is_explained(failure), failure
            await site.passes()
        site.origin.disturbance = None
        assert failure is None or (failure.message_for_agent and not failure.retryable), failure
        lies = disturbance.lies
        assert site.said(text) <= 1 + lies * attempts, "posted twice"
        assert site.files() - files <= 1 + lies * attempts, "the file was sent twice"
        assert failure is not None or lies or (site.said(text), site.files() - files) == (1, 1)

    each_example(kind, tmp_path, what, st.tuples(disturbances, st.integers(1, 3)))


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_a_file_that_breaks_is_explained_and_comes_whole_afterwards(kind, tmp_path):
    async def what(site: Site, there: dict[str, str], disturbance: Disturbance) -> None:
        site.meta.message("", picture=PICTURE, account=site.owner)
        pulled = await site.connector.pull(site.values)
        [reference, *_] = [file.reference for each in pulled.resources for file in each.files if file.reference]
        site.origin.disturbance, failure = disturbance, None
        try:
            await site.connector.open_file(site.values, reference)
        except ConnectorError as error:
            failure = error
        site.origin.disturbance = None
        assert failure is None or isinstance(failure, NotFound) or is_explained(failure), failure
        await site.passes()
        assert (await site.connector.open_file(site.values, reference)).data == PICTURE.data

    each_example(kind, tmp_path, what, st.tuples(disturbances))
