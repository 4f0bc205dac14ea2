# SPDX-License-Identifier: Apache-2.0
"""Whatever a file is called, its name stays one name: in the header that saves it, and in the path that leads to it."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, unquote

import httpx2

from tests.safety.hostile_values import HOSTILE
from tests.safety.programs import zendesk_rows
from tests.safety.programs.edge_scene import EdgeScene
from tests.safety.programs.routes import answer_to
from tests.safety.programs.zendesk_scene import ZendeskScene

COMMENT = "POST /tickets/{number:int}/comments"
PNG = b"\x89PNG\r\n\x1a\n".decode("latin-1")
NAMES = (
    "../../etc/passwd",
    "..\\..\\x.exe",
    "..",
    "/etc/passwd",
    "C:\\x",
    "%2e%2e%2fx",
    'a".html; filename="b.exe',
    "a; filename*=UTF-8''b.exe",
    "a\\",
    "a\r\nSet-Cookie: evil=1\r\n\r\n<script>canary()</script>",
    "a\x00.png",
    "a?b#c",
    "invoice\u202egnp.exe",
    "\u2028;\u2029'",
    "n" * 300 + ".html",
    *HOSTILE,
)
ONE_NAME = re.compile(r"(attachment|inline); filename\*=UTF-8''([\w.~%-]+)", re.ASCII)


def saved_as(answer: httpx2.Response) -> str:
    """The name that a browser saves it under; the header has nothing else."""
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    written = ONE_NAME.fullmatch(answer.headers["content-disposition"])
    assert written, answer.headers["content-disposition"]
    name = unquote(written[2])
    assert not re.search(r"[/\\\x00-\x1f\x7f]", name)
    assert name.strip(" .")
    return name


async def test_a_name_of_the_origin_is_one_name_at_the_edge(edge: EdgeScene):
    for name in NAMES:
        link = await edge.file_link(name)
        folder, _, last = link.rpartition("/")
        assert re.fullmatch(r"/guestbook/files/[\w-]+", folder, re.ASCII), name
        assert saved_as(await edge.client.get(link)) == unquote(last), name


async def test_a_name_of_an_agents_file_is_one_name_at_the_local_zendesk(desk: ZendeskScene):
    taken = 0
    for number, name in enumerate(NAMES):
        row = replace(zendesk_rows.PAGES[COMMENT], files={"files": (name, "text/html", PNG if number % 2 else "x")})
        answer = await answer_to(desk.client, COMMENT, row, desk.names, headers={"Origin": desk.url})
        assert answer.status_code in {303, 422}, name
        taken += answer.status_code == 303
    assert taken > 15
    comments = desk.zendesk.store.tickets.comments(int(desk.names["ticket"]))
    for file in (file for comment in comments for file in desk.zendesk.store.files.of_comment(comment.id)):
        if file.status == "stored":
            for path in (f"/files/{file.id}/{quote(file.name, safe='')}", f"/api/files/{file.id}"):
                assert saved_as(await desk.client.get(path)) == file.name
