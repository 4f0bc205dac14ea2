# SPDX-License-Identifier: Apache-2.0
"""A real browser opens what hostile origins wrote, and nothing of it runs."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.engine.conversion import clean_html
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.hostile_vectors import RUN, VECTORS
from tests.devkit.zendesk.scripted_service import ScriptedService, resource
from tests.devkit.zendesk.serving import served

TOUCH_ALL = """() => {
    for (const node of document.querySelectorAll("*")) {
        for (const kind of ["click", "mouseover", "focus", "toggle", "load", "error"]) {
            node.dispatchEvent(new Event(kind, {cancelable: true}));
        }
    }
    return window.ran;
}"""


@pytest.fixture(autouse=True)
def pictures_from_elsewhere(complaints):
    """Comments' pictures are asked for, and `opened` stops them."""
    complaints.expect(r"^request failed: GET https://e\.example/", r"net::ERR_FAILED")


async def opened(window, urls: list[str]):
    """A page that may load nothing from elsewhere, and notes what it would have loaded."""
    page = await window.new_page()

    async def guard(route):
        urls.append(route.request.url)
        await (route.continue_() if route.request.url.startswith("http://127.0.0.1:") else route.abort())

    await page.route("**/*", guard)
    return page


async def test_cleaned_html_runs_nothing_even_on_a_page_without_a_policy(window):
    asked: list[str] = []
    page = await opened(window, asked)
    await page.set_content("".join(f"<div>{clean_html(html)}</div>" for html in VECTORS))
    assert await page.evaluate(TOUCH_ALL) is None
    assert {url for url in asked if not url.startswith("https://e.example/a")} == set()


async def test_the_same_html_without_cleaning_runs(window):
    page = await opened(window, [])
    await page.set_content("".join(f"<div>{html}</div>" for html in VECTORS[:12]))
    assert await page.evaluate(TOUCH_ALL) == 1, "the vectors would run, so the tests above could fail"
    assert RUN == "window.ran=1"


async def test_a_ticket_full_of_hostile_comments_runs_nothing_and_breaks_no_policy(tmp_path, window):
    async with (
        ScriptedService() as service,
        LocalZendesk(tmp_path / "data", QUICK) as zendesk,
        served(zendesk) as url,
    ):
        service.resources = [
            resource(
                f"c{number}",
                text,
                thread_id="t",
                **({"html_message": text} if number % 2 else {}),
                author={"external_id": f"a{number}", "name": text[:255], "image_url": "javascript:window.ran=1"},
                display_info=[{"type": text[:255], "data": {"text": text}}],
            )
            for number, text in enumerate(VECTORS)
        ]
        await zendesk.add_account(await zendesk.install(service.manifest_url), [service.good_answers])
        await zendesk.wait_until(lambda: bool(zendesk.tickets()))
        asked: list[str] = []
        page = await opened(window, asked)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        for path in ("/tickets/1", "/tickets", "/calls", "/events"):
            await page.goto(url + path)
            assert await page.evaluate(TOUCH_ALL) is None
        await page.goto(f"{url}/tickets/1")
        assert await page.locator(".message").count() == len(VECTORS)
        await page.close()
    elsewhere = {each for each in asked if not each.startswith(url)}
    assert {each for each in elsewhere if not each.startswith("https://e.example/a")} == set()
    assert [each for each in complaints if "Content Security Policy" in each] == []
