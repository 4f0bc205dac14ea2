# SPDX-License-Identifier: Apache-2.0
"""
Where a redirect, a form or a link leads is decided by the programs, and never by what somebody put into a URL.

What the edge lets through is read again by a real browser: its idea of a URL is the one that counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx2
from playwright.async_api import BrowserContext
from selectolax.lexbor import LexborHTMLParser

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from sealock.connector.v1.setup_pb2 import SetupRedirect, SetupResponse
from tests.edge.admin_pages import zendesk_form
from tests.safety.hostile_values import EVIL, HOSTILE
from tests.safety.programs import guestbook_rows, zendesk_rows
from tests.safety.programs.edge_scene import EdgeScene
from tests.safety.programs.routes import FORM, answer_to, filled
from tests.safety.programs.zendesk_scene import ZendeskScene

GOOD = "guestbook.example.com"
"""What the connector of the scene declared, beside every host below `pages.example.com`."""

TRICKS = (
    f"//{EVIL}/",
    f"///{EVIL}/",
    f"\\\\{EVIL}\\",
    f"/\\{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}/",
    f"https:///{EVIL}/",
    f"https:\\\\{EVIL}/",
    f"https://{GOOD}@{EVIL}/",
    f"https://{GOOD}:443@{EVIL}/",
    f"https://{GOOD}%40{EVIL}/",
    f"https://{GOOD}\\@{EVIL}/",
    f"https://{EVIL}\\@{GOOD}/",
    f"https://{EVIL}#@{GOOD}/",
    f"https://{EVIL}?@{GOOD}/",
    f"https://{EVIL}/{GOOD}",
    f"https://{EVIL};@{GOOD}/",
    f"https://{EVIL}:@{GOOD}/",
    f"https://user:password@{GOOD}/",
    f"https://@{GOOD}/",
    f"https://{GOOD}.{EVIL}/",
    f"https://{GOOD}..{EVIL}/",
    f"https://{GOOD},{EVIL}/",
    f"https://{GOOD};{EVIL}/",
    f"https://{GOOD}%2f{EVIL}/",
    f"https://{GOOD}%00.{EVIL}/",
    f"https://{GOOD}%252f@{EVIL}/",
    f"https://{EVIL}%23.{GOOD}/",
    f"https://{EVIL}%5c.pages.example.com/",
    f"https://[{GOOD}]/",
    f"https://[::1].{GOOD}/",
    f"https://{EVIL}[{GOOD}]/",
    f"https://not{GOOD}/",
    "https://pages.example.com/",
    f"https://{EVIL}/.pages.example.com",
    f"https://{EVIL}?.pages.example.com",
    "https://.pages.example.com/",
    "https://guestbook.example.co\u043c/",
    "https://gu\u0435stbook.example.com/",
    "https://guestbook\u3002example.com/",
    "https://guestbook.example.com\uff0f@evil.example/",
    "https://xn--gustbook-y1a.example.com/",
    f"https://{GOOD}\t.{EVIL}/",
    f"https://{GOOD}\n.{EVIL}/",
    f"\thttps://{EVIL}/",
    f" https://{EVIL}/",
    f"https://{GOOD}/\r\nLocation: https://{EVIL}/",
    f"http://{GOOD}/",
    f"ftp://{GOOD}/",
    f"https://{GOOD}:8443/",
    f"https://{GOOD}:80/",
    "https://a.b.pages.example.com:8443/",
    f"https://{GOOD}:99999/",
    f"https://{GOOD}:x/",
    f"javascript://{GOOD}/%0acanary()",
    f"data://{GOOD}/,x",
    f"blob:https://{GOOD}/x",
    f"file://{GOOD}/etc/passwd",
    "https://0x7f.1/",
    "https://2130706433/",
    f"view-source:https://{GOOD}/",
    f"intent://{GOOD}#Intent;end",
    "",
)
ALLOWED = (
    f"https://{GOOD}/",
    f"https://{GOOD}/a?b=https://{EVIL}/#c",
    f"https://{GOOD.upper()}/",
    f"HTTPS://{GOOD}/",
    f"https://{GOOD}./",
    f"https://{GOOD}:443/",
    f"https://{GOOD}/@{EVIL}",
    f"https://{GOOD}//{EVIL}",
    "https://a.b.pages.example.com/x",
)


async def read_by_a_browser(window: BrowserContext, urls: list[str]) -> list[dict[str, str]]:
    """Each URL as a browser takes it on a page of the edge's: scheme, host, user name."""
    page = await window.new_page()
    return await page.evaluate(
        """(urls) => urls.map((url) => {
          try {
            const {protocol, hostname, port, username, password, href} = new URL(url, "https://channels.example.com/x");
            return {protocol, hostname, port, username, password, href};
          } catch { return {protocol: "", hostname: "", port: "", username: "", password: "", href: ""}; }
        })""",
        urls,
    )


