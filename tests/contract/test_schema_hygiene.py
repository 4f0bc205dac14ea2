# SPDX-License-Identifier: Apache-2.0
"""The protos are linted, formatted and documented, and any language can generate from them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

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
