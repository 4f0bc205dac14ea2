# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from datetime import datetime

import grpc.aio
import pytest

from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    File,
    OriginThrottled,
    OriginUnavailable,
    Pulled,
)
from sealock_connector._translate.resources import resource_to_wire
from sealock_connector.testing import running
from sealock_contract.limits import PAGE_PARTS
from sealock_contract.wire import count_parts
from tests.connector.connectors import Plain, Scripted, resource, steps


async def pull(script, state=b"", **limits):
    async with running(Scripted(script)) as client:
        return await client.pull({"token": "t"}, state, **limits)


async def test_without_steps_the_state_is_echoed():
    page = await pull(steps(), b"as before")
    assert (page.ids, page.state, page.more, page.interruption) == ([], b"as before", False, None)


async def test_the_state_is_that_of_the_last_step():
    page = await pull(steps("1", "2"))
    assert (page.ids, page.state, page.more) == (["1", "2"], b"2", False)


@pytest.mark.parametrize(("asked", "given"), [(0, 200), (1, 1), (7, 7), (200, 200), (500, 200)])
async def test_a_page_ends_at_its_limit_and_says_that_there_is_more(asked, given):
    page = await pull(steps(*map(str, range(300))), max_resources=asked)
    assert (len(page.ids), page.state, page.more) == (given, str(given - 1).encode(), True)


async def test_what_does_not_fit_in_bytes_comes_with_the_next_page():
    async def script(pull):
        for number in range(int(pull.state or b"0"), 10):
            yield Pulled(resource(str(number), "x" * 1000), str(number + 1).encode())

    async with running(Scripted(script)) as client:
        state, seen = b"", []
        while True:
            page = await client.pull({}, state, max_bytes=3500)
            assert len(page.ids) <= 3
            state, seen = page.state, seen + page.ids
            if not page.more:
                break
    assert seen == [str(number) for number in range(10)]


async def test_the_first_resource_is_answered_however_large_it_is():
    async def script(pull):
        yield Pulled(resource("large", "x" * 50_000), b"1")
        yield Pulled(resource("next"), b"2")

    page = await pull(script, max_bytes=1000)
    assert (page.ids, page.state, page.more) == (["large"], b"1", True)


async def test_texts_far_over_the_limit_do_not_break_the_page():
    async def script(pull):
        yield Pulled(resource("1", "x" * 20_000_000, html_message="y" * 20_000_000), b"1")

    page = await pull(script)
    assert 65_535 < len(page.resources[0].message) < 1_000_000
    assert page.resources[0].html_message == ""


async def test_skipped_steps_move_the_state():
    async def script(pull):
        yield Pulled(None, b"1")
        yield Pulled(None, b"2")

    page = await pull(script)
    assert (page.ids, page.state) == ([], b"2")


@pytest.mark.parametrize("first", [resource("1"), None])
async def test_an_error_after_a_step_loses_nothing(first):
    async def script(pull):
        yield Pulled(first, b"after")
        raise OriginThrottled("secret")

    page = await pull(script)
    assert (page.state, type(page.interruption)) == (b"after", OriginThrottled)


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (AccountRevoked("secret"), AccountRevoked),
        (OriginUnavailable(), OriginUnavailable),
        (KeyError("secret"), ConnectorError),
        (TimeoutError(), ConnectorError),
    ],
)
async def test_an_error_before_the_first_step_fails_the_call(error, seen):
    async def script(pull):
        raise error
        yield

    with pytest.raises(seen) as raised:
        await pull(script)
    assert type(raised.value) is seen
    assert "secret" not in str(raised.value)


async def test_an_unexpected_error_after_a_step_is_answered_and_logged_without_its_text(caplog):
    async def script(pull):
        yield Pulled(resource("1"), b"1")
        raise ValueError("canary-5417")

    page = await pull(script)
    assert page.ids == ["1"]
    assert type(page.interruption) is ConnectorError
    assert ["builtins.ValueError"] in [getattr(record, "error", "") for record in caplog.records]
    assert "canary-5417" not in caplog.text + repr([vars(record) for record in caplog.records])


async def test_short_time_is_answered_with_what_there_is():
    closed = asyncio.Event()

    async def script(pull):
        try:
            yield Pulled(resource("1"), b"1")
            await asyncio.sleep(60)
        finally:
            closed.set()

    page = await pull(script, seconds=2)
    assert (page.ids, page.state, page.more, page.interruption) == (["1"], b"1", True, None)
    assert closed.is_set()


async def test_time_that_ends_before_the_first_step_is_an_unavailable_origin():
    async def script(pull):
        await asyncio.sleep(60)
        yield

    with pytest.raises(OriginUnavailable):
        await pull(script, seconds=1)


async def test_a_generator_that_never_pauses_is_stopped_in_time_too():
    async def script(pull):
        number = 0
        while True:
            number += 1
            yield Pulled(None, str(number).encode())

    page = await pull(script, seconds=1)
    assert page.more
    assert int(page.state) > 1


async def test_a_generator_is_closed_when_its_page_is_full():
    closed, kept = asyncio.Event(), []

    async def numbers():
        try:
            for number in range(5):
                yield Pulled(resource(str(number)), b"x")
        finally:
            closed.set()

    def script(pull):
        kept.append(numbers())  # so that it is not closed because nobody holds it
        return kept[-1]

    await pull(script, max_resources=2)
    assert closed.is_set()


