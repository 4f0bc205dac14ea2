# SPDX-License-Identifier: Apache-2.0
"""Another site's page makes the browser send requests to the local Zendesk: nothing changes, whatever it tries."""

from __future__ import annotations

from itertools import product
from urllib.parse import urlencode

from tests.safety import desk_rows
from tests.safety.calling import FORM, answer_to
from tests.safety.desk_scene import JOURNAL, Desk
from tests.safety.route_tables import filled, method_of, ways

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


async def tried(desk: Desk, table, route: str, allowed: set[int], **changed: object) -> list[str]:
    """What came of a call that must be refused, if it was not."""
    answer = await answer_to(desk.client, route, table[route], desk.names, **changed)
    return [] if answer.status_code in allowed else [f"{route} {changed}: {answer.status_code}"]


async def test_no_form_of_another_origin_is_taken(desk):
    before, taken = desk.remembered(), []
    for route in changing(desk_rows.PAGES):
        for origin, row in product((None, *foreign_origins(desk.url)), ways(desk_rows.PAGES[route])):
            if route != RETURN:
                taken += await tried(desk, {route: row}, route, {403}, headers={"Origin": origin})
        for host in rebound_hosts(desk.url):
            headers = {"Host": host, "Origin": f"http://{host}"}
            taken += await tried(desk, desk_rows.PAGES, route, {400, 403}, headers=headers)
    assert taken == []
    assert desk.remembered() == before


async def test_no_simple_request_reaches_the_json_api(desk):
    """What a page can send without the browser asking first: three content types, and none."""
    table, before, taken = {**desk_rows.API, **desk_rows.REST}, desk.remembered(), []
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
    table, before, taken = {**desk_rows.API, **desk_rows.REST}, desk.remembered(), []
    for route in changing(table):
        for origin in foreign_origins(desk.url):
            taken += await tried(desk, table, route, {403}, headers={"Origin": origin})
        for host in rebound_hosts(desk.url):
            taken += await tried(desk, table, route, {400, 403}, headers={"Host": host})
    assert taken == []
    assert desk.remembered() == before


async def test_no_page_of_another_site_fetches_frames_or_embeds_anything(desk):
    before, given = desk.remembered(), []
    for route in desk_rows.DESK:
        if route != RETURN:
            for headers in EMBEDDED:
                given += await tried(desk, desk_rows.DESK, route, {403}, headers=headers)
    assert given == []
    assert desk.remembered() == before


async def test_a_link_of_another_site_may_be_followed_to_a_page(desk):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for route, row in desk_rows.PAGES.items():
        if row.page and route.startswith("GET "):
            assert (await answer_to(desk.client, route, row, desk.names, headers=link)).status_code == 200


async def test_no_method_that_promises_to_change_nothing_changes_anything(desk):
    """Each path is tried, those of forms too, with what the form would send in the query."""
    await desk.settle()
    before = desk.remembered(without=JOURNAL)
    for method, (route, row) in product(("GET", "HEAD", "OPTIONS", "TRACE"), desk_rows.DESK.items()):
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
