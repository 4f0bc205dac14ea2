# SPDX-License-Identifier: Apache-2.0
"""`kubectl` in one namespace of the cluster that KUBECONFIG names, and the manifests as older servers take them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.k8s.manifests import Document

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


NEWER_GROUPS = 25
"""The first minor version that takes the manifests as they are."""


def translated(documents: list[Document], minor: int) -> list[Document]:
    """The documents for a server of version 1.`minor`."""
    if minor >= NEWER_GROUPS:
        return documents
    return [_translated(document) for document in documents]


def _translated(document: Document) -> Document:
    kind, spec = document["kind"], document.get("spec", {})
    if kind == "HorizontalPodAutoscaler":
        document["apiVersion"] = "autoscaling/v2beta2"
    if kind == "PodDisruptionBudget":
        document["apiVersion"] = "policy/v1beta1"
        spec.pop("unhealthyPodEvictionPolicy", None)
    if kind == "Deployment":
        for container in spec["template"]["spec"]["containers"]:
            for probe in _grpc_probes(container):
                _ask_by_command(probe)
    return document


def _grpc_probes(container: Document) -> Iterator[Document]:
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        if "grpc" in container.get(name, {}):
            yield container[name]


def _ask_by_command(probe: Document) -> None:
    asked = probe.pop("grpc")
    command = ["python", "-m", "sealock_connector.healthy", f"127.0.0.1:{asked['port']}", asked.get("service", "")]
    probe["exec"] = {"command": command}
    # Starting an interpreter for each question takes long on a busy machine.
    probe["timeoutSeconds"] = 10
    probe["periodSeconds"] = max(probe["periodSeconds"], 5)
