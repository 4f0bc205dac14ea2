# SPDX-License-Identifier: Apache-2.0
"""Canary secrets planted everywhere come out nowhere: no page, error, log line or metric."""

from __future__ import annotations

import json

import grpc
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.setup_pb2 import SetupDone, SetupField, SetupFieldKind, SetupForm, SetupResponse
from tests.edge.admin_pages import open_set_up
from tests.edge.scripted_connector import BareCode, Refusal

SECRET_FIELD = SetupField(name="password", label="Password", kind=SetupFieldKind.SETUP_FIELD_KIND_SECRET)
FORM = SetupForm(step_id="s", fields=[SECRET_FIELD], session=b"canary-session")
FAILURES = [
    Refusal(Reason.REASON_INTERNAL, message_for_agent="canary-sentence"),
    BareCode(grpc.StatusCode.INTERNAL, "canary-words"),
    b"\xff canary-garbage",
]


async def everything(edge, connector) -> list[str]:
    """Every endpoint, well and badly used; all texts that came out."""
    results = []
    connector.script("Setup", SetupResponse(form=FORM))
    page = await open_set_up(edge, metadata=edge.metadata(), name="x")
    results.append(page.result.text)
    results.append((await page.submit(edge, password="canary-typed")).result.text)
    connector.script("Setup", SetupResponse(done=SetupDone(account_name="x", account=b"canary-account")))
    results.append((await page.submit(edge, password="canary-typed")).result.text)
    results.append((await edge.pull(state=edge.state(b"canary-state"))).text)
    results.append((await edge.channelback(message="canary-message")).text)
    results.append((await edge.channelback(message="canary-message", metadata="canary-metadata")).text)
    results.append((await edge.get("clickthrough", params={"external_id": "canary-id"})).text)
    events = json.dumps({"events": [{"type_id": "canary-kind", "data": {"metadata": "canary-metadata"}}]}).encode()
    headers = {"Content-Type": "application/json"}
    results.append((await edge.post("event_callback?token=canary-token", events, headers=headers)).text)
    results.append((await edge.get("admin_ui/callback", params={"state": "canary", "code": "canary-code"})).text)
    results += [(await edge.get(endpoint)).text for endpoint in ("about", "dashboard", "healthcheck", "manifest.json")]
    results.append((await edge.internal.simulate_get("/readyz")).text)
    return results


@pytest.mark.parametrize("failure", FAILURES, ids=["refusal", "bare code", "garbage"])
async def test_no_secret_comes_out_of_any_endpoint(edge, connector, failure, caplog):
    for rpc in ("Pull", "Channelback", "ResolveClickthrough", "HandleEvent"):
        connector.script(rpc, failure)

    texts = await everything(edge, connector)

    assert len(texts) == 14
    assert [text for text in texts if "canary" in text] == []
    assert b"canary" not in edge.log.getvalue()
    assert "canary" not in await edge.metrics()
    assert "canary" not in caplog.text


async def test_what_the_edge_holds_prints_without_secrets(edge):
    account = edge.accounts.open_metadata(edge.metadata(), "org.example.guestbook")

    assert "canary" not in repr(account)
    assert "canary" not in repr(edge.ring)