def is_declared(read: Mapping[str, str]) -> bool:
    host = read["hostname"].rstrip(".")
    return (
        read["protocol"] == "https:"
        and (host == GOOD or host.endswith(".pages.example.com"))
        and not read["port"] + read["username"] + read["password"]
    )


async def followed(edge: EdgeScene, url: str) -> httpx2.Response:
    edge.connector.script("ResolveClickthrough", ResolveClickthroughResponse(url=url))
    return await edge.client.get("/guestbook/clickthrough?external_id=1")


async def test_a_clickthrough_leads_only_where_a_browser_sees_a_declared_host(edge: EdgeScene, window: BrowserContext):
    urls = [*TRICKS, *ALLOWED, *HOSTILE, *(f"https://{GOOD}{value}" for value in HOSTILE)]
    for url, read in zip(urls, await read_by_a_browser(window, urls), strict=True):
        answer = await followed(edge, url)
        if answer.status_code == 303:
            assert answer.headers["location"] == url
            assert is_declared(read), url
        elif answer.status_code == 200:
            tree = LexborHTMLParser(answer.text)
            assert tree.css_first("a.button").attributes["href"] == url
            shown = tree.css_first(".host").text().partition(":")[0]
            assert shown == read["hostname"].rstrip(".") or not read["href"], url
            assert (read["protocol"] or "https:", read["username"]) == ("https:", ""), url
        else:
            assert answer.status_code == 404
            assert "location" not in answer.headers


async def test_no_trick_is_a_redirect_and_every_declared_page_is_one(edge: EdgeScene):
    for url in TRICKS:
        assert (await followed(edge, url)).status_code in {200, 404}, url
    for url in ALLOWED:
        assert (await followed(edge, url)).status_code == 303, url


async def test_a_sign_in_page_is_an_https_page_as_a_browser_reads_it(edge: EdgeScene, window: BrowserContext):
    urls = [*TRICKS, *HOSTILE, f"https://{EVIL}/authorize"]
    for url, read in zip(urls, await read_by_a_browser(window, urls), strict=True):
        edge.connector.script("Setup", SetupResponse(redirect=SetupRedirect(step_id="oauth", url=url)))
        answer = await edge.post("admin_ui", zendesk_form())
        if answer.status_code == 200:
            assert LexborHTMLParser(answer.text).css_first("#open").attributes["href"] == url
            assert (read["protocol"] or "https:", read["username"], read["password"]) == ("https:", "", ""), url
        else:
            assert answer.status_code == 503, url


ACCOUNT = "example.zendesk.com"
RETURN_URLS = (
    *(trick.replace(GOOD, ACCOUNT).replace("pages.example.com", "zendesk.com") for trick in TRICKS),
    "https://other.zendesk.com/x",
    "https://zendesk.com/x",
    "https://example.zendesk.com.evil.example/",
    "https://example-zendesk.com/",
    "https://example.zendesk.com:8443/",
    "https://example.zendesk.com:0443/",
    "https://a.example.zendesk.com/",
    "https://example.zendesk.com./",
    "http://127.0.0.1:8801/",
    "http://127.0.0.1:8800@evil.example/",
    "http://127.0.0.1:8800.evil.example/",
    "http://localhost:8800/",
    "https://127.0.0.1:8800/",
    "https://example.zendesk.com/x#fragment",
    "https://EXAMPLE.zendesk.com/../x",
    "https://example.zendesk.com/x?y=//evil.example",
)


