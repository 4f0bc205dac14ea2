# SPDX-License-Identifier: Apache-2.0
"""What a connector says about itself."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.duration_pb2 import Duration

from sealock.connector.v1 import describe_pb2 as pb
from sealock_connector._connector import (
    Connector,
    HandlesEvents,
    OpensFiles,
    ReceivesWebhooks,
    ResolvesClickthrough,
    TakesFiles,
    TakesReplies,
)
from sealock_connector._types import OriginLimits
from sealock_connector.errors import InvalidAnswer
from sealock_contract.limits import broken_limit


def takes_files(connector: Connector) -> bool:
    """Whether the connector posts replies with files."""
    return isinstance(connector, TakesReplies) and isinstance(connector, TakesFiles) and connector.takes_files


def capabilities(connector: Connector) -> Iterator[pb.Capability.ValueType]:
    """What the connector can do, by the methods that it has."""
    if isinstance(connector, TakesReplies):
        yield pb.CAPABILITY_CHANNELBACK
    if takes_files(connector):
        yield pb.CAPABILITY_CHANNELBACK_FILES
    if isinstance(connector, ResolvesClickthrough):
        yield pb.CAPABILITY_CLICKTHROUGH
    if isinstance(connector, ReceivesWebhooks):
        yield pb.CAPABILITY_WEBHOOK
    if isinstance(connector, OpensFiles):
        yield pb.CAPABILITY_FILES
    if isinstance(connector, HandlesEvents):
        yield pb.CAPABILITY_EVENTS


def description(connector: Connector, locale: str = "") -> pb.DescribeResponse:
    """The connector's description for readers of a language, checked against the contract's limits."""
    words = connector.catalogues.words(locale)
    response = pb.DescribeResponse(
        origin=connector.origin,
        display_name=words(connector.display_name),
        version=connector.version,
        description=words(connector.description),
        capabilities=capabilities(connector),
        limits=_limits_to_wire(connector.limits),
        clickthrough_hosts=connector.clickthrough_hosts,
        setup_kinds=[
            pb.SETUP_KIND_REDIRECT if kind == "redirect" else pb.SETUP_KIND_FORM for kind in connector.setup_kinds
        ],
        unconnected_follow_ups=connector.unconnected_follow_ups,
    )
    if problem := broken_limit(response):
        raise InvalidAnswer(f"describe: {problem}")
    return response


def _limits_to_wire(limits: OriginLimits) -> pb.OriginLimits:
    window = None
    if limits.reply_window is not None:
        window = Duration()
        window.FromTimedelta(limits.reply_window)
    return pb.OriginLimits(
        reply_max_chars=limits.reply_max_chars,
        reply_window=window,
        reply_max_files=limits.reply_max_files,
        reply_max_file_bytes=limits.reply_max_file_bytes,
        reply_file_types=limits.reply_file_types,
    )
