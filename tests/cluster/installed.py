# SPDX-License-Identifier: Apache-2.0
"""The production overlay in a cluster; the guestbook and the local Zendesk outside of it, on this machine."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sealock_devkit.origins.guestbook.scene import OriginScene
from sealock_devkit.stack.desk import Desk
from sealock_devkit.stack.ports import free_port
from sealock_devkit.stack.programs import Programs, run_once
from tests.cluster.kubectl import Kubectl
from tests.cluster.older_servers import translated
from tests.cluster.way_in import WayIn
from tests.k8s.rendering import K8S, Document, overlay

NAMESPACE = "sealock-test"
REGISTRY = os.environ.get("SEALOCK_TEST_CLUSTER_REGISTRY", "")
"""What stands before the images' names, with a slash at its end; empty: the node has them already."""
ORIGIN = "guestbook"
LEFT_OUT = ("cert-manager.io", "gateway.networking.k8s.io", "monitoring.coreos.com")
"""Groups that a cluster need not have; certificates are made with openssl instead."""
EDGES = "app.kubernetes.io/name=sealock-edge"
CONNECTORS = "app.kubernetes.io/name=sealock-connector"


class Guestbook(OriginScene):
    """A guestbook that pods reach, too."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._address = f"{host}:{free_port()}"


class Installed:
    """A system in the cluster. Use it as an async context manager: the namespace is removed afterwards."""

    def __init__(self, folder: Path, host: str) -> None:
        """`host` is the address under which pods reach this machine."""
        self.folder, self.host = folder, host
        self.kubectl = Kubectl(NAMESPACE)
        self.keys, self.certificates = folder / "keys", folder / "certificates"
        self.guestbook = Guestbook(host)
        self.way_in = WayIn(free_port())
        self.account = 0
        self._zendesk = Programs(folder, trust=None, on_zendesk_line=None).zendesk(0, 3600, ())
        self._desk: Desk | None = None
        self._cleanup = AsyncExitStack()

    @property
    def desk(self) -> Desk:
        """What administrators and agents do."""
        assert self._desk is not None
        return self._desk

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._cleanup.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._cleanup.aclose()

    def documents(self, minor: int) -> list[Document]:
        """The production overlay with one origin, for this namespace, this place and this server."""
        chosen = [each for each in overlay("production") if _is_wanted(each)]
        for document in chosen:
            self._put_here(document)
        return translated(chosen, minor)

    async def renew_certificates(self) -> None:
        """Make new ones of the same authority, and change the Secrets to them."""
        names = ("edge", f"connector-{ORIGIN}")
        made = await asyncio.create_subprocess_exec(
            K8S / "make-certificates", self.certificates, *names, stdout=asyncio.subprocess.DEVNULL
        )
        assert await made.wait() == 0
        for name in names:
            await self.kubectl.secret_of(f"{name}-tls", self.certificates / f"{name}-tls")

    async def share_keys(self) -> None:
        """Change the Secret to what the folder of keys has."""
        await self.kubectl.secret_of("edge-keys", self.keys)

    async def _start(self) -> None:
        (self.folder / "logs").mkdir()
        kubectl = self.kubectl
        documents = self.documents(await kubectl.minor_version())
        namespace = [each for each in documents if each["kind"] == "Namespace"]
        self._cleanup.push_async_callback(kubectl.run, "delete", "namespace", NAMESPACE, "--ignore-not-found")
        await kubectl.apply(namespace)
        await run_once("keys", "new", str(self.keys))
        await self.share_keys()
        await self.renew_certificates()
        await kubectl.apply(documents)
        await self._start_outside()
        for deployment in ("edge", f"connector-{ORIGIN}"):
            await kubectl.rolled_out(deployment)
        service = await kubectl.get("service", "edge")
        await self.way_in.open(service["spec"]["clusterIP"])
        self._cleanup.push_async_callback(self.way_in.close)
        await self._first_tickets()

    async def _start_outside(self) -> None:
        place = self.folder / ORIGIN
        place.mkdir()
        self._cleanup.push_async_callback(self.guestbook.stop)
        await self.guestbook.start(place)
        process = self._zendesk.process
        await process.start()
        self._cleanup.push_async_callback(process.stop)
        await process.ready(self._zendesk.answers)
        self._desk = await self._cleanup.enter_async_context(Desk(self._zendesk.url))

    async def _first_tickets(self) -> None:
        for number in range(3):
            await self.guestbook.write_comment(f"Visitor {number}", f"Question {number}")
        integration = await self.desk.install(f"{self.way_in.url}/{ORIGIN}/manifest.json")
        self.account = await self.desk.add_account(integration, self.guestbook.account_answers)
        await self.desk.pull(self.account)

    def _put_here(self, document: Document) -> None:
        metadata, kind = document["metadata"], document["kind"]
        if kind == "Namespace":
            metadata["name"] = NAMESPACE
        elif "namespace" in metadata:
            metadata["namespace"] = NAMESPACE
        if kind == "ConfigMap":
            self._settings(metadata["name"], document["data"])
        if kind == "Deployment":
            (container,) = document["spec"]["template"]["spec"]["containers"]
            container["image"] = REGISTRY + container["image"].rpartition("/")[2]
            container["imagePullPolicy"] = "IfNotPresent"

    def _settings(self, name: str, data: dict[str, str]) -> None:
        if name.startswith("edge-settings"):
            data |= {
                "SEALOCK_EDGE_PUBLIC_URL": self.way_in.url,
                "SEALOCK_EDGE_ZENDESK_DEVELOPMENT_ORIGINS": self._zendesk.url,
            }
            for other in [each for each in data if re.search(r"_INTEGRATIONS_(?!GUESTBOOK)", each)]:
                del data[other]
        elif name.startswith("connector-"):
            data["SEALOCK_CONNECTOR_ALLOW_NETWORK"] = f"{self.host}/32"
        else:
            for file in [each for each in data if each not in ("edge.toml", f"{ORIGIN}.toml")]:
                del data[file]


def _is_wanted(document: dict[str, Any]) -> bool:
    name = document["metadata"]["name"]
    other_origin = name.startswith("connector-") and not name.startswith(f"connector-{ORIGIN}")
    return not other_origin and not document["apiVersion"].startswith(LEFT_OUT)
