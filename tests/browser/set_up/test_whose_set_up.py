# SPDX-License-Identifier: Apache-2.0
"""
Whose set-up it is, in a real Chromium at the production edge: two Zendesk accounts that may use it, and a stranger.

The edge is a process of its own, over TLS, for named Zendesk accounts, with no setting for development. The other
sites have their true names; what they show is answered in the browser, and what it sends to the edge goes there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
import pytest_asyncio
import trustme
from playwright.async_api import BrowserContext, Frame, Page, Route, async_playwright, expect

from sealock.connector.v1.setup_pb2 import SetupDone, SetupField, SetupForm, SetupResponse
from sealock.edge.v1.account_pb2 import Account
from sealock_edge.sealing import Accounts, KeyRing, Sealer
from sealock_edge.zendesk import ZendeskHosts
from tests.browser.chromium import FLAGS
from tests.browser.conftest import CHROMIUM, PATIENCE_MS
from tests.browser.set_up_place import sign_in_at
from tests.edge.edge_under_test import GUESTBOOK_ID, MovedClock, add_key
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.scripted_connector import ScriptedConnector
from tests.edge.serving import until
from tests.safety.elsewhere import posting_page

EDGE = "https://channels.example.com"
ADMIN_UI, STEP = f"{EDGE}/guestbook/admin_ui", f"{EDGE}/guestbook/admin_ui/step"
ACME, GLOBEX, EVIL, ORIGIN = (
    "https://acme.zendesk.com",
    "https://globex.zendesk.com",
    "https://evil.example",
    "https://origin.example",
)
BLOCKED = "chrome-error://chromewebdata/"
FORM = SetupResponse(form=SetupForm(step_id="site", title="Connect", fields=[SetupField(name="site", label="Site")]))
DONE = SetupResponse(done=SetupDone(account_name="Ours", account=b"tokens"))


@dataclass
class Place:
    """A window, the edge's connector, and what was sent back to a Zendesk."""

    window: BrowserContext
    connector: ScriptedConnector
    keys: Path
    port: int
    saved: list[str]

    async def show(self, site: str, content: str) -> Page:
        """A page of this site in a new tab."""
        page = await self.window.new_page()

        async def answer(route: Route) -> None:
            await route.fulfill(body=content, content_type="text/html")

        await page.route(f"{site}/page", answer)
        await page.goto(f"{site}/page")
        return page

    async def framed(self, site: str, action: str, form: dict[str, str], head: str = "") -> Frame:
        """The frame of a page of this site that posts the form into it."""
        more = f"{head}<iframe name=set-up></iframe>"
        page = await self.show(site, posting_page(action, form, target="set-up", more=more))
        await until(lambda: page.frames[1].url not in {"", "about:blank"})
        return page.frames[1]

    async def posted(self, form: dict[str, str], action: str = ADMIN_UI) -> httpx2.Response:
        """What a program, or an attacker by himself, is answered."""
        async with httpx2.AsyncClient(trust_env=False, verify=False) as client:
            return await client.post(action.replace(EDGE, f"https://127.0.0.1:{self.port}"), data=form)

    def metadata(self, subdomain: str) -> str:
        clock = MovedClock()
        accounts = Accounts(Sealer(KeyRing.load(self.keys, clock), clock), ZendeskHosts())
        record = Account(account_id="account-1", subdomain=subdomain, connector_account=b"tokens")
        return accounts.seal_metadata(record, GUESTBOOK_ID)


def zendesk_form(zendesk: str, **changes: str) -> dict[str, str]:
    """What this Zendesk account posts to the admin UI."""
    subdomain = urlsplit(zendesk).netloc.partition(".")[0]
    own = {"return_url": f"{zendesk}/return", "subdomain": subdomain, "locale": "en-US"}
    return {**own, "name": "", "metadata": "", "state": "", **changes}


async def origin_page(route: Route) -> None:
    """The origin's own sign-in page, where a person says who they are."""
    query = parse_qs(urlsplit(route.request.url).query)
    back = f"{query['redirect_uri'][0]}?{urlencode({'state': query['state'][0], 'code': 'Ada'})}"
    await route.fulfill(body=f'<!doctype html><a href="{back}">I am Ada</a>', content_type="text/html")


@pytest_asyncio.fixture(loop_scope="session")
async def place(tmp_path) -> AsyncIterator[Place]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    clock, keys, saved = MovedClock(), tmp_path / "keys", []
    add_key(keys, clock)
    certificate = trustme.CA().issue_cert("channels.example.com")
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "edge.pem"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "edge.key"))
    tls = {"certificate": str(tmp_path / "edge.pem"), "key": str(tmp_path / "edge.key")}
    zendesk = {"subdomains": ["acme", "globex"]}
    async with (
        ScriptedConnector() as connector,
        EdgeProcess(tmp_path, keys, connector.target, zendesk=zendesk, public_url=EDGE, **tls) as edge,
        async_playwright() as playwright,
    ):
        flags = [
            f"--host-resolver-rules=MAP channels.example.com:443 127.0.0.1:{edge.port}, MAP * ~NOTFOUND",
            "--disable-features=LocalNetworkAccessChecks",
        ]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        window = await browser.new_context(locale="en-US", ignore_https_errors=True)
        window.set_default_timeout(PATIENCE_MS)

        async def save(route: Route) -> None:
            saved.append(f"{route.request.method} {route.request.url}")
            await route.fulfill(body="<!doctype html><h1>Saved</h1>", content_type="text/html")

        await window.route("https://*.zendesk.com/return", save)
        await window.route(f"{ORIGIN}/**", origin_page)
        yield Place(window, connector, keys, edge.port, saved)
        await browser.close()


