# SPDX-License-Identifier: Apache-2.0
"""`/{integration}/webhook`: who is asked, what is answered, when it is safe, and what it may cost."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from urllib.parse import parse_qs

import grpc
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.webhook_pb2 import ReceiveWebhookResponse
from sealock_edge.endpoints.webhook import MOST_UNDER_WAY
from sealock_edge.pulls.hints import Hints
from sealock_edge.sealing import Sealer
from sealock_edge.store import StoreAway, hint_id, watched_name
from tests.edge.edge_under_test import GUESTBOOK_ID
from tests.edge.scripted_connector import BareCode, Hang, Refusal
from tests.edge.serving import until
from tests.edge.webhooks.webhook_edge import WITHOUT_WEBHOOKS, answer, webhook_edge


@pytest.fixture
async def hooked(connector, tmp_path, edge_clock):
    async with webhook_edge(connector, tmp_path, edge_clock) as running:
        yield running


async def post(hooked, path="/guestbook/webhook", method="POST", **how):
    return await hooked.edge.client.simulate_request(method, path, **{"body": b"{}", **how})


async def test_what_the_connector_says_is_the_answer(hooked):
    hooked.says(answer(202, b"EVENT_RECEIVED", [("Content-Type", "text/x-y"), ("X-Hook-Secret", "s-1")]))

    result = await post(hooked)

    assert (result.status_code, result.content) == (202, b"EVENT_RECEIVED")
    assert result.headers["content-type"] == "text/x-y"
    assert result.headers["x-hook-secret"] == "s-1"
    assert [(line["endpoint"], line["outcome"]) for line in hooked.edge.calls[-1:]] == [("webhook", "ok")]


async def test_meta_s_handshake_is_the_connector_s(hooked):
    def challenged(request):
        query = parse_qs(request.query)
        right = query["hub.verify_token"] == ["right"] and request.method == "GET"
        return answer(200, query["hub.challenge"][0].encode()) if right else answer(403, b"refused")

    hooked.says(challenged)
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "right"}

    result = await post(hooked, method="GET", params=asked)
    assert (result.status_code, result.text) == (200, "1158201444")
    result = await post(hooked, method="GET", params={**asked, "hub.verify_token": "wrong"})
    assert (result.status_code, result.text) == (403, "refused")
    assert hooked.edge.calls[-1]["outcome"] == "webhook_refused"
    assert "hub" not in hooked.edge.log.getvalue().decode()


async def test_x_s_challenge_response_check_is_the_connector_s(hooked):
    def crc(request):
        token = parse_qs(request.query)["crc_token"][0]
        digest = base64.b64encode(hmac.new(b"consumer-secret", token.encode(), hashlib.sha256).digest())
        return answer(200, b'{"response_token":"sha256=' + digest + b'"}', [("content-type", "application/json")])

    hooked.says(crc)
    result = await post(hooked, method="GET", params={"crc_token": "a b", "nonce": "n"})
    assert result.headers["content-type"] == "application/json"
    assert result.json["response_token"].startswith("sha256=")


async def test_an_answer_that_somebody_else_wrote_can_do_nothing_in_a_browser(hooked):
    html = b"<script>alert(1)</script>"
    hostile = [
        ("content-type", "text/html"),
        ("content-security-policy", "default-src *"),
        ("set-cookie", "a=b"),
        ("location", "https://evil.example/"),
        ("refresh", "0;url=https://evil.example"),
        ("access-control-allow-origin", "*"),
        ("strict-transport-security", "max-age=0"),
        ("connection", "close"),
        ("content-length", "3"),
        ("transfer-encoding", "chunked"),
        ("x-request-id", "forged"),
        ("cache-control", "public"),
        ("clear-site-data", "*"),
        ("webhook-allowed-rate", "10"),
    ]
    hooked.says(answer(200, html, hostile))
    result = await post(hooked)
    assert result.content == html
    headers = dict(result.headers)
    assert headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-length"] == str(len(html))
    assert headers["x-request-id"] != "forged"
    assert headers["webhook-allowed-rate"] == "10"
    assert not set(headers) & {
        *("set-cookie", "location", "refresh", "access-control-allow-origin", "strict-transport-security"),
        *("transfer-encoding", "clear-site-data"),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        answer(0),
        answer(100),
        answer(600),
        answer(4_000_000_000),
        answer(200, b"", [("x", "a\r\nset-cookie: a=b")]),
        answer(200, b"", [("x y", "a")]),
        answer(200, b"", [("", "a")]),
        answer(200, b"", [("x", "\u0100")]),
        answer(200, b"", [("x", "\0")]),
        answer(200, b"", [("x", "a")] * 65),
        answer(200, deliveries={"": []}),
        answer(200, deliveries={"k" * 256: []}),
        answer(200, deliveries={"k": [b"x" * 256]}),
        answer(200, deliveries={"k": [b"%d" % number for number in range(1001)]}),
        answer(200, deliveries={f"k{number}": [] for number in range(1001)}),
        answer(200, b"x" * 600_000),
        b"\xff\xff\xff",
    ],
    ids=lambda wrong: str(wrong)[:30],
)
async def test_an_answer_that_the_contract_forbids_is_the_connector_s_fault_and_nothing_is_told(hooked, wrong):
    hooked.says(wrong)
    result = await post(hooked)
    assert result.status_code == 503
    assert hooked.edge.calls[-1]["outcome"] == "connector_faulty"
    assert "tell" not in hooked.store.asked
    assert "set-cookie" not in result.headers


async def test_a_thousand_accounts_and_a_thousand_hints_are_taken(hooked):
    many = {f"k{number}": [] for number in range(999)} | {"k": [b"%d" % number for number in range(1000)]}
    hooked.says(answer(200, deliveries=many))
    assert (await post(hooked)).status_code == 200
    assert hooked.store.asked.count("tell") == 1000
    assert await hooked.edge.metric('sealock_edge_hints_total{fate="came",integration="guestbook"}') == 1000


@pytest.mark.parametrize(
    ("said", "status", "outcome"),
    [
        (Refusal(Reason.REASON_INVALID_REQUEST), 400, "invalid_request"),
        (Refusal(Reason.REASON_UNSUPPORTED), 404, "unsupported"),
        (Refusal(Reason.REASON_ORIGIN_UNAVAILABLE, retry_after=7), 503, "origin_unavailable"),
        (Refusal(Reason.REASON_ORIGIN_THROTTLED), 429, "origin_throttled"),
        (Refusal(Reason.REASON_INTERNAL), 500, "connector_internal"),
        (BareCode(grpc.StatusCode.UNAVAILABLE), 503, "connector_down"),
        (BareCode(grpc.StatusCode.UNAUTHENTICATED), 503, "connector_faulty"),
        (answer(403), 403, "webhook_refused"),
        (answer(410), 410, "webhook_refused"),
        (answer(500), 500, "webhook_refused"),
    ],
)
async def test_how_it_ends_is_in_the_table_the_log_and_the_metric(hooked, said, status, outcome):
    hooked.says(said)
    result = await post(hooked)
    assert result.status_code == status
    line = hooked.edge.calls[-1]
    assert (line["endpoint"], line["status"], line["outcome"]) == ("webhook", status, outcome)
    counted = f'sealock_edge_calls_total{{endpoint="webhook",integration="guestbook",outcome="{outcome}"}}'
    assert await hooked.edge.metric(counted) == 1
    assert "tell" not in hooked.store.asked


async def test_a_connector_without_webhooks_is_not_asked(hooked, edge_clock):
    hooked.connector.script("Describe", WITHOUT_WEBHOOKS)
    edge_clock.move(seconds=61)
    await hooked.edge.get("healthcheck")
    assert (await post(hooked)).status_code == 404
    assert hooked.edge.calls[-1]["outcome"] == "unsupported"
    assert hooked.received == []


async def test_a_connector_that_is_down_is_a_503_that_says_when_to_come_again(hooked):
    result = await post(hooked, "/other/webhook")
    assert result.status_code == 503
    assert int(result.headers["retry-after"]) > 0


async def test_no_webhook_is_answered_well_before_its_hints_are_safe(hooked):
    hooked.says(answer(200, b"EVENT_RECEIVED", deliveries={"page-1": [b"mention-1"]}))
    hooked.store.is_away = True
    result = await post(hooked)
    assert (result.status_code, result.headers["retry-after"]) == (503, "5")
    assert b"EVENT_RECEIVED" not in result.content
    assert hooked.edge.calls[-1]["outcome"] == "store_away"

    hooked.store.is_away = False
    assert (await post(hooked)).status_code == 200


async def test_one_of_many_accounts_that_cannot_be_told_makes_the_origin_send_all_again(hooked):
    told = []
    keep = hooked.store.store.tell

    async def tell(watched, hints):
        told.append(watched)
        if len(told) == 20:
            raise StoreAway
        return await keep(watched, hints)

    hooked.store.store.tell = tell
    hooked.says(answer(200, deliveries={f"page-{number}": [] for number in range(40)}))
    assert (await post(hooked)).status_code == 503
    assert (await post(hooked)).status_code == 200


async def test_a_refusal_tells_nothing_and_a_store_that_is_away_does_not_matter_to_it(hooked):
    hooked.says(answer(403, b"refused"))
    hooked.store.is_away = True
    assert (await post(hooked)).status_code == 403


async def test_what_is_kept_is_sealed_named_by_digests_and_opens_for_this_integration_alone(hooked):
    seen = []
    keep = hooked.store.store.tell

    async def tell(watched, hints):
        seen.append((watched, list(hints)))
        return await keep(watched, hints)

    hooked.store.store.tell = tell
    await hooked.webhook({"page-1": [b"mention-1", b"mention-1", b"\xff\x00"]})
    [(watched, kept)] = seen
    assert watched == watched_name(GUESTBOOK_ID, "page-1") != watched_name("org.example.other", "page-1")
    assert [each.id for each in kept] == [hint_id(GUESTBOOK_ID, b"mention-1"), hint_id(GUESTBOOK_ID, b"\xff\x00")]
    assert "mention" not in repr(kept)
    hints = Hints(Sealer(hooked.edge.ring, hooked.edge.clock))
    assert [hints.open(each, GUESTBOOK_ID) for each in kept] == [b"mention-1", b"\xff\x00"]
    with pytest.raises(Exception, match="not sealed here"):
        hints.open(kept[0], "org.example.other")


async def test_the_same_account_twice_in_one_webhook_is_told_once(hooked):
    twice = ReceiveWebhookResponse(status=200)
    twice.deliveries.add(origin_account_key="page-1", hints=[b"a"])
    twice.deliveries.add(origin_account_key="page-1", hints=[b"b", b"a"])
    hooked.says(twice)
    assert (await post(hooked)).status_code == 200
    assert hooked.store.asked.count("tell") == 1
    assert await hooked.edge.metric('sealock_edge_hints_total{fate="came",integration="guestbook"}') == 2


async def test_an_address_that_sends_too_fast_is_told_when_to_come_again(connector, tmp_path, edge_clock):
    async with webhook_edge(connector, tmp_path, edge_clock, webhooks_per_minute_by_address=3) as hooked:
        hooked.says(answer())
        assert [(await post(hooked)).status_code for _ in range(4)] == [200, 200, 200, 429]
        result = await post(hooked)
        assert int(result.headers["retry-after"]) in range(1, 21)
        assert hooked.edge.calls[-1]["outcome"] == "too_many_webhooks"
        assert len(hooked.received) == 3
        edge_clock.move(seconds=20)
        assert (await post(hooked)).status_code == 200


async def test_an_integration_has_a_pace_of_its_own_whatever_addresses_they_come_from(connector, tmp_path, edge_clock):
    async with webhook_edge(connector, tmp_path, edge_clock, webhooks_per_minute=3) as hooked:
        hooked.says(answer())
        found = [await post(hooked, remote_addr=f"198.51.100.{number}") for number in range(5)]
        assert [each.status_code for each in found] == [200, 200, 200, 429, 429]
        assert (await post(hooked, "/other/webhook")).status_code == 503


async def test_no_more_than_so_many_are_under_way_and_pulls_go_on(hooked):
    hooked.says(Hang())
    waiting = [asyncio.create_task(post(hooked)) for _ in range(MOST_UNDER_WAY)]
    await until(lambda: len(hooked.received) == MOST_UNDER_WAY)
    result = await post(hooked)
    assert (result.status_code, result.headers["retry-after"]) == (429, "1")
    assert (await hooked.edge.get("healthcheck")).status_code == 200
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    hooked.says(answer())
    assert (await post(hooked)).status_code == 200


async def test_a_connector_that_does_not_answer_has_the_webhook_s_time_and_no_more(connector, tmp_path, edge_clock):
    async with webhook_edge(connector, tmp_path, edge_clock, webhook_seconds=1) as hooked:
        hooked.says(Hang())
        result = await post(hooked)
        assert result.status_code == 503
        assert hooked.connector.seen("ReceiveWebhook")[-1].seconds_left < 1.5


async def test_nothing_of_a_webhook_is_logged(hooked):
    hooked.says(answer(200, b"canary-answer", deliveries={"canary-key": [b"canary-hint"]}))
    await post(
        hooked,
        "/guestbook/webhook/canary-path",
        body=b"canary-body",
        params={"canary-query": "x"},
        headers={"X-Canary": "canary-header", "User-Agent": "canary-agent"},
    )
    hooked.store.is_away = True
    await post(hooked, body=b"canary-body")
    hooked.says(b"\xffcanary")
    await post(hooked, body=b"canary-body")
    assert b"canary" not in hooked.edge.log.getvalue()
    assert "canary" not in await hooked.edge.metrics()
