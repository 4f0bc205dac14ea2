# SPDX-License-Identifier: Apache-2.0
"""The pages of the guestbook: what visitors read, write and put to their entries."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from falcon.testing import ASGIConductor
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.emulators.guestbook.app import create_app
from sealock_devkit.emulators.guestbook.entries import Entries
from sealock_devkit.emulators.guestbook.faults import Faults

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"


async def read(browser, path="/"):
    answer = await browser.get(path, follow_redirects=True)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


def texts(page):
    return [node.text() for node in page.css(".text")]


async def test_a_visitor_signs_and_lands_at_the_entry(browser):
    answer = await browser.post("/", data={"author": "Anna", "text": "Hello\nsea"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/entries/1#entry-1")
    page = await read(browser, "/entries/1")
    assert texts(page) == ["Hello\nsea"]
    assert page.css_first("#entry-1 h3").text() == "Anna"


async def test_an_answer_leads_to_its_place_in_the_conversation(site, browser):
    root = site.sign("Hello")
    answer = site.sign("Hi", answer_to=root.id)
    led = await browser.get(f"/entries/{answer.id}")
    assert (led.status_code, led.headers["location"]) == (303, f"/entries/{root.id}#entry-{answer.id}")
    assert texts(await read(browser, f"/entries/{answer.id}")) == ["Hello", "Hi"]


async def test_the_form_of_an_answer_names_what_it_answers(site, browser):
    root = site.sign("Hello", author="Berta")
    page = await read(browser, f"/?answer_to={root.id}")
    assert page.css_first("input[name=answer_to]").attributes["value"] == str(root.id)
    assert "Berta" in page.css_first(".answering").text()


async def test_the_owners_entries_are_shown_as_such(site, browser):
    site.entries.add(author="Team", author_id="owner", text="Welcome", by_owner=True)
    page = await read(browser)
    assert page.css_first(".owner .badge").text() == "our team"


@pytest.mark.parametrize("field", ["author", "text"])
async def test_whatever_visitors_write_is_shown_as_text(site, browser, field):
    form = {"author": "Anna", "text": "Hello", field: HOSTILE}
    await browser.post("/", data=form)
    page = await read(browser)
    assert HOSTILE in page.css_first("article").text()
    assert page.css("script, img") == []


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"author": "", "text": "Hello"}, "cannot be empty"),
        ({"author": "Anna", "text": "x" * 5_001}, "too long"),
        ({"author": "Anna", "text": "Hello", "answer_to": "99"}, "does not exist"),
        ({"author": "Anna", "text": "Hello", "answer_to": "../1"}, "does not exist"),
        ({"text": "Hello"}, "cannot be empty"),
    ],
)
async def test_a_bad_form_comes_again_with_its_problem_and_its_words(site, browser, form, problem):
    answer = await browser.post("/", data=form)
    page = LexborHTMLParser(answer.text)
    assert answer.status_code == 422
    assert problem in page.css_first(".problem").text()
    assert page.css_first("input[name=author]").attributes["value"] == form.get("author", "")
    assert site.entries.get(1) is None


async def test_older_entries_are_a_page_away(site, browser):
    for number in range(25):
        site.sign(f"entry {number}")
    first = await read(browser)
    second = await read(browser, first.css_first(".older a").attributes["href"])
    assert texts(first) == [f"entry {number}" for number in range(24, 4, -1)]
    assert texts(second) == [f"entry {number}" for number in range(4, -1, -1)]
    assert second.css(".older") == []


async def test_a_visitor_stays_the_same_and_others_are_others(site, browser):
    for _ in range(2):
        await browser.post("/", data={"author": "Anna", "text": "Hello"})
    browser.cookies.clear()
    await browser.post("/", data={"author": "Anna", "text": "Hello"})
    first, second, third = (site.entries.get(number).author_id for number in (1, 2, 3))
    assert first == second != third


async def test_one_browser_plays_several_people_by_their_names(site, browser):
    for author in ("Ann", "Bob", " ann ", "Bob"):
        await browser.post("/", data={"author": author, "text": "Hello"})
    ann, bob, ann_again, bob_again = (site.entries.get(number).author_id for number in (1, 2, 3, 4))
    assert (ann, bob) == (ann_again, bob_again)
    assert ann != bob


async def test_who_signed_is_thanked_once(browser):
    answer = await browser.post("/", data={"author": "Ann", "text": "Hello"})
    thanks = (await read(browser, answer.headers["location"])).css_first("[role=status]").text()
    assert thanks.startswith("Thank you, Ann!")
    assert (await read(browser, "/entries/1")).css("[role=status]") == []


async def test_who_signed_is_led_to_the_ticket_where_there_is_a_link_to_it(tmp_path):
    link = "http://127.0.0.1:8800/tickets/of?resource=http%3A%2F%2Fx%2Fentries%2F{entry}"
    with Entries(tmp_path / "entries.sqlite", clock=lambda: datetime.now(UTC)) as entries:
        options = {"title": "Book", "token": "t", "faults": Faults(), "switches": False, "ticket_link": link}
        async with ASGIConductor(create_app(entries, name="falconframework.org", **options)) as client:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = await client.simulate_post("/", body="author=Ann&text=Hi", headers=form)
            cookies = {name: cookie.value for name, cookie in answer.cookies.items()}
            page = LexborHTMLParser((await client.simulate_get("/entries/1", cookies=cookies)).text)
    [found] = page.css(".thanks #ticket")
    assert found.attributes["href"] == link.replace("{entry}", "1")


async def test_nobody_becomes_another_author_by_a_cookie(site, browser):
    await browser.post("/", data={"author": "Anna", "text": "Hi"}, headers={"Cookie": "visitor=owner"})
    assert site.entries.get(1).author_id not in {"owner", "visitor-owner"}


async def test_bodies_that_are_too_long_are_not_read(browser):
    answer = await browser.post("/", data={"author": "Anna", "text": "x" * 140_000})
    assert answer.status_code == 413


async def test_pages_run_no_scripts_and_are_framed_by_nobody(browser):
    policy = (await browser.get("/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/entries/99", "/entries/0", "/entries/x", "/entries/99999999999999999999"])
async def test_a_page_that_is_not_there_is_not_found(browser, path):
    assert (await browser.get(path)).status_code == 404


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
