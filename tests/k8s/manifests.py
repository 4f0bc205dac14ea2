# SPDX-License-Identifier: Apache-2.0
"""The manifests: what kustomize makes of them, as documents, and the programs beside them, which make Secrets."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
KUBECTL = Path(sys.executable).with_name("kubectl")
Document = dict[str, Any]

OVERLAYS = sorted(path.parent.name for path in K8S.glob("overlays/*/kustomization.yaml"))
COMPONENTS = sorted(path.parent.name for path in K8S.glob("components/*/kustomization.yaml"))
ORIGINS = sorted(path.parent.name for path in K8S.glob("origins/*/kustomization.yaml"))


class DoesNotBuild(Exception):
    """Kustomize's own words."""


def build(folder: Path) -> list[Document]:
    """The documents of a kustomization. Raises `DoesNotBuild`."""
    built = subprocess.run([KUBECTL, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if built.returncode:
        raise DoesNotBuild(built.stderr)
    return [document for document in yaml.load_all(built.stdout, yaml.CSafeLoader) if document]


@cache
def _overlay(name: str) -> list[Document]:
    return build(K8S / "overlays" / name)


def overlay(name: str) -> list[Document]:
    """The documents of an overlay, as they would be applied; a copy to be changed at will."""
    return copy.deepcopy(_overlay(name))


def components_of(name: str) -> set[str]:
    """The components that an overlay has already."""
    text = (K8S / "overlays" / name / "kustomization.yaml").read_text()
    return {Path(path).name for path in yaml.safe_load(text)["components"] if "/components/" in path}


def with_component(name: str, component: str, folder: Path) -> list[Document]:
    """The documents of an overlay with one component more."""
    here = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(K8S / "overlays" / name, folder.resolve())],
        "components": [os.path.relpath(K8S / "components" / component, folder.resolve())],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(here))
    return build(folder)


def of_kind(documents: Iterable[Document], *kinds: str) -> Iterator[Document]:
    """The documents of these kinds."""
    return (document for document in documents if document["kind"] in kinds)


def named(documents: Iterable[Document], kind: str, name: str) -> Document:
    """One document."""
    return next(each for each in of_kind(documents, kind) if each["metadata"]["name"] == name)


def pod_of(deployment: Document) -> Document:
    """A Deployment's pod: its labels and its spec."""
    return deployment["spec"]["template"]


def container_of(deployment: Document) -> Document:
    """The only container of a Deployment's pods."""
    (container,) = pod_of(deployment)["spec"]["containers"]
    return container


def words(document: Document) -> str:
    """How a fault names the document."""
    return f"{document['kind']} {document['metadata']['name']}"


def make(script: str, *arguments: object) -> None:
    """Run a program beside the manifests; raises `CalledProcessError` if it fails."""
    subprocess.run([K8S / script, *map(str, arguments)], check=True, capture_output=True)