async def test_a_zendesk_account_sets_up_in_its_own_frame(place: Place):
    place.connector.script("Setup", FORM)
    frame = await place.framed(ACME, ADMIN_UI, zendesk_form(ACME))
    await expect(frame.get_by_text("For acme.zendesk.com")).to_be_visible()

    place.connector.script("Setup", DONE)
    await frame.get_by_role("button", name="Connect").click()
    await expect(frame.get_by_role("heading", name="Saved")).to_be_visible()
    assert place.saved == [f"POST {ACME}/return"]


SILENT = '<meta name="referrer" content="no-referrer">'
"""A page that keeps its origin to itself."""


async def test_another_zendesk_and_a_stranger_cannot_frame_it(place: Place):
    place.connector.script("Setup", FORM)
    sealed = {"sealock-form": hidden((await place.posted(zendesk_form(ACME))).text)}

    for site in (GLOBEX, EVIL):
        for head in ("", SILENT):
            assert (await place.framed(site, ADMIN_UI, zendesk_form(ACME), head)).url == BLOCKED
        assert (await place.framed(site, STEP, sealed)).url == BLOCKED


async def test_a_set_up_that_another_site_leads_to_is_refused_before_the_connector_hears_of_it(place: Place):
    place.connector.script("Setup", FORM)

    for head in ("", SILENT):
        page = await place.show(EVIL, head + posting_page(ADMIN_UI, zendesk_form(GLOBEX)))
        await expect(page.get_by_text("Another site led here.")).to_be_visible()
        assert page.url == ADMIN_UI
    assert place.connector.seen("Setup") == []

    page = await place.show(ACME, posting_page(ADMIN_UI, zendesk_form(GLOBEX)))
    await expect(page.get_by_text("Another site led here.")).to_be_visible()
    assert place.connector.seen("Setup") == []


def hidden(text: str) -> str:
    return text.partition('name="sealock-form" value="')[2].partition('"')[0]


async def test_a_step_that_another_site_sends_is_refused(place: Place):
    """The attacker has begun a set-up for an account of his, and lets somebody else's browser go on with it."""
    place.connector.script("Setup", FORM)
    form = {"sealock-form": hidden((await place.posted(zendesk_form(GLOBEX))).text), "site": "x"}

    for head in ("", SILENT):
        page = await place.show(EVIL, head + posting_page(STEP, form))
        await expect(page.get_by_text("Another site led here.")).to_be_visible()
    assert len(place.connector.seen("Setup")) == 1


async def test_a_sign_in_that_was_begun_by_one_is_not_ended_by_another(place: Place):
    """The attacker sends his sign-in's address to somebody, who signs in: nothing comes back to either of them."""
    place.connector.script("Setup", sign_in_at(ORIGIN))
    begun = (await place.posted(zendesk_form(GLOBEX))).text
    link = begun.partition('id="open" href="')[2].partition('"')[0].replace("&amp;", "&")

    victim = await place.window.new_page()
    await victim.goto(link)
    await victim.get_by_role("link", name="I am Ada").click()
    await expect(victim.get_by_text("For globex.zendesk.com", exact=True)).to_be_visible()
    await expect(victim.get_by_text("Give this code to nobody")).to_be_visible()
    code = await victim.locator("#code").input_value()

    frame = await place.framed(ACME, ADMIN_UI, zendesk_form(ACME))
    await frame.get_by_text("This page did not go on by itself?").click()
    await frame.get_by_label("Code from the other window").fill(code)
    await frame.get_by_role("button", name="Continue").click()
    await expect(frame.get_by_text("This sign-in is out of date, or was begun elsewhere.")).to_be_visible()
    assert [call for call in place.connector.seen("Setup") if call.request.callback_query] == []
    assert place.saved == []


async def test_an_account_that_somebody_signed_in_to_is_handed_over_when_they_say_so(place: Place):
    place.connector.script("Setup", sign_in_at(ORIGIN))
    frame = await place.framed(ACME, ADMIN_UI, zendesk_form(ACME))
    async with frame.page.expect_popup() as opening:
        await frame.get_by_role("link", name="Continue with").click()
    popup = await opening.value
    async with popup.expect_event("close"):
        await popup.get_by_role("link", name="I am Ada").click()

    button = frame.get_by_role("button", name="Save in acme.zendesk.com")
    await expect(button).to_be_visible()
    assert place.saved == []
    await button.click()
    await expect(frame.get_by_role("heading", name="Saved")).to_be_visible()
    assert place.saved == [f"POST {ACME}/return"]


async def test_an_edit_from_another_zendesk_account_is_refused_and_says_so_there(place: Place):
    place.connector.script("Setup", DONE)
    stolen = place.metadata("acme")

    frame = await place.framed(GLOBEX, ADMIN_UI, zendesk_form(GLOBEX, metadata=stolen, name="Ours"))
    await expect(frame.get_by_text("This account is not known here.")).to_be_visible()
    assert place.connector.seen("Setup") == []

    own = await place.framed(ACME, ADMIN_UI, zendesk_form(ACME, metadata=stolen, name="Ours"))
    await expect(own.get_by_role("heading", name="Saved")).to_be_visible()
