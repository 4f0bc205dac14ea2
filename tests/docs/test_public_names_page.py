# SPDX-License-Identifier: Apache-2.0
"""docs/writing-a-connector.md names everything that the SDK exports, once, and nothing else."""

from __future__ import annotations

import re

import sealock_connector
from tests.docs.pages import DOCS, rows, section

PAGE = DOCS / "writing-a-connector.md"


def listed() -> list[str]:
    return [name for row in rows(section(PAGE, "Every public name")) for name in re.findall(r"`(\w+)`", row[1])]


def test_every_public_name_is_listed_once_and_no_other():
    assert sorted(listed()) == sorted(sealock_connector.__all__)


def test_every_capability_by_method_exists():
    methods = [row[0].strip("`") for row in rows(section(PAGE, "The class"))]
    capabilities = [value for name, value in vars(sealock_connector).items() if name in listed()]
    assert [name for name in methods if not any(hasattr(value, name) for value in capabilities)] == []
