# SPDX-License-Identifier: Apache-2.0
"""An origin is added in the files that CONTRIBUTING lists, and all that asks which origins there are finds it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sealock_contract.catalogues import SOURCE
from sealock_edge.pages import languages

ROOT = Path(__file__).parents[2]
FOLDERS = ("connector", "contract", "devkit", "docs", "edge", "images", "k8s", "tests")
EXAMPLE, ORIGIN = "guestbook", "lighthouse"
DEMO = f"devkit/sealock_devkit/emulators/{ORIGIN}/demo.py"
"""What the demo asks for, beside the files that CONTRIBUTING lists."""
CONNECTOR = '''
"""The lighthouse's connector."""

from collections.abc import AsyncIterator

from sealock_connector import Catalogues, Connector, Done, Form, Pull, Pulled, SetupStep, Text


class Lighthouse(Connector):
    """Letters to a lighthouse."""

    origin = "lighthouse"
    display_name = "Lighthouse"
    catalogues = Catalogues("sealock_origins.lighthouse")

    async def setup(self, step: SetupStep) -> Form | Done:
        """Ask for nothing."""
        return Form("lamp", Text("Light the lamp"), [])

    async def pull(self, pull: Pull) -> AsyncIterator[Pulled]:
        """Nobody writes."""
        yield Pulled(None, after=b"")
'''
CATALOGUE = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Light the lamp"\nmsgstr "Licht an"\n'
)
DEMO_ORIGIN = """
class DemoLighthouse:
    name = origin = "lighthouse"


DEMO_ORIGINS = (DemoLighthouse,)
"""


def listed() -> set[str]:
    """The files that CONTRIBUTING lists, for this origin."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split("\n## Add an origin\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    return {row.replace("<origin>", ORIGIN) for row in rows}


def adapted(path: str) -> str:
    """What the example's file says, for this origin."""
    there = path.replace(ORIGIN, EXAMPLE)
    return (ROOT / there).read_text().replace(EXAMPLE, ORIGIN).replace(EXAMPLE.title(), ORIGIN.title())


def written() -> dict[str, str]:
    """The files of the origin."""
    package, k8s = f"connector/origins/sealock_origins/{ORIGIN}", f"k8s/origins/{ORIGIN}"
    projects = (ROOT / "connector/origins/pyproject.toml").read_text()
    group = '[project.entry-points."sealock.origins"]\n'
    return {
        f"{package}/__init__.py": '"""Letters to a lighthouse."""\n',
        f"{package}/connector.py": CONNECTOR.lstrip(),
        "connector/origins/pyproject.toml": projects.replace(
            group, f'{group}{ORIGIN} = "sealock_origins.{ORIGIN}.connector:{ORIGIN.title()}"\n'
        ),
        f"{k8s}/kustomization.yaml": adapted(f"{k8s}/kustomization.yaml"),
        f"{k8s}/{ORIGIN}.toml": adapted(f"{k8s}/{ORIGIN}.toml"),
        f"{k8s}/connector/kustomization.yaml": adapted(f"{k8s}/connector/kustomization.yaml"),
        f"docs/connectors/{ORIGIN}.md": "# Lighthouse\n\nLetters.\n",
    }


class Tree:
    """A copy of the tree with one origin more, and how programs run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in FOLDERS:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for file in (*ROOT.glob("*.toml"), *ROOT.glob("*.md"), *ROOT.glob("Dockerfile.*")):
            shutil.copy(file, folder)
        for path, text in written().items():
            self.write(path, text)
        for tag in sorted(set(languages()) - {SOURCE}):
            self.write(f"connector/origins/sealock_origins/{ORIGIN}/locales/{tag}.po", CATALOGUE)
        self._install()
        # The documents are those that git lists.
        self.run("git", "init", "-q")
        self.run("git", "add", "docs")

    def write(self, path: str, text: str) -> None:
        """Make or change a file."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def run(self, *command: str | Path, path: str = "") -> str:
        """What a command prints in the copy. It has to succeed."""
        sources = (self.folder / name for name in ("contract", "connector/sdk", "connector/origins", "edge", "devkit"))
        environment = {
            "PATH": f"{path}/usr/bin:/bin",
            "HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join(map(str, sources)),
            "COLUMNS": "200",
        }
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, *arguments: str) -> str:
        """The same for a module of Python's."""
        return self.run(sys.executable, "-m", *arguments)

    def _install(self) -> None:
        """Let the copy's entry points be found, as the installation of its distribution would."""
        project = tomllib.loads((self.folder / "connector/origins/pyproject.toml").read_text())["project"]
        information = self.folder / "connector/origins/sealock_origins-0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0\n")
        lines = [
            f"[{group}]\n" + "\n".join(f"{n} = {v}" for n, v in names.items())
            for group, names in project["entry-points"].items()
        ]
        (information / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return Tree(tmp_path_factory.mktemp("tree"))


def test_an_origin_is_fewer_than_eight_files_and_contributing_lists_them():
    assert set(written()) == listed()
    assert len(listed()) < 8


def test_it_is_served_by_its_name(tree):
    assert ORIGIN in tree.python("sealock_contract.command", "connector", "--help")
    assert f"sealock connector {ORIGIN}" in tree.python("sealock_contract.command", "connector", ORIGIN, "--help")


def test_an_image_is_built_for_it(tree, tmp_path):
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\necho "$@" >&2\necho "$@"\n')
    docker.chmod(0o755)
    assert f"sealock-connector-{ORIGIN}:1" in tree.run("images/build", "1", path=f"{tmp_path}:")


@pytest.mark.timeout(180)
def test_every_test_that_goes_over_the_origins_finds_it_well(tree):
    asked = (
        "k8s",
        "docs/test_settings_pages.py",
        "origins/test_origin_catalogues.py",
        "connector/serving/test_connector_command.py",
    )
    said = tree.python(
        "pytest", "-n0", "-p", "no:cacheprovider", "-q", "-rA", "-k", ORIGIN, *(f"tests/{each}" for each in asked)
    )
    found = dict.fromkeys(re.findall(r"^PASSED (tests/\w+)/", said, re.MULTILINE))
    assert set(found) == {"tests/k8s", "tests/docs", "tests/origins", "tests/connector"}, said
    assert not re.search(r"^(FAILED|ERROR|SKIPPED)", said, re.MULTILINE), said


def test_the_demo_plays_it_once_there_is_an_emulator(tree):
    assert ORIGIN not in tree.python("sealock_contract.command", "demo", "--list").split()
    tree.write(DEMO, DEMO_ORIGIN.lstrip())
    tree.write(DEMO.replace("demo.py", "__init__.py"), "")
    assert ORIGIN in tree.python("sealock_contract.command", "demo", "--list").split()
    assert "$(.venv/bin/sealock demo --list)" in (ROOT / ".ci/run").read_text()


def test_it_may_import_no_other_origin(tree):
    lint = Path(sys.executable).with_name("lint-imports")
    tree.run(lint, "--no-cache")
    connector = f"connector/origins/sealock_origins/{ORIGIN}/connector.py"
    tree.write(connector, CONNECTOR + "\nimport sealock_origins.guestbook.site\n")
    with pytest.raises(AssertionError, match=r"Each origin stands alone.* BROKEN"):
        tree.run(lint, "--no-cache")
