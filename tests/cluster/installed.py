# SPDX-License-Identifier: Apache-2.0
"""The production overlay in a cluster; origins and the local Zendesk outside of it, on this machine."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sealock_devkit.stack.process import free_port
from sealock_devkit.stack.programs import Programs, run_once
from sealock_devkit.stack.zendesk_client import ZendeskClient
from tests.cluster import valkey
from tests.cluster.kubectl import Kubectl, translated
from tests.cluster.origins import Facebook, Guestbook
from tests.cluster.way_in import WayIn
from tests.k8s.manifests import Document, container_of, make, of_kind, overlay

NAMESPACE = "sealock-test"
REGISTRY = os.environ.get("SEALOCK_TEST_CLUSTER_REGISTRY", "")
"""What stands before the images' names, with a slash at its end; empty: the node has them already."""
ORIGIN = "guestbook"
"""The one that is put under load."""
ORIGINS = sorted(
    name.removeprefix("connector-")
    for name in (each["metadata"]["name"] for each in of_kind(overlay("production"), "Deployment"))
    if name.startswith("connector-")
)
"""Those that production has."""
DEPLOYMENTS = ("edge", *(f"connector-{origin}" for origin in ORIGINS))
CERTIFIED = (*DEPLOYMENTS, "valkey")
LEFT_OUT = ("cert-manager.io", "gateway.networking.k8s.io", "monitoring.coreos.com")
"""Groups that a cluster need not have; certificates are made with openssl instead."""
EDGES = "app.kubernetes.io/name=sealock-edge"


def connectors_of(origin: str) -> str:
    """The labels of an origin's connectors."""
    return f"app.kubernetes.io/name=sealock-connector,app.kubernetes.io/instance={origin}"


class Installed:
    """A system in the cluster. Use it as an async context manager: the namespace is removed afterwards."""

    def __init__(self, folder: Path, host: str) -> None:
        """`host` is the address under which pods reach this machine."""
        self.folder, self.host = folder, host
        self.kubectl = Kubectl(NAMESPACE)
        self.keys, self.certificates = folder / "keys", folder / "certificates"
        self.guestbook, self.facebook = Guestbook(host), Facebook(host)
        self.way_in = WayIn(free_port())
        self.account = 0
        self._zendesk_server = Programs(folder, trust=None, on_zendesk_line=None).zendesk(0, 3600, ())
        self._zendesk: ZendeskClient | None = None
        self._cleanup = AsyncExitStack()

    @property
    def zendesk(self) -> ZendeskClient:
        """What administrators and agents do."""
        assert self._zendesk is not None
        return self._zendesk

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
        """The production overlay, for this namespace, this place and this server."""
        chosen = [each for each in overlay("production") if not each["apiVersion"].startswith(LEFT_OUT)]
        for document in chosen:
            self._put_here(document)
        return translated(chosen, minor)

    def manifest_url(self, origin: str) -> str:
        """Where Zendesk finds an origin's integration."""
        return f"{self.way_in.url}/{origin}/manifest.json"

    async def renew_certificates(self) -> None:
        """Make new ones of the same authority, and change the Secrets to them."""
        await asyncio.to_thread(make, "make-certificates", self.certificates, *CERTIFIED)
        for name in CERTIFIED:
            await self.kubectl.secret_of(f"{name}-tls", self.certificates / f"{name}-tls")

    async def share_keys(self) -> None:
        """Change the Secret to what the folder of keys has."""
        await self.kubectl.secret_of("edge-keys", self.keys)

    async def scale(self, origin: str, replicas: int) -> None:
        """Have so many connectors of an origin, and wait for it."""
        await self.kubectl.run("scale", f"deployment/connector-{origin}", f"--replicas={replicas}")
        async with asyncio.timeout(120):
            while len(await self.kubectl.pods(connectors_of(origin))) != replicas:  # noqa: ASYNC110 - it happens in the cluster
                await asyncio.sleep(1)

    async def _start(self) -> None:
        (self.folder / "logs").mkdir()
        await self._start_outside()
        kubectl = self.kubectl
        documents = self.documents(await kubectl.minor_version())
        namespace = [each for each in documents if each["kind"] == "Namespace"]
        self._cleanup.push_async_callback(kubectl.run, "delete", "namespace", NAMESPACE, "--ignore-not-found")
        await kubectl.apply(namespace)
        await run_once("keys", "new", str(self.keys))
        await self.share_keys()
        await self.renew_certificates()
        for name in ("facebook-app", "instagram-app"):
            await kubectl.secret_of(name, self.folder / name)
        await valkey.make_users(kubectl, self.folder / "valkey-users")
        if await valkey.make_volume(kubectl, self.folder / "valkey"):
            self._cleanup.push_async_callback(kubectl.run, "delete", "persistentvolume", valkey.VOLUME, "--wait=false")
        await kubectl.apply(documents)
        await kubectl.rolled_out("valkey", kind="statefulset")
        for deployment in DEPLOYMENTS:
            await kubectl.rolled_out(deployment)
        service = await kubectl.get("service", "edge")
        await self.way_in.open(service["spec"]["clusterIP"], 80)
        self._cleanup.push_async_callback(self.way_in.close)
        await self._first_tickets()

    async def _start_outside(self) -> None:
        for origin in (self.guestbook, self.facebook):
            place = self.folder / origin.name
            place.mkdir()
            self._cleanup.push_async_callback(origin.stop)
            await origin.start(place)
        self.facebook.write_app(self.folder)
        process = self._zendesk_server.process
        await process.start()
        self._cleanup.push_async_callback(process.stop)
        await process.ready(self._zendesk_server.answers)
        self._zendesk = await self._cleanup.enter_async_context(ZendeskClient(self._zendesk_server.url))

    async def _first_tickets(self) -> None:
        for number in range(3):
            await self.guestbook.write_comment(f"Visitor {number}", f"Question {number}")
        integration = await self.zendesk.install(self.manifest_url(ORIGIN))
        self.account = await self.zendesk.add_account(integration, self.guestbook.account_answers)
        await self.zendesk.pull(self.account)

    def _put_here(self, document: Document) -> None:
        metadata, kind = document["metadata"], document["kind"]
        name = metadata["name"]
        if kind == "Namespace":
            metadata["name"] = NAMESPACE
        elif "namespace" in metadata:
            metadata["namespace"] = NAMESPACE
        if kind == "ConfigMap" and name.startswith("edge-settings"):
            document["data"] |= {
                "SEALOCK_EDGE_PUBLIC_URL": self.way_in.url,
                "SEALOCK_EDGE_ZENDESK_SUBDOMAINS": "*",
                "SEALOCK_EDGE_ZENDESK_DEVELOPMENT_ORIGINS": self._zendesk_server.url,
            }
        if kind == "ConfigMap" and name.startswith("connector-"):
            document["data"]["SEALOCK_CONNECTOR_ALLOW_NETWORK"] = f"{self.host}/32"
        if kind == "StatefulSet":
            valkey.put_here(document)
        if kind == "Deployment":
            container = container_of(document)
            container["image"] = REGISTRY + container["image"].rpartition("/")[2]
            container["imagePullPolicy"] = "IfNotPresent"
            if name == "connector-facebook":
                container["args"] += self.facebook.places
