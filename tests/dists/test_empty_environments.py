# SPDX-License-Identifier: Apache-2.0
"""Each distribution where nothing else is installed: it imports, its commands run, and nothing else is there."""

from __future__ import annotations

import re

import pytest

from tests.dists.distributions import FOLDERS, own_package, project, version_of

each = pytest.mark.parametrize("name", list(FOLDERS))
IMPORTS = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
print(package.__version__)
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith(".__main__") and module.name not in sys.argv[2:]:
        importlib.import_module(module.name)
"""
FINDS = """
import sys
from importlib.util import find_spec
print(*(name for name in sys.argv[1:] if find_spec(name)))
"""
HELPS = """
import sys
from contextlib import suppress
from sealock_contract.command import main
for command in sys.argv[1:]:
    with suppress(SystemExit):
        main([command, "--help"])
"""
ON_REQUEST = {
    "sealock-contract": {"valkey": "sealock_contract.stores.valkey_pool"},
    "sealock-connector": {"valkey": "sealock_connector._outbox.valkey"},
    "sealock-edge": {"valkey": "sealock_edge.store.valkey"},
}
"""Modules that need an extra, by its name."""
DEVELOPMENT = {"sealock-devkit": {"sealock_devkit.bench.yardsticks.monolith"}}
"""Modules that need what only the repository's own development installs."""
OURS = ["sealock_contract", "sealock_connector", "sealock_origins", "sealock_edge", "sealock_devkit"]
THEIRS = ["falcon", "gunicorn", "uvicorn", "jinja2", "cryptography", "orjson", "flask", "httpx2", "nh3", "selectolax"]
THEIRS += ["prometheus_client", "grpc_health", "grpc_reflection", "valkey", "requests", "pytest", "setuptools", "pip"]
THEIRS += ["idna"]
THERE = {
    "sealock-contract": {"sealock_contract", "orjson"},
    "sealock-connector": {"sealock_contract", "sealock_connector", "idna", "orjson"},
    "sealock-edge": {"sealock_contract", "sealock_edge", "falcon", "gunicorn", "uvicorn", "jinja2", "cryptography"},
}
THERE["sealock-connector"] |= {"prometheus_client", "grpc_health", "grpc_reflection", "cryptography", "nh3"}
THERE["sealock-edge"] |= {"prometheus_client", "orjson"}
THERE["sealock-origins"] = THERE["sealock-connector"] | {"sealock_origins"}
THERE["sealock-devkit"] = THERE["sealock-origins"] | THERE["sealock-edge"] | {"sealock_devkit", "selectolax", "httpx2"}


@each
def test_every_module_can_be_imported_with_what_the_metadata_name(environments, name):
    left_out = {*ON_REQUEST.get(name, {}).values(), *DEVELOPMENT.get(name, ())}
    version = environments(name).run_code(IMPORTS, own_package(name), *left_out)
    assert version.strip() == version_of(name)


@pytest.mark.parametrize(
    ("name", "extra"), [(name, extra) for name in FOLDERS for extra in project(name).get("optional-dependencies", {})]
)
def test_an_extra_brings_what_it_is_for(environments, name, extra):
    environment = environments(name, *project(name)["optional-dependencies"])
    module = ON_REQUEST.get(name, {}).get(extra, f"{extra}.sdk.trace")
    environment.run_code("import importlib, sys; importlib.import_module(sys.argv[1])", module)


@each
def test_what_is_not_its_own_is_not_there(environments, name):
    assert set(environments(name).run_code(FINDS, *OURS, *THEIRS).split()) == THERE[name]


def test_the_versions_in_the_largest_environment_agree(environments):
    assert environments("sealock-devkit").complaints().strip() == "No broken requirements found."


@each
def test_the_command_is_there_and_offers_what_is_installed(environments, name):
    environment = environments(name)
    assert environment.run("sealock", "--version").startswith(f"sealock {version_of(name)}")
    usage = environment.run("sealock", "--help")
    offered = set(re.findall(r"^    ([a-z-]+)(?: |$)", usage, re.MULTILINE))
    assert offered == {command for each in environment.distributions & set(FOLDERS) for command in commands(each)}
    said = environment.run_code(HELPS, *commands(name))
    assert re.findall(r"^usage: sealock (\S+)", said, re.MULTILINE) == commands(name)


def commands(name: str) -> list[str]:
    """What a distribution adds to the `sealock` command."""
    return list(project(name).get("entry-points", {}).get("sealock.commands", {}))


ELSEWHERE = [
    (name, command, owner)
    for name in FOLDERS
    for command, owner in (("connector", "sealock-connector"), ("keys", "sealock-edge"), ("zendesk", "sealock-devkit"))
    if command not in commands(name)
]


@pytest.mark.parametrize(("name", "command", "owner"), ELSEWHERE)
def test_a_command_that_is_not_installed_is_answered_with_the_distribution_that_brings_it(
    environments, name, command, owner
):
    environment = environments(name)
    if owner in environment.distributions:
        assert environment.run("sealock", command, "--help").startswith(f"usage: sealock {command}")
    else:
        said = f"sealock: '{command}' comes with {owner}: pip install {owner}\n"
        assert environment.run("sealock", command, status=2) == said


@pytest.mark.parametrize("origin", sorted(project("sealock-origins")["entry-points"]["sealock.origins"]))
def test_each_origin_is_served_by_its_name_and_without_the_others(environments, origin):
    environment = environments("sealock-origins")
    assert environment.run("sealock", "connector", origin, "--help").startswith(f"usage: sealock connector {origin} ")
    loads = (
        "import sys; from importlib.metadata import entry_points\n"
        "kind = entry_points(group='sealock.origins')[sys.argv[1]].load()\n"
        "print(kind.origin, *(name for name in sys.modules if name.startswith('sealock_origins.')))"
    )
    name, *loaded = environment.run_code(loads, origin).split()
    assert name == origin
    packages = {module.split(".")[1] for module in loaded}
    assert packages <= {origin, "meta"}


def test_an_origin_is_not_there_with_the_sdk_alone(environments):
    said = environments("sealock-connector").run("sealock", "connector", "wordpress", status=2)
    assert said.splitlines() == [
        "sealock connector: 'wordpress' is not installed here. None is installed; pip install sealock-origins has some."
    ]
