# SPDX-License-Identifier: Apache-2.0
"""The five distributions, the images and the changelog are of one version."""

from __future__ import annotations

import re

import pytest

from tests.dists.distributions import FOLDERS, ROOT, version_of

VERSION = version_of("sealock-contract")


def test_all_distributions_have_one_version():
    assert {name: version_of(name) for name in FOLDERS} == dict.fromkeys(FOLDERS, VERSION)


def test_the_wheels_have_it_too(built):
    assert {name: each.metadata()["Version"] for name, each in built.items()} == dict.fromkeys(FOLDERS, VERSION)


@pytest.mark.parametrize("name", ["Dockerfile.edge", "Dockerfile.connector"])
def test_an_image_that_is_built_by_hand_says_it_too(name):
    assert re.findall(r"^ARG VERSION=(.+)$", (ROOT / name).read_text(), re.MULTILINE) == [VERSION]


def test_the_changelog_tells_of_it():
    headings = re.findall(r"^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    assert VERSION in [version for version, _ in headings]
    assert [date for version, date in headings[1:] if not re.fullmatch(r" - \d{4}-\d\d-\d\d", date)] == []
