# SPDX-License-Identifier: Apache-2.0
"""The contract's service on top of a connector."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import grpc.aio
from google.protobuf.message import Message

from sealock.connector.v1 import (
    channelback_pb2,
    clickthrough_pb2,
    connector_service_pb2_grpc,
    describe_pb2,
    event_pb2,
    file_pb2,
    pull_pb2,
    setup_pb2,
    webhook_pb2,
)
from sealock_connector._connector import (
    Connector,
    HandlesEvents,
    OpensFiles,
    ReceivesWebhooks,
    ResolvesClickthrough,
    TakesReplies,
)
from sealock_connector._deadlines import Deadline, budget
from sealock_connector._outbox import ReplyDelivery
from sealock_connector._serving.pulling import Page, PageLimits, close, collect
from sealock_connector._serving.reply_files import IncomingFiles, read_header, unless_cut
from sealock_connector._telemetry import log_fault, note_interruption
from sealock_connector._translate.announcements import event_from_wire, webhook_answer_to_wire, webhook_from_wire
from sealock_connector._translate.failures import Failure
from sealock_connector._translate.resources import (
    account_from_wire,
    account_to_wire,
    failed_replies_to_wire,
    state_to_wire,
)
from sealock_connector._translate.setup import description, outcome_to_wire, step_from_wire, takes_files
from sealock_connector._types import Done, Form, Problem, Pull, Redirect, Reply, SetupStep, dump_values
from sealock_connector.errors import ConnectorError, ContractBroken, InvalidAnswer, MessageRejected, Unsupported
from sealock_connector.localisation import Text, Words, as_written
from sealock_contract.limits import ACCOUNT_BYTES, CHUNK_BYTES, broken_limit

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=Message)
Context = grpc.aio.ServicerContext[Any, Any]

PULL_MARGIN = 1.5
"""Seconds before a pull's deadline at which it answers with what it has."""
ANSWER_MARGIN = 0.5
"""Seconds before the deadline at which a reply's call stops waiting for its post."""


class Servicer(connector_service_pb2_grpc.ConnectorServiceServicer):
    """Answers every RPC of the contract, by what the connector can do."""

    def __init__(self, connector: Connector, delivery: ReplyDelivery) -> None:
        self._connector = connector
        self._delivery = delivery

    async def Describe(  # noqa: N802
        self, request: describe_pb2.DescribeRequest, _context: Context
    ) -> describe_pb2.DescribeResponse:
        """What the connector is."""
        return description(self._connector, request.locale)

    async def Setup(self, request: setup_pb2.SetupRequest, _context: Context) -> setup_pb2.SetupResponse:  # noqa: N802
        """One step of setting up an account."""
        _check(request)
        step = step_from_wire(request)
        with self._errors_in(step.locale):
            outcome = await self._connector.setup(step)
        words = self._connector.catalogues.words(step.locale)
        return outcome_to_wire(_fitting(outcome, step, self._connector.display_name), words)

    async def Pull(self, request: pull_pb2.PullRequest, context: Context) -> pull_pb2.PullResponse:  # noqa: N802
        """What is new in an account."""
        _check(request)
        deadline = Deadline.within(budget(context, "Pull"), margin=PULL_MARGIN)
        hints = tuple(request.hints)
        pull = Pull(account_from_wire(request.account_id, request.account), request.state, hints, request.locale)
        with self._errors_in(request.locale):
            page = await collect(self._connector.pull(pull), PageLimits.asked_for(request), deadline)
            if page.interruption is not None and page.after is None and not pull.renewals:
                raise page.interruption
        words = partial(self._connector.catalogues.words, request.locale, alone=True)
        response = _page_to_wire(page, request.state, words)
        if pull.renewals:
            response.account = account_to_wire(pull.renewals[-1])
        response.origin_account_key = self._connector.origin_account_key(pull.account)
        response.unread_hints.extend(each for each in hints if each in pull.unread_hints)
        if pull.failed_replies:
            response.failed_replies.extend(failed_replies_to_wire(pull.failed_replies, words()))
        return _checked(response)

    async def Channelback(  # noqa: N802
        self, request_iterator: AsyncIterator[channelback_pb2.ChannelbackRequest], context: Context
    ) -> channelback_pb2.ChannelbackResponse:
        """Post a reply, once."""
        if not isinstance(self._connector, TakesReplies):
            raise Unsupported("channelback")
        deadline = Deadline.within(budget(context, "Channelback"), margin=ANSWER_MARGIN)
        requests = unless_cut(aiter(request_iterator), over := asyncio.Event())
        header = await read_header(requests)
        with self._errors_in(header.locale):
            return await self._reply(header, requests, over, deadline)

    async def _reply(
        self,
        header: channelback_pb2.ChannelbackHeader,
        requests: AsyncIterator[channelback_pb2.ChannelbackRequest],
        over: asyncio.Event,
        deadline: Deadline,
    ) -> channelback_pb2.ChannelbackResponse:
        """Post the reply; `over` is set once nobody waits for it any more."""
        assert isinstance(self._connector, TakesReplies)
        _check_reply(header, self._connector)
        files = IncomingFiles(requests, header.file_count, self._connector.limits) if header.file_count else None
        reply = Reply(
            account=account_from_wire(header.account_id, header.account),
            key=header.idempotency_key,
            message=header.message,
            parent_id=header.parent_id,
            thread_id=header.thread_id,
            recipient_id=header.recipient_id,
            files=files,
            locale=header.locale,
        )
        try:
            posted = await self._delivery.deliver(self._connector, reply, deadline)
        finally:
            over.set()
        return channelback_pb2.ChannelbackResponse(
            external_id=posted.external_id,
            allow_channelback=posted.allow_channelback,
            account=account_to_wire(reply.renewals[-1]) if reply.renewals else None,
        )

    async def ResolveClickthrough(  # noqa: N802
        self, request: clickthrough_pb2.ResolveClickthroughRequest, _context: Context
    ) -> clickthrough_pb2.ResolveClickthroughResponse:
        """The page of an item."""
        if not isinstance(self._connector, ResolvesClickthrough):
            raise Unsupported("clickthrough")
        _check(request)
        url = await self._connector.resolve_clickthrough(request.external_id)
        return _checked(clickthrough_pb2.ResolveClickthroughResponse(url=url))

    async def ReceiveWebhook(  # noqa: N802
        self, request: webhook_pb2.ReceiveWebhookRequest, _context: Context
    ) -> webhook_pb2.ReceiveWebhookResponse:
        """A request of the origin."""
        if not isinstance(self._connector, ReceivesWebhooks):
            raise Unsupported("webhooks")
        return webhook_answer_to_wire(await self._connector.receive_webhook(webhook_from_wire(request)))

    async def OpenFile(  # noqa: N802
        self, request: file_pb2.OpenFileRequest, _context: Context
    ) -> AsyncIterator[file_pb2.OpenFileResponse]:
        """The bytes of a file."""
        if not isinstance(self._connector, OpensFiles):
            raise Unsupported("files")
        _check(request)
        account = account_from_wire(request.account_id, request.account)
        file = await self._connector.open_file(account, request.reference)
        try:
            chunks = aiter(file.chunks)
            # A generator that was never begun closes nothing, and a file that fails at once is better refused.
            chunk = await anext(chunks, None)
            info = file_pb2.FileInfo(name=file.name, content_type=file.content_type, size=file.size)
            yield file_pb2.OpenFileResponse(info=_checked(info))
            while chunk is not None:
                for start in range(0, len(chunk), CHUNK_BYTES):
                    yield file_pb2.OpenFileResponse(chunk=chunk[start : start + CHUNK_BYTES])
                chunk = await anext(chunks, None)
        finally:
            await close(file.chunks)

    async def HandleEvent(  # noqa: N802
        self, request: event_pb2.HandleEventRequest, _context: Context
    ) -> event_pb2.HandleEventResponse:
        """Something that happened in Zendesk."""
        if not isinstance(self._connector, HandlesEvents):
            raise Unsupported("events")
        _check(request)
        await self._connector.handle_event(event_from_wire(request))
        return event_pb2.HandleEventResponse()

    @contextmanager
    def _errors_in(self, locale: str) -> Iterator[None]:
        """What errors say that the block raises is translated to the language of the locale."""
        try:
            yield
        except ConnectorError as error:
            error.message_for_agent = self._connector.catalogues.words(locale, alone=True)(error.message_for_agent)
            raise


