# SPDX-License-Identifier: Apache-2.0
"""A small typed client of a connector."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import grpc.aio

from sealock.connector.v1 import (
    channelback_pb2,
    clickthrough_pb2,
    connector_service_pb2_grpc,
    describe_pb2,
    event_pb2,
    file_pb2,
    pull_pb2,
)
from sealock_connector._translate.announcements import webhook_answer_from_wire, webhook_to_wire
from sealock_connector._translate.failures import error_from_status, error_from_wire
from sealock_connector._translate.resources import account_from_wire, resource_from_wire
from sealock_connector._translate.setup import outcome_from_wire, step_to_wire
from sealock_connector._types import (
    Account,
    Done,
    ExternalResource,
    Form,
    Posted,
    Redirect,
    SetupStep,
    WebhookAnswer,
    WebhookRequest,
    dump_values,
)
from sealock_connector.errors import ConnectorError
from sealock_contract.error_details import TRAILER
from sealock_contract.failed_writes import end_as_answered
from sealock_contract.limits import CHUNK_BYTES

Answer = TypeVar("Answer")
Values = Mapping[str, Any]

ACCOUNT_ID = "test-account"
TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class ConnectorDescription:
    """What a connector says about itself."""

    origin: str
    display_name: str
    version: str
    description: str
    capabilities: frozenset[str]
    """Names such as `CHANNELBACK`, `CHANNELBACK_FILES`, `CLICKTHROUGH`, `WEBHOOK`, `FILES`, `EVENTS`."""
    clickthrough_hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PulledPage:
    """The answer to a pull."""

    resources: tuple[ExternalResource, ...]
    state: bytes = field(repr=False)
    more: bool = False
    account: Values | None = field(default=None, repr=False)
    """The account's new values, if the connector renewed them."""
    interruption: ConnectorError | None = None
    origin_account_key: str = ""
    unread_hints: tuple[bytes, ...] = ()
    failed_replies: Mapping[str, str] = field(default_factory=dict)
    """Why replies failed late, by external id."""

    @property
    def ids(self) -> list[str]:
        """The resources' external ids, in order."""
        return [each.external_id for each in self.resources]


@dataclass(frozen=True, slots=True)
class File:
    """A file, of a reply or opened."""

    name: str
    content_type: str
    data: bytes = field(repr=False)


