# SPDX-License-Identifier: Apache-2.0
"""Foreign pages in a real browser: they change, read and frame nothing, and see an empty frame instead."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.edge.admin_pages import zendesk_form
from tests.edge.serving import until
from tests.safety.elsewhere import Site, as_script, running_site
from tests.safety.programs import edge_rows, zendesk_rows
from tests.safety.programs.edge_scene import EdgeScene, running_edge
from tests.safety.programs.routes import ZENDESK, Row, filled, method_of, request_of
from tests.safety.programs.zendesk_scene import JOURNAL, ZendeskScene

ATTACK = """async (targets) => {
  const done = [];
  for (const {method, url, written, kind, fields, files} of targets) {
    const body = Uint8Array.from(atob(written), (each) => each.charCodeAt(0));
    for (const encoding of ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]) {
      const frame = document.createElement("iframe");
      frame.name = "frame-" + document.querySelectorAll("iframe").length;
      document.body.append(frame);
      const form = document.createElement("form");
      Object.assign(form, {method: "POST", action: url, target: frame.name, enctype: encoding});
      for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement("input");
        Object.assign(input, {type: "hidden", name, value});
        form.append(input);
      }
      for (const [field, name, type, content] of encoding === "multipart/form-data" ? files : []) {
        const chosen = new DataTransfer();
        chosen.items.add(new File([Uint8Array.from(content, (each) => each.charCodeAt(0))], name, {type}));
        const input = document.createElement("input");
        Object.assign(input, {type: "file", name: field, files: chosen.files});
        form.append(input);
      }
      document.body.append(form);
      form.submit();
      done.push(new Promise((resolve) => {
        frame.onload = () => resolve("framed");
        setTimeout(resolve, 3000, "saved");  // A file that is saved is never loaded into the frame.
      }));
    }
    const tried = [
      {mode: "no-cors", method: "POST", body, headers: {"Content-Type": "text/plain"}},
      {mode: "no-cors", method: "POST", body, headers: {"Content-Type": "application/x-www-form-urlencoded"}},
      {mode: "no-cors", method: "POST", body: new Blob([body])},
      {mode: "no-cors", method: "POST", body: new Blob([body], {type: "text/plain"}), referrerPolicy: "no-referrer"},
      {mode: "cors", method, body, headers: {"Content-Type": kind}},
      {mode: "cors", method, body, headers: {"Content-Type": kind}, credentials: "include"},
      {mode: "cors", method: "POST", body, headers: {"X-HTTP-Method-Override": method}},
      {mode: "no-cors", method: "GET"},
      {mode: "cors", method: "GET"},
    ];
    for (const how of tried) {
      const sent = fetch(url, {redirect: "manual", keepalive: true, ...how});
      done.push(sent.then((answer) => answer.type, () => "refused"));
    }
    navigator.sendBeacon(url, new Blob([body], {type: kind}));
    navigator.sendBeacon(url, body);
    new Image().src = url;
  }
  return [...new Set(await Promise.all(done))].sort();
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with running_site() as running:
        yield running


def targets(base: str, table, names) -> list[dict[str, object]]:
    """What the attack needs to know of each route."""
    found = []
    for route, row in table.items():
        method, path, body, headers = request_of(route, row, names)
        if method_of(route) not in {"GET", "HEAD"}:
            files = [[field, *file] for field, file in filled(row.files or {}, names).items()]
            as_text = {(body or b"").decode("latin-1")[:-1] + ',"x":"': '"}'}
            found.append(
                {
                    "method": method,
                    "url": base + path,
                    "written": b64encode(body or b"").decode(),
                    "kind": headers.get("Content-Type", "text/plain"),
                    "fields": {} if files else dict(row.form or as_text),
                    "files": files,
                }
            )
    return found


async def test_nothing_that_a_foreign_page_sends_changes_the_local_zendesk(
    window: BrowserContext, desk: ZendeskScene, site: Site
):
    table = {route: row for route, row in zendesk_rows.DESK.items() if not route.startswith("POST /admin-ui")}
    before = desk.remembered()
    for address in (site.url, site.other_url):
        page = await window.new_page()
        sent = []
        page.on("request", lambda request, sent=sent: sent.append(request.url))
        await page.goto(f"{address}/attack")
        wanted = targets(desk.url, table, desk.names)
        seen = await page.evaluate(ATTACK, wanted)
        assert set(seen) <= {"framed", "saved", "opaque", "opaqueredirect", "refused"}
        assert {target["url"] for target in wanted} <= set(sent)
        await page.close()
    await desk.settle()
    assert desk.remembered() == before


