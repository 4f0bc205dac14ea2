# SPDX-License-Identifier: Apache-2.0
"""
Who may import whom, and what an import does.

The contracts in pyproject.toml hold, and would not hold if someone broke them. Importing any module of ours does
nothing: no file is written, no socket or process opened, no thread started.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source_tree import GENERATED, PACKAGES, ROOT, dotted, modules, named

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
    result = lint(ROOT, *(folder.parent for folder in PACKAGES.values()))
    assert result.returncode == 0, result.stdout + result.stderr


BREACHES = [
    ("sealock_contract", "sealock_edge"),
    ("sealock_contract", "sealock_connector"),
    ("sealock_edge", "sealock_connector"),
    ("sealock_edge", "sealock_origins"),
    ("sealock_edge", "sealock_devkit"),
    ("sealock_edge.zendesk", "falcon"),
    ("sealock_edge.zendesk", "sealock_edge.sealing"),
    ("sealock_edge.sealing", "grpc"),
    ("sealock_edge.sealing", "sealock_edge.endpoints"),
    ("sealock_edge.connectors", "sealock_edge.endpoints"),
    ("sealock_connector", "sealock_edge"),
    ("sealock_connector", "sealock_devkit"),
    ("sealock_connector", "falcon"),
    ("sealock_origins.guestbook", "sealock.connector.v1"),
    ("sealock_origins.guestbook", "sealock_contract.command"),
    ("sealock_origins.guestbook", "grpc"),
    ("sealock_origins.guestbook", "sealock_origins.wordpress"),
    ("sealock_origins.guestbook", "sealock_devkit"),
    ("sealock_origins.meta", "sealock_origins.facebook"),
]
"""Who may not import what: a package, and what it imports."""


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> subprocess.CompletedProcess[str]:
    """What import-linter says of our packages when each breach was made."""
    copy = tmp_path_factory.mktemp("packages")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for folder in (*PACKAGES.values(), GENERATED):
        shutil.copytree(folder, copy / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    for package, imported in BREACHES:
        with (copy / package.replace(".", "/") / "__init__.py").open("a") as file:
            file.write(f"\nimport {imported}\n")
    return lint(copy, copy)


@pytest.mark.parametrize(("package", "imported"), BREACHES)
def test_a_breach_is_noticed(broken, package, imported):
    assert broken.returncode == 1
    assert f"{package} -> {imported} (l." in broken.stdout


def private_imports(package: str, text: str) -> Iterator[str]:
    """The modules and names with an underscore that some code imports from another package of ours."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in imported:
            first, *rest = name.split(".")
            if first in set(PACKAGES) - {package} and any(
                part.startswith("_") and part != "__version__" for part in rest
            ):
                yield name


@pytest.mark.parametrize("package", list(PACKAGES))
def test_no_distribution_imports_what_another_keeps_to_itself(package):
    found = {named(path): list(private_imports(package, path.read_text())) for path in modules(package)}
    assert {name: imported for name, imported in found.items() if imported} == {}


@pytest.mark.parametrize(
    "breach",
    ["import sealock_connector._types", "from sealock_connector import _types", "from sealock_edge._x import y"],
)
def test_an_import_of_something_private_is_noticed(breach):
    assert len(list(private_imports("sealock_origins", breach))) == 1


WATCHED = """
import importlib, json, sys, threading, warnings
seen = []
def watch(event, arguments):
    if event.startswith("socket.") and event not in {"socket.__new__", "socket.gethostname"}:
        seen.append(event)
    elif event == "socket.__new__" and importing:
        seen.append(event)
    elif event in {"subprocess.Popen", "os.system", "os.mkdir", "os.fork", "signal.signal"}:
        seen.append(event)
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append(f"open {arguments[0]}")
importing = None
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
threads = threading.active_count()
sys.addaudithook(watch)
wrong = {}
for name in json.loads(sys.argv[2]):
    seen.clear()
    importing = name
    importlib.import_module(name)
    if threading.active_count() != threads:
        seen.append("a thread")
        threads = threading.active_count()
    if seen:
        wrong[name] = list(seen)
print(json.dumps(wrong))
"""
OUTSIDE = ["grpc", "grpc.aio", "falcon", "falcon.asgi", "httpx2", "uvicorn", "jinja2", "prometheus_client", "sqlite3"]


@pytest.mark.parametrize("package", list(PACKAGES))
def test_nothing_happens_at_import(package):
    names = [dotted(package, path) for path in modules(package) if path.stem != "__main__"]
    command = [sys.executable, "-B", "-W", "error", "-c", WATCHED, json.dumps(OUTSIDE), json.dumps(names)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=55, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    assert json.loads(result.stdout) == {}


@pytest.mark.parametrize("action", ["open('x', 'w')", "socket.create_server(('127.0.0.1', 0))"])
def test_an_import_that_does_something_is_noticed(tmp_path, action):
    (tmp_path / "acting.py").write_text(f"import socket\n{action}\n")
    command = [sys.executable, "-B", "-c", WATCHED, '["socket"]', '["acting"]']
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert "acting" in json.loads(result.stdout), result.stderr
