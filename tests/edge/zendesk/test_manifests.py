# SPDX-License-Identifier: Apache-2.0
"""The manifest has every key that applies, and its version moves with every change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sealock_edge.zendesk import BadSetting, ManifestUrls, manifest
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
