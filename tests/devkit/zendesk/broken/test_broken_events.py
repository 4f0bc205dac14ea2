# SPDX-License-Identifier: Apache-2.0
"""Services that do not take events, and a healthcheck that is none: what is said of each."""

from __future__ import annotations

import pytest

from tests.devkit.zendesk.broken.evidence import CANARY, at
from tests.devkit.zendesk.scripted_service import EVENTS, Canned

TAKES = ("", "a status of 2xx", "protocol")
HEALTHY = ("", "HTTP 200", "protocol")
SLOW = ("", "the whole answer within 0.5 seconds", "protocol", "no end in time")


@pytest.mark.parametrize(
    ("answer", "violations"),
    [
        (Canned(CANARY, 404), [(*TAKES, "HTTP 404")]),
        (Canned(CANARY, 302, {"location": f"/{CANARY}"}), [(*TAKES, "HTTP 302")]),
        (Canned(CANARY, 500), [(*TAKES, "HTTP 500")]),
        (Canned(CANARY, 401), [(*TAKES, "HTTP 401")]),
        (Canned("", 503), []),
        (Canned("", 429), []),
        (Canned(CANARY, delay=30), [SLOW]),
        (Canned(CANARY, drip=0.2), [SLOW]),
    ],
    ids=["404", "302", "500", "401", "503 for now", "429 for now", "hangs", "never ends"],
)
async def test_events_that_are_not_taken_are_told_once_and_not_sent_again(
    zendesk, service, evidence, account, answer, violations
):
    if SLOW in violations:
        zendesk.change_settings({"event_timeout_seconds": 0.5})
    service.script[EVENTS] = [answer]
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert await evidence.told() == at("event_callback", *violations)
    assert zendesk.store.events.all(1)[0].status == "failed"
    assert "1 events for Scripted not delivered" in evidence.console.getvalue()
    zendesk.change_settings({"event_timeout_seconds": 30})
    zendesk.lifecycle.activate(zendesk.store.accounts.get(account.id))
    await zendesk.wait_until(zendesk.is_idle)
    told = [event["type_id"] for event in service.events()]
    assert told.count("deactivate_integration_instance") == 1
    assert told.count("activate_integration_instance") == 1
    assert [event.status for event in zendesk.store.events.all(100)].count("failed") == 1


@pytest.mark.parametrize("body", [b"", b"\xff", b"<p>", b"{}"])
async def test_what_is_said_to_an_event_does_not_matter(zendesk, service, evidence, account, body):
    service.script[EVENTS] = [Canned(body)]
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert await evidence.told() == []


@pytest.mark.parametrize(
    ("answer", "violations", "problem"),
    [
        (Canned(CANARY, 404), [(*HEALTHY, "HTTP 404")], "HTTP 404"),
        (Canned("", 204), [(*HEALTHY, "HTTP 204")], "HTTP 204"),
        (Canned("", 302, {"location": "/healthy"}), [(*HEALTHY, "HTTP 302")], "HTTP 302"),
        (Canned("", 500), [(*HEALTHY, "HTTP 500")], "HTTP 500"),
        (Canned("", 503), [], "HTTP 503"),
        (Canned("", delay=30), [SLOW], "timeout"),
    ],
    ids=["404", "204", "302", "500", "503 is an answer", "hangs"],
)
async def test_a_healthcheck_that_is_neither_well_nor_away_is_told(
    zendesk, service, evidence, account, answer, violations, problem
):
    if SLOW in violations:
        zendesk.change_settings({"page_timeout_seconds": 0.5})
    service.script["/healthcheck"] = [answer]
    integration = zendesk.store.integrations.get(account.integration_id)
    assert (await zendesk.healthcheck(integration))[1] == problem
    assert await evidence.told() == at("healthcheck", *violations)
    assert (await zendesk.pull(account.id)).problem == "", "pulls go on"
