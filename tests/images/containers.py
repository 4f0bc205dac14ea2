# SPDX-License-Identifier: Apache-2.0
"""Edges and connectors run as containers, as confined as a cluster confines them."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

from sealock_devkit.stack.process import Process
from sealock_devkit.stack.programs import SEALOCK, Programs
from sealock_devkit.stack.stack import Stack

TAG = os.environ.get("SEALOCK_TEST_IMAGES", "")
USER = 10001
ORIGINS = tuple(sorted(entry_points(group="sealock.origins").names))
CONFINED = (
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=512m",
    "--pids-limit=128",
    "--tmpfs=/tmp:size=64m,mode=1777",
)
DOCKER = shutil.which("docker") or "docker"
ENGINE = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}


async def docker(*arguments: str, fails: bool = False) -> str:
    """What a docker command printed."""
    running = await asyncio.create_subprocess_exec(
        DOCKER, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await running.communicate()
    text = output.decode(errors="replace").strip()
    assert bool(running.returncode) == fails, text
    return text


async def inside(image: str, program: str) -> str:
    """What a Python program prints inside of an image."""
    return await docker(
        "run", "--rm", "--network=none", *CONFINED, "--entrypoint=python", f"{image}:{TAG}", "-c", program
    )


class ContainedPrograms(Programs):
    """Programs of a stack whose edges and connectors are containers on this machine's network."""

    def process(self, name: str, command: Sequence[str]) -> Process:
        """The same program, from its image."""
        assert command[0] == SEALOCK
        if command[1] == "connector":
            image, arguments = f"sealock-connector-{command[2]}", command[3:]
        else:
            image, arguments = "sealock-edge", command[1:]
        folder = self.log(name).parent.parent
        written = folder / "guestbook"
        run = [
            *(DOCKER, "run", "--rm", "--network=host", *CONFINED, "--env=SEALOCK_CONNECTOR_HEALTH_LISTEN=127.0.0.1:0"),
            *(f"--volume={folder}:{folder}:ro", f"--volume={written}:{written}"),
            *(f"{image}:{TAG}", *arguments),
        ]
        return Process(name, run, log=self.log(name), environment=ENGINE)


class ContainedStack(Stack):
    """A stack of containers. What they read is given to their user before they start."""

    def _make_programs(self):
        zendesk = super()._make_programs()
        give(self.folder)
        return zendesk


def give(folder: Path) -> None:
    """Let the images' user read and write all of a folder."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER)
