# SPDX-License-Identifier: Apache-2.0
import pytest
from selectolax.lexbor import LexborHTMLParser

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
