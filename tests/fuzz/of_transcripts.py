# SPDX-License-Identifier: Apache-2.0
"""Files that somebody opens as transcripts: they are refused in a sentence, or pages show them and stay whole."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from falcon.testing import ASGIConductor
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.zendesk.transcripts.opened import Opened, OpenedTranscripts
from sealock_devkit.zendesk.transcripts.shape import TABLES, Unfit
from sealock_devkit.zendesk.web.app import create_opened_app
from tests.fuzz.scripted import run

MOST_PAGES = 12
LONGEST_SENTENCE = 300
SEARCHED = "%25_%27%22%E2%80%AE%D9%85"
"""What is looked for: signs that mean something to databases, quotes, and words that run from right to left."""
STARTS = (
    f"/tickets?search={SEARCHED}",
    f"/calls?search={SEARCHED}",
    "/channels",
    "/accounts/1",
    "/calls",
    "/events",
    "/violations",
    "/settings",
)


def transcript(data: bytes) -> None:
    """As the file is, and with an end that tells of the rows that it has now: what is wrong in a row is found there."""
    _looked_at(data)
    if (mended := with_its_end(data)) not in (b"", data):
        _looked_at(mended)


def with_its_end(data: bytes) -> bytes:
    """The rows of the file that can be read, with their end; empty if it has not even a beginning."""
    first, *others = data.splitlines() or [b""]
    rows = [(name, line) for line in others if (name := _table_of(line))]
    counts = Counter(name for name, _ in rows)
    end = {"end": {**{table.name: counts[table.name] for table in TABLES}, "left_out": 0}}
    return b"\n".join([first, *(line for _, line in rows), json.dumps(end).encode()]) + b"\n" if first else b""


def _table_of(line: bytes) -> str:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    name = next(iter(said)) if isinstance(said, dict) and len(said) == 1 else ""
    return name if name in _names() else ""


@cache
def _names() -> frozenset[str]:
    return frozenset(table.name for table in TABLES)


def _looked_at(data: bytes) -> None:
    transcripts = OpenedTranscripts()
    opened = run(_opened(transcripts, data))
    if isinstance(opened, str):
        assert 0 < len(opened) <= LONGEST_SENTENCE, "no sentence for a person"
        assert transcripts.all() == []
        return
    folder = Path(opened.folder.name)
    try:
        before = _content(folder)
        run(_pages(opened))
        assert _content(folder) == before, "looking at it changed it"
    finally:
        transcripts.close_all()
    assert not folder.exists(), "something of it is left behind"


async def _opened(transcripts: OpenedTranscripts, data: bytes) -> Opened | str:
    try:
        return await transcripts.open("../../etc/\u202epasswd\n", data)
    except Unfit as unfit:
        return str(unfit)


def _content(folder: Path) -> dict[str, str]:
    return {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


async def _pages(opened: Opened) -> None:
    """Some of the pages that there are, and where their links lead: none fails, and none runs what was in the file."""
    ahead, seen = [opened.start.removeprefix(opened.root), *STARTS], set[str]()
    async with ASGIConductor(create_opened_app(opened)) as browser:
        while ahead and len(seen) < MOST_PAGES:
            path = ahead.pop(0)
            if path in seen:
                continue
            seen.add(path)
            page = await browser.simulate_get(path, host="127.0.0.1", root_path=opened.root)
            assert page.status_code in (200, 404), f"{path} is answered {page.status_code}"
            ahead += _links(page.text, opened.root)


def _links(html: str, root: str) -> list[str]:
    tree: Any = LexborHTMLParser(html)
    found = [node.attributes.get("href") or "" for node in tree.css("a")]
    assert not any(each.strip().lower().startswith("javascript:") for each in found)
    assert all(node.attributes.get("nonce") or node.attributes.get("src") for node in tree.css("script"))
    return [each.removeprefix(root) for each in found if each.startswith(root)]
