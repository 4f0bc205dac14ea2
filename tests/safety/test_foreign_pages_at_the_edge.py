# SPDX-License-Identifier: Apache-2.0
"""
The edge has no session that a foreign page could use: each step proves with a sealed string that it belongs here.

Tried with strings of another account, another integration, another run of the pages, another purpose, and of yesterday.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from sealock.edge.v1.account_pb2 import SetupProgress
from tests.edge.edge_under_test import GUESTBOOK_ID
from tests.safety import edge_rows
from tests.safety.calling import answer_to
from tests.safety.edge_scene import EdgeScene
from tests.safety.route_tables import Row, method_of


def changed(sealed: str) -> dict[str, str]:
    """What can be made of a sealed string without its key."""
    middle = len(sealed) // 2
    other = "A" if sealed[middle] != "A" else "B"
    return {
        "changed": f"{sealed[:middle]}{other}{sealed[middle + 1 :]}",
        "cut": sealed[:-1],
        "longer": f"{sealed}A",
        "twice": sealed + sealed,
        "not sealed": "x" * 80,
        "plain": SetupProgress(return_url="https://example.zendesk.com/x").SerializeToString().hex(),
    }


async def step(edge: EdgeScene, sealed: str, integration: str = "guestbook", **fields: str) -> int:
    row = Row(f"/{integration}/admin_ui/step", form={"sealock-form": sealed, "go": "done", **fields})
    answer = await answer_to(edge.client, "POST /step", row, {})
    assert ("metadata" in answer.text) == (answer.status_code == 200)
    return answer.status_code


async def test_a_step_needs_what_the_page_before_it_sealed(edge: EdgeScene):
    sealed = await edge.begin()
    assert await step(edge, sealed) == 200
    for name, other in changed(sealed).items():
        assert await step(edge, other) == 401, name
    assert await step(edge, "") == 400


async def test_a_step_of_another_integration_or_another_purpose_is_refused(edge: EdgeScene):
    sealed = await edge.begin()
    assert await step(edge, sealed, "other") == 401
    _, state = await edge.sign_in_state(sealed)
    for other in (
        edge.names["metadata"],
        edge.names["state"],
        edge.names["event_token"],
        state,
        await edge.code(state),
    ):
        assert await step(edge, other) == 401


async def test_a_step_of_yesterday_is_refused(edge: EdgeScene):
    sealed = await edge.begin()
    edge.handle.clock.move(minutes=61)
    assert await step(edge, sealed) == 401


async def test_a_step_that_is_sent_again_ends_in_the_same_account(edge: EdgeScene):
    """There is nothing to keep count in: a repeat does what the first did, for the same account at the same address."""
    sealed = await edge.begin()
    assert [await step(edge, sealed), await step(edge, sealed)] == [200, 200]
    accounts = {call.request.account_id for call in edge.connector.seen("Setup")[-2:]}
    assert len(accounts) == 1


async def test_an_edit_needs_the_accounts_own_metadata_and_state(edge: EdgeScene):
    handle, row = edge.handle, edge_rows.PUBLIC["POST /{integration}/admin_ui"]
    own, state = handle.metadata(), handle.state(b"s")
    cases = [
        (own, state, 200),
        (own, handle.state(b"s", "account-2"), 401),
        (handle.metadata("account-2"), state, 401),
        (handle.metadata(integration_id="org.example.other"), "", 401),
        (own[:-2], state, 401),
        (state, state, 401),
    ]
    for metadata, state_given, status in cases:
        form = {**row.form, "metadata": metadata, "state": state_given, "name": "N"}
        answer = await answer_to(edge.client, "POST /x", Row(row.path, form=form), {})
        assert answer.status_code == status


async def test_a_sign_in_fits_only_the_run_of_pages_that_began_it(edge: EdgeScene):
    """Swapped between two sign-ins, used again by another, from another integration, changed, or too late."""
    mine, my_state = await edge.sign_in_state(await edge.begin())
    theirs, their_state = await edge.sign_in_state(await edge.begin())
    my_code, their_code = await edge.code(my_state, code="mine"), await edge.code(their_state, code="theirs")
    assert await step(edge, mine, **{"sealock-sign-in": my_code}) == 200
    assert await step(edge, mine, **{"sealock-sign-in": their_code}) == 401
    assert await step(edge, theirs, **{"sealock-sign-in": my_code}) == 401
    assert await step(edge, mine, **{"sealock-sign-in": my_state}) == 401
    for name, other in changed(my_code).items():
        assert await step(edge, mine, **{"sealock-sign-in": other}) == 401, name
    assert await step(edge, mine, **{"sealock-sign-in": my_code}) == 200
    edge.handle.clock.move(minutes=11)
    assert await step(edge, mine, **{"sealock-sign-in": my_code}) == 401


async def test_a_callback_needs_its_state(edge: EdgeScene):
    _, state = await edge.sign_in_state(await edge.begin())
    path = "/guestbook/admin_ui/callback"
    assert (await edge.client.get(path, params={"state": state, "code": "x"})).status_code == 200
    for name, other in {**changed(state), "metadata": edge.names["metadata"], "form": await edge.begin()}.items():
        assert (await edge.client.get(path, params={"state": other, "code": "x"})).status_code == 401, name
    assert (await edge.client.get(path, params={"code": "x"})).status_code == 400
    assert (await edge.client.get(f"{path}?state={state}&state={state}")).status_code == 400
    assert (await edge.client.get(path.replace("guestbook", "other"), params={"state": state})).status_code == 401
    edge.handle.clock.move(minutes=61)
    assert (await edge.client.get(path, params={"state": state, "code": "x"})).status_code == 401


async def test_an_event_is_believed_by_its_account_or_its_token(edge: EdgeScene):
    row = edge_rows.PUBLIC["POST /{integration}/event_callback"]
    token = edge.names["event_token"]
    other = (await edge.client.get("/guestbook/manifest.json")).json()["urls"]["event_callback_url"]
    assert other.rpartition("=")[2] != edge.names["metadata"]
    for given, outcome in ((token, "passed_on"), ("", "refused"), (edge.names["metadata"], "refused")):
        answer = await answer_to(edge.client, "POST /x", row, {"event_token": given})
        assert answer.json() == {"events": 1, outcome: 1}
    for name, given in changed(token).items():
        answer = await answer_to(edge.client, "POST /x", row, {"event_token": given})
        assert answer.json() == {"events": 1, "refused": 1}, name
    path = row.path.replace("guestbook", "other")
    answer = await answer_to(edge.client, "POST /x", Row(path, media=row.media), {"event_token": token})
    assert answer.json() == {"events": 1, "refused": 1}


@pytest.mark.parametrize("endpoint", ["pull", "channelback"])
async def test_pull_and_channelback_need_what_was_sealed_for_them(edge: EdgeScene, endpoint: str):
    row = edge_rows.PUBLIC[f"POST /{{integration}}/{endpoint}"]
    metadata = edge.names["metadata"]
    bad: Mapping[str, str] = {
        **changed(metadata),
        "of another integration": edge.handle.metadata(integration_id="org.example.other"),
        "a state": edge.handle.state(b"x"),
        "a set-up": await edge.begin(),
    }
    assert (await answer_to(edge.client, "POST /x", row, edge.names)).status_code == 200
    for name, given in bad.items():
        answer = await answer_to(edge.client, "POST /x", row, {**edge.names, "metadata": given})
        assert answer.status_code == 401, name
    assert GUESTBOOK_ID not in json.dumps(answer.json())


async def test_a_browsers_question_whether_it_may_is_never_answered_yes(edge: EdgeScene, desk, guestbook):
    from tests.safety import desk_rows, guestbook_rows

    for client, table, names in (
        (edge.client, edge_rows.PUBLIC, edge.names),
        (edge.internal, edge_rows.INTERNAL, {}),
        (desk.client, desk_rows.DESK, desk.names),
        (guestbook.client, guestbook_rows.GUESTBOOK, {}),
    ):
        for route, row in table.items():
            for origin in ("https://example.zendesk.com", "null", "http://127.0.0.1:8800"):
                headers = {
                    "Origin": origin,
                    "Access-Control-Request-Method": method_of(route),
                    "Access-Control-Request-Headers": "content-type, authorization",
                    "Access-Control-Request-Private-Network": "true",
                }
                answer = await answer_to(client, route, row, names, method="OPTIONS", body=None, headers=headers)
                assert not [name for name in answer.headers if name.startswith("access-control-")], route
