# SPDX-License-Identifier: Apache-2.0
"""Who may import whom: the contracts in pyproject.toml hold, and would not hold if someone broke them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import PACKAGES, ROOT

LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter with the configuration in `folder` over the packages in `paths`."""
    environment = {
        "PYTHONPATH": ":".join(map(str, paths)),
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "COLUMNS": "200",
    }
    command = [LINT, "--no-cache", "--config", str(folder / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=55, check=False)


def test_everyone_imports_only_what_they_may():
    result = lint(ROOT, *(ROOT / name for name in ("contract", "edge", "connector/sdk", "connector/origins", "devkit")))
    assert result.returncode == 0, result.stdout + result.stderr


BREACHES = {
    "sealock_edge/zendesk/__init__.py": "import falcon",
    "sealock_edge/sealing/__init__.py": "import sealock_edge.endpoints",
    "sealock_edge/__init__.py": "import sealock_connector",
    "sealock_connector/__init__.py": "import sealock_devkit",
    "sealock_origins/guestbook/__init__.py": "import sealock.connector.v1",
}


@pytest.mark.parametrize("breach", list(BREACHES), ids=list(BREACHES.values()))
def test_a_breach_is_noticed(tmp_path, breach):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    folders = [PACKAGES["sealock_edge"], PACKAGES["sealock_connector"], PACKAGES["sealock_origins"]]
    for folder in [*folders, PACKAGES["sealock_devkit"], ROOT / "contract" / "sealock"]:
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / breach).open("a") as file:
        file.write(f"\n{BREACHES[breach]}\n")
    result = lint(tmp_path, tmp_path)
    assert result.returncode == 1
    assert "BROKEN" in result.stdout
