# SPDX-License-Identifier: Apache-2.0
"""
Tests of the two images, with a real engine: `make test-images`, after `make images`.

Without SEALOCK_TEST_IMAGES, the images' tag, nothing here is collected. The tests give files to the images' user, which
only root can.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

collect_ignore_glob = [] if os.environ.get("SEALOCK_TEST_IMAGES") else ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Containers take longer to start than programs."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(240))
