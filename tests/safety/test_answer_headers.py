# SPDX-License-Identifier: Apache-2.0
"""Every answer of every route, the good one and each way to fail, has the headers that guard it in a browser."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_devkit.stack.process import free_port
from tests.edge.edge_under_test import MovedClock, add_key
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.scripted_connector import Refusal
from tests.edge.serving import until
from tests.safety.answer_checks import header_weaknesses
from tests.safety.programs import edge_rows, guestbook_rows, zendesk_rows
from tests.safety.programs.edge_scene import DESK
from tests.safety.programs.routes import ITSELF, NOBODY, ZENDESK, Row, answer_to, filled, method_of

ANCESTORS = {NOBODY: ["'none'"], ZENDESK: [DESK], ITSELF: ["'self'"]}
FILES = ("GET /api/files/{number:int}", "GET /attachments/token/{token}/", "GET /attachments/stored/{key}/{name}")
LARGE = b"x" * 1_200_000


async def well_and_badly(
    client: httpx2.AsyncClient, route: str, row: Row, scene: Mapping[str, str]
) -> AsyncIterator[tuple[str, httpx2.Response]]:
    """The good answer, then one for each way to call it wrongly."""
    here = {"Origin": scene["url"]}
    yield "well", await answer_to(client, route, row, scene, headers=here)
    for method in {"DELETE", "PUT", "OPTIONS", "PROPFIND", "POST"} - {method_of(route)}:
        yield method, await answer_to(client, route, row, scene, method=method, headers=here)
    path = filled(row.path, scene)
    yield "elsewhere", await answer_to(client, route, row, scene, path=f"{path.partition('?')[0]}/x/y", headers=here)
    yield "not there", await answer_to(client, route, row, scene, path=path.replace("1", "98765"), headers=here)
    yield "host", await answer_to(client, route, row, scene, headers={"Host": "evil.example:1@x", **here})
    yield "nobody", await answer_to(client, route, row, scene, headers={"Authorization": None, **here})
    if method_of(route) in {"GET", "HEAD"}:
        return
    yield "empty", await answer_to(client, route, row, scene, body=b"a=", headers=here)
    yield "type", await answer_to(client, route, row, scene, headers={"Content-Type": "text/plain", **here})
    yield "broken", await answer_to(client, route, row, scene, body=b'\xff{"%zz', headers=here)
    yield "large", await answer_to(client, route, row, scene, body=LARGE, headers=here)


def judged(route: str, row: Row, how: str, answer: httpx2.Response) -> list[str]:
    """A good answer is framed by those whom the row names; a bad one by them or by nobody."""
    right = [ANCESTORS[row.framed_by]]
    if how != "well" or not answer.is_success:
        right.append(ANCESTORS[NOBODY])
    kept = row.may_be_kept and method_of(route) in {"GET", "HEAD"}
    found = header_weaknesses(answer, framed_by=right, may_be_kept=kept)
    return [f"{route} {how} {answer.status_code}: {each}" for each in found]


async def problems(
    client: httpx2.AsyncClient, table: Mapping[str, Row], scene: Mapping[str, str]
) -> tuple[list[str], set[int]]:
    """What is wrong with any answer, and the statuses that were seen."""
    found, seen = [], set()
    for route, row in table.items():
        async for how, answer in well_and_badly(client, route, row, scene):
            seen.add(answer.status_code)
            found += judged(route, row, how, answer)
    return found, seen


async def test_every_answer_of_the_edge_is_guarded(edge):
    found, seen = await problems(edge.client, edge_rows.PUBLIC, edge.names)
    assert found == []
    assert seen >= {200, 303, 400, 401, 404, 405, 413, 415}


async def test_every_answer_of_the_edges_internal_listener_is_guarded(edge):
    found, seen = await problems(edge.internal, edge_rows.INTERNAL, edge.names)
    assert found == []
    assert seen >= {200, 404, 405}


@pytest.mark.parametrize("reason", [Reason.REASON_INTERNAL, Reason.REASON_ORIGIN_UNAVAILABLE])
async def test_every_answer_of_the_edge_to_a_connector_that_fails_is_guarded(edge, reason):
    for rpc in ("Setup", "Pull", "Channelback", "ResolveClickthrough", "HandleEvent", "Describe"):
        edge.connector.script(rpc, Refusal(reason))
    found, seen = [], set()
    for route, row in edge_rows.PUBLIC.items():
        answer = await answer_to(edge.client, route, row, edge.names)
        seen.add(answer.status_code)
        found += judged(route, row, "with a connector that fails", answer)
    assert found == []
    assert seen >= {500 if reason == Reason.REASON_INTERNAL else 503}


async def test_every_answer_of_the_local_zendesk_is_guarded(desk):
    table = {route: row for route, row in zendesk_rows.DESK.items() if "remove" not in route and "DELETE" not in route}
    found, seen = await problems(desk.client, table, desk.names)
    assert found == []
    assert seen >= {200, 201, 302, 303, 400, 401, 403, 404, 405, 409, 415, 422}


async def test_every_answer_of_the_local_zendesk_that_fails_itself_is_guarded(desk):
    await desk.settle()
    for table in ("calls", "events", "settings"):
        desk.zendesk.store.database.run(f"ALTER TABLE {table} RENAME TO {table}_gone")
    found, seen = [], set()
    for route, row in zendesk_rows.DESK.items():
        answer = await answer_to(desk.client, route, row, desk.names, headers={"Origin": desk.url})
        seen.add(answer.status_code)
        found += judged(route, row, "without its memory", answer)
    for table in ("calls", "events", "settings"):
        desk.zendesk.store.database.run(f"ALTER TABLE {table}_gone RENAME TO {table}")
    assert found == []
    assert 500 in seen


async def test_every_answer_of_the_guestbook_is_guarded(guestbook):
    found, seen = await problems(guestbook.client, guestbook_rows.GUESTBOOK, guestbook.names)
    # The one cookie that there is: a visitor's, to know their own answers by.
    assert [each for each in found if "set-cookie" not in each] == []
    assert {each.partition(" ")[2].partition(" ")[0] for each in found} <= {"/"}
    assert seen >= {200, 201, 204, 303, 400, 401, 404, 405, 413, 415}
    refused = await guestbook.client.post("/", data={"author": "", "text": ""})
    assert refused.status_code == 422
    assert judged("POST /", guestbook_rows.GUESTBOOK["POST /"], "nameless", refused) == []
    answer = await guestbook.client.post("/", data={"author": "Anna", "text": "Hello"})
    assert {"httponly", "samesite=lax"} <= {each.strip().lower() for each in answer.headers["set-cookie"].split(";")}


async def test_a_file_is_saved_and_never_shown(desk):
    for route in FILES:
        answer = await answer_to(desk.client, route, zendesk_rows.API[route], desk.names)
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["content-security-policy"]


async def test_nobody_is_told_what_serves(tmp_path, edge):
    """The programs themselves, with their own servers."""
    add_key(tmp_path / "keys", MovedClock())
    async with (
        EdgeProcess(tmp_path, tmp_path / "keys", edge.connector.target) as process,
        desk_process(tmp_path / "zendesk") as url,
        httpx2.AsyncClient(trust_env=False) as client,
    ):
        pages = (f"{process.url}/guestbook/about", f"{process.internal}/livez", f"{url}/tickets", f"{url}/api/status")
        for address in pages:
            answer = await client.get(
                address, headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
            )
            assert answer.status_code == 200
            assert list(header_weaknesses(answer, framed_by=[["'none'"]], may_be_kept=False)) == []
            assert "evil.example" not in answer.text


@asynccontextmanager
async def desk_process(folder: Path) -> AsyncIterator[str]:
    """`sealock zendesk` as a process; its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sealock_contract.command", "zendesk"),
        *("--listen", f"127.0.0.1:{port}", "--data", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            await until(lambda: _answers(client, f"http://127.0.0.1:{port}/api/status"), 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _answers(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx2.TransportError:
        return False