def _check(request: Message) -> None:
    if problem := broken_limit(request):
        raise ContractBroken(problem)


def _checked(answer: Answer) -> Answer:
    if problem := broken_limit(answer):
        raise InvalidAnswer(problem)
    return answer


def _page_to_wire(page: Page, state: bytes, words: Callable[[], Words] = lambda: as_written) -> pull_pb2.PullResponse:
    """The answer, from the state of the request; `words` gives what translates why it was interrupted."""
    response = page.answer
    response.state = state if page.after is None else state_to_wire(page.after)
    response.more = page.more
    if page.interruption is not None:
        if not isinstance(page.interruption, ConnectorError) or isinstance(page.interruption, InvalidAnswer):
            log_fault(_log, "a pull was interrupted by a fault of the connector", page.interruption)
        failure = Failure.of(page.interruption, words())
        note_interruption(_log, failure.name, failure.cause_name)
        response.interruption.CopyFrom(failure.detail())
    return response


def _fitting(outcome: Form | Redirect | Done, step: SetupStep, title: str) -> Form | Redirect | Done:
    """The outcome, or a form that says that Zendesk could not keep the account."""
    if not isinstance(outcome, Done):
        return outcome
    size = len(dump_values(outcome.account))
    if size <= ACCOUNT_BYTES:
        return outcome
    sentence = Text(
        "These answers make an account of {size} bytes; Zendesk keeps at most {most}. Shorten them.",
        size=size,
        most=ACCOUNT_BYTES,
    )
    return Form(step.step_id or "account", title, fields=(), problems=(Problem(sentence),))


def _check_reply(header: channelback_pb2.ChannelbackHeader, connector: Connector) -> None:
    limits, origin = connector.limits, connector.display_name
    if limits.reply_max_chars and len(header.message) > limits.reply_max_chars:
        raise MessageRejected(
            Text(
                "The reply has {count} characters, and {origin} takes at most {most}.",
                count=len(header.message),
                origin=origin,
                most=limits.reply_max_chars,
            )
        )
    if header.file_count and not takes_files(connector):
        raise MessageRejected(Text("{origin} takes no files. Send the reply without them.", origin=origin))
    if limits.reply_max_files and header.file_count > limits.reply_max_files:
        raise MessageRejected(
            Text(
                "The reply has {count} files, and {origin} takes at most {most}.",
                count=header.file_count,
                origin=origin,
                most=limits.reply_max_files,
            )
        )
