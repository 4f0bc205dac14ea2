# SPDX-License-Identifier: Apache-2.0
"""The contract, read once."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from google.protobuf import descriptor_pb2

from sealock.options.v1 import limits_pb2
from tests.contract.reading import Contract, run_buf


@pytest.fixture(scope="session")
def buf() -> Callable[..., subprocess.CompletedProcess[str]]:
    return run_buf


@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    image = tmp_path_factory.mktemp("contract") / "image.binpb"
    built = run_buf("build", "--as-file-descriptor-set", "-o", str(image))
    assert built.returncode == 0, built.stderr
    files = descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes())
    assert limits_pb2.DESCRIPTOR.name in {file.name for file in files.file}
    return Contract(list(files.file))
