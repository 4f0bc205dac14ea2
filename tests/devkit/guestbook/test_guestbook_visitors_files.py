# SPDX-License-Identifier: Apache-2.0
"""Visitors put files to their entries; the owner's program fetches them; with the entry they go."""

from __future__ import annotations

import re

import pytest

PNG = ("Grüße „vom“ Pier.png", b"\x89PNG" + bytes(1000), "image/png")
NOTE = ("note.txt", b"<script>alert(1)</script>", "text/plain")


async def sign(browser, *files, text="Look", author="Anna"):
    form = {"author": author, "text": text, "answer_to": ""}
    return await browser.post("/", data=form, files=[("files", file) for file in files])


async def listed(owner):
    return (await owner.get("/api/entries", params={"since": "1970-01-01T00:00:00Z"})).json()["entries"]


async def test_files_stand_with_the_entry_and_nothing_in_them_runs(browser):
    location = (await sign(browser, PNG, NOTE)).headers["location"]
    page = (await browser.get(location)).text
    shown = [await browser.get(each) for each in re.findall(r'<a href="(/files/[^"]+)', page)]
    assert [answer.content for answer in shown] == [PNG[1], NOTE[1]]
    assert [answer.headers["content-disposition"].partition(";")[0] for answer in shown] == ["inline", "attachment"]
    assert {answer.headers["x-content-type-options"] for answer in shown} == {"nosniff"}
    assert {answer.headers["content-security-policy"] for answer in shown} == {
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    }
    assert page.count("<img") == 1
    assert "<script" not in page


async def test_the_owner_s_program_lists_and_fetches_them(browser, owner):
    await sign(browser, PNG, NOTE)
    [entry] = await listed(owner)
    picture, note = entry["files"]
    assert (picture["name"], picture["content_type"], picture["size"]) == (PNG[0], PNG[2], len(PNG[1]))
    answer = await owner.get(f"/api/files/{picture['id']}")
    assert (answer.content, answer.headers["content-type"]) == (PNG[1], "image/png")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Gr%C3%BC")
    assert (await browser.get(f"/api/files/{note['id']}")).status_code == 401


async def test_a_file_needs_no_words_and_may_be_empty(browser, owner):
    assert (await sign(browser, ("empty.txt", b"", "text/plain"), text="")).status_code == 303
    [entry] = await listed(owner)
    assert (entry["text"], entry["files"][0]["size"]) == ("", 0)


async def test_a_form_in_which_no_file_was_chosen_is_an_entry_without_files(browser, owner):
    body = (
        '--x\r\ncontent-disposition: form-data; name="author"\r\n\r\nAnna\r\n'
        '--x\r\ncontent-disposition: form-data; name="text"\r\n\r\nHello\r\n'
        '--x\r\ncontent-disposition: form-data; name="files"; filename=""\r\n'
        "content-type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert (await browser.post("/", content=body, headers=headers)).status_code == 303
    assert (await listed(owner))[0]["files"] == []


async def test_a_path_in_front_of_a_name_is_left_out(browser, owner):
    await sign(browser, ("C:\\pictures\\pier.png", b"x", "image/png"))
    assert (await listed(owner))[0]["files"][0]["name"] == "pier.png"


REFUSED = {
    "four": ([NOTE] * 4, "too many files: at most 3"),
    "a page": ([("page.html", b"<script>", "text/html")], "“page.html” is not taken"),
    "a drawing that can run": ([("a.svg", b"<svg>", "image/svg+xml")], "“a.svg” is not taken"),
    "a program": ([NOTE, ("run.exe", b"MZ", "application/x-msdownload")], "“run.exe” is not taken"),
    "one byte too many": ([("a.txt", bytes(5_000_001), "text/plain")], "“a.txt” is too large: at most 5,000,000 bytes"),
    "a strange name": ([("a\u202eb.txt", b"", "text/plain")], "a name that cannot be used"),
}


@pytest.mark.parametrize(("files", "words"), REFUSED.values(), ids=REFUSED)
async def test_what_is_not_taken_is_said_on_the_page_and_nothing_is_kept(browser, owner, site, files, words):
    answer = await sign(browser, *files, text="Still here")
    assert answer.status_code == 422
    assert words in answer.text
    assert "Still here" in answer.text
    assert 'aria-describedby="problem"' in answer.text
    assert await listed(owner) == []
    assert site.entries._rows.execute("SELECT count(*) FROM files").fetchone() == (0,)


async def test_three_of_five_megabytes_are_taken_and_far_more_is_not_even_read(browser, owner):
    large = ("a.txt", bytes(5_000_000), "text/plain")
    assert (await sign(browser, large, large, large)).status_code == 303
    assert [file["size"] for file in (await listed(owner))[0]["files"]] == [5_000_000] * 3
    assert (await sign(browser, ("a.txt", bytes(17_000_000), "text/plain"))).status_code == 413


async def test_a_form_that_is_not_utf_8_is_malformed(browser):
    body = b'--x\r\ncontent-disposition: form-data; name="author"\r\n\r\n\xff\r\n--x--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert (await browser.post("/", content=body, headers=headers)).status_code == 400


async def test_with_its_entry_a_file_is_gone(browser, owner):
    location = (await sign(browser, PNG)).headers["location"]
    [entry] = await listed(owner)
    path = re.search(r'<a href="(/files/[^"]+)', (await browser.get(location)).text)[1]
    assert (await browser.delete(f"/api/entries/{entry['id']}")).status_code == 401
    assert (await owner.delete(f"/api/entries/{entry['id']}")).status_code == 204
    assert (await owner.get(f"/api/files/{entry['files'][0]['id']}")).status_code == 404
    assert (await browser.get(path)).status_code == 404
    assert (await owner.delete(f"/api/entries/{entry['id']}")).status_code == 404


async def test_with_the_first_entry_its_conversation_is_gone_and_with_an_answer_only_that(site, owner):
    first = site.sign("Hello")
    answer, other = site.sign("Hi", answer_to=first.id), site.sign("Hey", answer_to=first.id)
    await owner.delete(f"/api/entries/{answer.id}")
    assert [entry["id"] for entry in await listed(owner)] == [first.id, other.id]
    await owner.delete(f"/api/entries/{first.id}")
    assert await listed(owner) == []