async def test_its_own_pages_can_do_it(window: BrowserContext, desk: ZendeskScene):
    page = await window.new_page()
    await page.goto(f"{desk.url}/tickets/{desk.names['ticket']}")
    await page.locator("#solve").click()
    await page.locator("#open").wait_for()
    assert desk.zendesk.store.tickets.get(int(desk.names["ticket"])).status == "solved"


async def test_no_foreign_page_reads_anything(window: BrowserContext, desk: ZendeskScene, edge: EdgeScene, site: Site):
    before = desk.remembered(without=JOURNAL)
    page = await window.new_page()
    await page.goto(f"{site.url}/reading")
    wanted = [
        *(f"{desk.url}{path}" for path in ("/api/accounts/1/secrets", "/api/accounts", "/tickets", "/stream")),
        *(f"{edge.url}/guestbook/{path}" for path in ("manifest.json", "about", "dashboard", "healthcheck")),
    ]
    read = await page.evaluate(
        """async (wanted) => {
          const found = [];
          for (const url of wanted) {
            try { found.push(await (await fetch(url)).text()); } catch {}
            try { found.push(await (await fetch(url, {mode: "no-cors"})).text()); } catch {}
            await new Promise((resolve) => {
              const script = document.createElement("script");
              const ran = () => { found.push("ran " + url); resolve(); };
              Object.assign(script, {src: url, onload: ran, onerror: resolve});
              document.head.append(script);
            });
            await new Promise((resolve) => {
              const source = new EventSource(url);
              Object.assign(source, {onopen: () => { found.push("open"); resolve(); }, onerror: resolve});
            });
          }
          return found.filter(Boolean);
        }""",
        wanted,
    )
    assert read == []
    assert desk.remembered(without=JOURNAL) == before


async def test_no_foreign_page_drives_the_edge_and_reads_what_it_says(
    window: BrowserContext, edge: EdgeScene, site: Site
):
    page = await window.new_page()
    for address in (site.url, site.other_url):
        await page.goto(f"{address}/driving")
        seen = await page.evaluate(ATTACK, targets(edge.url, edge_rows.PUBLIC, edge.names))
        assert set(seen) <= {"framed", "saved", "opaque", "opaqueredirect", "refused"}
    assert await window.cookies() == []


@pytest_asyncio.fixture(loop_scope="session")
async def rebound() -> AsyncIterator[Browser]:
    """A browser to which somebody's name leads here, as after DNS rebinding."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    async with async_playwright() as playwright:
        flags = [*FLAGS, "--host-resolver-rules=MAP *.evil.example 127.0.0.1"]
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield running
        await running.close()


async def test_a_name_that_only_leads_here_gets_nothing(rebound: Browser, desk: ZendeskScene):
    before = desk.remembered()
    page = await rebound.new_page()
    answer = await page.goto(desk.url.replace("127.0.0.1", "zendesk.evil.example"))
    assert answer.status == 403
    said = await page.evaluate(
        """async (wanted) => {
          const said = [];
          for (const [method, url] of wanted) {
            const body = method === "GET" ? undefined : "{}";
            const answer = await fetch(url, {method, body, headers: {"Content-Type": "application/json"}});
            said.push(answer.status);
          }
          return said;
        }""",
        [
            ("GET", "/api/accounts/1/secrets"),
            ("GET", "/tickets"),
            ("GET", "/stream"),
            ("DELETE", "/api/accounts/1"),
            ("PATCH", "/api/settings"),
            ("POST", "/tickets/1/status"),
        ],
    )
    assert said == [403] * 6
    assert desk.remembered() == before


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


async def test_nobody_else_frames_a_page_of_the_local_zendesk(window: BrowserContext, desk: ZendeskScene, site: Site):
    pages = wanted(desk.url, zendesk_rows.PAGES, desk.names)
    assert len(pages) > 8
    for address in (site.url, site.other_url):
        page = await window.new_page()
        assert set(await framed(page, address, site, pages)) == {BLOCKED}


async def test_the_local_zendesk_frames_its_return_page_itself(window: BrowserContext, desk: ZendeskScene):
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
        problem = (
            "POST",
            f"{edge.url}/guestbook/admin_ui",
            zendesk_form(return_url=edge.names["return_url"], metadata="x"),
        )
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
        form = ("POST", f"{edge.url}/guestbook/admin_ui", zendesk_form(return_url=edge.names["return_url"]))
        site.pages["/framing"] = f"<!doctype html><body><script>{FRAMING % as_script([form])}</script>"
        other.pages["/around"] = f'<!doctype html><iframe src="{site.url}/framing"></iframe>'
        page = await window.new_page()
        await page.goto(f"{other.url}/around")
        await until(lambda: len(page.frames) == 3 and page.frames[2].url not in {"", "about:blank"})
        assert page.frames[2].url == BLOCKED