class Client:
    """
    Calls a connector and gives its answers as the SDK's values.

    Failed calls raise the `ConnectorError` class that the connector raised; a fault of the connector raises
    `ConnectorError` itself, and the log says what it was.
    """

    def __init__(self, target: str, *, account_id: str = ACCOUNT_ID, timeout: float = TIMEOUT) -> None:
        self._channel = grpc.aio.insecure_channel(target, options=[("grpc.max_receive_message_length", -1)])
        self._stub = connector_service_pb2_grpc.ConnectorServiceStub(self._channel)
        self._account_id = account_id
        self._timeout = timeout
        self.target = target
        """Where the connector listens, as a gRPC target."""
        self.renewed: Values | None = None
        """The account's new values, if the last reply renewed them."""
        self.locale = ""
        """The account's language, which pulls and replies name."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._channel.close()

    async def describe(self, locale: str = "") -> ConnectorDescription:
        """What the connector is and can do, for readers of a language."""
        request = describe_pb2.DescribeRequest(locale=locale)
        answer = await self._answer(self._stub.Describe(request, timeout=self._timeout))
        names = (describe_pb2.Capability.Name(each).removeprefix("CAPABILITY_") for each in answer.capabilities)
        return ConnectorDescription(
            origin=answer.origin,
            display_name=answer.display_name,
            version=answer.version,
            description=answer.description,
            capabilities=frozenset(names),
            clickthrough_hosts=tuple(answer.clickthrough_hosts),
        )

    async def setup(
        self,
        step_id: str = "",
        answers: Mapping[str, str] | None = None,
        *,
        account: Values | None = None,
        account_name: str = "",
        session: bytes = b"",
        callback_query: Mapping[str, str] | None = None,
        callback_url: str = "",
        callback_state: str = "",
        locale: str = "en",
        sign_in: bool = False,
    ) -> Form | Redirect | Done:
        """One step of setting up an account; the first has neither step id nor answers."""
        step = SetupStep(
            account_id=self._account_id,
            step_id=step_id,
            answers=answers or {},
            account=None if account is None else Account(self._account_id, account),
            account_name=account_name,
            locale=locale,
            sign_in=sign_in,
            session=session,
            callback_query=callback_query or {},
            callback_url=callback_url,
            callback_state=callback_state,
        )
        return outcome_from_wire(await self._answer(self._stub.Setup(step_to_wire(step), timeout=self._timeout)))

    async def pull(
        self,
        account: Values,
        state: bytes = b"",
        *,
        hints: Sequence[bytes] = (),
        max_resources: int = 0,
        max_bytes: int = 0,
        seconds: float | None = None,
    ) -> PulledPage:
        """One page of what is new since the state."""
        request = pull_pb2.PullRequest(
            account_id=self._account_id,
            account=dump_values(account),
            state=state,
            max_resources=max_resources,
            max_bytes=max_bytes,
            hints=hints,
            locale=self.locale,
        )
        answer = await self._answer(self._stub.Pull(request, timeout=seconds or self._timeout))
        return PulledPage(
            resources=tuple(map(resource_from_wire, answer.resources)),
            state=answer.state,
            more=answer.more,
            account=account_from_wire("", answer.account).values if answer.HasField("account") else None,
            interruption=error_from_wire(answer.interruption) if answer.HasField("interruption") else None,
            origin_account_key=answer.origin_account_key,
            unread_hints=tuple(answer.unread_hints),
            failed_replies={each.external_id: each.message_for_agent for each in answer.failed_replies},
        )

    async def pull_all(
        self, account: Values, state: bytes = b"", *, max_resources: int = 0, pages: int = 100
    ) -> PulledPage:
        """All that is new: pulls until there is no more, and raises what interrupted it."""
        resources: list[ExternalResource] = []
        for _ in range(pages):
            page = await self.pull(account, state, max_resources=max_resources)
            resources += page.resources
            account, state = page.account or account, page.state
            if page.interruption is not None:
                raise page.interruption
            if not page.more:
                return PulledPage(tuple(resources), state, account=account)
        raise AssertionError(f"there is still more after {pages} pages")

    async def channelback(
        self,
        account: Values,
        message: str,
        *,
        key: str | None = None,
        parent_id: str = "",
        thread_id: str = "",
        recipient_id: str = "",
        files: Sequence[File] = (),
        seconds: float | None = None,
    ) -> Posted:
        """Post a reply; without a `key` it is a new one."""
        header = channelback_pb2.ChannelbackHeader(
            account_id=self._account_id,
            account=dump_values(account),
            idempotency_key=key or uuid4().hex,
            message=message,
            parent_id=parent_id,
            thread_id=thread_id,
            recipient_id=recipient_id,
            file_count=len(files),
            locale=self.locale,
        )
        call = self._stub.Channelback(iter(list(_pieces(header, files))), timeout=seconds or self._timeout)
        end_as_answered(call)
        answer = await self._answer(call)
        self.renewed = account_from_wire("", answer.account).values if answer.HasField("account") else None
        return Posted(
            external_id=answer.external_id,
            allow_channelback=answer.allow_channelback if answer.HasField("allow_channelback") else None,
        )

    async def clickthrough(self, external_id: str) -> str:
        """The URL that the item's link leads to."""
        request = clickthrough_pb2.ResolveClickthroughRequest(external_id=external_id)
        answer = await self._answer(self._stub.ResolveClickthrough(request, timeout=self._timeout))
        return answer.url

    async def webhook(self, request: WebhookRequest) -> WebhookAnswer:
        """What the connector answers to a request of the origin."""
        call = self._stub.ReceiveWebhook(webhook_to_wire(request), timeout=self._timeout)
        return webhook_answer_from_wire(await self._answer(call))

    async def open_file(self, account: Values, reference: str) -> File:
        """A file that a resource referred to."""
        request = file_pb2.OpenFileRequest(
            account_id=self._account_id, account=dump_values(account), reference=reference
        )
        info, data = file_pb2.FileInfo(), bytearray()
        with _connector_errors():
            async for answer in self._stub.OpenFile(request, timeout=self._timeout):
                if answer.WhichOneof("part") == "info":
                    info = answer.info
                data += answer.chunk
        return File(info.name, info.content_type, bytes(data))

    async def event(
        self, event: event_pb2.ZendeskEvent | str, *, account: Values | None = None, at: datetime | None = None
    ) -> None:
        """Tell the connector of an event, by Zendesk's name of its kind or as the contract's message."""
        if isinstance(event, str):
            event = event_pb2.ZendeskEvent(type_id=event, subdomain="example")
            event.event_time.FromDatetime(at or datetime.now(UTC))
        request = event_pb2.HandleEventRequest(event=event)
        if account is not None:
            request.account_id, request.account = self._account_id, dump_values(account)
        await self._answer(self._stub.HandleEvent(request, timeout=self._timeout))

    async def _answer(self, call: Awaitable[Answer]) -> Answer:
        with _connector_errors():
            return await call


@contextmanager
def _connector_errors() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        for name, value in error.trailing_metadata() or ():
            if name == TRAILER and isinstance(value, bytes) and (found := error_from_status(value)):
                raise found from error
        raise


def _pieces(
    header: channelback_pb2.ChannelbackHeader, files: Iterable[File]
) -> Iterator[channelback_pb2.ChannelbackRequest]:
    yield channelback_pb2.ChannelbackRequest(header=header)
    for file in files:
        start = channelback_pb2.FileStart(name=file.name, content_type=file.content_type, size=len(file.data))
        yield channelback_pb2.ChannelbackRequest(file=start)
        for begin in range(0, len(file.data), CHUNK_BYTES):
            yield channelback_pb2.ChannelbackRequest(chunk=file.data[begin : begin + CHUNK_BYTES])
