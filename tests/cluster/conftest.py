# SPDX-License-Identifier: Apache-2.0
"""
Tests on a real cluster: `make test-cluster`, on a machine that reaches pods and Services, such as a node.

They install the production overlay in a namespace of its own, and remove it afterwards. Without SEALOCK_TEST_CLUSTER,
the address under which pods reach this machine, nothing here is collected.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.cluster.installed import Installed

HOST = os.environ.get("SEALOCK_TEST_CLUSTER", "")
collect_ignore_glob = [] if HOST else ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A cluster takes its time, and all tests use the same one."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def installed(tmp_path_factory) -> AsyncIterator[Installed]:
    """The system in the cluster, with an account whose first comments are tickets."""
    async with Installed(tmp_path_factory.mktemp("cluster"), HOST) as installed:
        yield installed