class _Dumped:
    def __init__(self, dumps):
        self.dumps = dumps

    def dump(self):
        self.dumps.append(1)
        return b"dumped"


async def test_a_state_is_dumped_once_and_at_the_end():
    dumps = []

    async def script(pull):
        for number in range(50):
            yield Pulled(resource(str(number)), _Dumped(dumps))

    page = await pull(script)
    assert (page.state, dumps) == (b"dumped", [1])


async def test_a_renewed_account_is_answered():
    async def script(pull):
        pull.renew({"token": "first"})
        pull.renew({"token": "second"})
        return
        yield

    page = await pull(script)
    assert page.account == {"token": "second"}


async def test_a_renewed_account_survives_an_error():
    async def script(pull):
        pull.renew({"token": "new"})
        raise OriginUnavailable
        yield

    page = await pull(script, b"state")
    assert page.account == {"token": "new"}
    assert (page.state, type(page.interruption)) == (b"state", OriginUnavailable)


MISTAKES = {
    "created_at": resource("7", created_at=datetime(2026, 1, 1)),  # noqa: DTZ001
    "parent_id": resource("7", parent_id="1", thread_id="1"),
    "wrong type": resource("7", message=7),
}


@pytest.mark.parametrize("field", MISTAKES)
async def test_a_mistake_of_the_author_is_logged_with_its_field_and_item(field, caplog):
    async def script(pull):
        yield Pulled(resource("1"), b"1")
        yield Pulled(MISTAKES[field], b"2")

    page = await pull(script)
    assert (page.ids, page.state, type(page.interruption)) == (["1"], b"1", ConnectorError)
    assert f"{field}" in caplog.text
    assert "(external_id '7')" in caplog.text


@pytest.mark.parametrize(("size", "fits"), [(3700, True), (3701, False)])
async def test_a_state_that_zendesk_cannot_keep_is_a_fault(size, fits, caplog):
    async def script(pull):
        yield Pulled(resource("1"), b"x" * size)

    if fits:
        assert len((await pull(script)).state) == size
    else:
        with pytest.raises(ConnectorError):
            await pull(script)
        assert "state: has 3,701 bytes, at most 3,700 are allowed" in caplog.text


async def test_an_account_that_is_none_of_ours_is_refused():
    async with running(Plain()) as client, grpc.aio.insecure_channel(client.target) as channel:
        stub = ConnectorServiceStub(channel)
        for data in (b"", b"{", b"[]", b"\xff", b"null"):
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await stub.Pull(PullRequest(account_id="a", account=data))
            assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert raised.value.details().endswith("account: is not one of this connector's accounts")


async def test_a_page_has_no_more_parts_than_the_edge_takes():
    fields = {f"field{n}": [True] * 8 for n in range(60)}

    async def script(pull):
        for number in range(200):
            yield Pulled(resource(str(number), "日本語" * 100, fields=fields), str(number + 1).encode())

    page = await pull(script)
    sent = PullResponse(resources=map(resource_to_wire, page.resources)).SerializeToString()
    assert 0 < len(page.ids) < 200
    assert page.more is True
    assert count_parts(PullResponse.DESCRIPTOR, sent, PAGE_PARTS) > PAGE_PARTS * 0.9


async def test_a_page_of_long_texts_is_not_cut_for_its_parts():
    async def script(pull):
        for number in range(200):
            yield Pulled(resource(str(number), "日本語" * 400, html_message="日本語" * 100), str(number).encode())

    assert len((await pull(script)).ids) == 200


@pytest.mark.parametrize(
    "extras",
    [
        {"display_info": [("a", {"b": "x" * 3_000_000})]},
        {"fields": {"a": [1.0] * 40_000}},
        {"display_info": [("a", {str(n): n for n in range(12_000)})]},
    ],
    ids=["bytes", "elements", "names"],
)
async def test_what_a_customer_wrote_arrives_without_extras_that_are_too_large(extras, caplog):
    async def script(pull):
        yield Pulled(resource("1", "what was written", **extras), b"1")
        yield Pulled(resource("2", fields={"a": "b"}), b"2")

    page = await pull(script)
    assert page.ids == ["1", "2"]
    assert page.resources[0].message == "what was written"
    assert (page.resources[0].fields, page.resources[0].display_info) == ({}, ())
    assert page.resources[1].fields == {"a": "b"}
    assert "larger than can be carried" in caplog.text


async def test_no_more_files_and_fields_are_sent_than_the_edge_looks_at():
    files = [File(f"{n}.png", "image/png", url="https://example.com/a.png") for n in range(150)]

    async def script(pull):
        yield Pulled(resource("1", files=files, fields={str(n): n for n in range(2000)}), b"1")

    page = await pull(script)
    assert (len(page.resources[0].files), len(page.resources[0].fields)) == (100, 640)


async def test_json_too_deep_for_the_wire_is_said_to_be_so(caplog):
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]

    async def script(pull):
        yield Pulled(resource("1"), b"1")
        yield Pulled(resource("2", fields={"a": deep}), b"2")

    page = await pull(script)
    assert page.ids == ["1"]
    assert page.interruption is not None
