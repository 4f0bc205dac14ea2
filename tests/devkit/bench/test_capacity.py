# SPDX-License-Identifier: Apache-2.0
"""What `make capacity` measures with is there, at a hundredth of its size."""

from __future__ import annotations

import pytest

from sealock_devkit.bench.capacity import Pulls, guestbook, many_accounts

pytestmark = pytest.mark.system


@pytest.mark.parametrize("tls", [False, True])
async def test_a_pull_costs_the_edge_and_the_connector_cpu_and_memory(tls, tmp_path):
    async with guestbook(tmp_path, tls=tls) as book:
        cost = await book.cost(Pulls("20 new", 60, rate=200))
        memory = await book.memory(10, slow_seconds=1)
    assert cost.edge > 0
    assert cost.connector > 0
    assert min(memory.edge, memory.connector) >= 0


def test_an_edge_remembers_accounts_without_metrics_of_their_own(tmp_path):
    seen = many_accounts(tmp_path, 100)
    assert seen.metrics == 0
    assert seen.remembered * 1e6 >= 100 * 512
