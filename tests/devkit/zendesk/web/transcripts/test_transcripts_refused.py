# SPDX-License-Identifier: Apache-2.0
"""A file that is cut, of another version, huge, or hostile is refused with a sentence, and breaks no page."""

from __future__ import annotations

import json
import random
import tracemalloc

import pytest

from sealock_devkit.zendesk.transcripts import reading, shape
from sealock_devkit.zendesk.transcripts.shape import TABLES
from tests.devkit.zendesk.web.conftest import words
from tests.devkit.zendesk.web.transcripts.conftest import open_file, send_file, transcript
from tests.devkit.zendesk.web.transcripts.test_transcripts_opened import crawl

VALUES = [
    None,
    True,
    -1,
    2**60,
    1.5,
    "",
    "x",
    "<script>alert(1)</script>",
    [],
    {},
    "[" * 3000,
    '{"a": NaN}',
    "\0",
    "[[1]]",
    "[{}]",
]


async def refusal(browser, content: bytes) -> str:
    answer = await send_file(browser, content)
    assert answer.status_code == 422, answer.text
    page = await browser.open("/transcripts")
    assert page.css(".switches") == []
    return answer.text.partition('id="refused" class="alert" role="alert">')[2].partition("<")[0]


def edited(content: bytes, place: int, change) -> bytes:
    """The file with one line, parsed, changed."""
    lines = content.splitlines()
    said = json.loads(lines[place])
    change(said)
    lines[place] = json.dumps(said).encode()
    return b"\n".join(lines) + b"\n"


async def test_what_is_no_transcript_says_so(elsewhere):
    for content in (b"", b"\n", b"not json\n", b"[]\n", b'{"format": "x"}\n', b"\xff\xfe\n", b"[" * 100_000, b"PK\3\4"):
        assert "This is no transcript" in await refusal(elsewhere, content)


async def test_one_of_another_version_says_so(browser, elsewhere, lived):
    content = await transcript(browser)
    for version, said in ((2, "a newer version"), (0, "another version"), ("1", "another version"), (True, "another")):
        text = await refusal(elsewhere, edited(content, 0, lambda line, to=version: line.update(version=to)))
        assert f"written by {said}" in text


async def test_one_that_is_cut_says_so_wherever_it_is_cut(browser, elsewhere, lived):
    content = await transcript(browser)
    lines = content.splitlines(keepends=True)
    chosen = random.Random(1)
    for _ in range(12):
        place = chosen.randrange(len(lines[0]), len(content) - 2)
        assert "cut" in await refusal(elsewhere, content[:place])
    for count in (1, len(lines) // 2, len(lines) - 1):
        assert "This transcript is cut: its end is missing" in await refusal(elsewhere, b"".join(lines[:count]))
    assert "damaged" in await refusal(elsewhere, b"".join(lines[:-2] + lines[-1:]))
    assert "goes on after its end" in await refusal(elsewhere, content + lines[-2])


async def test_one_that_is_too_large_says_so_before_it_is_read(browser, elsewhere, lived, monkeypatch):
    assert "50 MB" in await refusal(elsewhere, b"x" * (shape.MAX_BYTES + 1))
    content = await transcript(browser)
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 300)
    assert "is too long" in await refusal(elsewhere, content)
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 10**6)
    monkeypatch.setattr(reading, "MAX_ROWS", 5)
    assert "too many" in await refusal(elsewhere, content)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_whatever_stands_in_a_column_is_refused_or_shown(browser, elsewhere, lived, table):
    content = await transcript(browser)
    place = next(n for n, line in enumerate(content.splitlines()) if table.name in json.loads(line))
    opened = 0
    chosen = random.Random(table.name)
    for column in table.columns:
        for value in chosen.sample(VALUES, 3):
            changed = edited(content, place, lambda line, c=column, v=value: line[table.name].update({c: v}))
            answer = await send_file(elsewhere, changed)
            if answer.status_code == 303:
                opened += 1
                root = "/".join(answer.headers["location"].split("/")[:3])
                if opened == 1:
                    await crawl(elsewhere, root)
                await elsewhere.send("/transcripts/close", {"number": root.rpartition("/")[2]})
                continue
            assert answer.status_code == 422, answer.text
            assert "transcript" in answer.text


async def test_rows_that_name_none_or_another_twice_are_refused(browser, elsewhere, lived):
    content = await transcript(browser)
    lines = content.splitlines()

    def first(table: str) -> int:
        return next(n for n, line in enumerate(lines) if table in json.loads(line))

    for table, column in (("comments", "ticket_id"), ("calls", "account_id"), ("deliveries", "call_id")):
        text = await refusal(
            elsewhere, edited(content, first(table), lambda line, t=table, c=column: line[t].update({c: 999}))
        )
        assert "contradicts itself" in text or "not as it should be" in text
    place = first("comments")
    twice = b"\n".join([*lines[: place + 1], *lines[place:]])
    assert "contradicts itself" in await refusal(elsewhere, twice)
    assert "its columns" in await refusal(elsewhere, edited(content, place, lambda line: line["comments"].update(x=1)))
    assert "not as it should be" in await refusal(elsewhere, edited(content, place, lambda line: line.update(x=1)))
    assert "not as it should be" in await refusal(elsewhere, content.replace(b'{"comments"', b'{"sqlite_master"', 1))


async def test_hostile_words_are_shown_and_never_run(browser, elsewhere, lived):
    content = await transcript(browser)
    lines = [json.loads(line) for line in content.splitlines()]
    evil = "<script>canary()</script><img src=x onerror=canary()>\"'{{ 7*7 }}"
    for line in lines:
        for table, column in (
            ("comments", "body"),
            ("comments", "html_body"),
            ("tickets", "subject"),
            ("users", "name"),
        ):
            if table in line:
                line[table][column] = evil
        if "integrations" in line:
            urls = {"admin_ui": "javascript:canary()", "clickthrough_url": "javascript:canary()"}
            line["integrations"]["manifest"] = json.dumps({"name": evil, "id": evil, "urls": urls})
            line["integrations"]["manifest_url"] = "javascript:canary()"
    root = await open_file(elsewhere, "\n".join(map(json.dumps, lines)).encode())
    for path in ("/tickets", "/tickets/1", "/channels", "/channels/1", "/accounts/1", "/calls"):
        text = (await elsewhere.client.get(root + path)).text
        assert "<script>canary" not in text
        assert "onerror=canary()>" not in text
        assert 'href="javascript:' not in text
    assert evil in words(await elsewhere.open(f"{root}/tickets/2"), "h1")


async def test_a_form_without_a_file_says_so(elsewhere):
    answer = await elsewhere.send("/transcripts", {"file": ""})
    assert (answer.status_code, "Choose the transcript" in answer.text) == (422, True)


async def test_a_huge_one_is_read_row_by_row(browser, lived, tmp_path):
    lines = (await transcript(browser)).splitlines()
    comment = next(json.loads(line) for line in lines if line.startswith(b'{"comments"'))["comments"]
    end = json.loads(lines[-1])["end"]
    many = [{**comment, "id": number, "external_id": None, "body": "x" * 2_000} for number in range(1_000, 5_000)]
    at = next(place for place, line in enumerate(lines) if line.startswith(b'{"comments"'))
    lines[at:at] = [json.dumps({"comments": each}).encode() for each in many]
    lines[-1] = json.dumps({"end": {**end, "comments": end["comments"] + len(many)}}).encode()
    content = b"\n".join(lines) + b"\n"

    tracemalloc.start()
    try:
        reading.read_transcript(content, tmp_path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < len(content) / 5
