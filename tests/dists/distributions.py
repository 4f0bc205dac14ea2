# SPDX-License-Identifier: Apache-2.0
"""Our distributions: built once a session, and put into virtual environments that hold nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "sealock-contract": ROOT / "contract",
    "sealock-connector": ROOT / "connector" / "sdk",
    "sealock-origins": ROOT / "connector" / "origins",
    "sealock-edge": ROOT / "edge",
    "sealock-devkit": ROOT / "devkit",
}


def project(name: str) -> dict:
    """What a distribution's `pyproject.toml` says of it."""
    return tomllib.loads((FOLDERS[name] / "pyproject.toml").read_text())["project"]


def own_package(name: str) -> str:
    """The package that carries the distribution's version."""
    return name.replace("-", "_")


def version_of(name: str) -> str:
    """The version that a distribution's own package carries."""
    text = (FOLDERS[name] / own_package(name) / "__init__.py").read_text()
    return re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)[1]


@dataclass(frozen=True)
class Built:
    """The archives of one distribution."""

    wheel: Path
    sdist: Path

    def files(self) -> dict[str, bytes]:
        """What the wheel holds, by path; RECORD repeats it, and is left out."""
        with zipfile.ZipFile(self.wheel) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}

    def sources(self) -> set[str]:
        """The paths in the source distribution, below its only folder."""
        with tarfile.open(self.sdist) as archive:
            return {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}

    def metadata(self) -> Message:
        """The wheel's METADATA."""
        (text,) = (data for path, data in self.files().items() if path.endswith(".dist-info/METADATA"))
        return Parser().parsestr(text.decode())


def build(folder: Path, into: Path) -> Built:
    """Build the project in a folder, as `make dists` does."""
    run([sys.executable, "-m", "hatchling", "build", "--directory", str(into)], folder)
    (wheel,), (sdist,) = into.glob("*.whl"), into.glob("*.tar.gz")
    return Built(wheel, sdist)


def run(command: Iterable[str | Path], folder: Path, *, status: int = 0, **environment: str) -> str:
    """What a command printed, with nothing of this process's environment; it ends with `status`."""
    done = subprocess.run(
        list(command), cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)} | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout
    return done.stdout


def needs(requirements: Iterable[str], extras: Iterable[str] = ()) -> Iterator[Requirement]:
    """Those requirements that hold on this machine."""
    for line in requirements:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


class Environment:
    """
    A virtual environment into which one distribution was installed.

    What it needs of ours is installed from the wheels. What it needs of others is linked in from the environment of the
    tests, file by file and only as far as the metadata lead: there is no index to ask, and nothing that is not named
    can be found.
    """

    def __init__(self, folder: Path, built: dict[str, Built], name: str, *extras: str) -> None:
        run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder.parent)
        self.folder = folder
        self._built = built
        self._library = next(folder.glob("lib/python*/site-packages"))
        self.distributions: set[str] = set()
        self._add(Requirement(f"{name}[{','.join(extras)}]" if extras else name))
        ours = [built[each].wheel for each in sorted(self.distributions & set(built))]
        self._pip("install", "--no-deps", "--no-index", "--no-compile", *ours)

    def _add(self, wanted: Requirement) -> None:
        name = canonicalize_name(wanted.name)
        new = name not in self.distributions
        self.distributions.add(name)
        if name in self._built:
            requirements = self._built[name].metadata().get_all("Requires-Dist", [])
        else:
            there = metadata.distribution(name)
            assert wanted.specifier.contains(there.version), f"{wanted}: {there.version} is here"
            requirements = there.requires or []
            if new:
                self._link(there)
        if new or wanted.extras:
            for requirement in needs(requirements, wanted.extras):
                self._add(requirement)

    def _link(self, distribution: metadata.Distribution) -> None:
        for file in distribution.files or []:
            if ".." in file.parts:
                continue
            place = self._library / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(Path(distribution.locate_file(file)).absolute())

    def _pip(self, *arguments: str | Path) -> str:
        pip = [sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check"]
        return run([*pip, "--python", self.python, *arguments], self.folder, PIP_CONFIG_FILE="/dev/null")

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "bin" / "python"

    def complaints(self) -> str:
        """What `pip check` says of the versions in here."""
        return self._pip("check")

    def run(self, program: str, *arguments: str, status: int = 0, **environment: str) -> str:
        """What one of the environment's programs prints."""
        return run([self.folder / "bin" / program, *arguments], self.folder, status=status, **environment)

    def run_code(self, code: str, *arguments: str) -> str:
        """What some Python prints in here, where a warning is an error."""
        return self.run("python", "-W", "error", "-c", code, *arguments)
