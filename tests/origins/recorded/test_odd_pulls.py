# SPDX-License-Identifier: Apache-2.0
"""
Whatever an origin answers on the wire, a pull brings what there is, or is explained; and it does no lasting harm.

What was recorded is played again and changed in every way of `oddities`. While it is odd, each pull ends in time, in
resources or in one of the SDK's errors that somebody can act on. Once it is well again, the next pulls bring what was
there all the time, once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.pull_pb2 import PullResponse
from tests.fuzz.scripted import pulled
from tests.origins.recorded.exchanges import Exchange, Scene, scenes
from tests.origins.recorded.oddities import LIES, Oddity, oddities
from tests.origins.recorded.playing import ORIGINS, Player, connector_of
from tests.origins.recorded.replaying import Replayed, Waitless, as_recorded

EXAMPLES = max(settings.default.max_examples // 3, 1)
DEADLINE = 60.0
"""Seconds of a pull, as the edge gives them."""


class _Waits(Exception):
    """The origin said that its calls are used up for an hour, and the connector takes it at its word."""


@dataclass
class Pulling:
    """An account of a scene, pulled again and again by one connector."""

    scene: Scene
    origin: Replayed
    connector: object
    exchanges: Sequence[Exchange]
    """All that was asked while the last page of new resources was recorded."""
    state: bytes = b""
    account: dict | None = None

    async def pull(self, oddity: Oddity | None = None) -> PullResponse:
        """One pull, which ends in time."""
        change = oddity.change([each.at(self.origin.host) for each in self.exchanges]) if oddity else as_recorded
        self.origin.use(self.exchanges, change)
        response = await pulled(self.connector, self.account, self.state)
        self.state = response.state
        if response.HasField("account"):
            self.account = json.loads(response.account)
        return response

    async def all(self) -> list[str]:
        """The ids of all that is there."""
        ids: list[str] = []
        for _ in range(20):
            response = await self.pull()
            if response.interruption.reason == Reason.REASON_ORIGIN_THROTTLED:
                raise _Waits
            assert not response.HasField("interruption"), response.interruption
            ids += [each.external_id for each in response.resources]
            if not response.more:
                return ids
        raise AssertionError("there is always more")


def of_pull(scene: Scene) -> Sequence[Exchange]:
    """What the origin answered to the pull that brought most, and whatever the ones before it were the first to ask."""
    pulls = [step for step in scene.steps if step.kind == "pull"]
    most = max(range(len(pulls)), key=lambda number: len(pulls[number].gave.get("resources", ())))
    asked = {(each.method, each.target): each for step in pulls[: most + 1] for each in step.exchanges}
    return list(asked.values())


SCENES = {
    f"{scene.origin} {scene.name}": scene for scene in scenes() if any(step.kind == "pull" for step in scene.steps)
}


@pytest.fixture
def loop():
    loop = Waitless()
    yield loop
    loop.close()


async def once(loop: Waitless, scene: Scene, oddity: Oddity, folder: Path) -> None:
    """Two pulls while the answers are odd, and then those that bring the rest."""
    async with Replayed() as origin:
        loop.origin = origin
        connector = connector_of(scene.origin, origin.url, folder)
        await connector.open()
        try:
            account = Player(None, origin.host, {}).here(scene.account)
            pulling = Pulling(scene, origin, connector, of_pull(scene), account=account)
            began = loop.time()
            during = [each.external_id for _ in range(2) for each in (await pulling.pull(oddity)).resources]
            assert loop.time() - began < 2 * DEADLINE
            after = await pulling.all()
            expected = await Pulling(scene, origin, connector, of_pull(scene), account=account).all()
        except _Waits:
            return
        finally:
            await connector.close()
    assert len(after) == len(set(after)), "came twice"
    assert not set(during) & set(after), "came again"
    lost = set(expected) - set(during) - set(after)
    assert not lost or oddity.name in LIES, f"lost: {lost}"


@pytest.mark.parametrize("name", SCENES)
def test_odd_answers_are_explained_while_they_last_and_do_no_lasting_harm(name, loop, tmp_path):
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(oddities())
    def holds(oddity):
        loop.run_until_complete(once(loop, SCENES[name], oddity, tmp_path))

    holds()


def test_each_origin_has_a_scene_to_be_changed():
    assert {scene.origin for scene in SCENES.values()} == set(ORIGINS)
