# SPDX-License-Identifier: Apache-2.0
"""What stands in the images, and what does not."""

from __future__ import annotations

import json

import pytest

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
async def test_a_connector_has_one_origin_and_no_edge(origin):
    names = ("sealock_connector", "sealock_edge", "sealock_devkit", "falcon", "cryptography", "pytest")
    assert await there(f"sealock-connector-{origin}", *names) == {"sealock_connector"}
    names = tuple(f"sealock_origins.{each}" for each in (*ORIGINS, "meta"))
    shared = {"sealock_origins.meta"} if origin in {"facebook", "instagram"} else set()
    assert await there(f"sealock-connector-{origin}", *names) == {f"sealock_origins.{origin}", *shared}


@pytest.mark.parametrize("image", IMAGES)
async def test_the_program_of_each_image_is_there_and_no_other_of_ours(image):
    program = "sealock" if image == "sealock-edge" else "sealock-connector"
    seen = await inside(
        image, "import pathlib; print(*(p.name for p in pathlib.Path('/opt/sealock/bin').glob('sealock*')))"
    )
    assert seen == program
    usage = await docker("run", "--rm", "--network=none", *CONFINED, f"{image}:{TAG}", "--help")
    assert usage.startswith(f"usage: {program} ")


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
        " [p for p in ('/src', '/wheels', '/all_origins', '/opt/build', '/root/.cache') if os.path.exists(p)])",
    )
    assert seen == "None None None [] []"


@pytest.mark.parametrize("image", IMAGES)
async def test_the_image_says_what_it_is(image):
    described = json.loads(await docker("image", "inspect", f"{image}:{TAG}"))[0]["Config"]
    assert described["User"] == f"{USER}:{USER}"
    assert described["Labels"]["org.opencontainers.image.title"] == image
    assert described["Labels"]["org.opencontainers.image.version"] == TAG
    assert described["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert described["StopSignal"] == "SIGTERM"
    assert len(described["Entrypoint"]) == 1
    ports = {"8080/tcp", "9090/tcp"} if image == "sealock-edge" else {"9443/tcp", "9080/tcp"}
    assert set(described["ExposedPorts"]) == ports
