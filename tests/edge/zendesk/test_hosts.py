# SPDX-License-Identifier: Apache-2.0
"""return_url and subdomain come from anybody's browser: only Zendesk's own pages of that account pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.zendesk import BadForm, BadSetting, ZendeskHosts

ZENDESK = ZendeskHosts()
PAGE = "/zendesk/channels/integration_service_instances/editor_finalizer"

GOOD = [
    f"https://demo.zendesk.com{PAGE}",
    "https://demo.zendesk.com",
    "https://demo.zendesk.com/",
    "https://demo.zendesk.com:443/x",
    "https://DEMO.zendesk.com/x",
    "https://demo.zendesk.com/x?a=1&b=%20",
]

REFUSED = [
    "",
    "javascript:alert(1)",
    "JaVaScRiPt://demo.zendesk.com/%0aalert(1)",
    "data:text/html,x",
    f"http://demo.zendesk.com{PAGE}",
    f"//demo.zendesk.com{PAGE}",
    PAGE,
    "https:demo.zendesk.com/x",
    "https:///demo.zendesk.com/x",
    "https://zendesk.com/x",
    "https://other.zendesk.com/x",
    "https://demo.zendesk.com.evil.example/x",
    "https://demo.zendesk.community/x",
    "https://evildemo.zendesk.com/x",
    "https://x.demo.zendesk.com/x",
    "https://demo.zendesk.com./x",
    "https://demo.zendesk.com:8443/x",
    "https://demo.zendesk.com:443:443/x",
    "https://demo.zendesk.com@evil.example/x",
    "https://user@demo.zendesk.com/x",
    "https://user:pw@demo.zendesk.com/x",
    "https://evil.example/demo.zendesk.com",
    "https://evil.example?demo.zendesk.com",
    "https://evil.example#demo.zendesk.com",
    "https://demo.zendesk.com#@evil.example",
    "https://demo.zendesk.com\\@evil.example/x",
    "https://evil.example\\.demo.zendesk.com/x",
    "https://demo.zendesk.com/x\nhttps://evil.example",
    "\thttps://demo.zendesk.com/x",
    " https://demo.zendesk.com/x",
    "https://demo.zendesk.com/x y",
    "https://demo.zendesk.com/\x00",
    "https://demo.zendesk.com/é",
    "https://d\u0435mo.zendesk.com/x",
    'https://demo.zendesk.com/"><script>',
    "https://[::1]/x",
    "https://[/x",
    "http://127.0.0.1:8800/x",
]


@pytest.mark.parametrize("url", GOOD)
def test_a_page_of_the_account_passes(url):
    assert ZENDESK.check_return_url(url, "demo") == url


@pytest.mark.parametrize("url", REFUSED)
def test_any_other_address_is_refused_without_repeating_it(url):
    with pytest.raises(BadForm) as caught:
        ZENDESK.check_return_url(url, "demo")
    assert caught.value.field == "return_url"
    assert str(caught.value) in {
        "return_url is not a web address",
        "return_url does not begin with https",
        "return_url does not lead to this Zendesk account",
    }


@given(url=st.text(max_size=60) | st.text("https:/demo.zndk@\\#?%[]0. \n", max_size=60))
def test_no_text_does_anything_but_pass_or_be_refused(url):
    try:
        ZENDESK.check_return_url(url, "demo")
    except BadForm:
        return
    assert url.lower().startswith(("https://demo.zendesk.com",))


@pytest.mark.parametrize("subdomain", ["demo", "d", "3com", "a-b", "a" * 63])
def test_a_subdomain_passes(subdomain):
    assert ZENDESK.check_subdomain(subdomain) == subdomain


@pytest.mark.parametrize(
    "subdomain",
    [
        "",
        "a.b",
        "demo.",
        "-a",
        "a-",
        "a" * 64,
        "DEMO",
        "dé",
        "a b",
        "a\n",
        "a/b",
        "a@b",
        "a:1",
        "evil.example/",
        "_",
        "\uff05",
    ],
)
def test_what_is_no_subdomain_is_refused(subdomain):
    with pytest.raises(BadForm, match=r"^subdomain is not the name of a Zendesk account$"):
        ZENDESK.check_subdomain(subdomain)
    with pytest.raises(BadForm, match="subdomain"):
        ZENDESK.check_return_url(f"https://{subdomain}.zendesk.com/", subdomain)


def test_a_development_origin_passes_only_as_it_stands():
    hosts = ZendeskHosts(development_origins=["http://127.0.0.1:8800"])
    assert hosts.check_return_url("http://127.0.0.1:8800/finish?x=1", "demo")
    assert hosts.check_return_url(f"https://demo.zendesk.com{PAGE}", "demo")
    for url in (
        "http://127.0.0.1:8801/finish",
        "https://127.0.0.1:8800/finish",
        "http://127.0.0.1/finish",
        "http://u@127.0.0.1:8800/",
        "http://127.0.0.1:8800.evil.example/",
        "http://localhost:8800/",
    ):
        with pytest.raises(BadForm):
            hosts.check_return_url(url, "demo")


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8800", "https://localhost:1", "http://[::1]:8800", "http://localhost"]
)
def test_an_origin_on_this_machine_can_be_a_development_origin(origin):
    ZendeskHosts(development_origins=[origin])


@pytest.mark.parametrize(
    "origin",
    [
        "http://192.168.0.1:8800",
        "http://example.com",
        "http://127.0.0.1:8800/",
        "http://127.0.0.1:99999",
        "http://user@127.0.0.1:1",
        "127.0.0.1:8800",
        "ftp://127.0.0.1",
        "",
        "http://",
        "http://127.0.0.1.evil.example",
        "http://[",
    ],
)
def test_anything_else_is_refused_as_a_development_origin_by_the_settings_name(origin):
    with pytest.raises(BadSetting, match=r"zendesk\.development_origins") as caught:
        ZendeskHosts(development_origins=[origin])
    assert caught.value.setting == "zendesk.development_origins"


@pytest.mark.parametrize(
    "host", ["", "zendesk", "https://zendesk.com", "*.zendesk.com", "zendesk.com/", "Zendesk.com", "a..b"]
)
def test_what_is_no_host_is_refused_by_the_settings_name(host):
    with pytest.raises(BadSetting, match=r"zendesk\.hosts"):
        ZendeskHosts(hosts=[host])


def test_other_hosts_can_be_configured():
    hosts = ZendeskHosts(hosts=["zendesk.com", "zendesk-staging.com"])
    assert hosts.check_return_url("https://demo.zendesk-staging.com/x", "demo")
