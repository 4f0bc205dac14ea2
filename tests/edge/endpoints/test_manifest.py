# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/manifest.json`."""

from __future__ import annotations

import pytest

from sealock.connector.v1.describe_pb2 import Capability
from tests.edge.edge_under_test import PUBLIC_URL, add_key, build, settings, under_test
from tests.edge.scripted_connector import described


async def test_the_manifest_has_every_key_that_applies(edge):
    manifest = (await edge.get("manifest.json")).json

    base = f"{PUBLIC_URL}/guestbook"
    urls = manifest.pop("urls")
    token = urls.pop("event_callback_url").removeprefix(f"{base}/event_callback?token=")
    assert len(token) > 40
    assert urls == {
        "admin_ui": f"{base}/admin_ui",
        "pull_url": f"{base}/pull",
        "channelback_url": f"{base}/channelback",
        "clickthrough_url": f"{base}/clickthrough",
        "healthcheck_url": f"{base}/healthcheck",
        "about_url": f"{base}/about",
        "dashboard_url": f"{base}/dashboard",
    }
    assert manifest.pop("version").startswith("0.1.0-1.2.3+")
    assert manifest == {
        "name": "Guestbook",
        "id": "org.example.guestbook",
        "author": "Example",
        "push_client_id": "sealock_push",
        "channelback_files": False,
        "create_followup_tickets": True,
    }


@pytest.mark.parametrize(
    ("capability", "url"),
    [
        (Capability.CAPABILITY_CHANNELBACK, "channelback_url"),
        (Capability.CAPABILITY_CLICKTHROUGH, "clickthrough_url"),
    ],
)
async def test_what_the_connector_cannot_do_is_not_offered(edge, connector, capability, url):
    rest = [each for each in described().capabilities if each != capability]
    connector.script("Describe", described(capabilities=rest))
    await edge.get("healthcheck")

    assert url not in (await edge.get("manifest.json")).json["urls"]


async def test_a_chat_like_connector_leaves_new_tickets_unconnected(edge, connector):
    connector.script("Describe", described(unconnected_follow_ups=True))
    await edge.get("healthcheck")

    assert (await edge.get("manifest.json")).json["create_followup_tickets"] is False


async def test_the_version_changes_exactly_when_the_manifest_does(edge, connector):
    first = (await edge.get("manifest.json")).json
    assert (await edge.get("manifest.json")).json == first

    connector.script("Describe", described(unconnected_follow_ups=True))
    await edge.get("healthcheck")

    assert (await edge.get("manifest.json")).json["version"] != first["version"]


async def test_a_connectors_endless_version_is_cut(edge, connector):
    connector.script("Describe", described(version="9" * 5000))
    await edge.get("healthcheck")

    assert (await edge.get("manifest.json")).json["version"].startswith("0.1.0-" + "9" * 127 + "+")


async def test_a_reader_that_has_it_already_is_told_so(edge):
    tag = (await edge.get("manifest.json")).headers["etag"]

    again = await edge.get("manifest.json", headers={"If-None-Match": tag})

    assert (again.status_code, again.text) == (304, "")
    other = await edge.get("manifest.json", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def test_the_last_manifest_is_served_while_the_connector_is_down(edge, connector):
    first = (await edge.get("manifest.json")).json
    await connector.stop()

    assert (await edge.get("healthcheck")).status_code == 503
    assert (await edge.get("manifest.json")).json == first


async def test_there_is_no_manifest_before_the_connector_answered_once(edge):
    result = await edge.get("manifest.json", integration="other")

    assert result.status_code == 503
    assert result.headers["retry-after"] == "30"


@pytest.mark.parametrize("endpoint", ["manifest.json/", "manifest.json?anything=1"])
async def test_trailing_things_make_no_difference(edge, endpoint):
    assert (await edge.client.simulate_get(f"/guestbook/{endpoint}")).status_code == 200


async def test_the_token_outlives_a_restart_and_turns_with_the_key(edge, connector):
    first = (await edge.get("manifest.json")).json["urls"]["event_callback_url"]
    built, ring, log = build(settings(connector.target), edge.keys, edge.clock)
    again = under_test(built, ring, edge.keys, edge.clock, log)
    async with again.client:
        assert (await again.get("manifest.json")).json["urls"]["event_callback_url"] == first

    add_key(edge.keys, edge.clock)
    edge.ring.reload()

    assert (await edge.get("manifest.json")).json["urls"]["event_callback_url"] != first


async def test_only_reading_is_possible(edge):
    assert (await edge.client.simulate_head("/guestbook/manifest.json")).status_code == 200
    assert (await edge.post("manifest.json", {})).status_code == 405
