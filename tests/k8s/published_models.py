# SPDX-License-Identifier: Apache-2.0
"""
Custom resources against what cert-manager and Prometheus's operator publish: models made of their definitions.

The models pass over fields that they do not know; what they have not kept of a document is therefore a fault as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

MODULES = {
    "cert-manager.io/v1": "cloudcoil.models.cert_manager.v1",
    "monitoring.coreos.com/v1": "cloudcoil.models.prometheus_operator.v1",
}


@cache
def _models(version: str) -> ModuleType:
    """Loaded when they are needed: that takes seconds."""
    return import_module(MODULES[version])


def check(document: dict[str, Any]) -> None:
    """Raises `ValueError`; whatever is of another group passes."""
    if document["apiVersion"] not in MODULES:
        return
    read = getattr(_models(document["apiVersion"]), document["kind"]).model_validate(document)
    kept = json.loads(read.model_dump_json(by_alias=True, exclude_unset=True))
    if unknown := list(_missing(document, kept, document["kind"])):
        raise ValueError(f"not in the published definition: {', '.join(unknown)}")


def _missing(document: Any, kept: Any, path: str) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name not in kept:
                yield f"{path}.{name}"
            else:
                yield from _missing(value, kept[name], f"{path}.{name}")
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from _missing(value, kept[number], f"{path}[{number}]")
