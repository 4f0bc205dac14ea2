# SPDX-License-Identifier: Apache-2.0
"""Each promise of SECURITY.md names the tests that hold it, and there are such tests."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT

NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def promises() -> list[str]:
    """The promises, as they stand on the page."""
    page = (ROOT / "SECURITY.md").read_text()
    section = page.partition("\n## What is promised\n")[2].partition("\n## ")[0]
    return re.findall(r"^- .*?(?=^- |^\*\*|^$|\Z)", section, re.MULTILINE | re.DOTALL)


def test_there_are_promises():
    assert len(promises()) > 10


@pytest.mark.parametrize("promise", promises(), ids=lambda promise: promise[2:60].replace("\n", " "))
def test_a_promise_is_held_by_tests(promise):
    named = NAMED.findall(promise)
    assert named
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (path := ROOT / "tests" / file).exists()
        or not re.search(rf"^\s*(?:async )?def {test}\(", path.read_text(), re.MULTILINE)
    ]
    assert missing == []
