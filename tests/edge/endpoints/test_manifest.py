# SPDX-License-Identifier: Apache-2.0
"""The manifest: what stands in it, and how it is served."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sealock.connector.v1.describe_pb2 import Capability
from sealock_edge.zendesk import BadSetting, ManifestUrls, manifest
from tests.edge.edge_under_test import PUBLIC_URL, add_key, build, settings, under_test
from tests.edge.scripted_connector import described
from tests.zendesk_schemas import requires_schemas, valid

BASE = "https://channels.example.com/guestbook/"
ALL_URLS = ManifestUrls(
    admin_ui=BASE + "admin_ui",
    pull=BASE + "pull",
    channelback=BASE + "channelback",
    clickthrough=BASE + "clickthrough",
    healthcheck=BASE + "healthcheck",
    event_callback=BASE + "event_callback?token=t",
    about=BASE + "about",
    dashboard=BASE + "dashboard",
)
FACTS = {"name": "Guestbook", "integration_id": "org.example.guestbook", "version": "0.1.0/1.0", "urls": ALL_URLS}


@requires_schemas
def test_a_manifest_has_every_key_that_applies():
    body = manifest(
        **FACTS, author="Example", push_client_id="client", channelback_files=True, create_followup_tickets=False
    )
    valid("manifest", body)
    assert body | {"version": ""} == {
        "name": "Guestbook",
        "id": "org.example.guestbook",
        "version": "",
        "author": "Example",
        "push_client_id": "client",
        "channelback_files": True,
        "create_followup_tickets": False,
        "urls": {
            "admin_ui": BASE + "admin_ui",
            "pull_url": BASE + "pull",
            "channelback_url": BASE + "channelback",
            "clickthrough_url": BASE + "clickthrough",
            "healthcheck_url": BASE + "healthcheck",
            "event_callback_url": BASE + "event_callback?token=t",
            "about_url": BASE + "about",
            "dashboard_url": BASE + "dashboard",
        },
    }


@requires_schemas
def test_what_an_integration_does_not_have_is_left_out():
    body = manifest(**(FACTS | {"urls": ManifestUrls(admin_ui=BASE + "admin_ui", pull=BASE + "pull")}))
    valid("manifest", body)
    assert set(body) == {"name", "id", "version", "channelback_files", "create_followup_tickets", "urls"}
    assert set(body["urls"]) == {"admin_ui", "pull_url"}


CHANGES = {
    "name": {"name": "Other"},
    "id": {"integration_id": "other"},
    "author": {"author": "Other"},
    "push": {"push_client_id": "other"},
    "files": {"channelback_files": True},
    "follow-ups": {"create_followup_tickets": False},
    "a URL": {"urls": replace(ALL_URLS, clickthrough="")},
    "the version": {"version": "0.1.0/1.1"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_version_moves_with_every_change_and_not_without(change):
    assert manifest(**FACTS)["version"] == manifest(**FACTS)["version"]
    assert manifest(**FACTS)["version"].startswith("0.1.0/1.0+")
    assert manifest(**(FACTS | change))["version"] != manifest(**FACTS)["version"]


WRONG = {
    "no name": ({"name": ""}, "name"),
    "a long name": ({"name": "n" * 256}, "name"),
    "no id": ({"integration_id": ""}, "id"),
    "a long id": ({"integration_id": "i" * 512}, "id"),
    "a long author": ({"author": "a" * 256}, "author"),
    "a long push client": ({"push_client_id": "p" * 128}, "push_client_id"),
    "a long version": ({"version": "v" * 250}, "version"),
    "a long URL": ({"urls": replace(ALL_URLS, pull="https://" + "x" * 504)}, "public_url"),
}


@pytest.mark.parametrize(("change", "setting"), WRONG.values(), ids=WRONG)
def test_what_zendesk_would_not_take_is_refused_by_the_settings_name(change, setting):
    with pytest.raises(BadSetting) as caught:
        manifest(**(FACTS | change))
    assert caught.value.setting == setting


@requires_schemas
def test_the_longest_settings_are_taken():
    urls = replace(ALL_URLS, pull="https://" + "x" * 503)
    facts = {"name": "n" * 255, "integration_id": "i" * 511, "author": "a" * 255, "push_client_id": "p" * 127}
    valid("manifest", manifest(**(FACTS | facts | {"urls": urls})))


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