async def test_an_account_goes_only_where_a_browser_sees_this_zendesk_account(edge: EdgeScene, window: BrowserContext):
    accepted = []
    for url, read in zip(RETURN_URLS, await read_by_a_browser(window, list(RETURN_URLS)), strict=True):
        answer = await edge.post("admin_ui", zendesk_form(return_url=url))
        if answer.status_code != 200:
            assert answer.status_code == 400, url
            continue
        accepted.append(url)
        assert (read["protocol"], read["hostname"], read["username"]) == ("https:", ACCOUNT, ""), url
        sealed = LexborHTMLParser(answer.text).css_first("[name=sealock-form]").attributes["value"]
        last = await edge.post("admin_ui/step", {"sealock-form": sealed, "go": "done"})
        assert LexborHTMLParser(last.text).css_first("#return").attributes["action"] == url
        assert f"form-action 'self' https://{ACCOUNT.upper() if 'EXAMPLE' in url else ACCOUNT};".lower() in (
            last.headers["content-security-policy"].lower()
        )
    assert "https://example.zendesk.com/x?y=//evil.example" in accepted


async def test_a_return_url_fits_no_other_subdomain(edge: EdgeScene):
    for subdomain in ("evil", f"{EVIL}/", "example.zendesk.com#", "..", "exa mple", "EXAMPLE", ""):
        assert (await edge.post("admin_ui", zendesk_form(subdomain=subdomain))).status_code == 400, subdomain


def own(location: str) -> bool:
    """Whether it is a path of this site for any browser."""
    return location.startswith("/") and not location.startswith(("//", "/\\")) and EVIL not in location


async def test_redirects_after_forms_stay_at_the_local_zendesk(desk: ZendeskScene):
    seen = 0
    for value in (f"//{EVIL}", f"https://{EVIL}/", f"\\\\{EVIL}", f"x\r\nLocation: https://{EVIL}"):
        for route, row in zendesk_rows.PAGES.items():
            if row.form is None or "remove" in route:
                continue
            form = {**filled(row.form, desk.names), "next": value, "return_to": value, "url": value, "target": value}
            body = urlencode(form).encode()
            path = f"{filled(row.path, desk.names)}?{urlencode({'next': value, 'return_url': value})}"
            headers = {
                "Origin": desk.url,
                "Content-Type": FORM,
                "Referer": f"https://{EVIL}/",
                "X-Forwarded-Host": EVIL,
            }
            answer = await desk.client.post(path, content=body, headers=headers)
            if "location" in answer.headers:
                seen += 1
                assert own(answer.headers["location"]), (route, value)
    assert seen > 20


PATHS = (
    f"//{EVIL}",
    f"//{EVIL}/",
    f"/{EVIL}//",
    f"/%2f%2f{EVIL}",
    f"/\\{EVIL}",
    f"//{EVIL}/%2e%2e",
    "/tickets/",
    "/x//",
)


async def test_no_path_is_taken_for_an_address(
    desk: ZendeskScene, edge: EdgeScene, guestbook: guestbook_rows.Guestbook
):
    for path in PATHS:
        for site in (desk, edge, guestbook):
            answer = await site.client.get(f"{site.url}{path}", headers={"X-Forwarded-Host": EVIL})
            assert own(answer.headers.get("location", "/")), path
            assert f'href="//{EVIL}' not in answer.text


async def test_the_guestbook_leads_to_its_own_entries(guestbook: guestbook_rows.Guestbook):
    row = guestbook_rows.GUESTBOOK["POST /"]
    for value in (f"//{EVIL}", "1", "2"):
        body = urlencode({"author": value, "text": value, "answer_to": value, "next": value}).encode()
        answer = await answer_to(guestbook.client, "POST /", row, guestbook.names, body=body)
        assert own(answer.headers.get("location", "/"))


async def test_links_of_a_ticket_lead_to_the_service_and_nowhere_else_by_themselves(desk: ZendeskScene):
    page = await desk.client.get(f"/tickets/{desk.names['ticket']}")
    for link in LexborHTMLParser(page.text).css("a.out"):
        assert link.attributes["href"].startswith(f"{desk.service.url}/clickthrough?external_id=")
        assert link.attributes["rel"] == "noopener noreferrer"
