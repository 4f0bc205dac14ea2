# SPDX-License-Identifier: Apache-2.0
"""A connector as the edge knows it: described, watched, and called with renewed certificates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import grpc
import grpc.aio
import pytest

from sealock.connector.v1 import connector_service_pb2_grpc
from sealock.connector.v1.describe_pb2 import Capability, DescribeRequest, DescribeResponse
from sealock_edge.connectors import Connector, ConnectorDown, ConnectorError, Fault, connector
from sealock_edge.connectors.grpc_channel import open_channel
from sealock_edge.heavy_work import HeavyWork
from tests.certificate_files import RenewableFiles
from tests.edge.scripted_connector import BareCode, Hang, ScriptedConnector, described
from tests.edge.serving import until


class SteppedClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def stepped() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def told() -> list[tuple[Fault | None, bool]]:
    return []


@pytest.fixture
async def known(connector: ScriptedConnector, stepped: SteppedClock, told: list) -> AsyncIterator[Connector]:
    known = Connector(
        lambda: open_channel(connector.target, insecure=True),
        on_call=lambda *_: None,
        on_ready=lambda fault, changed: told.append((fault, changed)),
        heavy=HeavyWork(),
        clock=stepped,
    )
    await known.open()
    yield known
    await known.close()


async def test_a_description_is_asked_for_once_a_minute(known, connector, stepped):
    first = await known.describe("request-1")
    asked = len(connector.seen("Describe"))
    stepped.now += 59
    assert await known.describe("request-2") == first
    assert len(connector.seen("Describe")) == asked

    connector.script("Describe", described(version="2"))
    stepped.now += 2
    assert (await known.describe("request-3")).version == "2"


async def test_the_last_description_serves_while_the_connector_is_down(known, connector, stepped):
    first = await known.describe("request-1")
    await connector.stop()
    stepped.now += 3600

    assert await known.describe("request-2") == first
    assert known.has(Capability.CAPABILITY_CHANNELBACK)
    assert known.ready is False
    with pytest.raises(ConnectorError):
        await known.ask("request-3")


async def test_connectors_that_are_opened_together_are_not_asked_together(connector):
    asked = {0.0: 0, 1.0: 0}

    def opened(share: float) -> Connector:
        def answered(*_: object) -> None:
            asked[share] += 1

        return Connector(
            lambda: open_channel(connector.target, insecure=True),
            on_call=lambda *_: None,
            on_ready=answered,
            heavy=HeavyWork(),
            first_pause=lambda: share,
        )

    async with AsyncExitStack() as stack:
        for each in map(opened, asked):
            await each.open()
            stack.push_async_callback(each.close)
        await until(lambda: min(asked.values()) == 1 and asked[0.0] == 2)
        assert asked[1.0] == 1


async def test_a_description_in_a_language_is_asked_for_once_a_minute_too(known, connector, stepped):
    connector.script("Describe", lambda request: described(description=f"in {request.locale}"))
    await known.ask("request-1")
    asked = len(connector.seen("Describe"))

    for language in ("de", "fr", "de", "fr"):
        told = await known.describe_in(language, "request-2")
        assert told.description == f"in {language}"
    assert len(connector.seen("Describe")) == asked + 2
    assert known.description.description == "in "

    stepped.now += 61
    connector.script("Describe", described(description="jetzt neu"))
    assert (await known.describe_in("de", "request-3")).description == "jetzt neu"


async def test_a_connector_that_is_down_is_not_asked_for_a_language(known, connector, stepped):
    await known.ask("request-1")
    german = await known.describe_in("de", "request-2")
    await connector.stop()
    stepped.now += 61
    with pytest.raises(ConnectorError):
        await known.ask("request-3")

    assert await known.describe_in("de", "request-4") == german
    assert await known.describe_in("fr", "request-4") == known.description


async def test_a_connector_that_never_answered_has_no_description_in_any_language(known, connector):
    connector.script("Describe", Hang())

    assert await known.describe_in("de", "request-1") is None


async def test_callers_at_the_same_time_share_one_question(known, connector):
    await known.describe("request-0")
    before = len(connector.seen("Describe"))

    await asyncio.gather(*(known.ask(f"request-{n}") for n in range(20)))

    assert len(connector.seen("Describe")) - before <= 2


async def test_they_share_its_failure_too(connector, monkeypatch):
    monkeypatch.setattr("sealock_edge.connectors.connector.DESCRIBE_SECONDS", 1)
    connector.script("Describe", Hang())
    hanging = Connector(
        lambda: open_channel(connector.target, insecure=True),
        on_call=lambda *_: None,
        on_ready=lambda *_: None,
        heavy=HeavyWork(),
    )
    await hanging.open()

    async with asyncio.timeout(15):
        outcomes = await asyncio.gather(*(hanging.ask(f"request-{n}") for n in range(50)), return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {ConnectorDown}
    await hanging.close()


async def test_it_is_told_when_a_connector_comes_and_goes(known, connector, stepped, told):
    await known.ask("request-1")
    assert told[0] == (None, True)
    stepped.now += 1
    await known.ask("request-2")
    assert told[-1] == (None, False)
    await connector.stop()
    stepped.now += 1
    with pytest.raises(ConnectorError):
        await known.ask("request-3")
    assert (Fault.NOTHING_LISTENS, True) in told
    assert known.fault is Fault.NOTHING_LISTENS


async def test_faults_that_take_turns_are_each_told_once_until_it_is_ready_again(known, connector, told):
    await known.ask("request-1")

    async def fails(answer) -> None:
        connector.script("Describe", answer)
        with pytest.raises(ConnectorError):
            await known.ask("request-2")

    for _ in range(3):
        await fails(b"\xff\xff")
        await fails(BareCode(grpc.StatusCode.INTERNAL))
    assert [fault for fault, changed in told if changed] == [None, Fault.UNREADABLE, Fault.NO_REASON]

    connector.script("Describe", described())
    await known.ask("request-3")
    await fails(b"\xff\xff")
    assert [fault for fault, changed in told if changed][3:] == [None, Fault.UNREADABLE]


async def test_a_watch_notices_by_itself_that_a_connector_has_come(connector):
    await connector.stop()
    known = Connector(
        lambda: open_channel(connector.target, insecure=True),
        on_call=lambda *_: None,
        on_ready=lambda *_: None,
        heavy=HeavyWork(),
    )
    await known.open()
    assert known.ready is False
    await connector.start(connector.port)

    await until(lambda: bool(known.ready), 30)
    await known.close()
    assert known.ready is False


async def test_closing_ends_a_question_under_way(connector):
    connector.script("Describe", Hang())
    known = Connector(
        lambda: open_channel(connector.target, insecure=True),
        on_call=lambda *_: None,
        on_ready=lambda *_: None,
        heavy=HeavyWork(),
    )
    await known.open()
    await until(lambda: bool(connector.seen("Describe")), 20)

    await known.close()

    with pytest.raises(ConnectorDown):
        known.client.pull  # noqa: B018 - reading it raises


class NamesCallers(connector_service_pb2_grpc.ConnectorServiceServicer):
    """A connector that notes by which certificate it was called."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def Describe(self, request: DescribeRequest, context: grpc.aio.ServicerContext) -> DescribeResponse:  # noqa: N802
        self.names.append(context.auth_context()["x509_common_name"][0].decode())
        return DescribeResponse(origin="named")


