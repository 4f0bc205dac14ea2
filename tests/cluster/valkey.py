# SPDX-License-Identifier: Apache-2.0
"""What Valkey in the cluster needs beside its manifest: users, an image that is there, and a volume."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.cluster.kubectl import Kubectl
from tests.k8s.manifests import ORIGINS, Document, container_of, make

IMAGE = os.environ.get("SEALOCK_TEST_CLUSTER_VALKEY", "")
"""An image of Valkey that the nodes have or find; empty: the manifest's."""
VOLUME = "sealock-test-valkey"


def put_here(stateful_set: Document) -> None:
    """Change the StatefulSet to an image that is there."""
    container = container_of(stateful_set)
    container["image"] = IMAGE or container["image"]
    container["imagePullPolicy"] = "IfNotPresent"


async def make_users(kubectl: Kubectl, folder: Path) -> None:
    """Make Valkey's Secret and those of the edge and connectors from what the script writes."""
    await asyncio.to_thread(make, "make-valkey-users", folder, "edge", *ORIGINS)
    for name in ("valkey-users", "edge-valkey", *(f"connector-{origin}-valkey" for origin in ORIGINS)):
        await kubectl.secret_of(name, folder / name)


async def make_volume(kubectl: Kubectl, folder: Path) -> bool:
    """Where the cluster makes no volumes itself, give it a folder of this machine, which then has to be the node."""
    if (await kubectl.get("storageclasses"))["items"]:
        return False
    await kubectl.apply([_volume_in(folder)])
    return True


def _volume_in(folder: Path) -> Document:
    folder.mkdir()
    folder.chmod(0o777)  # whoever the pod is
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "hostPath": {"path": str(folder)},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": VOLUME}, "spec": spec}
