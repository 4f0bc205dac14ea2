# SPDX-License-Identifier: Apache-2.0
"""The guestbook's files: brought by the owner, shown once an entry has them."""

import pytest

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
