# SPDX-License-Identifier: Apache-2.0
"""What every RPC promises: whether it may be repeated, and what can go wrong."""

from __future__ import annotations

import re

import grpc
import pytest
from google.protobuf import descriptor_pb2

from sealock.connector.v1 import connector_service_pb2
from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.error_detail_pb2 import Reason

Method = descriptor_pb2.MethodOptions
PROMISES = {
    "Describe": Method.NO_SIDE_EFFECTS,
    "Setup": Method.IDEMPOTENCY_UNKNOWN,
    "Pull": Method.NO_SIDE_EFFECTS,
    "Channelback": Method.IDEMPOTENT,
    "ResolveClickthrough": Method.NO_SIDE_EFFECTS,
    "ReceiveWebhook": Method.IDEMPOTENT,
    "OpenFile": Method.NO_SIDE_EFFECTS,
    "HandleEvent": Method.IDEMPOTENT,
}
SERVICE = connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"]
HEADER = ["condition", "reason", "who acts"]
EVERYWHERE = {"REASON_UNSPECIFIED", "REASON_INTERNAL"}


def error_table(comment: str) -> list[list[str]]:
    """The rows of the table in an RPC's comment; a row without a reason continues the one above."""
    lines = [line.strip() for line in comment.splitlines() if line.strip().startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len(rows) >= 3, "no error table"
    assert rows[0] == HEADER
    assert all(set(cell) == {"-"} for cell in rows[1])
    return rows[2:]


@pytest.fixture(scope="module")
def comments(contract):
    return {
        name.rpartition(".")[2]: one.comment for name, one in contract.of(descriptor_pb2.MethodDescriptorProto).items()
    }


def reasons_in(comment: str) -> list[str]:
    return [f"REASON_{row[1]}" for row in error_table(comment) if row[1]]


def test_the_service_has_exactly_the_rpcs_of_the_design():
    assert [method.name for method in SERVICE.methods] == list(PROMISES)


@pytest.mark.parametrize("method", list(SERVICE.methods), ids=lambda method: method.name)
def test_every_rpc_says_whether_it_may_be_repeated(method):
    assert method.GetOptions().HasField("idempotency_level")
    assert method.GetOptions().idempotency_level == PROMISES[method.name]


@pytest.mark.parametrize("rpc", list(PROMISES))
def test_every_rpc_has_an_error_table_that_names_only_reasons_that_exist(comments, rpc):
    assert set(reasons_in(comments[rpc])) <= set(Reason.keys())


@pytest.mark.parametrize("rpc", list(PROMISES))
def test_every_row_of_an_error_table_says_what_happened_and_who_acts(comments, rpc):
    for condition, reason, who in error_table(comments[rpc]):
        assert condition
        assert bool(reason) == bool(who), condition


@pytest.mark.parametrize("rpc", list(PROMISES))
def test_no_table_lists_what_every_rpc_can_answer(comments, rpc):
    assert not EVERYWHERE & set(reasons_in(comments[rpc]))


def test_every_reason_occurs_in_a_table(comments):
    used = {reason for comment in comments.values() for reason in reasons_in(comment)}
    assert used == set(Reason.keys()) - EVERYWHERE


@pytest.mark.parametrize("rpc", list(PROMISES))
def test_unsupported_stands_where_a_capability_is_needed_and_names_it(comments, rpc):
    conditions = [row[0] for row in error_table(comments[rpc]) if row[1] == "UNSUPPORTED"]
    required = {"Describe", "Setup", "Pull"}
    assert bool(conditions) == (rpc not in required)
    for condition in conditions:
        assert Capability.Value(re.search(r"CAPABILITY_\w+", condition)[0])


def test_every_reason_names_its_grpc_code(contract):
    values = contract.of(descriptor_pb2.EnumValueDescriptorProto)
    codes = {}
    for name, one in values.items():
        if ".Reason." in name:
            found = re.search(r"gRPC\s+code\s+([A-Z_]+)", one.comment)
            codes[name.rpartition(".")[2]] = found[1] if found else None
    assert codes.pop("REASON_UNSPECIFIED") is None
    assert set(codes) == set(Reason.keys()) - {"REASON_UNSPECIFIED"}
    assert set(codes.values()) <= {code.name for code in grpc.StatusCode}
    assert len(set(codes.values())) == len(codes), "two reasons share a code"


def test_requests_and_responses_belong_to_one_rpc_each():
    names = [message for method in SERVICE.methods for message in (method.input_type.name, method.output_type.name)]
    assert names == [f"{method.name}{kind}" for method in SERVICE.methods for kind in ("Request", "Response")]
