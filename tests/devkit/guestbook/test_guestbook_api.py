# SPDX-License-Identifier: Apache-2.0
"""The owner's API of the guestbook: entries, and files that are brought before them."""

import httpx2
import pytest

from sealock_devkit.emulators.guestbook.app import owner_token


async def test_the_site_tells_its_title_and_time(owner):
    answer = await owner.get("/api/site")
    assert answer.json() == {"title": "Seaside guestbook", "now": "2026-03-01T12:00:00Z"}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic b3duZXI6"}])
@pytest.mark.parametrize("path", ["/api/site", "/api/entries?since=2026-01-01T00:00:00Z", "/api/entries/1"])
async def test_without_the_token_the_api_tells_nothing(site, browser, header, path):
    site.sign("Hello")
    answer = await browser.get(path, headers=header)
    assert answer.status_code == 401
    assert "Hello" not in answer.text


async def test_a_list_is_inclusive_ordered_and_paged(site, owner):
    for number in range(5):
        site.sign(f"entry {number}")
    pages, query = [], {"since": "2026-03-01T12:00:00Z", "limit": 2}
    while True:
        page = (await owner.get("/api/entries", params=query)).json()
        pages.append([entry["id"] for entry in page["entries"]])
        if not page["more"]:
            break
        query["after"] = page["entries"][-1]["id"]
    assert pages == [[1, 2], [3, 4], [5]]


async def test_a_list_leaves_out_what_is_older(site, owner):
    site.sign("old")
    site.clock.forward(1)
    site.sign("new")
    page = (await owner.get("/api/entries", params={"since": "2026-03-01T13:00:01+01:00"})).json()
    assert [entry["text"] for entry in page["entries"]] == ["new"]


@pytest.mark.parametrize("query", ["", "since=yesterday", "since=2026-03-01&limit=0", "since=2026-03-01&limit=201"])
async def test_a_bad_query_is_refused(owner, query):
    assert (await owner.get(f"/api/entries?{query}")).status_code == 400


async def test_a_post_is_the_owners_and_a_repeat_adds_another(site, owner):
    root = site.sign("Hello")
    wanted = {"text": "Welcome", "parent": root.id, "mark": "m-1"}
    first, second = [(await owner.post("/api/entries", json=wanted)).json() for _ in range(2)]
    assert first["by_owner"]
    assert first["thread"] == root.id
    assert first["id"] != second["id"]
    found = (await owner.get("/api/entries", params={"mark": "m-1"})).json()["entries"]
    assert found == [first, second]
    assert (await owner.get(f"/api/entries/{first['id']}")).json() == first


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({}, "text"),
        ({"text": 1}, "text"),
        ({"text": "x", "parent": "1"}, "parent"),
        ({"text": "x", "parent": 99}, "parent"),
        ({"text": "x", "parent": 2**80}, "parent"),
        ({"text": "x", "mark": "m" * 81}, "mark"),
    ],
)
async def test_a_bad_post_is_refused_by_its_field(owner, body, field):
    answer = await owner.post("/api/entries", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_an_entry_that_is_not_there_is_not_found(owner):
    assert (await owner.get("/api/entries/99")).status_code == 404
    assert (await owner.get("/api/entries/9999999999999999999999")).status_code == 404


async def test_lost_answers_are_lost_after_the_entry_is_stored(site, owner):
    await owner.put("/dev/faults", json={"lose_answers": 1})
    with pytest.raises(httpx2.RemoteProtocolError):
        await owner.post("/api/entries", json={"text": "Welcome"})
    assert [entry.text for entry in site.owners()] == ["Welcome"]
    assert (await owner.post("/api/entries", json={"text": "Again"})).status_code == 201


async def test_failures_do_nothing_and_are_used_up(site, owner):
    await owner.put("/dev/faults", json={"fail": 1, "throttle": 1})
    answers = [await owner.post("/api/entries", json={"text": "Welcome"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 429, 201]
    assert answers[1].headers["retry-after"] == "1"
    assert len(site.owners()) == 1
    assert (await owner.get("/dev/faults")).json()["fail"] == 0


async def test_a_revoked_token_opens_nothing(owner):
    await owner.put("/dev/faults", json={"token_revoked": True})
    assert (await owner.get("/api/site")).status_code == 401


async def test_a_new_token_takes_the_old_ones_place_and_is_told_to_nobody(owner):
    await owner.put("/dev/faults", json={"token": "canary-new-token"})
    assert (await owner.get("/api/site")).status_code == 401
    owner.headers["Authorization"] = "Bearer canary-new-token"
    assert (await owner.get("/api/site")).status_code == 200
    assert "canary" not in (await owner.get("/dev/faults")).text


@pytest.mark.parametrize(
    "switches", [[], {"unknown": 1}, {"fail": "many"}, {"fail": -1}, {"token": 7}, {"token": "ü"}, {"token": "x" * 201}]
)
async def test_switches_that_do_not_exist_are_refused(owner, switches):
    assert (await owner.put("/dev/faults", json=switches)).status_code == 400


def test_the_token_file_is_made_once_and_for_its_owner_only(tmp_path):
    file = tmp_path / "token"
    token = owner_token(file)
    assert owner_token(file) == token
    assert len(token) >= 32
    assert file.stat().st_mode & 0o077 == 0


KEY = "key-of-a-file"
PNG = {"content-type": "image/png"}


async def put(owner, *, key=KEY, name="pier.png", data=b"png", headers=PNG):
    return await owner.put(f"/api/files/{key}", params={"name": name}, content=data, headers=headers)


async def test_a_file_is_shown_once_an_entry_has_it(owner, browser):
    assert (await put(owner)).status_code == 204
    assert (await browser.get(f"/files/{KEY}/pier.png")).status_code == 404
    entry = (await owner.post("/api/entries", json={"text": "", "files": [KEY]})).json()
    assert entry["files"] == [{"id": KEY, "name": "pier.png", "content_type": "image/png", "size": 3}]
    answer = await browser.get(f"/files/{KEY}/pier.png")
    assert (answer.content, answer.headers["content-type"]) == (b"png", "image/png")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_file_of_an_entry_is_not_replaced_and_not_given_to_another(owner, browser):
    await put(owner)
    await owner.post("/api/entries", json={"text": "", "files": [KEY]})
    await put(owner, data=b"another")
    assert (await browser.get(f"/files/{KEY}/pier.png")).content == b"png"
    assert (await owner.post("/api/entries", json={"text": "x", "files": [KEY]})).json()["field"] == "files"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "short"}, "key"),
        ({"key": "UPPER-CASE"}, "key"),
        ({"name": "a\nb.png"}, "name"),
        ({"name": "a/b.png"}, "name"),
        ({"headers": {"content-type": "text/html"}}, "file"),
        ({"headers": {"content-type": "image/svg+xml"}}, "file"),
    ],
)
async def test_a_bad_file_is_refused_by_its_field(owner, changes, field):
    answer = await put(owner, **changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_file_that_is_too_large_is_refused_however_it_comes(owner):
    async def chunks():
        for _ in range(11):
            yield bytes(1_000_000)

    assert (await put(owner, data=bytes(10_000_001))).status_code == 413
    assert (await put(owner, data=chunks())).status_code == 422


async def test_nobody_but_the_owner_brings_files(browser):
    assert (await put(browser)).status_code == 401
