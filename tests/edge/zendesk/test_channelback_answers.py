# SPDX-License-Identifier: Apache-2.0
"""The answer to an agent's reply."""

from __future__ import annotations

import pytest

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock_edge.zendesk import FaultyAnswer, channelback_answer
from tests.zendesk_schemas import requires_schemas, valid

CASES = {
    "the id alone": ({"external_id": "a"}, None, {"external_id": "a"}),
    "no further reply": (
        {"external_id": "a", "allow_channelback": False},
        None,
        {"external_id": "a", "allow_channelback": False},
    ),
    "further replies": (
        {"external_id": "a", "allow_channelback": True},
        None,
        {"external_id": "a", "allow_channelback": True},
    ),
    "new metadata": ({"external_id": "a"}, "sealed", {"external_id": "a", "metadata": "sealed"}),
}


@requires_schemas
@pytest.mark.parametrize(("response", "metadata", "body"), CASES.values(), ids=CASES)
def test_a_posted_reply_is_answered(response, metadata, body):
    answer = channelback_answer(ChannelbackResponse(**response), metadata=metadata)
    assert answer == body
    valid("channelback_payload_v2", answer)
    valid("channelback_payload", answer)


@pytest.mark.parametrize("external_id", ["", " a", "ä", "x" * 256, "a\n"])
def test_an_id_that_zendesk_does_not_take_is_the_connectors_fault(external_id):
    with pytest.raises(FaultyAnswer, match=r"^external_id is not an external id$"):
        channelback_answer(ChannelbackResponse(external_id=external_id))
