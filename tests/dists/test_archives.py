# SPDX-License-Identifier: Apache-2.0
"""What is published: each wheel and source distribution is whole, of one version with the others, and nothing more."""

from __future__ import annotations

import re
import tarfile

import pytest

from tests.dists.distributions import FOLDERS, ROOT, build, own_package, project, version_of
from tests.docs.pages import FENCE, LINK

each = pytest.mark.parametrize("name", list(FOLDERS))
VERSION = version_of("sealock-contract")
REPOSITORY = "https://github.com/sealock/sealock"
PAGE = re.compile(rf"{re.escape(REPOSITORY)}/(?:blob|tree)/main/([^#]+)")


@each
def test_a_wheel_holds_its_packages_and_nothing_else(built, name):
    files = set(built[name].files())
    packages = {"sealock", "sealock_contract"} if name == "sealock-contract" else {own_package(name)}
    own_metadata = f"{own_package(name)}-{built[name].metadata()['Version']}.dist-info"
    assert {path.partition("/")[0] for path in files} == {*packages, own_metadata}
    assert [path for path in files if "__pycache__" in path or "/tests/" in path or "/test_" in path] == []
    for package in packages:
        assert f"{package}/py.typed" in files


@each
def test_a_wheel_holds_every_file_of_its_packages_that_git_knows(built, name, tracked):
    files = set(built[name].files())
    packages = {path.partition("/")[0] for path in files if not path.partition("/")[0].endswith(".dist-info")}
    folder = FOLDERS[name].relative_to(ROOT).as_posix()
    known = {path.removeprefix(f"{folder}/") for path in tracked if path.startswith(f"{folder}/")}
    assert {path for path in files if not path.partition("/")[0].endswith(".dist-info")} == {
        path for path in known if path.partition("/")[0] in packages
    }


@each
def test_a_wheel_made_of_the_source_distribution_is_the_same(built, name, tmp_path):
    with tarfile.open(built[name].sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert build(unpacked, tmp_path / "again").files() == built[name].files()


@each
def test_a_source_distribution_holds_its_packages_and_how_to_build_them(built, name):
    beside = {path for path in built[name].sources() if "/" not in path}
    assert beside - {".gitignore"} == {"LICENSE", "README.md", "pyproject.toml", "PKG-INFO"}


@each
def test_the_metadata_say_what_somebody_needs_who_finds_it_in_an_index(built, name):
    found = built[name].metadata()
    assert found["Name"] == name
    assert found["License-Expression"] == "Apache-2.0"
    assert found["License-File"] == "LICENSE"
    assert found["Requires-Python"] == ">=3.11"
    assert "Typing :: Typed" in found.get_all("Classifier")
    assert 20 < len(found["Summary"]) < 120
    urls = dict(line.split(", ", 1) for line in found.get_all("Project-URL"))
    assert set(urls) == {"Homepage", "Documentation", "Changelog", "Issues"}
    assert all(url.startswith(REPOSITORY) for url in urls.values())
    assert [url for url in urls.values() if (page := PAGE.match(url)) and not (ROOT / page[1]).is_file()] == []


@each
def test_the_licence_is_the_projects(built, name):
    (licence,) = (data for path, data in built[name].files().items() if path.endswith("licenses/LICENSE"))
    assert licence == (ROOT / "LICENSE").read_bytes()


@each
def test_the_readme_can_be_read_where_there_is_no_repository(built, name):
    found = built[name].metadata()
    assert found["Description-Content-Type"] == "text/markdown"
    text = found.get_payload()
    assert re.search(rf"^# {name}$", text, re.MULTILINE)
    assert f"pip install {name}" in text
    assert len(text.split()) > 80
    linked = LINK.findall(FENCE.sub("", text))
    assert linked
    assert [link for link in linked if not link.startswith(("https://", "#"))] == []
    assert [link for link in linked if (page := PAGE.match(link)) and not (ROOT / page[1]).exists()] == []


@each
def test_what_is_needed_of_ours_is_of_the_same_release(built, name):
    version = built[name].metadata()["Version"]
    major, minor, _ = version.split(".")
    ours = [line for line in project(name)["dependencies"] if line.startswith("sealock-")]
    assert [line.partition(">=")[2] for line in ours] == [f"{major}.{minor},<{major}.{int(minor) + 1}" for _ in ours]


def test_all_distributions_have_one_version():
    assert {name: version_of(name) for name in FOLDERS} == dict.fromkeys(FOLDERS, VERSION)


def test_the_wheels_have_it_too(built):
    assert {name: each.metadata()["Version"] for name, each in built.items()} == dict.fromkeys(FOLDERS, VERSION)


NAMED = {
    "Dockerfile.edge": r"^ARG VERSION=(.+)$",
    "Dockerfile.connector": r"^ARG VERSION=(.+)$",
    "docs/operations/images.md": r"^\| `VERSION`, `REVISION` \| `(.+?)`",
    "docs/operations/trying-on-a-cluster.md": r"sealock-\*:(\d[^' ]*)",
    "k8s/overlays/production/kustomization.yaml": r"newTag: (\d\S*?)}",
    "k8s/overlays/staging/kustomization.yaml": r"newTag: (\d\S*?)}",
}
"""Where else the version stands."""


@pytest.mark.parametrize("path", NAMED)
def test_images_and_manifests_have_it_too(path):
    assert set(re.findall(NAMED[path], (ROOT / path).read_text(), re.MULTILINE)) == {VERSION}


def test_the_changelog_tells_of_it():
    headings = re.findall(r"^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    assert VERSION in [version for version, _ in headings]
    assert [date for version, date in headings[1:] if not re.fullmatch(r" - \d{4}-\d\d-\d\d", date)] == []
