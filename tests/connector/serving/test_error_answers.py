# SPDX-License-Identifier: Apache-2.0
"""Whatever goes wrong leaves as a reason and fixed words, and has one status in log, metrics and traces."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta

import grpc.aio
import pytest
from google.rpc import status_pb2

from sealock.connector.v1 import (
    channelback_pb2,
    clickthrough_pb2,
    describe_pb2,
    event_pb2,
    file_pb2,
    pull_pb2,
    setup_pb2,
    webhook_pb2,
)
from sealock.connector.v1 import (
    error_detail_pb2 as wire,
)
from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail, Reason
from sealock_connector import (
    AccountRevoked,
    Cause,
    ConnectorError,
    ContractBroken,
    InvalidAnswer,
    InvalidRequest,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
    OriginUnreached,
    OutcomeUnknown,
    Unsupported,
)
from sealock_connector._serving.answering import CallStatus
from sealock_connector._telemetry import FIELDS
from sealock_connector._translate.failures import CLASSES, CODES, WORDS, error_from_wire
from sealock_connector.testing import running
from sealock_contract.log_lines import JsonLines
from tests.connector.connectors import Able, Plain

CANARY = "canary-8842-secret"

REQUESTS = {
    "Describe": describe_pb2.DescribeRequest(),
    "Setup": setup_pb2.SetupRequest(account_id="a", answers={"password": CANARY}, session=CANARY.encode()),
    "Pull": pull_pb2.PullRequest(account_id="a", account=json.dumps({"token": CANARY}).encode()),
    "Channelback": channelback_pb2.ChannelbackRequest(
        header=channelback_pb2.ChannelbackHeader(
            account_id="a", account=json.dumps({"token": CANARY}).encode(), idempotency_key=CANARY, message=CANARY
        )
    ),
    "ResolveClickthrough": clickthrough_pb2.ResolveClickthroughRequest(external_id=CANARY),
    "ReceiveWebhook": webhook_pb2.ReceiveWebhookRequest(
        headers=[webhook_pb2.HttpHeader(name="signature", value=CANARY)], body=CANARY.encode()
    ),
    "OpenFile": file_pb2.OpenFileRequest(account_id="a", account=b'{"token": "canary-8842-secret"}', reference=CANARY),
    "HandleEvent": event_pb2.HandleEventRequest(
        account_id="a",
        account=b'{"token": "canary-8842-secret"}',
        event=event_pb2.ZendeskEvent(type_id="create_integration_instance", error=CANARY),
    ),
}
FAILING = [name for name in REQUESTS if name != "Describe"]


class Failing(Able):
    """Raises the same from every method."""

    def __init__(self, error) -> None:
        super().__init__()
        self.error = error

    async def setup(self, step):
        raise self.error

    async def pull(self, pull):
        raise self.error
        yield

    async def channelback(self, reply):
        raise self.error

    async def resolve_clickthrough(self, external_id):
        raise self.error

    async def receive_webhook(self, request):
        raise self.error

    async def open_file(self, account, reference):
        raise self.error

    async def handle_event(self, event):
        raise self.error


async def call(client, name):
    async with grpc.aio.insecure_channel(client.target) as channel:
        method = getattr(ConnectorServiceStub(channel), name)
        if name == "Channelback":
            return await method(iter([REQUESTS[name]]), timeout=10.0)
        if name == "OpenFile":
            return [each async for each in method(REQUESTS[name], timeout=10.0)]
        return await method(REQUESTS[name], timeout=10.0)


async def failure(client, name) -> tuple[grpc.aio.AioRpcError, ConnectorErrorDetail]:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call(client, name)
    trailer = dict(raised.value.trailing_metadata())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(trailer)
    assert (status.code, status.message) == (raised.value.code().value[0], raised.value.details())
    (packed,) = status.details
    detail = ConnectorErrorDetail()
    assert packed.Unpack(detail)
    return raised.value, detail


def test_every_reason_has_a_code_words_and_a_class():
    for table in (CODES, WORDS, CLASSES):
        assert set(table) == set(Reason.values())


def test_every_class_is_the_one_of_its_reason():
    for reason, kind in CLASSES.items():
        if reason != Reason.REASON_UNSPECIFIED:
            assert kind.reason == reason


ERRORS = [
    (InvalidRequest(CANARY), "INVALID_REQUEST", "INVALID_ARGUMENT"),
    (AccountRevoked(CANARY), "ACCOUNT_REVOKED", "UNAUTHENTICATED"),
    (OriginThrottled(CANARY), "ORIGIN_THROTTLED", "RESOURCE_EXHAUSTED"),
    (OriginUnavailable(CANARY), "ORIGIN_UNAVAILABLE", "UNAVAILABLE"),
    (OriginUnreached(CANARY), "ORIGIN_UNAVAILABLE", "UNAVAILABLE"),
    (MessageRejected("Too long.", detail=CANARY), "MESSAGE_REJECTED", "FAILED_PRECONDITION"),
    (NotFound(CANARY), "NOT_FOUND", "NOT_FOUND"),
    (OutcomeUnknown(CANARY), "OUTCOME_UNKNOWN", "ABORTED"),
    (Unsupported(CANARY), "UNSUPPORTED", "UNIMPLEMENTED"),
    (ConnectorError(CANARY), "INTERNAL", "INTERNAL"),
    (ValueError(CANARY), "INTERNAL", "INTERNAL"),
    (BaseExceptionGroup(CANARY, [ValueError(CANARY)]), "INTERNAL", "INTERNAL"),
]


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize(("error", "reason", "code"), ERRORS, ids=lambda value: type(value).__name__)
async def test_every_error_of_every_call_leaves_as_its_reason(name, error, reason, code, caplog):
    caplog.set_level(logging.DEBUG)
    async with running(Failing(error)) as client:
        seen, detail = await failure(client, name)
    assert (Reason.Name(detail.reason), seen.code().name) == (f"REASON_{reason}", code)
    lines = [JsonLines(FIELDS).format(record) for record in caplog.records]
    assert CANARY not in str(seen) + repr(seen.trailing_metadata()) + "".join(lines)
    (line,) = [json.loads(line) for line in lines if json.loads(line)["event"] == "call"]
    assert (line["method"], line["code"], line["reason"]) == (name, code, reason)


@pytest.mark.parametrize("name", FAILING)
async def test_calls_that_the_connector_cannot_take_are_unsupported(name):
    if name in ("Setup", "Pull"):
        return
    async with running(Plain()) as client:
        _, detail = await failure(client, name)
    assert detail.reason == Reason.REASON_UNSUPPORTED


async def test_the_policy_of_an_error_travels():
    error = OriginThrottled(message_for_agent="x" * 600, retry_after=timedelta(seconds=90))
    async with running(Failing(error)) as client:
        with pytest.raises(OriginThrottled) as raised:
            await client.clickthrough("x")
    assert raised.value.retry_after == timedelta(seconds=90)
    assert raised.value.message_for_agent == "x" * 511


def test_every_cause_of_the_contract_is_one_of_the_sdk_by_the_same_name():
    assert {f"CAUSE_{cause.name}": cause.value for cause in Cause} | {"CAUSE_UNSPECIFIED": 0} == dict(
        wire.Cause.items()
    )


@pytest.mark.parametrize("cause", [None, *Cause], ids=str)
async def test_the_cause_of_an_error_travels(cause):
    for error in (OriginUnavailable(cause=cause), MessageRejected("Say it otherwise.", cause=cause)):
        async with running(Failing(error)) as client:
            with pytest.raises(type(error)) as raised:
                await client.clickthrough("x")
        assert raised.value.cause is cause


@pytest.mark.parametrize(("cause", "named"), [(Cause.FIREWALL, "FIREWALL"), (None, None)])
async def test_the_cause_is_in_the_line_of_the_call(cause, named, caplog):
    caplog.set_level(logging.INFO)
    async with running(Failing(OriginUnavailable("CANARY", cause=cause))) as client:
        await failure(client, "HandleEvent")
    lines = [json.loads(JsonLines(FIELDS).format(record)) for record in caplog.records]
    [line] = [line for line in lines if line["event"] == "call"]
    assert line.get("cause") == named


def test_every_class_takes_a_cause_and_an_error_has_none_of_its_own():
    for kind in set(CLASSES.values()) | {OriginUnreached, ContractBroken, InvalidAnswer}:
        assert kind("x", cause=Cause.MOVED).cause is Cause.MOVED
        assert kind("x").cause is None


def test_a_cause_of_a_newer_connector_is_no_cause_here_and_no_fault():
    detail = ConnectorErrorDetail.FromString(
        ConnectorErrorDetail(reason=Reason.REASON_ORIGIN_UNAVAILABLE).SerializeToString() + b"\x20\xe7\x07"
    )
    assert detail.cause == 999
    error = error_from_wire(detail)
    assert (type(error), error.cause) == (OriginUnavailable, None)


async def test_a_rejected_message_tells_the_agent_why():
    async with running(Failing(MessageRejected("The window is closed."))) as client:
        with pytest.raises(MessageRejected) as raised:
            await client.channelback({}, "hello")
    assert raised.value.message_for_agent == "The window is closed."


async def test_a_fault_is_logged_with_its_place_and_without_its_text(caplog):
    async with running(Failing(ZeroDivisionError(CANARY))) as client:
        await failure(client, "HandleEvent")
    (record,) = [record for record in caplog.records if record.name.endswith("_serving.answering")]
    line = json.loads(JsonLines(FIELDS).format(record))
    assert line["error"] == ["builtins.ZeroDivisionError"]
    assert line["frames"][-1].startswith("test_error_answers.py:")
    assert CANARY not in repr(vars(record))


async def test_a_faulty_answer_is_logged_with_its_words(caplog):
    async with running(Failing(InvalidAnswer("page: is wrong"))) as client:
        _, detail = await failure(client, "Setup")
    assert detail.reason == Reason.REASON_INTERNAL
    assert "page: is wrong" in caplog.text


BROKEN = {
    "account_id: is empty": pull_pb2.PullRequest(account=b"{}"),
    "account_id: has 65 characters, at most 64 are allowed": pull_pb2.PullRequest(account_id="x" * 65, account=b"{}"),
    "account: has 3,073 bytes, at most 3,072 are allowed": pull_pb2.PullRequest(account_id="a", account=b" " * 3073),
    "state: has 3,701 bytes, at most 3,700 are allowed": pull_pb2.PullRequest(
        account_id="a", account=b"{}", state=b"x" * 3701
    ),
}


@pytest.mark.parametrize("problem", BROKEN)
async def test_a_broken_field_is_named_and_its_value_is_not(problem):
    async with running(Able()) as client, grpc.aio.insecure_channel(client.target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await ConnectorServiceStub(channel).Pull(BROKEN[problem])
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.details() == f"the request breaks the contract: {problem}"


async def test_a_call_with_no_time_left_is_refused_before_the_connector_sees_it():
    connector = Able()
    async with running(connector) as client, grpc.aio.insecure_channel(client.target) as channel:
        await channel.channel_ready()
        with pytest.raises(grpc.aio.AioRpcError):
            await ConnectorServiceStub(channel).HandleEvent(REQUESTS["HandleEvent"], timeout=0.05)
    assert connector.events == []


async def test_the_caller_s_request_id_is_in_every_line_of_its_call(log_lines):
    async with running(Failing(ValueError())) as client, grpc.aio.insecure_channel(client.target) as channel:
        stub = ConnectorServiceStub(channel)
        for given in ("abc-1", "not fit for a log"):
            with pytest.raises(grpc.aio.AioRpcError):
                await stub.HandleEvent(REQUESTS["HandleEvent"], metadata=[("x-request-id", given)])
    lines = [line for line in log_lines() if "request_id" in line]
    assert [line["event"] for line in lines] == ["call", "fault"] * 2
    assert [line["request_id"] for line in lines[:2]] == ["abc-1"] * 2
    assert len(lines[2]["request_id"]) == 32
    assert lines[2]["request_id"] == lines[3]["request_id"]


@pytest.mark.parametrize("name", list(REQUESTS))
async def test_no_secret_is_in_any_log_line_of_a_call_that_succeeds(name, caplog):
    caplog.set_level(logging.DEBUG)

    async with running(Able()) as client:
        if name not in ("ReceiveWebhook", "OpenFile"):
            await call(client, name)
    assert CANARY not in "".join(JsonLines(FIELDS).format(record) for record in caplog.records)


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (OriginThrottled(), "RESOURCE_EXHAUSTED", "ORIGIN_THROTTLED"),
        (ValueError(), "INTERNAL", "INTERNAL"),
        (asyncio.CancelledError(), "CANCELLED", ""),
        (GeneratorExit(), "CANCELLED", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_a_call_ends_with_one_status(error, code, reason):
    assert (CallStatus.after(error).code.name, CallStatus.after(error).reason) == (code, reason)


def test_a_call_in_which_nothing_was_raised_is_answered():
    assert (CallStatus().code.name, CallStatus().reason) == ("OK", "")
