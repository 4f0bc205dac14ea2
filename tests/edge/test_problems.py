# SPDX-License-Identifier: Apache-2.0
"""Every way to fail has one answer, at every endpoint, and none of them tells too much."""

from __future__ import annotations

from typing import Any

import grpc
import httpx2
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_edge.connectors import ConnectorDown, ConnectorFaulty, ConnectorRefused, OutOfTime
from sealock_edge.outcomes import Endpoint
from sealock_edge.problems import REASONS, AccountNotSeen, FileTooLarge, problem_of
from sealock_edge.sealing import TooLarge, Unsealable
from sealock_edge.zendesk import BadForm, FaultyAnswer
from tests.edge.admin_pages import zendesk_form
from tests.edge.scripted_connector import BareCode, Refusal
from tests.edge.serving import served

REASON_VALUES = sorted(Reason.values())
RPC_OF = {
    Endpoint.PULL: "Pull",
    Endpoint.CHANNELBACK: "Channelback",
    Endpoint.ADMIN_UI: "Setup",
    Endpoint.CLICKTHROUGH: "ResolveClickthrough",
    Endpoint.FILE: "OpenFile",
    Endpoint.HEALTHCHECK: "Describe",
    Endpoint.MANIFEST: "Describe",
    Endpoint.WEBHOOK: "ReceiveWebhook",
}


async def call(edge: Any, endpoint: Endpoint) -> Any:
    if endpoint is Endpoint.PULL:
        return await edge.pull(state=edge.state(b"kept"))
    if endpoint is Endpoint.CHANNELBACK:
        return await edge.channelback()
    if endpoint is Endpoint.ADMIN_UI:
        return await edge.post("admin_ui", zendesk_form())
    if endpoint is Endpoint.CLICKTHROUGH:
        return await edge.get("clickthrough", params={"external_id": "x"})
    if endpoint is Endpoint.FILE:
        async with served(edge.edge.public) as url, httpx2.AsyncClient(trust_env=False, verify=False) as client:
            return await client.post(url + edge.file_path(), data={"metadata": edge.metadata()})
    if endpoint is Endpoint.WEBHOOK:
        return await edge.post("webhook", b"{}")
    return await edge.get({Endpoint.MANIFEST: "manifest.json"}.get(endpoint, endpoint.value))


def test_the_table_has_a_cell_for_every_reason_at_every_endpoint():
    assert {endpoint: set(row) for endpoint, row in REASONS.items()} == {
        endpoint: set(REASON_VALUES) for endpoint in Endpoint
    }


@pytest.mark.parametrize("reason", REASON_VALUES, ids=Reason.Name)
@pytest.mark.parametrize("endpoint", list(RPC_OF))
async def test_what_a_connector_says_is_answered_as_the_table_says(edge, connector, endpoint, reason):
    connector.script(RPC_OF[endpoint], Refusal(reason, retry_after=9, message_for_agent="For the agent."))

    result = await call(edge, endpoint)

    problem = REASONS[endpoint][reason]
    assert result.status_code == problem.status
    assert result.headers.get("retry-after") == ("9" if problem.retry_after else None)
    assert ("For the agent." in result.text) == problem.for_people
    assert "canary" not in result.text
    line = edge.calls[-1]
    assert (line["status"], line["outcome"]) == (problem.status, problem.outcome)


@pytest.mark.parametrize("reason", [-1, 4711])
@pytest.mark.parametrize("endpoint", [Endpoint.PULL, Endpoint.CHANNELBACK, Endpoint.FILE])
async def test_a_reason_that_this_edge_does_not_know_is_a_fault(edge, connector, endpoint, reason):
    connector.script(RPC_OF[endpoint], Refusal(reason, message_for_agent="canary"))

    result = await call(edge, endpoint)

    assert result.status_code == 500
    assert "canary" not in result.text


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
@pytest.mark.parametrize("endpoint", [Endpoint.PULL, Endpoint.CHANNELBACK, Endpoint.ADMIN_UI, Endpoint.FILE])
async def test_a_bare_code_never_speaks_for_the_origin(edge, connector, endpoint, code):
    connector.script(RPC_OF[endpoint], BareCode(code))

    result = await call(edge, endpoint)

    assert result.status_code == 503
    assert int(result.headers["retry-after"]) > 0
    assert "canary" not in result.text
    assert b"canary" not in edge.log.getvalue()


@pytest.mark.parametrize("trailer", [b"", b"\xff\xff\xff", b"\x1a\x05\x0a\x03abc", b"\x08\x02"])
async def test_a_detail_that_cannot_be_read_is_none(edge, connector, trailer):
    connector.script("Pull", BareCode(grpc.StatusCode.UNAUTHENTICATED, trailer=trailer))

    result = await edge.pull()

    assert result.status_code == 503
    assert edge.calls[-1]["outcome"] == "connector_faulty"


@pytest.mark.parametrize("rpc", ["Pull", "Channelback", "Setup", "ResolveClickthrough", "Describe"])
async def test_an_answer_that_is_not_the_contracts_is_the_connectors_fault(edge, connector, rpc):
    connector.script(rpc, b"\xff\xff\xff\xff canary")
    endpoint = {rpc: endpoint for endpoint, rpc in RPC_OF.items() if endpoint is not Endpoint.MANIFEST}[rpc]

    result = await call(edge, endpoint)

    assert result.status_code == 503
    assert "canary" not in result.text


@pytest.mark.parametrize("endpoint", [*Endpoint, None])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unsealable(), 401),
        (BadForm("state", "is given more than once"), 400),
        (ConnectorDown("UNAVAILABLE"), 503),
        (ConnectorFaulty("INTERNAL"), 503),
        (FaultyAnswer("resources", "are 201"), 503),
        (TooLarge(4000, 3717), 503),
        (OutOfTime(), 503),
        (AccountNotSeen(), 503),
        (FileTooLarge(), 422),
        (ValueError("canary"), 500),
        (ConnectorRefused(Reason.REASON_INTERNAL), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_has_an_answer_at_every_endpoint(endpoint, error, status):
    problem = problem_of(error, endpoint)

    assert problem.status == status
    assert "canary" not in problem.words


async def test_what_nobody_foresaw_is_500_in_fixed_words_and_noted_without_its_text(edge, connector, monkeypatch):
    monkeypatch.setattr(edge.ring, "find", lambda _: 1 / 0)

    result = await edge.pull()

    assert result.status_code == 500
    assert result.json["error_info"].startswith("Something went wrong here")
    [fault] = [line for line in edge.lines if line["event"] == "fault"]
    assert fault["request_id"] == result.json["request_id"]
    assert fault["error"] == ["builtins.ZeroDivisionError"]
    assert "division" not in edge.log.getvalue().decode()
