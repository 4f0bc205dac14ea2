# SPDX-License-Identifier: Apache-2.0
"""What a connector can do, in words for its pages."""

from __future__ import annotations

from sealock.connector.v1.describe_pb2 import Capability, DescribeResponse

_WORDS = {
    Capability.CAPABILITY_CHANNELBACK: "Agents' replies are posted at the origin.",
    Capability.CAPABILITY_CLICKTHROUGH: "A link in the ticket opens the message at the origin.",
    Capability.CAPABILITY_EVENTS: "It reacts to what happens in Zendesk, such as a deleted account.",
}
"""Without those that this edge does not make use of."""


def abilities(description: DescribeResponse | None) -> list[str]:
    """A sentence for each thing that the connector can do."""
    if description is None:
        return []
    return [words for capability, words in _WORDS.items() if capability in description.capabilities]
