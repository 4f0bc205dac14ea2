# SPDX-License-Identifier: Apache-2.0
"""Upgrades go connector by connector: an edge works with connectors that are newer, or older, than itself."""

from __future__ import annotations

import grpc
import pytest

from sealock.connector.v1.describe_pb2 import DescribeResponse
from sealock.connector.v1.pull_pb2 import PullResponse
from tests.edge.endpoints.test_pull import resource
from tests.edge.scripted_connector import BareCode, Refusal, described

A_FIELD_THAT_IS_NOT_KNOWN = b"\xc2\x3e\x05later"
"""Number 1000, length-delimited."""
A_LATER_CAPABILITY = A_LATER_REASON = 99


def of_later(message: DescribeResponse | PullResponse) -> bytes:
    """The message as a later version would send it."""
    return message.SerializeToString() + A_FIELD_THAT_IS_NOT_KNOWN


async def test_what_a_newer_connector_adds_is_not_minded(edge, connector):
    told = described()
    told.capabilities.append(A_LATER_CAPABILITY)
    connector.script("Describe", of_later(told))
    connector.script("Pull", of_later(PullResponse(resources=[resource()], state=b"2")))

    manifest, pull = await edge.get("manifest.json"), await edge.pull()

    assert (manifest.status_code, pull.status_code) == (200, 200)
    assert edge.opened_state(pull.json["state"]) == b"2"


async def test_a_reason_of_later_counts_as_a_fault_and_harms_no_account(edge, connector):
    connector.script("Pull", Refusal(A_LATER_REASON))

    result = await edge.pull()

    assert result.status_code == 500
    assert "metadata_needs_update" not in result.json


@pytest.mark.parametrize("rpc", ["Pull", "Channelback"])
async def test_what_an_older_connector_does_not_have_yet_is_late_and_not_lost(edge, connector, rpc):
    connector.script(rpc, BareCode(grpc.StatusCode.UNIMPLEMENTED))

    result = await (edge.pull() if rpc == "Pull" else edge.channelback())

    assert result.status_code == 503
    assert "retry-after" in result.headers
