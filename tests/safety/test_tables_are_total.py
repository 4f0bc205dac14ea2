# SPDX-License-Identifier: Apache-2.0
"""Whatever route a program has, these tests try it: the tables are compared with the programs' own routers."""

from __future__ import annotations

import pytest

from tests.safety.programs import edge_rows, edge_scene, guestbook_rows, zendesk_rows, zendesk_scene
from tests.safety.programs.routes import answer_to, missing_and_stale


async def test_every_route_of_the_local_zendesk_is_tried(desk):
    assert missing_and_stale(zendesk_scene.routes(desk.zendesk), zendesk_rows.DESK, zendesk_rows.WHERE) == []


async def test_every_route_of_the_edge_is_tried(edge):
    public, internal = edge_scene.routes(edge)
    assert missing_and_stale(public, edge_rows.PUBLIC, edge_rows.WHERE) == []
    assert missing_and_stale(internal, edge_rows.INTERNAL, edge_rows.WHERE) == []


async def test_every_call_of_the_edges_tables_is_a_good_one(edge):
    for client, table in ((edge.client, edge_rows.PUBLIC), (edge.internal, edge_rows.INTERNAL)):
        for route, row in table.items():
            answer = await answer_to(client, route, row, edge.names)
            assert answer.status_code == row.status, (route, answer.text)


async def test_every_route_of_the_guestbook_is_tried(guestbook):
    assert missing_and_stale(guestbook_rows.routes(guestbook), guestbook_rows.GUESTBOOK, guestbook_rows.WHERE) == []


async def test_every_call_of_the_guestbooks_table_is_a_good_one(guestbook):
    for route, row in guestbook_rows.GUESTBOOK.items():
        answer = await answer_to(guestbook.client, route, row, guestbook.names, headers={"Origin": guestbook.url})
        assert answer.status_code == row.status, (route, answer.text)


@pytest.mark.parametrize(
    "table", [zendesk_rows.PAGES, {**zendesk_rows.REST, **zendesk_rows.API}], ids=["pages", "programs"]
)
async def test_every_call_of_the_table_is_a_good_one_when_it_comes_from_the_right_place(desk, table):
    for route, row in sorted(table.items(), key=lambda item: _how_destructive(item[0])):
        await desk.settle()
        before = desk.remembered(without=zendesk_scene.JOURNAL)
        answer = await answer_to(desk.client, route, row, desk.names, headers={"Origin": desk.url})
        assert answer.status_code == row.status, (route, answer.text)
        if row.changes and not route.startswith("GET "):
            assert desk.remembered(without=zendesk_scene.JOURNAL - {"violations"}) != before, route


def _how_destructive(route: str) -> int:
    """What removes things comes last, and an account after what is its, a channel after its accounts."""
    if "integrations/{number:int}" in route or route.endswith("/remove"):
        return 3 if route.startswith("DELETE") or route.endswith("/remove") else 0
    return 2 if route.startswith("DELETE") else 0
