# SPDX-License-Identifier: Apache-2.0
"""The distributions, built once, and an environment for each; so one process runs all of these tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.dists.distributions import FOLDERS, ROOT, Built, Environment, build


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is dear here is shared, and takes its time on a busy machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> dict[str, Built]:
    """Every distribution's archives."""
    return {name: build(folder, tmp_path_factory.mktemp(name)) for name, folder in FOLDERS.items()}


@pytest.fixture(scope="session")
def environments(built, tmp_path_factory):
    """A function that gives the environment of a distribution, made when it is first asked for."""
    made: dict[tuple[str, ...], Environment] = {}

    def environment(name: str, *extras: str) -> Environment:
        if (key := (name, *extras)) not in made:
            made[key] = Environment(tmp_path_factory.mktemp("empty") / "environment", built, name, *extras)
        return made[key]

    return environment


@pytest.fixture(scope="session")
def tracked() -> set[str]:
    """Every path that git knows."""
    return set(subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines())
