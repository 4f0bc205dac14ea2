# SPDX-License-Identifier: Apache-2.0
"""
What a foreign page can send changes nothing.

The local Zendesk looks at where it comes from. The edge has no session that a foreign page could use: each step proves
with a sealed string that it belongs here. Tried with strings of another account, another integration, another run of
the pages, another purpose, and of yesterday.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from urllib.parse import urlencode

import pytest

from sealock.edge.v1.account_pb2 import SetupProgress
from tests.edge.edge_under_test import GUESTBOOK_ID
from tests.safety.programs import edge_rows, zendesk_rows
from tests.safety.programs.edge_scene import EdgeScene
from tests.safety.programs.routes import FORM, Row, answer_to, filled, method_of, ways
from tests.safety.programs.zendesk_scene import JOURNAL, ZendeskScene

RETURN = "POST /admin-ui/return/{key}"
EMBEDDED = (
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
)


SIMPLE = ("text/plain", FORM, "multipart/form-data; boundary=x", None, "text/plain; application/json")


def foreign_origins(url: str) -> list[str]:
    """Origins that are not this one, however near they come."""
    port = url.rpartition(":")[2]
    return [
        "null",
        "",
        "https://evil.example",
        url.replace("http:", "https:"),
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        f"http://localhost:{port}",
        f"http://127.0.0.2:{port}",
        f"{url}.evil.example",
        f"{url}@evil.example",
        f"http://evil.example#{url}",
        f"{url}, https://evil.example",
        f"{url}/",
        "file://",
    ]


def rebound_hosts(url: str) -> list[str]:
    """Hosts whose names only lead here."""
    port = url.rpartition(":")[2]
    hosts = ("zendesk.evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0", "[::]", "evil")
    return [*(f"{host}:{port}" for host in hosts), "evil.example", f"evil.example:{port}@127.0.0.1", ""]


def changing(table) -> list[str]:
    return [route for route in table if method_of(route) not in {"GET", "HEAD"}]


async def tried(desk: ZendeskScene, table, route: str, allowed: set[int], **changed: object) -> list[str]:
    """What came of a call that must be refused, if it was not."""
    answer = await answer_to(desk.client, route, table[route], desk.names, **changed)
    return [] if answer.status_code in allowed else [f"{route} {changed}: {answer.status_code}"]


async def test_no_form_of_another_origin_is_taken(desk):
    before, taken = desk.remembered(), []
    for route in changing(zendesk_rows.PAGES):
        for origin, row in product((None, *foreign_origins(desk.url)), ways(zendesk_rows.PAGES[route])):
            if route != RETURN:
                taken += await tried(desk, {route: row}, route, {403}, headers={"Origin": origin})
        for host in rebound_hosts(desk.url):
            headers = {"Host": host, "Origin": f"http://{host}"}
            taken += await tried(desk, zendesk_rows.PAGES, route, {400, 403}, headers=headers)
    assert taken == []
    assert desk.remembered() == before


async def test_no_simple_request_reaches_the_json_api(desk):
    """What a page can send without the browser asking first: three content types, and none."""
    table, before, taken = {**zendesk_rows.API, **zendesk_rows.REST}, desk.remembered(), []
    for route in changing(table):
        for kind in SIMPLE:
            foreign = {"Content-Type": kind, "Origin": "https://evil.example"}
            taken += await tried(desk, table, route, {403}, headers=foreign)
    assert desk.remembered() == before
    for route in changing(table):
        for kind in SIMPLE:
            taken += await tried(desk, table, route, {415}, headers={"Content-Type": kind})
    assert taken == []
    # A program's mistakes are kept, for its author to see.
    assert desk.remembered(without=JOURNAL) == {name: rows for name, rows in before.items() if name not in JOURNAL}


async def test_no_json_of_another_origin_is_taken(desk):
    table, before, taken = {**zendesk_rows.API, **zendesk_rows.REST}, desk.remembered(), []
    for route in changing(table):
        for origin in foreign_origins(desk.url):
            taken += await tried(desk, table, route, {403}, headers={"Origin": origin})
        for host in rebound_hosts(desk.url):
            taken += await tried(desk, table, route, {400, 403}, headers={"Host": host})
    assert taken == []
    assert desk.remembered() == before


async def test_no_page_of_another_site_fetches_frames_or_embeds_anything(desk):
    before, given = desk.remembered(), []
    for route in zendesk_rows.DESK:
        if route != RETURN:
            for headers in EMBEDDED:
                given += await tried(desk, zendesk_rows.DESK, route, {403}, headers=headers)
    assert given == []
    assert desk.remembered() == before


async def test_a_link_of_another_site_may_be_followed_to_a_page(desk):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for route, row in zendesk_rows.PAGES.items():
        if row.page and route.startswith("GET "):
            assert (await answer_to(desk.client, route, row, desk.names, headers=link)).status_code == 200


async def test_no_method_that_promises_to_change_nothing_changes_anything(desk):
    """Each path is tried, those of forms too, with what the form would send in the query."""
    await desk.settle()
    before = desk.remembered(without=JOURNAL)
    for method, (route, row) in product(("GET", "HEAD", "OPTIONS", "TRACE"), zendesk_rows.DESK.items()):
        query = urlencode(filled(row.form or {"x": "1"}, desk.names))
        path = f"{filled(row.path, desk.names)}{'&' if '?' in row.path else '?'}{query}"
        headers = {"X-HTTP-Method-Override": method_of(route), "Origin": desk.url}
        answer = await answer_to(
            desk.client, route, row, desk.names, method=method, path=path, body=None, headers=headers
        )
        assert answer.status_code < 500, (route, answer.text)
    await desk.settle()
    assert desk.remembered(without=JOURNAL) == before


async def test_the_return_path_needs_its_key_and_takes_it_once(desk):
    good = {"name": "New", "metadata": "m", "state": ""}
    before = desk.remembered()
    for key in ("", "x", "A" * 32, desk.names["visit"][:-1], desk.names["visit"].swapcase(), "%2e%2e", "..%2f..%2fx"):
        answer = await desk.client.post(f"/admin-ui/return/{key}", data=good)
        assert answer.status_code in {403, 404, 409}, key
    assert desk.remembered() == before
    path = f"/admin-ui/return/{desk.names['visit']}"
    assert (await desk.client.post(path, data=good, headers={"Origin": "null"})).status_code == 200
    after = desk.remembered(without={"events", "calls"})
    assert (await desk.client.post(path, data={**good, "name": "Again"})).status_code == 409
    assert {name for (_, _, name, *_) in after["accounts"]} >= {"New"}
    assert [row[:3] for row in desk.remembered()["accounts"]] == [row[:3] for row in after["accounts"]]


async def test_only_the_way_back_itself_is_open_to_other_origins(desk):
    before = desk.remembered()
    for path in ("../tickets/1/status", "%2e%2e/%2e%2e/tickets/1/status", "/../../tickets/1/status", "x/y"):
        answer = await desk.client.post(
            f"/admin-ui/return/{path}", data={"status": "closed"}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code in {403, 404, 409}, path
    assert desk.remembered() == before


async def test_pages_of_other_sites_cannot_make_a_running_visit_be_forgotten(desk):
    for _ in range(60):
        await desk.client.get("/channels/1/accounts/new", headers=EMBEDDED[1])
    answer = await desk.client.post(f"/admin-ui/return/{desk.names['visit']}", data={"name": "N", "metadata": "m"})
    assert answer.status_code == 200


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
        answer = await answer_to(edge.client, "POST /x", Row(row.path, form=form), edge.names)
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
    assert (await edge.client.get(path, params={"code": "x"})).status_code == 401
    assert (await edge.client.get(f"{path}?state={state}&state={state}")).status_code == 400
    assert (await edge.client.get(path.replace("guestbook", "other"), params={"state": state})).status_code == 401
    edge.handle.clock.move(minutes=61)
    assert (await edge.client.get(path, params={"state": state, "code": "x"})).status_code == 401


async def test_events_need_the_token_of_the_manifest(edge: EdgeScene):
    row = edge_rows.PUBLIC["POST /{integration}/event_callback"]
    token = edge.names["event_token"]
    other = (await edge.client.get("/guestbook/manifest.json")).json()["urls"]["event_callback_url"]
    assert other.rpartition("=")[2] != edge.names["metadata"]
    answer = await answer_to(edge.client, "POST /x", row, {"event_token": token})
    assert answer.json() == {"events": 1, "passed_on": 1}
    for name, given in {**changed(token), "nothing": "", "metadata": edge.names["metadata"]}.items():
        answer = await answer_to(edge.client, "POST /x", row, {"event_token": given})
        assert answer.status_code == 401, name
    path = row.path.replace("guestbook", "other")
    answer = await answer_to(edge.client, "POST /x", Row(path, media=row.media), {"event_token": token})
    assert answer.status_code == 401


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
    from tests.safety.programs import guestbook_rows, zendesk_rows

    for client, table, names in (
        (edge.client, edge_rows.PUBLIC, edge.names),
        (edge.internal, edge_rows.INTERNAL, {}),
        (desk.client, zendesk_rows.DESK, desk.names),
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
