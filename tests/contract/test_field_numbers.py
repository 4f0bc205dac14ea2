# SPDX-License-Identifier: Apache-2.0
"""
A number on the wire keeps its meaning for good.

`field_numbers.txt` is a ledger: a new field or enum value adds a line, and no line is ever changed or taken away. A
field that goes leaves its number and name `reserved`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

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
