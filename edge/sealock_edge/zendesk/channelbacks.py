# SPDX-License-Identifier: Apache-2.0
"""The answer to a channelback (protocol: channelback answer)."""

from __future__ import annotations

from typing import Any

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock_edge.zendesk.errors import FaultyAnswer
from sealock_edge.zendesk.ids import is_id


def channelback_answer(response: ChannelbackResponse, *, metadata: str | None = None) -> dict[str, Any]:
    """
    The body for Zendesk, ready for JSON. `metadata` is sealed; without it Zendesk keeps what it has.

    Raises `FaultyAnswer`: the connector's external id is not one that Zendesk takes.
    """
    if not is_id(response.external_id):
        raise FaultyAnswer("external_id", "is not an external id")
    body: dict[str, Any] = {"external_id": response.external_id}
    if response.HasField("allow_channelback"):
        body["allow_channelback"] = response.allow_channelback
    if metadata is not None:
        body["metadata"] = metadata
    return body
