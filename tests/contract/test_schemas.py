# SPDX-License-Identifier: Apache-2.0
"""What the contract's sources promise: comments and names, numbers that never change, and errors of each RPC."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

from sealock.connector.v1 import connector_service_pb2
from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.error_detail_pb2 import Reason
from tests.contract.reading import BUF, ROOT


def test_buf_lint_finds_nothing(buf):
    result = buf("lint")
    assert result.returncode == 0, result.stdout


def test_buf_format_changes_nothing(buf):
    result = buf("format", "--diff", "--exit-code")
    assert result.returncode == 0, result.stdout


def test_buf_lint_would_find_an_undocumented_field(tmp_path):
    folder = tmp_path / "protos" / "sealock" / "wrong" / "v1"
    folder.mkdir(parents=True)
    (tmp_path / "buf.yaml").write_bytes((ROOT / "buf.yaml").read_bytes())
    (folder / "wrong.proto").write_text(
        'syntax = "proto3";\npackage sealock.wrong.v1;\nmessage Wrong { string a = 1; }\n'
    )
    result = subprocess.run([BUF, "lint"], cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False)
    assert result.returncode == 100
    assert 'Message "Wrong" should have a non-empty comment' in result.stdout
    assert 'Field "a" should have a non-empty comment' in result.stdout


def test_everything_is_documented(contract):
    assert [one.name for one in contract.everything if not one.comment.strip()] == []


def test_the_package_is_the_path(contract):
    for file in contract.files:
        assert file.package.replace(".", "/") == str(Path(file.name).parent)


def test_the_contract_stands_alone(contract):
    """A connector needs the connector's package, the options and Google's types, and nothing of the edge."""
    for file in contract.files:
        if file.package != "sealock.edge.v1":
            allowed = ("sealock/connector/v1/", "sealock/options/v1/", "google/protobuf/")
            assert [name for name in file.dependency if not name.startswith(allowed)] == [], file.name


def test_a_fresh_pool_takes_the_descriptors(contract, buf, tmp_path):
    """Whoever reads the descriptor set, in any language, finds every type in it."""
    image = tmp_path / "image.binpb"
    assert buf("build", "--as-file-descriptor-set", "-o", str(image)).returncode == 0
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file:
        pool.Add(file)
    service = pool.FindServiceByName("sealock.connector.v1.ConnectorService")
    assert {method.input_type.file.package for method in service.methods} == {"sealock.connector.v1"}


def test_the_image_has_a_json_form(buf, tmp_path):
    image = tmp_path / "image.json"
    assert buf("build", "-o", str(image)).returncode == 0
    assert "file" in json.loads(image.read_text())


def test_enums_begin_with_an_unspecified_zero_and_carry_their_name(contract):
    for name, one in contract.of(descriptor_pb2.EnumDescriptorProto).items():
        prefix = "".join(f"_{c}" if c.isupper() else c.upper() for c in name.rpartition(".")[2]).lstrip("_")
        values = [value.name for value in one.element.value]
        assert values[0] == f"{prefix}_UNSPECIFIED"
        assert one.element.value[0].number == 0
        assert all(value.startswith(f"{prefix}_") for value in values)


@pytest.mark.parametrize("spelling", [str.lower, lambda name: name.replace("_", "").lower()])
def test_no_two_fields_of_a_message_collide_in_any_spelling(contract, spelling):
    for name, one in contract.of(descriptor_pb2.DescriptorProto).items():
        names = [spelling(field.name) for field in one.element.field]
        assert len(set(names)) == len(names), name


LEDGER = Path(__file__).with_name("field_numbers.txt")
Field = descriptor_pb2.FieldDescriptorProto


def recorded() -> dict[tuple[str, int], str]:
    """What the ledger says: the name and type behind each number."""
    entries = {}
    for line in LEDGER.read_text().splitlines():
        if line and not line.startswith("#"):
            scope, number, meaning = line.split(" ", 2)
            assert (scope, int(number)) not in entries, f"{scope} {number} stands twice in the ledger"
            entries[scope, int(number)] = meaning
    return entries


def kind(field: Field) -> str:
    """The field's type as the ledger writes it."""
    name = field.type_name.lstrip(".") or Field.Type.Name(field.type).removeprefix("TYPE_").lower()
    return f"repeated {name}" if field.label == Field.LABEL_REPEATED else name


def present(contract) -> dict[tuple[str, int], str]:
    """What the protos say now."""
    entries = {}
    for name, field in contract.fields.items():
        scope, _, short = name.rpartition(".")
        entries[scope, field.number] = f"{short} {kind(field)}"
    for name, one in contract.of(descriptor_pb2.EnumValueDescriptorProto).items():
        scope, _, short = name.rpartition(".")
        entries[scope, one.element.number] = short
    return entries


def reserved(contract, scope: str, number: int, name: str) -> bool:
    """Whether a message or enum keeps both the number and the name of a field that went."""
    for declaration in (descriptor_pb2.DescriptorProto, descriptor_pb2.EnumDescriptorProto):
        if one := contract.of(declaration).get(scope):
            last = 0 if declaration is descriptor_pb2.EnumDescriptorProto else 1
            numbers = any(at.start <= number <= at.end - last for at in one.element.reserved_range)
            return numbers and name in one.element.reserved_name
    return False


def test_no_number_ever_changes_its_meaning(contract):
    now = present(contract)
    changed = {at: (meaning, now[at]) for at, meaning in recorded().items() if at in now and now[at] != meaning}
    assert changed == {}


def test_a_field_that_went_left_its_number_and_name_reserved(contract):
    gone = recorded().keys() - present(contract).keys()
    names = {at: recorded()[at].split(" ")[0] for at in gone}
    assert [at for at in sorted(gone) if not reserved(contract, *at, names[at])] == []


def test_every_number_in_use_stands_in_the_ledger(contract):
    missing = present(contract).keys() - recorded().keys()
    lines = [f"{scope} {number} {present(contract)[scope, number]}" for scope, number in sorted(missing)]
    assert lines == [], "add these lines to field_numbers.txt"


@pytest.mark.parametrize("number", [1, 2])
def test_the_ledger_reads_what_was_reserved(contract, number):
    """The reading of `reserved` itself, on a message made for it."""
    message = descriptor_pb2.DescriptorProto(name="Gone", reserved_name=["was_here"])
    message.reserved_range.add(start=2, end=3)
    file = descriptor_pb2.FileDescriptorProto(package="sealock.gone.v1", message_type=[message])
    made = type(contract)([file])
    assert reserved(made, "sealock.gone.v1.Gone", number, "was_here") == (number == 2)
    assert not reserved(made, "sealock.gone.v1.Gone", number, "another")


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
