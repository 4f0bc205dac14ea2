# SPDX-License-Identifier: Apache-2.0
"""The manifests as an API server of Kubernetes 1.20 takes them; what it cannot do is left out, or done another way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

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
