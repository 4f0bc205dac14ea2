# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/clickthrough`: no open redirect, whatever the connector says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_edge.endpoints.clickthrough import Destination, destination
from tests.edge.admin_pages import Page
from tests.edge.scripted_connector import Refusal

DECLARED = (
    "guestbook.example.com",
    "*.pages.example.com",
    "ports.example.com:8443",
    "*.ports.example.com:9443",
    "Spelled.example.com:443",
    "[2606:4700::2]",
)


def leads_to(connector, url: str) -> None:
    connector.script("ResolveClickthrough", ResolveClickthroughResponse(url=url))


async def test_a_declared_host_is_redirected_to(edge, connector):
    leads_to(connector, "https://guestbook.example.com/entry?id=1#c1")

    result = await edge.get("clickthrough", params={"external_id": "site/entry:1 ü"})

    assert result.status_code == 303
    assert result.headers["location"] == "https://guestbook.example.com/entry?id=1#c1"
    assert result.headers["cache-control"] == "no-store"
    assert connector.seen("ResolveClickthrough")[0].request.external_id == "site/entry:1 ü"


async def test_any_other_host_is_named_first(edge, connector):
    leads_to(connector, "https://elsewhere.example/<x>?a=1&b=2".replace("<x>", "x"))

    page = Page.of(await edge.get("clickthrough", params={"external_id": "x"}))

    assert page.result.status_code == 200
    assert "location" not in page.result.headers
    assert "elsewhere.example" in page.text
    link = page.tree.css_first("a")
    assert link.attributes["href"] == "https://elsewhere.example/x?a=1&b=2"
    assert link.attributes["rel"] == "noreferrer noopener"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript://guestbook.example.com/%0aalert(1)",
        "data:text/html,x",
        "http://guestbook.example.com/",
        "//guestbook.example.com/",
        "/relative",
        "https://",
        "https://user:canary@guestbook.example.com/",
        "https://guestbook.example.com\\@evil.example/",
        "https://guestbook.example.com\r\nX-Injected: 1",
        "https://guestbook.example.com:99999/",
        "https://[::1/",
        "",
    ],
)
async def test_what_is_not_a_web_page_is_never_linked(edge, connector, url):
    leads_to(connector, url)

    result = await edge.get("clickthrough", params={"external_id": "x"})

    assert result.status_code == 404
    assert "location" not in result.headers
    assert "evil" not in result.text
    assert "javascript" not in result.text.lower()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://guestbook.example.com/x", Destination.DECLARED),
        ("https://GUESTBOOK.example.com:443/x", Destination.DECLARED),
        ("HTTPS://Guestbook.Example.COM./x", Destination.DECLARED),
        ("https://guestbook.example.com:/x", Destination.NONE),
        ("https://guestbook.example.com:8443/x", Destination.FOREIGN),
        ("https://guestbook.example.com:80/x", Destination.FOREIGN),
        ("https://a.pages.example.com:8443/x", Destination.FOREIGN),
        ("https://ports.example.com:8443/x", Destination.DECLARED),
        ("https://ports.example.com:08443/x", Destination.DECLARED),
        ("https://ports.example.com/x", Destination.FOREIGN),
        ("https://a.ports.example.com:9443/x", Destination.DECLARED),
        ("https://a.ports.example.com/x", Destination.FOREIGN),
        ("https://spelled.example.com/x", Destination.DECLARED),
        ("https://[2606:4700::1]/x", Destination.FOREIGN),
        ("https://[2606:4700::2]:443/x", Destination.DECLARED),
        ("https://[2606:4700::2]:444/x", Destination.FOREIGN),
        ("https://[2606:4700:0::2]/x", Destination.NONE),
        ("https://guestbook.example.com../x", Destination.FOREIGN),
        ("https://guestbook.example.com:0/x", Destination.NONE),
        ("https://guestbook\u3002example.com/x", Destination.NONE),
        ("https://gu\u0435stbook.example.com/x", Destination.NONE),
        ("https://xn--gustbook-8nf.example.com/x", Destination.FOREIGN),
        ("https://guestbook.example.com%2eevil.example/", Destination.NONE),
        ("https://guestbook.example.com\t.evil.example/", Destination.NONE),
        ("https:guestbook.example.com/x", Destination.NONE),
        ("https:/guestbook.example.com/x", Destination.NONE),
        ("https:///guestbook.example.com/x", Destination.NONE),
        ("https:\\\\guestbook.example.com/x", Destination.NONE),
        ("https://@guestbook.example.com/x", Destination.NONE),
        ("https://guestbook.example.com:443@evil.example/", Destination.NONE),
        ("https://evil.example#@guestbook.example.com/", Destination.FOREIGN),
        ("https://evil.example?guestbook.example.com", Destination.FOREIGN),
        ("https://a.b.pages.example.com/", Destination.DECLARED),
        ("https://pages.example.com/", Destination.FOREIGN),
        ("https://evilpages.example.com/", Destination.FOREIGN),
        ("https://guestbook.example.com.evil.example/", Destination.FOREIGN),
        ("https://sub.guestbook.example.com/", Destination.FOREIGN),
        ("http://127.0.0.1:8800/x", Destination.NONE),
    ],
)
def test_a_host_is_declared_only_as_a_whole(url, expected):
    assert destination(url, DECLARED, loopback_http=False)[0] is expected


def test_pages_of_this_machine_may_be_plain_http_while_developing():
    assert destination("http://127.0.0.1:88/", ("127.0.0.1",), loopback_http=True)[0] is Destination.DECLARED
    assert destination("https://127.0.0.1:88/", ("127.0.0.1",), loopback_http=False)[0] is Destination.FOREIGN
    assert destination("http://example.com/", ("example.com",), loopback_http=True)[0] is Destination.NONE


@given(st.text(max_size=60))
def test_no_text_behind_a_declared_name_leads_elsewhere(tail):
    kind, host = destination(f"https://guestbook.example.com{tail}", DECLARED, loopback_http=False)
    if kind is Destination.DECLARED:
        assert host.partition(":")[0].rstrip(".") == "guestbook.example.com" or host.endswith(".pages.example.com")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("external_id=", 400),
        ("external_id=a&external_id=b", 400),
        ("external_id=%FF", 400),
        ("external_id=%zz", 400),
        ("external_id=" + "x" * 256, 400),
    ],
)
async def test_a_bad_query_names_the_field(edge, connector, query, status):
    result = await edge.get("clickthrough", query_string=query)

    assert result.status_code == status
    assert "external_id" in result.text
    assert connector.seen("ResolveClickthrough") == []


@pytest.mark.parametrize(
    ("reason", "status"),
    [(Reason.REASON_NOT_FOUND, 404), (Reason.REASON_UNSUPPORTED, 404), (Reason.REASON_INTERNAL, 500)],
)
async def test_an_item_without_a_page_gets_a_page_that_says_so(edge, connector, reason, status):
    connector.script("ResolveClickthrough", Refusal(reason))

    assert Page.of(await edge.get("clickthrough", params={"external_id": "x"})).result.status_code == status
