# SPDX-License-Identifier: Apache-2.0
"""The whole system as real processes, with TLS everywhere, as it is deployed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sealock_devkit.stack.demo_origin import DemoOrigin
from sealock_devkit.stack.stack import Options, Stack


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whole systems take longer than single tests may."""
    item.add_marker(pytest.mark.system)
    item.add_marker(pytest.mark.timeout(420))


@asynccontextmanager
async def running(
    folder: Path, origin: str | DemoOrigin = "guestbook", *, others: Sequence[str | DemoOrigin] = (), **options
) -> AsyncGenerator[Stack]:
    """
    A running system whose Zendesk pulls only when it is told to, unless `pull_interval` says otherwise.

    At the end no answer may have broken Zendesk's protocol, and no secret may stand in any file of a log.
    """
    given = {"tls": True, "pull_interval": 3600, **options}
    async with Stack(folder, origin=origin, others=others, options=Options(**given)) as stack:
        yield stack
        assert await stack.zendesk.violations() == []
        secrets = [secret for each in stack.origins for secret in each.secrets]
        assert_nowhere(secrets, logs_in(folder))


def logs_in(folder: Path) -> list[Path]:
    """Every log that a program of the system wrote."""
    return sorted(folder.rglob("*.log"))


def assert_nowhere(secrets: Sequence[str], files: Sequence[Path]) -> None:
    """None of the secrets stands in any of the files."""
    assert secrets
    assert files
    for file in files:
        text = file.read_text(errors="replace")
        for number, secret in enumerate(secrets):
            assert secret not in text, f"secret number {number} is in {file.name}"


@pytest.fixture
def run(tmp_path):
    """Runs a system in the test's folder: `async with run(origin, edges=2) as stack`."""

    def start(origin: str | DemoOrigin = "guestbook", **options):
        return running(tmp_path, origin, **options)

    return start
