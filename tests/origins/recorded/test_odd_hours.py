# SPDX-License-Identifier: Apache-2.0
"""
An account that fails for longer than an hour has a sentence on the dashboard and in the log that says why.

The answers that were recorded of each origin are odd for an hour and a half of the edge's clock, and the account is
pulled through the production edge and its real connector; then the answers are well again.
"""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings

from sealock_edge.problems import OURS
from tests.edge.admin_pages import Page
from tests.origins.recorded.edges import OddEdge, odd_edge
from tests.origins.recorded.exchanges import Scene
from tests.origins.recorded.oddities import Oddity, oddities
from tests.origins.recorded.test_odd_pulls import SCENES, of_pull

EXAMPLES = max(settings.default.max_examples // 10, 1)


async def hours(odd: OddEdge, scene: Scene, oddity: Oddity, account_id: str) -> None:
    """Pulls at the beginning, after half an hour, an hour, and an hour and a half."""
    edge, exchanges, state = odd.edge, of_pull(scene), ""
    odd.origin.use(exchanges, oddity.change([each.at(odd.origin.host) for each in exchanges]))
    before, failed = len(edge.lines), 0
    for _ in range(4):
        result = await edge.pull(odd.metadata(scene, account_id), state)
        assert result.status_code in {200, 503}, result.text
        state = result.json.get("state", state)
        failed += result.status_code != 200
        edge.clock.move(minutes=30)
    lines = [line for line in edge.lines[before:] if line["event"] == "account_failing"]
    shown = Page.of(await edge.get("dashboard")).tree.css_first("#failing")
    if failed == 4:
        assert shown is not None
        assert account_id[:8] in shown.text()
        assert lines[-1]["why"] in shown.text()
        assert len(lines) >= 2, "it was not said again after an hour"
    assert all(line["why"] != OURS for line in lines), lines
    odd.origin.use(exchanges)
    assert (await edge.pull(odd.metadata(scene, account_id), state)).status_code == 200
    shown = Page.of(await edge.get("dashboard")).tree.css_first("#failing")
    assert shown is None or account_id[:8] not in shown.text()


@pytest.mark.parametrize("name", SCENES)
def test_whoever_fails_for_an_hour_is_told_of_with_a_cause(name, tmp_path):
    scene = SCENES[name]
    with asyncio.Runner() as runner:
        opening = odd_edge(scene.origin, tmp_path)
        odd = runner.run(opening.__aenter__())
        numbers = iter(range(10**6))

        @settings(max_examples=EXAMPLES, deadline=None)
        @given(oddities(slow=False))
        def holds(oddity: Oddity) -> None:
            runner.run(hours(odd, scene, oddity, f"{next(numbers):08}-account"))

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))
