# SPDX-License-Identifier: Apache-2.0
"""A ledger can fail: each product that is broken on purpose is found out."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

import pytest

from sealock_devkit.ledger.programs import LedgerPrograms
from sealock_devkit.ledger.run import Wish, keep
from sealock_devkit.ledger.valkey import missing
from sealock_devkit.stack.process import Process
from sealock_devkit.stack.programs import SEALOCK
from tests.ledger.broken import WAYS

ROOT = Path(__file__).parents[2]
SECONDS = 12.0
FOUND = {
    "no_idempotency": ("posted twice", ["lose answer of channelback", "duplicate of channelback"]),
    "no_search": ("posted twice", ["lose answers of the origin"]),
    "state_early": ("lost", []),
    "new_ids": ("lost", []),
    "threads_apart": ("on another ticket", []),
    "newest_first": ("out of order", ["drop of pull"]),
    "successor_lost": ("token lost", ["lose answer of pull"]),
    "hints_gone_with_the_answer": (("lost", "out of order"), ["lose answer of pull", "drop of push"]),
    "answered_before_it_is_safe": ("lost", ["restart the edges' Valkey"]),
    "unread_counts_as_read": ("lost", ["lose answers of the origin"]),
    "pushed_whatever_zendesk_says": ("lost", ["drop of push", "busy of push"]),
    "halted_forgotten": ("lost", ["processing error of push"]),
    "what_came_meanwhile_goes_too": ("lost", ["delay of push"]),
}
"""How each is found out, and what has to go wrong for it; nothing, if nothing is named."""
SOME = ("no_search", "successor_lost", "hints_gone_with_the_answer", "pushed_whatever_zendesk_says")
TRIED = list(FOUND) if os.environ.get("SEALOCK_LEDGER_WAYS") == "all" else SOME
"""Each takes half a minute: all are tried by `SEALOCK_LEDGER_WAYS=all pytest tests/ledger`."""


class BrokenPrograms(LedgerPrograms):
    """Edges and connectors that are broken in one way."""

    def __init__(self, *arguments, way, **more):
        super().__init__(*arguments, **more)
        self._way = way

    def process(self, name, command):
        start = [sys.executable, "-m", "tests.ledger.broken", self._way]
        if command[0] == SEALOCK:
            command = [*start, *command[1:]]
        elif "sealock_devkit.ledger.connector" in command:
            command = [*start, "connector", *command[command.index("sealock_devkit.ledger.connector") + 1 :]]
        return Process(name, command, log=self.log(name), environment={"PYTHONPATH": str(ROOT)})


def test_every_way_has_its_test():
    assert sorted(FOUND) == sorted(WAYS)


@pytest.mark.skipif(bool(missing()), reason=missing())
@pytest.mark.parametrize("way", TRIED)
def test_a_broken_product_is_found_out(tmp_path, way):
    found_as, faults = FOUND[way]
    wish = Wish(
        SECONDS,
        seed=7,
        faults=faults,
        programs=partial(BrokenPrograms, way=way),
        say=print,
        calm_seconds=5,
    )
    outcome = asyncio.run(keep(tmp_path, wish))
    problems = outcome.reckoning.problems()
    assert [problem for problem in problems if problem.startswith(found_as)], problems
