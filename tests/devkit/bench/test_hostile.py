# SPDX-License-Identifier: Apache-2.0
"""Hostile traffic, at a fraction of its size, against processes: the honest tenant does not notice."""

from __future__ import annotations

import pytest

from sealock_devkit.bench.hostile import connections, grpc_calls, measuring, requests, tables
from sealock_devkit.bench.hostile.attacks import ATTACKS, BEHIND_TLS, meaning
from sealock_devkit.commands.bench import command

pytestmark = [pytest.mark.system, pytest.mark.timeout(420)]

HARD = measuring.Bounds(scale=0.05, seconds=1.5, quiet_seconds=1, after_seconds=0)
SHORT = measuring.Bounds(scale=0.02, seconds=4, quiet_seconds=1, pause_seconds=0.5, after_seconds=0)


async def test_an_attack_is_measured_beside_an_honest_tenant(tmp_path):
    seen = await measuring.alone(tmp_path, ["forged"], SHORT)
    assert seen.notes == {"401": 60}
    assert seen.quiet.failed == seen.during.failed == 0
    assert seen.during.ends["200"] > 0
    assert seen.died == ""
    assert "| forged" in tables.of_each([seen])


async def test_attacks_all_at_once_are_measured_by_quarters(tmp_path):
    told = []
    names = ["garbage", "forged", "page-long-word", "handshakes"]
    seen = await measuring.together(tmp_path, names, SHORT, 0.1, told.append)
    assert {note.partition(" ")[0] for note in seen.notes} == {"garbage", "forged", "page-long-word"}
    assert seen.during.failed == 0
    assert len(seen.moments) == 5
    assert len(told) == 4
    assert "honest pulls" in tables.of_all_at_once(seen)


def test_every_attack_says_what_it_does():
    assert [name for name in ATTACKS if not meaning(name)] == []


def test_the_command_lists_the_attacks_and_refuses_unknown_ones(capsys):
    from argparse import ArgumentParser

    parser = ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["hostile", "--attack", "list"])) == 0
    assert "unread-files" in capsys.readouterr().out
    assert command.run(parser.parse_args(["hostile", "--attack", "nothing"])) == 2
    assert "nothing" in capsys.readouterr().err


async def test_strangers_who_never_become_callers_do_not_end_a_connector(tmp_path):
    bounds = measuring.Bounds(seconds=3, quiet_seconds=1, after_seconds=0)
    seen = await measuring.alone(tmp_path, ["bare-connections", "bare-connections", "bare-connections"], bounds)
    assert seen.died == ""
    assert seen.during.failed == 0


GROUPS = {"connections": connections, "requests": requests, "calls of the connector": grpc_calls}
LONGEST_SECONDS = 5.0
"""On a busy machine; without the limits it was 30 and more."""
MOST_MB = 128
"""Growth that a whole group may cost: what the allocator keeps adds up, attack by attack."""


def attacks_of(group: str) -> list[str]:
    """Those of a module; or the pages of a hostile connector."""
    if group == "pages":
        return [name for name in ATTACKS if name.startswith("page-")]
    functions = vars(GROUPS[group]).values()
    return [name for name, attack in ATTACKS.items() if attack in functions and name != BEHIND_TLS]


@pytest.mark.parametrize("group", [*GROUPS, "pages"])
async def test_an_honest_tenant_is_answered_while_others_do_their_worst(group, tmp_path):
    seen = await measuring.alone(tmp_path, attacks_of(group), HARD)
    told = tables.of_each([seen])
    assert seen.died == "", told
    assert seen.during.failed == 0, told
    assert seen.during.longest < LONGEST_SECONDS, told
    assert seen.edge_growth < MOST_MB, told
    assert seen.connector_growth < MOST_MB, told


async def test_an_honest_tenant_is_answered_while_all_attack_at_once(tmp_path):
    seen = await measuring.together(tmp_path, list(ATTACKS), HARD, 0.3, lambda _: None)
    told = tables.of_all_at_once(seen)
    assert seen.died == "", told
    assert seen.during.failed == 0, told
    assert seen.during.ends["200"] > 0
