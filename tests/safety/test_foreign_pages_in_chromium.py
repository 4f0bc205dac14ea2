# SPDX-License-Identifier: Apache-2.0
"""A foreign page in a real browser tries every way there is to make the local Zendesk or the edge do something."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.safety import desk_rows, edge_rows
from tests.safety.calling import request_of
from tests.safety.desk_scene import JOURNAL, Desk
from tests.safety.edge_scene import EdgeScene
from tests.safety.elsewhere import Site, running_site
from tests.safety.route_tables import filled, method_of

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
    window: BrowserContext, desk: Desk, site: Site
):
    table = {route: row for route, row in desk_rows.DESK.items() if not route.startswith("POST /admin-ui")}
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


async def test_its_own_pages_can_do_it(window: BrowserContext, desk: Desk):
    page = await window.new_page()
    await page.goto(f"{desk.url}/tickets/{desk.names['ticket']}")
    await page.locator("#solve").click()
    await page.locator("#open").wait_for()
    assert desk.zendesk.store.tickets.get(int(desk.names["ticket"])).status == "solved"


async def test_no_foreign_page_reads_anything(window: BrowserContext, desk: Desk, edge: EdgeScene, site: Site):
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


async def test_a_name_that_only_leads_here_gets_nothing(rebound: Browser, desk: Desk):
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
