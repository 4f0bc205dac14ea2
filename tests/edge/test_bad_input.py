# SPDX-License-Identifier: Apache-2.0
"""Whatever arrives: it is measured, and refused by the field's name, never by its value."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote_plus

import pytest
from falcon import testing

from sealock.connector.v1.pull_pb2 import PullResponse
from tests.edge.admin_pages import Page, zendesk_form
from tests.edge.edge_under_test import FORM, add_key


def flipped(text: str, position: int) -> str:
    other = "A" if text[position] != "A" else "B"
    return text[:position] + other + text[position + 1 :]


FORGERIES = {
    "none": lambda edge: "",
    "unsealed JSON": lambda edge: '{"password": "canary"}',
    "another integration's": lambda edge: edge.metadata(integration_id="org.example.other"),
    "a state": lambda edge: edge.state(b"x"),
    "cut": lambda edge: edge.metadata()[:-1],
    "lengthened": lambda edge: edge.metadata() + "A",
    "padded": lambda edge: edge.metadata() + "=",
    "first character changed": lambda edge: flipped(edge.metadata(), 0),
    "middle changed": lambda edge: flipped(edge.metadata(), 60),
    "last changed": lambda edge: flipped(edge.metadata(), -1),
    "not ASCII": lambda edge: "ü" * 80,
    "as long as allowed": lambda edge: "A" * 5000,
}


@pytest.mark.parametrize("forgery", list(FORGERIES))
@pytest.mark.parametrize("endpoint", ["pull", "channelback"])
async def test_metadata_that_is_not_ours_gets_one_and_the_same_answer(edge, connector, endpoint, forgery):
    metadata = FORGERIES[forgery](edge)
    fields = {"metadata": metadata, "state": "", "message": "x", "request_unique_identifier": "1"}

    result = await edge.post(endpoint, fields)

    assert result.status_code == 401
    assert result.json["error_info"] == "This account is not known here."
    assert not connector.seen("Pull")
    assert not connector.seen("Channelback")


async def test_a_missing_field_is_no_metadata_either(edge):
    assert (await edge.post("pull", b"")).status_code == 401
    assert (await edge.post("pull", b"state=")).status_code == 401


@pytest.mark.parametrize(
    "state",
    [
        lambda edge: edge.state(b"x", account_id="account-2"),
        lambda edge: edge.state(b"x", integration_id="org.example.other"),
        lambda edge: edge.metadata(),
        lambda edge: flipped(edge.state(b"x"), 40),
        lambda edge: "{}",
    ],
)
async def test_a_state_that_is_not_this_accounts_gets_the_same_answer(edge, connector, state):
    result = await edge.pull(state=state(edge))

    assert (result.status_code, result.json["error_info"]) == (401, "This account is not known here.")
    assert connector.seen("Pull") == []


async def test_a_retired_key_opens_nothing_any_more(edge, connector):
    metadata = edge.metadata()
    [old] = edge.keys.glob("*.key")
    add_key(edge.keys, edge.clock)
    old.unlink()
    edge.ring.reload()

    assert (await edge.pull(metadata)).status_code == 401


async def test_an_administrators_edit_of_a_foreign_account_gets_a_page_with_the_same_words(edge):
    page = Page.of(await edge.post("admin_ui", zendesk_form(metadata="forged", name="x")))

    assert page.result.status_code == 401
    assert "This account is not known here." in page.text


CANARY = "canary-value"


@pytest.mark.parametrize(
    ("endpoint", "body", "field"),
    [
        ("pull", f"metadata={CANARY}&metadata={CANARY}", "metadata"),
        ("pull", f"metadata=x&state={CANARY}&state=", "state"),
        ("pull", f"metadata=x&state={CANARY}%FF", "state"),
        ("pull", f"metadata=x&state={CANARY}%ZZ", "state"),
        ("pull", f"metadata=x&state={CANARY}%00", "state"),
        ("pull", f"metadata={CANARY}{'x' * 5000}", "metadata"),
        ("pull", "&".join(f"{CANARY}{n}=1" for n in range(65)), "more than 64 fields"),
        ("channelback", "metadata=x&request_unique_identifier=1", "message"),
        ("channelback", f"metadata=x&message={CANARY}", "request_unique_identifier"),
        ("channelback", f"metadata=x&message={CANARY}&request_unique_identifier=", "request_unique_identifier"),
        ("channelback", "metadata=x&request_unique_identifier=1&message=" + "x" * 65_536, "message"),
        ("channelback", f"message=x&request_unique_identifier=1&parent_id={CANARY}{'x' * 511}", "parent_id"),
        ("channelback", f"message={CANARY}&message=x&request_unique_identifier=1", "message"),
    ],
)
async def test_a_malformed_form_is_told_by_its_field_and_never_its_value(edge, connector, endpoint, body, field):
    result = await edge.post(endpoint, body.encode())

    assert result.status_code == 400
    assert field in result.json["error_info"]
    assert CANARY not in result.text
    assert CANARY.encode() not in edge.log.getvalue()
    assert connector.calls == [] or all(call.rpc == "Describe" for call in connector.calls)


@pytest.mark.parametrize(
    ("endpoint", "bytes_sent"), [("pull", 64 * 1024 + 1), ("channelback", 1024 * 1024 + 1), ("pull", 10_000_000)]
)
@pytest.mark.parametrize("says_its_length", [True, False])
async def test_a_body_that_is_too_large_is_refused(edge, endpoint, bytes_sent, says_its_length):
    headers = {} if says_its_length else {"Content-Length": ""}

    result = await edge.post(endpoint, b"x" * bytes_sent, headers=headers)

    assert result.status_code == 413
    assert result.headers["connection"] == "close"


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", "application/x-www-form"]
)
@pytest.mark.parametrize("endpoint", ["pull", "channelback", "admin_ui", "admin_ui/step"])
async def test_another_content_type_is_refused(edge, endpoint, content_type):
    result = await edge.post(endpoint, b"metadata=x", headers={"Content-Type": content_type})

    assert result.status_code == 415


async def test_a_call_without_a_body_needs_no_content_type(edge):
    result = await edge.client.simulate_post("/guestbook/pull")

    assert (result.status_code, result.json["error_info"]) == (401, "This account is not known here.")


async def test_a_body_without_a_content_type_is_refused(edge):
    for headers in ({}, {"Transfer-Encoding": "chunked"}):
        result = await edge.client.simulate_post("/guestbook/pull", body=b"metadata=x", headers=headers)

        assert result.status_code == 415


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=utf-8", FORM.upper()])
async def test_every_way_to_write_the_content_type_is_taken(edge, connector, content_type):
    connector.script("Pull", PullResponse())

    assert (await edge.pull(headers={"Content-Type": content_type})).status_code == 200


async def test_fields_that_zendesk_may_add_are_ignored(edge, connector):
    connector.script("Pull", PullResponse())
    body = f"metadata={quote_plus(edge.metadata())}&new=1&new=2&%FF=3&state="

    assert (await edge.post("pull", body.encode())).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nobody/pull", "/guestbook", "/guestbook/nothing", "/guestbook/pull/more"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_path_is_not_found(edge, path, method):
    result = await edge.client.simulate_request(method, path, headers={"Content-Type": FORM})

    assert result.status_code == 404
    assert set(result.json) == {"error_info", "request_id"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_a_method_that_is_not_served_is_told_which_are(edge, method):
    result = await edge.client.simulate_request(method, "/guestbook/pull")

    assert result.status_code == 405
    assert "POST" in result.headers["allow"]


@pytest.mark.parametrize("internal", ["/livez", "/readyz", "/metrics"])
async def test_internal_paths_are_not_on_the_public_listener(edge, internal):
    assert (await edge.client.simulate_get(internal)).status_code == 404
    assert (await edge.internal.simulate_get(internal)).status_code == 200
    assert (await edge.internal.simulate_get("/guestbook/manifest.json")).status_code == 404


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("0123456789abcdef", True),
        ("req-1.2_3-abcdef", True),
        ("short", False),
        ("x" * 65, False),
        ("with space in it", False),
        ('quote"quote"quote', False),
        ("new\nline-in-the-id", False),
        ("ünïcödé-id-is-long", False),
    ],
)
async def test_a_request_id_is_taken_over_only_if_it_can_stand_in_a_log_line(edge, given, taken):
    result = await edge.get("about", headers={"X-Request-Id": given.replace("\n", "%0A")})

    assert (result.headers["x-request-id"] == given) is taken


async def sent(app: Any, events: list[dict[str, Any]], *, length: int | None) -> tuple[int, dict[str, str]]:
    """Hand the application these events as the server would; its status and headers."""
    headers = {"Content-Type": FORM} | ({"Content-Length": str(length)} if length is not None else {})
    scope = testing.create_scope(path="/guestbook/pull", method="POST", headers=headers)
    left = list(events)
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(event: dict[str, Any]) -> None:
        answered.append(event)

    await app(scope, receive, send)
    start = answered[0]
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_may_come_in_pieces(edge, connector):
    connector.script("Pull", PullResponse())
    body = f"metadata={edge.metadata()}&state=".encode()

    pieces = [piece(bytes([byte]), more=position + 1 < len(body)) for position, byte in enumerate(body)]

    assert (await sent(edge.edge.public, pieces, length=None))[0] == 200


async def test_a_body_that_ends_early_is_refused(edge, connector):
    body = f"metadata={edge.metadata()}&state=".encode()
    events = [piece(body), {"type": "http.disconnect"}]

    assert (await sent(edge.edge.public, events, length=len(body) + 10))[0] == 400
    assert connector.seen("Pull") == []


async def test_a_body_without_an_end_is_refused_once_it_is_too_large(edge):
    status, headers = await sent(edge.edge.public, [piece(b"x" * 60_000)] * 3, length=None)

    assert (status, headers["connection"]) == (413, "close")
