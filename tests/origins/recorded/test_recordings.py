# SPDX-License-Identifier: Apache-2.0
"""What was recorded of each origin still fits its connector: what is asked, and what comes of the answers."""

from __future__ import annotations

import re

import pytest

from tests.origins.recorded.exchanges import scenes
from tests.origins.recorded.playing import ORIGINS, Player, served
from tests.origins.recorded.replaying import Replayed

SCENES = {f"{scene.origin} {scene.name}": scene for scene in scenes()}


@pytest.mark.parametrize("name", SCENES)
async def test_a_scene_that_was_recorded_gives_again_what_it_gave(name, tmp_path):
    scene = SCENES[name]
    async with Replayed() as origin, served(scene.origin, origin.url, tmp_path) as client:
        player = Player(client, origin.host, {})
        player.account = player.here(scene.account)
        for step in scene.steps:
            origin.use(step.exchanges)
            assert await player.make(step.call) == step.gave
            assert len(origin.calls) == len(step.exchanges), origin.calls


def test_each_origin_was_recorded_in_each_of_its_calls():
    for origin in ORIGINS:
        told = {step.kind for scene in scenes(origin) for step in scene.steps}
        assert told >= {"setup", "pull", "reply", "clickthrough"} | ({"file"} if origin != "wordpress" else set())


def test_recordings_hold_nothing_of_the_machine_and_no_secret():
    for scene in SCENES.values():
        for step in scene.steps:
            for exchange in step.exchanges:
                text = f"{exchange.target} {exchange.headers} {exchange.body.decode('latin-1')}"
                assert not re.search(r"127\.0\.0\.1(:|%3A)\d", text)
                assert "authorization" not in exchange.headers
