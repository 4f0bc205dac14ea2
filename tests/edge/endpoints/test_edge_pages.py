# SPDX-License-Identifier: Apache-2.0
"""The about page, the dashboard and the health check."""

from __future__ import annotations

import pytest

from sealock.connector.v1.describe_pb2 import Capability, SetupKind
from tests.edge.admin_pages import Page
from tests.edge.scripted_connector import Hang, described
from tests.edge.webhooks.webhook_edge import webhook_edge


async def test_the_about_page_says_what_the_integration_is(edge, connector):
    connector.script("Describe", described(description="A <b>book</b> for guests."))
    await edge.get("healthcheck")

    page = Page.of(await edge.get("about"))

    assert page.result.status_code == 200
    assert page.tree.css_first("h1").text() == "Guestbook"
    assert "A <b>book</b> for guests." in page.text
    assert "https://channels.example.com/guestbook/manifest.json" in page.text
    assert "Agents' replies are posted" in page.text


async def test_the_dashboard_says_that_the_connector_answers_and_what_it_can_do(edge, connector):
    limits = {"reply_max_chars": 1000, "reply_window": {"seconds": 7 * 86_400}}
    connector.script("Describe", described(limits=limits))

    page = Page.of(await edge.get("dashboard"))

    assert page.tree.css_first(".good").text() == "The connection to Guestbook is in service."
    for words in ("1.2.3", "0.1.0", "1,000", "7 days", "guestbook.example.com", "A link in the ticket"):
        assert words in page.text


async def test_the_dashboard_says_that_the_connector_does_not_answer(edge):
    page = Page.of(await edge.get("dashboard", integration="other"))

    assert page.result.status_code == 200
    assert page.tree.css_first(".bad").text() == "The connection to Other is out of service."
    assert "Unknown" in page.text


@pytest.mark.parametrize("endpoint", ["about", "dashboard"])
async def test_an_open_page_says_what_cannot_be_done_and_how_to_reconnect(edge, connector, endpoint):
    connector.script("Describe", described(capabilities=[Capability.CAPABILITY_CLICKTHROUGH]))
    await edge.get("healthcheck")

    page = Page.of(await edge.get(endpoint))

    cannot = page.tree.css_first(".cannot").text()
    assert "Agents cannot reply from the ticket" in cannot
    assert "files" not in cannot
    assert "link" not in cannot
    assert "stay connected" in page.tree.css_first("ol").text()


async def test_the_about_page_says_how_an_account_is_set_up(edge, connector):
    connector.script("Describe", described(setup_kinds=[SetupKind.SETUP_KIND_REDIRECT]))
    await edge.get("healthcheck")

    page = Page.of(await edge.get("about"))

    assert "An administrator signs in at Guestbook." in page.text
    assert "fills in a form" not in page.text


@pytest.mark.parametrize("endpoint", ["about", "dashboard"])
async def test_what_a_connector_says_of_itself_is_text(edge, connector, endpoint):
    hostile = '"><script>alert(1)</script>'
    limits = {"reply_max_file_bytes": 1, "reply_file_types": [hostile]}
    answer = described(
        display_name=hostile, description=hostile, version=hostile, clickthrough_hosts=[hostile], limits=limits
    )
    connector.script("Describe", answer)
    await edge.get("healthcheck")

    page = Page.of(await edge.get(endpoint))

    assert page.tree.css("script") == []
    assert hostile in page.text


@pytest.mark.parametrize("endpoint", ["about", "dashboard"])
async def test_an_open_page_is_guarded_and_not_framed(edge, endpoint):
    headers = (await edge.get(endpoint)).headers

    assert headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


async def test_the_health_check_follows_the_connector(edge, connector):
    healthy = await edge.get("healthcheck")
    assert (healthy.status_code, healthy.json) == (200, {"healthy": True, "version": "1.2.3"})
    assert (await edge.client.simulate_head("/guestbook/healthcheck")).status_code == 200

    port = connector.port
    await connector.stop()
    assert (await edge.get("healthcheck")).status_code == 503
    await connector.start(port)
    assert (await edge.get("healthcheck")).status_code in {200, 503}


async def test_a_connector_that_hangs_does_not_hang_its_health_check(edge, connector, monkeypatch):
    monkeypatch.setattr("sealock_edge.connectors.connector.DESCRIBE_SECONDS", 0.5)
    await edge.get("healthcheck")
    connector.script("Describe", Hang())

    assert (await edge.get("healthcheck")).status_code == 503


@pytest.mark.parametrize("takes", [True, False])
async def test_the_dashboard_shows_the_address_for_webhooks_where_the_connector_takes_any(edge, connector, takes):
    capabilities = [Capability.CAPABILITY_WEBHOOK] if takes else []
    connector.script("Describe", described(capabilities=capabilities))
    await edge.get("healthcheck")
    page = Page.of(await edge.get("dashboard"))
    assert ("https://channels.example.com/guestbook/webhook" in page.text) is takes
    assert ("within seconds, for accounts that Zendesk gave a token" in page.text) is takes


async def test_the_dashboard_says_that_nothing_is_pushed_without_a_push_client(connector, tmp_path, edge_clock):
    async with webhook_edge(connector, tmp_path, edge_clock) as here:
        page = Page.of(await here.edge.get("dashboard"))
    assert "this integration has no push client" in page.tree.css_first("#webhook").text()
