# SPDX-License-Identifier: Apache-2.0
"""Real frames in a real browser: who may show which page, and who sees an empty frame instead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from tests.edge.admin_pages import zendesk_form
from tests.edge.serving import until
from tests.safety import desk_rows, edge_rows
from tests.safety.desk_scene import Desk
from tests.safety.edge_scene import running_edge
from tests.safety.elsewhere import Site, as_script, running_site
from tests.safety.route_tables import ZENDESK, Row, filled, method_of

BLOCKED = "chrome-error://chromewebdata/"
"""Where a frame is whose page may not be shown there."""
FRAMING = """
const wanted = %s;
for (const [number, [method, url, fields]] of wanted.entries()) {
  const frame = document.createElement("iframe");
  frame.name = "frame-" + number;
  if (method === "GET") frame.src = url;
  document.body.append(frame);
  if (method === "GET") continue;
  const form = document.createElement("form");
  Object.assign(form, {method, action: url, target: frame.name});
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    Object.assign(input, {type: "hidden", name, value});
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with running_site() as running:
        yield running


def wanted(base: str, table: Mapping[str, Row], names: Mapping[str, str]) -> list[tuple[str, str, dict[str, str]]]:
    """Every page, opened as it is opened."""
    return [
        (method_of(route), f"{base}{filled(row.path, names)}", dict(filled(row.form or {}, names)))
        for route, row in table.items()
        if row.page
    ]


async def framed(page: Page, address: str, site: Site, pages: Sequence[object]) -> list[str]:
    """Where each frame ends when a page at this address frames these."""
    site.pages["/framing"] = f"<!doctype html><body><script>{FRAMING % as_script(pages)}</script>"
    await page.goto(f"{address}/framing")
    await until(lambda: all(frame.url not in {"", "about:blank"} for frame in page.frames[1:]))
    await page.wait_for_load_state("load")
    assert len(page.frames) == len(pages) + 1
    return [frame.url for frame in page.frames[1:]]


async def test_nobody_else_frames_a_page_of_the_local_zendesk(window: BrowserContext, desk: Desk, site: Site):
    pages = wanted(desk.url, desk_rows.PAGES, desk.names)
    assert len(pages) > 8
    for address in (site.url, site.other_url):
        page = await window.new_page()
        assert set(await framed(page, address, site, pages)) == {BLOCKED}


async def test_the_local_zendesk_frames_its_return_page_itself(window: BrowserContext, desk: Desk):
    """The way of a real visit: the page, the integration's admin UI in its frame, and back."""
    page = await window.new_page()
    await page.goto(f"{desk.url}/channels/1/accounts/new")
    admin_ui = page.frame_locator("iframe[name=admin-ui]")
    await admin_ui.locator("[name=site]").fill("https://site.example")
    await admin_ui.locator("[name=password]").fill("secret")
    await admin_ui.get_by_role("button", name="Connect").click()
    await admin_ui.get_by_role("button", name="Finish").click()
    await page.wait_for_url(f"{desk.url}/accounts/*")


async def test_zendesk_frames_the_edges_set_up_and_nobody_frames_anything_else(
    window: BrowserContext, site: Site, tmp_path
):
    async with running_edge(tmp_path / "edge", desk=site.url) as edge:
        pages = wanted(edge.url, edge_rows.PUBLIC, edge.names)
        rows = [row for row in edge_rows.PUBLIC.values() if row.page]
        problem = ("POST", f"{edge.url}/guestbook/admin_ui", zendesk_form(subdomain="no such"))
        page = await window.new_page()
        at_zendesk = await framed(page, site.url, site, [*pages, problem])
        for row, (_, url, _), shown in zip(rows, pages, at_zendesk, strict=False):
            assert (shown != BLOCKED) == (row.framed_by == ZENDESK), url
        assert at_zendesk[-1] == problem[1]
        bad = [("GET", f"{edge.url}/guestbook/{path}", {}) for path in ("clickthrough", "about?x=1", "nothing/here")]
        assert set(await framed(page, site.url, site, bad)) == {BLOCKED}
        page = await window.new_page()
        assert set(await framed(page, site.other_url, site, [*pages, problem])) == {BLOCKED}


async def test_zendesk_in_somebody_elses_frame_cannot_show_the_set_up(window: BrowserContext, site: Site, tmp_path):
    """Every page around the set-up counts, not only the nearest."""
    async with running_edge(tmp_path / "edge", desk=site.url) as edge, running_site() as other:
        form = ("POST", f"{edge.url}/guestbook/admin_ui", zendesk_form())
        site.pages["/framing"] = f"<!doctype html><body><script>{FRAMING % as_script([form])}</script>"
        other.pages["/around"] = f'<!doctype html><iframe src="{site.url}/framing"></iframe>'
        page = await window.new_page()
        await page.goto(f"{other.url}/around")
        await until(lambda: len(page.frames) == 3 and page.frames[2].url not in {"", "about:blank"})
        assert page.frames[2].url == BLOCKED
