# SPDX-License-Identifier: Apache-2.0
"""What stands in the images, and what does not."""

from __future__ import annotations

import json

import pytest

import sealock_contract
from sealock_devkit.bench.interpreter import FLAGS, built_with
from tests.images.containers import CONFINED, ORIGINS, TAG, USER, docker, inside

IMAGES = ("sealock-edge", *(f"sealock-connector-{origin}" for origin in ORIGINS))
MODULES = """
from importlib.util import find_spec
print(*(name for name in {names!r} if find_spec(name.partition(".")[0]) and find_spec(name)))
"""


async def there(image: str, *names: str) -> set[str]:
    """Which of these modules are inside."""
    return set((await inside(image, MODULES.format(names=names))).split())


async def test_the_edge_has_neither_sdk_nor_origins_nor_devkit():
    names = ("sealock_edge", "sealock.connector", "sealock_connector", "sealock_origins", "sealock_devkit", "pytest")
    assert await there("sealock-edge", *names) == {"sealock_edge", "sealock.connector"}


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_connector_has_sdk_and_origins_and_no_edge(origin):
    names = (
        "sealock_connector",
        "sealock_origins",
        "sealock_edge",
        "sealock_devkit",
        "falcon",
        "uvicorn",
        "selectolax",
        "pytest",
    )
    assert await there(f"sealock-connector-{origin}", *names) == {"sealock_connector", "sealock_origins"}


LOADED = """
import os, sys
from importlib.metadata import entry_points
kind = entry_points(group="sealock.origins")[os.environ["SEALOCK_CONNECTOR_ORIGIN"]].load()
print(kind.origin, *sorted({name.split(".")[1] for name in sys.modules if name.startswith("sealock_origins.")}))
"""


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_connector_runs_the_code_of_its_own_origin_alone(origin):
    shared = ["meta"] if origin in {"facebook", "instagram"} else []
    assert (await inside(f"sealock-connector-{origin}", LOADED)).split() == [origin, *sorted([origin, *shared])]


@pytest.mark.parametrize("image", IMAGES)
async def test_the_program_of_each_image_is_there_and_no_other_of_ours(image):
    seen = await inside(
        image, "import pathlib; print(*(p.name for p in pathlib.Path('/opt/sealock/bin').glob('sealock*')))"
    )
    assert seen == "sealock"
    usage = await docker("run", "--rm", "--network=none", *CONFINED, f"{image}:{TAG}", "--help")
    program = "sealock" if image == "sealock-edge" else f"sealock connector {image.removeprefix('sealock-connector-')}"
    assert usage.startswith(f"usage: {program} ")


CONFIGURED = "import json, sysconfig; print(json.dumps(sysconfig.get_config_vars()))"
OF_DEBIAN = "--with-wheel-pkg-dir=/usr/share/python-wheels/"
"""Debian optimises its own by a profile, and takes what it did so with out of the configuration again."""


@pytest.mark.parametrize("image", IMAGES)
async def test_the_interpreter_is_an_optimised_one(image):
    configured = json.loads(await inside(image, CONFIGURED))
    said = built_with(configured)
    assert said == FLAGS or (said[:3] in {"-O2", "-O3"} and OF_DEBIAN in configured["CONFIG_ARGS"])


async def test_a_connector_without_an_origin_says_which_there_are():
    run = ("run", "--rm", "--network=none", *CONFINED, "--env=SEALOCK_CONNECTOR_ORIGIN=", f"{IMAGES[1]}:{TAG}")
    assert await docker(*run, fails=True) == f"sealock connector: which one? Installed: {', '.join(ORIGINS)}."


@pytest.mark.parametrize("image", IMAGES)
async def test_the_list_of_contents_names_our_distributions_and_what_they_need(image):
    listed = json.loads(await inside(image, "print(open('/opt/sealock/sbom.cdx.json').read())"))
    versions = {each["name"]: each["version"] for each in listed["components"]}
    ours = {"sealock-contract", "sealock-edge"} if image == "sealock-edge" else CONNECTORS
    assert {name for name in versions if name.startswith("sealock")} == ours
    assert versions["sealock-contract"] == sealock_contract.__version__
    assert {"grpcio", "protobuf"} < set(versions)


CONNECTORS = {"sealock-contract", "sealock-connector", "sealock-origins"}


async def test_connectors_share_what_they_store():
    described = json.loads(await docker("image", "inspect", *(f"{image}:{TAG}" for image in IMAGES[1:])))
    layers = [each["RootFS"]["Layers"] for each in described]
    assert all(each == layers[0] for each in layers)


@pytest.mark.parametrize("image", IMAGES)
async def test_nothing_is_inside_that_is_not_run(image):
    seen = await inside(
        image,
        "import pathlib\n"
        "unwanted = {'.c', '.h', '.pyx', '.pxd', '.pyi', 'test', 'tests', 'pip', 'setuptools'}\n"
        "found = [p for p in pathlib.Path('/opt/sealock').rglob('*') if {p.name, p.suffix} & unwanted]\n"
        "print(len(found), len(list(pathlib.Path('/opt/sealock').rglob('locale-data/*.dat'))) < 20)",
    )
    assert seen == "0 True"


@pytest.mark.parametrize("image", IMAGES)
async def test_programs_are_nobody_and_change_nothing(image):
    seen = await inside(
        image,
        "import os, pathlib\n"
        "def can(path):\n"
        "    try:\n"
        "        pathlib.Path(path).write_text('x')\n"
        "    except OSError:\n"
        "        return False\n"
        "    return True\n"
        "status = dict(l.split(':\\t', 1) for l in open('/proc/self/status').read().splitlines() if ':\\t' in l)\n"
        "print(os.getuid(), os.getgid(), status['CapEff'], status['NoNewPrivs'],"
        " [can(p) for p in ('/opt/sealock/x', '/etc/x', '/x', '/tmp/x')])",
    )
    assert seen == f"{USER} {USER} 0000000000000000 1 [False, False, False, True]"


@pytest.mark.parametrize("image", IMAGES)
async def test_no_tool_that_builds_is_left(image):
    assert await there(image, "hatchling", "grpc_tools", "setuptools") == set()
    seen = await inside(
        image,
        "import os, pathlib, shutil\n"
        "print(shutil.which('gcc'), shutil.which('make'), shutil.which('git'),"
        " [str(p) for p in pathlib.Path('/opt/sealock/bin').glob('pip*')],"
        " [p for p in ('/src', '/wheels', '/opt/build', '/root/.cache') if os.path.exists(p)])",
    )
    assert seen == "None None None [] []"


@pytest.mark.parametrize("image", IMAGES)
async def test_the_image_says_what_it_is(image):
    described = json.loads(await docker("image", "inspect", f"{image}:{TAG}"))[0]["Config"]
    assert described["User"] == f"{USER}:{USER}"
    assert described["Labels"]["org.opencontainers.image.title"] == image
    assert described["Labels"]["org.opencontainers.image.version"] == sealock_contract.__version__
    assert described["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert described["StopSignal"] == "SIGTERM"
    assert described["Entrypoint"] == (["sealock"] if image == "sealock-edge" else ["sealock", "connector"])
    ports = {"8080/tcp", "9090/tcp"} if image == "sealock-edge" else {"9443/tcp", "9080/tcp"}
    assert set(described["ExposedPorts"]) == ports
