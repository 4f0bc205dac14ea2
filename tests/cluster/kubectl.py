# SPDX-License-Identifier: Apache-2.0
"""`kubectl` in one namespace of the cluster that KUBECONFIG names."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

KUBECTL = Path(sys.executable).with_name("kubectl")


class KubectlFailed(Exception):
    """What kubectl said."""


class Kubectl:
    """Each method raises `KubectlFailed`."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    async def run(self, *arguments: str, given: str = "") -> str:
        """Run kubectl, with what it is given on its standard input. Returns what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(str(KUBECTL), "--namespace", self._namespace, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate(given.encode())
        if process.returncode:
            raise KubectlFailed(f"kubectl {' '.join(arguments[:3])}: {errors.decode()}")
        return output.decode()

    async def get(self, *arguments: str) -> dict[str, Any]:
        """Objects as the API has them."""
        return json.loads(await self.run("get", *arguments, "--output", "json"))

    async def apply(self, documents: Iterable[dict[str, Any]], *options: str) -> str:
        """Make or change objects."""
        return await self.run("apply", *options, "--filename", "-", given=yaml.safe_dump_all(list(documents)))

    async def minor_version(self) -> int:
        """1.x: the x of the server."""
        server = json.loads(await self.run("version", "--output", "json"))["serverVersion"]
        return int(server["gitVersion"].split(".")[1])

    async def secret_of(self, name: str, folder: Path) -> None:
        """Make a Secret of a folder's files, or change it to them."""
        made = await self.run(
            *("create", "secret", "generic", name, "--from-file", str(folder)), "--dry-run=client", "--output", "yaml"
        )
        await self.run("apply", "--filename", "-", given=made)

    async def rolled_out(self, name: str, seconds: int = 300, *, kind: str = "deployment") -> None:
        """Wait until the pods of a Deployment, or of another kind, are all there, ready and the newest."""
        await self.run("rollout", "status", f"{kind}/{name}", f"--timeout={seconds}s")

    async def pods(self, labels: str) -> list[str]:
        """The names of the pods that are ready and stay."""
        found = (await self.get("pods", "--selector", labels))["items"]
        return [
            pod["metadata"]["name"]
            for pod in found
            if "deletionTimestamp" not in pod["metadata"]
            and any(
                each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", ())
            )
        ]

    async def addresses(self, labels: str) -> list[str]:
        """Where pods are that stay and have been given an address."""
        found = (await self.get("pods", "--selector", labels))["items"]
        stay = [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]
        return [pod["status"]["podIP"] for pod in stay if "podIP" in pod["status"]]
