# SPDX-License-Identifier: Apache-2.0
"""The contract as buf reads it: descriptors with their comments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf import descriptor_pb2

ROOT = Path(__file__).parents[2]
BUF = Path(sys.executable).with_name("buf")


@dataclass(frozen=True)
class Documented:
    """One element of the contract with the comment above it."""

    name: str
    element: descriptor_pb2.FieldDescriptorProto | descriptor_pb2.MethodDescriptorProto | object
    comment: str


class Contract:
    """All protos of this project, and what stands in them."""

    def __init__(self, files: list[descriptor_pb2.FileDescriptorProto]) -> None:
        self.files = [file for file in files if file.package.startswith("sealock.")]

    @property
    def everything(self) -> Iterator[Documented]:
        """Every message, field, oneof, enum, value, service and RPC."""
        for file in self.files:
            comments = {tuple(at.path): at.leading_comments for at in file.source_code_info.location}
            yield from _elements(file.package, (), file, comments)

    def of(self, kind: type) -> dict[str, Documented]:
        """All elements of one descriptor type, by full name."""
        return {one.name: one for one in self.everything if isinstance(one.element, kind)}

    @property
    def fields(self) -> dict[str, descriptor_pb2.FieldDescriptorProto]:
        """Every field of every message, by full name."""
        return {name: one.element for name, one in self.of(descriptor_pb2.FieldDescriptorProto).items()}


CHILDREN = {
    descriptor_pb2.FileDescriptorProto: ((4, "message_type"), (5, "enum_type"), (6, "service"), (7, "extension")),
    descriptor_pb2.DescriptorProto: ((2, "field"), (3, "nested_type"), (4, "enum_type"), (8, "oneof_decl")),
    descriptor_pb2.EnumDescriptorProto: ((2, "value"),),
    descriptor_pb2.ServiceDescriptorProto: ((2, "method"),),
}


def _elements(
    scope: str, path: tuple[int, ...], parent: object, comments: dict[tuple[int, ...], str]
) -> Iterator[Documented]:
    for number, attribute in CHILDREN.get(type(parent), ()):
        for index, child in enumerate(getattr(parent, attribute)):
            if _written_by_the_compiler(child):
                continue
            here = (*path, number, index)
            name = f"{scope}.{child.name}"
            yield Documented(name, child, comments.get(here, ""))
            yield from _elements(name, here, child, comments)


def _written_by_the_compiler(element: object) -> bool:
    """The entries of maps and the oneofs behind `optional` are not in the source."""
    if isinstance(element, descriptor_pb2.OneofDescriptorProto):
        return element.name.startswith("_")
    return isinstance(element, descriptor_pb2.DescriptorProto) and element.options.map_entry


def run_buf(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run buf over the whole module."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [BUF, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=50, check=False
    )
