# SPDX-License-Identifier: Apache-2.0
"""The generated code is what the protos say, lies where it should, and loads with the oldest libraries allowed."""

from __future__ import annotations

import importlib
import re
import subprocess
import tomllib

import pytest
from google.protobuf import descriptor_pb2

from tests.contract.reading import ROOT

GEN = ROOT / "contract"
PROTOS = sorted(path.relative_to(ROOT / "protos") for path in (ROOT / "protos").rglob("*.proto"))
GENERATED = sorted(GEN.rglob("*_pb2.py"))


def floor(package: str) -> tuple[int, ...]:
    """The oldest version that the project's own dependencies allow."""
    project = tomllib.loads((ROOT / "contract" / "pyproject.toml").read_text())["project"]
    [requirement] = [line for line in project["dependencies"] if re.match(rf"{package}\b", line)]
    return version(re.search(r">=([\d.]+)", requirement)[1])


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in f"{text}.0.0".split(".")[:3])


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.stem)
def test_generated_messages_load_at_the_oldest_protobuf_allowed(path):
    found = re.search(r"Protobuf Python Version: ([\d.]+)", path.read_text())
    assert version(found[1]) <= floor("protobuf")


def test_generated_services_load_at_the_oldest_grpcio_allowed():
    services = sorted(GEN.rglob("*_pb2_grpc.py"))
    assert [path.name for path in services] == ["connector_service_pb2_grpc.py"]
    found = re.search(r"GRPC_GENERATED_VERSION = '([\d.]+)'", services[0].read_text())
    assert version(found[1]) <= floor("grpcio")


def test_every_proto_is_generated_and_nothing_else_is():
    made = {path.relative_to(GEN).as_posix() for path in GEN.rglob("*_pb2*.py*") if path.suffix in {".py", ".pyi"}}
    wanted = set()
    for path in PROTOS:
        stem = path.with_suffix("").as_posix()
        kinds = ("_pb2", "_pb2_grpc") if stem.endswith("_service") else ("_pb2",)
        wanted |= {f"{stem}{kind}{suffix}" for kind in kinds for suffix in (".py", ".pyi")}
    assert made == wanted


def test_protos_and_generated_code_lie_in_one_place():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert [name for name in listed if name.endswith(".proto") and not name.startswith("protos/")] == []
    assert [name for name in listed if "_pb2" in name and not name.startswith("contract/sealock/")] == []


def plain(file: descriptor_pb2.FileDescriptorProto) -> descriptor_pb2.FileDescriptorProto:
    """Without what one compiler writes down and the other leaves out."""
    copy = descriptor_pb2.FileDescriptorProto.FromString(file.SerializeToString())
    copy.ClearField("source_code_info")
    for message in copy.message_type:
        _forget_json_names(message)
    for extension in copy.extension:
        extension.ClearField("json_name")
    return copy


def _forget_json_names(message: descriptor_pb2.DescriptorProto) -> None:
    for field in message.field:
        field.ClearField("json_name")
    for nested in message.nested_type:
        _forget_json_names(nested)


@pytest.mark.parametrize("path", PROTOS, ids=lambda path: path.stem)
def test_the_generated_code_says_what_the_proto_says(path, contract):
    module = importlib.import_module(path.with_suffix("").as_posix().replace("/", ".") + "_pb2")
    [source] = [file for file in contract.files if file.name == path.as_posix()]
    generated = descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
    assert plain(generated) == plain(source)
