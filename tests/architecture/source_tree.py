# SPDX-License-Identifier: Apache-2.0
"""The tracked files of the repository, by kind."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "sealock_contract": ROOT / "contract" / "sealock_contract",
    "sealock_edge": ROOT / "edge" / "sealock_edge",
    "sealock_connector": ROOT / "connector" / "sdk" / "sealock_connector",
    "sealock_origins": ROOT / "connector" / "origins" / "sealock_origins",
    "sealock_devkit": ROOT / "devkit" / "sealock_devkit",
}
GENERATED = ROOT / "contract" / "sealock"
PACKAGE_MARKERS = {"__init__.py", "py.typed"}


def tracked() -> list[Path]:
    """Every file that git knows and that is there."""
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def named(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(ROOT).as_posix()


def is_shell(path: Path) -> bool:
    """A script by its ending or its first line."""
    return path.suffix == ".sh" or (path.suffix == "" and path.read_bytes()[:20].startswith(b"#!/"))


def hand_written(*suffixes: str) -> list[Path]:
    """Tracked files with these endings, without generated code."""
    return [path for path in tracked() if path.suffix in suffixes and not path.is_relative_to(GENERATED)]


def sources() -> list[Path]:
    """Everything that a person wrote and a machine reads."""
    kinds = {".py", ".proto", ".html", ".jinja", ".css", ".js", ".php", ".toml", ".yaml", ".yml"}
    return [
        path for path in tracked() if not path.is_relative_to(GENERATED) and (path.suffix in kinds or is_shell(path))
    ]


def modules(package: str) -> list[Path]:
    """The Python files of one of our packages."""
    return sorted(PACKAGES[package].rglob("*.py"))


def dotted(package: str, path: Path) -> str:
    """A module's name."""
    parts = [package, *path.relative_to(PACKAGES[package]).with_suffix("").parts]
    return ".".join(parts).removesuffix(".__init__")
