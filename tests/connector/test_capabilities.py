# SPDX-License-Identifier: Apache-2.0
"""Describe, clickthrough, webhooks, files and events, by what a connector has."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import grpc.aio
import pytest

from sealock.connector.v1 import describe_pb2
from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.file_pb2 import OpenFileRequest
from sealock_connector import (
    ConnectorError,
    Done,
    Field,
    Form,
    InvalidAnswer,
    InvalidRequest,
    OpenedFile,
    OriginLimits,
    OriginUnavailable,
    Pulled,
    WebhookAnswer,
    WebhookRequest,
)
from sealock_connector.testing import File, running
from tests.connector.connectors import Able, Plain, Posting


async def test_a_plain_connector_can_do_no_more_than_it_must():
    async with running(Plain()) as client:
        described = await client.describe()
    assert (described.origin, described.display_name, described.capabilities) == ("plain", "Plain", frozenset())


async def test_capabilities_come_with_the_methods():
    async with running(Able()) as client:
        described = await client.describe()
    assert described.capabilities == {
        "CHANNELBACK", "CHANNELBACK_FILES", "CLICKTHROUGH", "WEBHOOK", "FILES", "EVENTS",
    }  # fmt: skip
    assert described.clickthrough_hosts == ("able.example",)
    assert len(described.capabilities) == len(describe_pb2.Capability.values()) - 1


async def test_files_are_taken_only_if_the_connector_says_so():
    class Refusing(Posting):
        takes_files = False

    async with running(Refusing(None)) as client:
        assert (await client.describe()).capabilities == {"CHANNELBACK"}


async def test_the_origin_s_limits_are_described():
    class Limited(Plain):
        limits = OriginLimits(280, timedelta(days=1), 4, 5_000_000, ["image/*"])
        setup_kinds = ("form", "redirect")
        unconnected_follow_ups = True

    async with running(Limited()) as client, grpc.aio.insecure_channel(client.target) as channel:
        answer = await ConnectorServiceStub(channel).Describe(describe_pb2.DescribeRequest())
    limits = answer.limits
    assert (limits.reply_max_chars, limits.reply_max_files, limits.reply_max_file_bytes) == (280, 4, 5_000_000)
    assert (limits.reply_window.ToTimedelta(), list(limits.reply_file_types)) == (timedelta(days=1), ["image/*"])
    assert list(answer.setup_kinds) == [describe_pb2.SETUP_KIND_FORM, describe_pb2.SETUP_KIND_REDIRECT]
    assert answer.unconnected_follow_ups


async def test_a_connector_that_describes_itself_wrongly_does_not_start():
    class Nameless(Plain):
        origin = ""

    with pytest.raises(InvalidAnswer, match="origin"):
        async with running(Nameless()):
            pass


async def test_clickthrough_leads_to_the_page():
    async with running(Able()) as client:
        assert await client.clickthrough("7") == "https://able.example/7"
        with pytest.raises(InvalidRequest):
            await client.clickthrough("")


async def test_a_webhook_arrives_as_it_was_sent_and_is_answered():
    class Hooked(Able):
        async def receive_webhook(self, request):
            self.request = request
            return WebhookAnswer(202, b"ok", [("x-a", "b")], {"page-1": [b"1", b"2"], "page-2": []})

    connector = Hooked()
    request = WebhookRequest("POST", "/a%20b", "x=1&x=2", (("a", "1"), ("a", "2")), b"\x00\xff")
    async with running(connector) as client:
        answer = await client.webhook(request)
    assert connector.request == request
    assert (answer.status, answer.body, answer.headers) == (202, b"ok", (("x-a", "b"),))
    assert answer.deliveries == {"page-1": (b"1", b"2"), "page-2": ()}


async def test_replies_that_failed_late_are_told_with_a_pull():
    class Late(Able):
        async def pull(self, pull):
            pull.reply_failed("reply-1", "It was\nremoved. " + "x" * 600)
            pull.reply_failed("reply-2")
            pull.reply_failed("reply-2")
            if pull.account.get("wrong"):
                pull.reply_failed("")
            yield Pulled(None, after=b"1")

    async with running(Late()) as client:
        page = await client.pull({})
        assert page.failed_replies == {"reply-1": ("It was removed. " + "x" * 600)[:500], "reply-2": ""}
        with pytest.raises(ConnectorError):
            await client.pull({"wrong": "1"})


async def test_hints_reach_a_pull_and_those_that_were_not_read_are_named():
    class Hinted(Able):
        async def pull(self, pull):
            for hint in [*pull.hints[1:], b"never told"]:
                pull.not_yet(hint)
            yield Pulled(None, after=b"1")

    async with running(Hinted()) as client:
        page = await client.pull({}, hints=[b"a", b"b", b"c"])
        assert page.unread_hints == (b"b", b"c")
        with pytest.raises(InvalidRequest, match="breaks the contract"):
            await client.pull({}, hints=[b"x" * 256])


async def test_a_file_is_streamed_in_pieces_and_its_source_closed():
    closed = []

    async def chunks():
        try:
            yield b"a" * 1_000_000
            yield b""
            yield b"b"
        finally:
            closed.append(True)

    class Filing(Able):
        async def open_file(self, account, reference):
            assert (account["t"], reference) == ("1", "ref")
            return OpenedFile("a.txt", "text/plain", chunks(), 1_000_001)

    async with running(Filing()) as client:
        assert await client.open_file({"t": "1"}, "ref") == File("a.txt", "text/plain", b"a" * 1_000_000 + b"b")
    assert closed == [True]


async def test_a_file_that_breaks_off_fails_the_call():
    async def chunks():
        yield b"a"
        raise OriginUnavailable

    class Filing(Able):
        async def open_file(self, account, reference):
            return OpenedFile("a.txt", "text/plain", chunks())

    async with running(Filing()) as client:
        with pytest.raises(OriginUnavailable):
            await client.open_file({}, "ref")


async def test_a_file_that_fails_with_its_first_bytes_fails_before_it_is_said_what_it_is():
    async def chunks():
        raise OriginUnavailable
        yield b""

    class Filing(Able):
        async def open_file(self, account, reference):
            return OpenedFile("a.txt", "text/plain", chunks())

    async with running(Filing()) as client, grpc.aio.insecure_channel(client.target) as channel:
        call = ConnectorServiceStub(channel).OpenFile(OpenFileRequest(account_id="a", account=b"{}", reference="r"))
        with pytest.raises(grpc.aio.AioRpcError):
            await call.read()


async def test_a_file_that_cannot_be_described_is_closed_all_the_same():
    closed = []

    async def chunks():
        try:
            yield b"a"
        finally:
            closed.append(True)

    class Filing(Able):
        async def open_file(self, account, reference):
            return OpenedFile("", "text/plain", chunks())

    async with running(Filing()) as client:
        with pytest.raises(ConnectorError):
            await client.open_file({}, "ref")
    assert closed == [True]


async def test_a_caller_that_leaves_in_the_middle_ends_the_file():
    closed = asyncio.Event()

    async def chunks():
        try:
            while True:
                yield b"a" * 100_000
        finally:
            closed.set()

    class Filing(Able):
        async def open_file(self, account, reference):
            return OpenedFile("a.txt", "text/plain", chunks())

    async with running(Filing()) as client, grpc.aio.insecure_channel(client.target) as channel:
        call = ConnectorServiceStub(channel).OpenFile(
            OpenFileRequest(account_id="a", account=b"{}", reference="r"), timeout=20
        )
        for _ in range(3):
            await call.read()
        call.cancel()
        await asyncio.wait_for(closed.wait(), 10)


async def test_an_event_arrives_with_its_account():
    connector = Able()
    at = datetime(2026, 1, 2, tzinfo=UTC)
    async with running(connector) as client:
        await client.event("destroy_integration_instance", account={"token": "t"}, at=at)
        await client.event("something new")
    first, second = connector.events
    assert (first.type_id, first.at, first.account.values) == ("destroy_integration_instance", at, {"token": "t"})
    assert (second.type_id, second.account) == ("something new", None)


async def test_an_account_too_large_for_zendesk_is_told_to_the_administrator():
    class Large(Plain):
        async def setup(self, step):
            return Done("An account", {"token": "x" * int(step.answers.get("size", 0))})

    async with running(Large()) as client:
        assert isinstance(await client.setup("form", {"size": "3000"}), Done)
        form = await client.setup("form", {"size": "3100"})
    assert isinstance(form, Form)
    assert form.step_id == "form"
    (problem,) = form.problems
    assert problem.message == "These answers make an account of 3,112 bytes; Zendesk keeps at most 3,072. Shorten them."


async def test_an_account_that_json_cannot_say_is_a_fault():
    class Odd(Plain):
        async def setup(self, step):
            return Done("An account", {"token": object()})

    async with running(Odd()) as client:
        with pytest.raises(ConnectorError):
            await client.setup()


async def test_a_slow_setup_ends_with_the_deadline():
    import asyncio

    class Slow(Plain):
        async def setup(self, step):
            await asyncio.sleep(60)

    async with running(Slow()) as client, grpc.aio.insecure_channel(client.target) as channel:
        from sealock.connector.v1.setup_pb2 import SetupRequest

        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await ConnectorServiceStub(channel).Setup(SetupRequest(account_id="a"), timeout=2)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_connectors_take_their_own_options():
    class Optioned(Plain):
        def add_options(self, parser):
            parser.add_argument("--page", default="none")

        def configure(self, options):
            self.page = options.page
            assert self.allowed_networks

        async def setup(self, step):
            return Form("s", self.page, [Field("a", "A")])

    async with running(Optioned(), "--page=seven") as client:
        assert (await client.setup()).title == "seven"


async def test_a_connector_is_opened_before_and_closed_after_its_calls():
    class Opened(Plain):
        happened = ()

        async def open(self):
            self.happened += ("open",)

        async def close(self):
            self.happened += ("close",)

        async def setup(self, step):
            self.happened += ("setup",)
            return Done("a", {})

    connector = Opened()
    async with running(connector) as client:
        await client.setup()
    assert connector.happened == ("open", "setup", "close")