@pytest.fixture
def files(tmp_path) -> RenewableFiles:
    return RenewableFiles(tmp_path)


@pytest.fixture
async def server(files) -> AsyncIterator[tuple[NamesCallers, int]]:
    issued = files.authority.issue_cert("localhost")
    chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
    credentials = grpc.ssl_server_credentials(
        [(issued.private_key_pem.bytes(), chain)], files.ca.read_bytes(), require_client_auth=True
    )
    servicer, server = NamesCallers(), grpc.aio.server()
    connector_service_pb2_grpc.add_ConnectorServiceServicer_to_server(servicer, server)
    port = server.add_secure_port("localhost:0", credentials)
    await server.start()
    yield servicer, port
    await server.stop(0)


async def test_a_renewed_certificate_is_shown_without_a_restart(files, server, monkeypatch):
    monkeypatch.setattr(connector, "WATCH_SECONDS", 0.05)
    servicer, port = server
    known = Connector(
        lambda: open_channel(
            f"localhost:{port}", insecure=False, ca=files.ca, certificate=files.certificate, key=files.key
        ),
        on_call=lambda *_: None,
        on_ready=lambda *_: None,
        heavy=HeavyWork(),
        credentials_changed=files.watched().changed,
    )
    await known.open()
    try:
        await until(lambda: known.ready)
        assert set(servicer.names) == {"first"}

        files.issue("second")

        await until(lambda: servicer.names[-1] == "second")
        assert known.ready
    finally:
        await known.close()
