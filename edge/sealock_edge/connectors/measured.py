# SPDX-License-Identifier: Apache-2.0
"""
A connector's answers, measured before they are read.

Two megabytes can hold a million empty things, and reading them would keep every other call waiting. So each kind of
answer has a size of its own, and a large page is counted on the wire first, beside the event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeAlias

from google.protobuf.message import DecodeError, Message
from grpc.aio import Channel, StreamUnaryMultiCallable, UnaryStreamMultiCallable, UnaryUnaryMultiCallable

from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail
from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.connector.v1.webhook_pb2 import ReceiveWebhookResponse
from sealock_contract.limits import (
    ANSWER_BYTES,
    CHUNK_BYTES,
    PAGE_PARTS,
    PAGE_RESOURCES,
    RESOURCE_PARTS,
    too_many_items,
)
from sealock_contract.wire import FEWEST_BYTES, NotAMessage, TooManyParts, count_parts, parts, tag_of, written
from sealock_edge.connectors.faults import Fault
from sealock_edge.zendesk.limits import FILES_TAKEN

MOST_BYTES: Final = {
    "Describe": 64 * 1024,
    "Setup": 128 * 1024,
    "Pull": ANSWER_BYTES,
    "OpenFile": CHUNK_BYTES + 1024,
    "ReceiveWebhook": 512 * 1024,
}
"""The most that an answer may have, by RPC."""
SMALL_BYTES: Final = 16 * 1024
"""The most that any other answer may have."""
MOST_DELIVERIES: Final = 1000
"""So many origin accounts one webhook may tell of."""
UNCOUNTED_BYTES: Final = FEWEST_BYTES * PAGE_PARTS
"""A page that is no larger cannot have too many parts."""
MOST_OVERFULL: Final = 8
"""How many resources of a page are set aside for having too many parts; with more of them it is no page."""

_RESOURCES: Final = tag_of(PullResponse.DESCRIPTOR.fields_by_name["resources"])
_INTERRUPTION: Final = tag_of(PullResponse.DESCRIPTOR.fields_by_name["interruption"])
_FILES: Final = tag_of(ExternalResource.DESCRIPTOR.fields_by_name["files"])
_NAMES: Final = frozenset(
    tag_of(ExternalResource.DESCRIPTOR.fields_by_name[name]) for name in ("external_id", "parent_id", "thread_id")
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer that the contract does not allow. `what` says it in fixed words."""

    what: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class LargePage:
    """The answer to a pull that has to be counted before it is read: `read_page`."""

    data: bytes = field(repr=False)


Read: TypeAlias = Message | Unreadable | LargePage


class MeasuredChannel:
    """
    A channel for the generated stub, whose calls answer with `Unreadable` and `LargePage` besides messages.

    A deserializer that raises would write a line with the exception's text.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def unary_unary(
        self, method: str, *, response_deserializer: Callable[[bytes], Message], **how: Any
    ) -> UnaryUnaryMultiCallable[Any, Any]:
        """One request, one answer."""
        return self._channel.unary_unary(method, response_deserializer=_reader(method, response_deserializer), **how)

    def unary_stream(
        self, method: str, *, response_deserializer: Callable[[bytes], Message], **how: Any
    ) -> UnaryStreamMultiCallable[Any, Any]:
        """One request, many answers."""
        return self._channel.unary_stream(method, response_deserializer=_reader(method, response_deserializer), **how)

    def stream_unary(
        self, method: str, *, response_deserializer: Callable[[bytes], Message], **how: Any
    ) -> StreamUnaryMultiCallable[Any, Any]:
        """Many requests, one answer."""
        return self._channel.stream_unary(method, response_deserializer=_reader(method, response_deserializer), **how)


def _reader(method: str, parse: Callable[[bytes], Message]) -> Callable[[bytes], Read]:
    rpc = method.rpartition("/")[2]
    most = MOST_BYTES.get(rpc, SMALL_BYTES)

    def page(data: bytes) -> Read:
        return _parsed(data, parse) if len(data) <= UNCOUNTED_BYTES else LargePage(data)

    def piece(data: bytes) -> Read:
        return _parsed(data, parse) if len(data) <= most else _TOO_LARGE

    def other(data: bytes) -> Read:
        answer = piece(data)
        if isinstance(answer, ReceiveWebhookResponse) and len(answer.deliveries) > MOST_DELIVERIES:
            return _TOO_MANY
        return _TOO_MANY if isinstance(answer, Message) and too_many_items(answer) else answer

    return {"Pull": page, "OpenFile": piece}.get(rpc, other)


_TOO_LARGE: Final = Unreadable("an answer that is too large", Fault.TOO_LARGE)
_TOO_MANY: Final = Unreadable("an answer with too many items", Fault.TOO_MANY_ITEMS)
_BROKEN: Final = Unreadable("an answer that cannot be read", Fault.UNREADABLE)


def _parsed(data: bytes, parse: Callable[[bytes], Message]) -> Message | Unreadable:
    try:
        return parse(data)
    except DecodeError:
        return _BROKEN


def read_page(page: LargePage) -> PullResponse | Unreadable:
    """
    The answer to a pull, if it has not too many parts. Takes up to a second for one that was made to.

    A resource with too many parts is left there with its ids, and more files than one may have.
    """
    kept: list[tuple[int, bytes]] = []
    left, resources, overfull = PAGE_PARTS, 0, 0
    try:
        for tag, value in parts(page.data):
            left -= 1
            if tag == _RESOURCES:
                resources += 1
                try:
                    left -= count_parts(ExternalResource.DESCRIPTOR, value, RESOURCE_PARTS)
                except TooManyParts:
                    overfull += 1
                    value = _stand_in(value)  # noqa: PLW2901
            elif tag == _INTERRUPTION:
                left -= count_parts(ConnectorErrorDetail.DESCRIPTOR, value, left)
            if left < 0 or resources > PAGE_RESOURCES or overfull > MOST_OVERFULL:
                return _TOO_MANY
            kept.append((tag, value))
    except TooManyParts:
        return _TOO_MANY
    except NotAMessage:
        return _BROKEN
    data = b"".join(written(tag, value) for tag, value in kept) if overfull else page.data
    answer = _parsed(data, PullResponse.FromString)
    return answer if isinstance(answer, (PullResponse, Unreadable)) else _BROKEN


def _stand_in(resource: bytes) -> bytes:
    """A resource with the ids of this one, and one file more than are taken."""
    return b"".join(
        [written(tag, value) for tag, value in islice(parts(resource), RESOURCE_PARTS) if tag in _NAMES]
        + [written(_FILES, b"")] * (FILES_TAKEN + 1)
    )
