# SPDX-License-Identifier: Apache-2.0
"""
Custom resources: their shapes as the manifests use them, and what their makers publish.

The shapes are closed, so that a misspelt field is found. Models made of what cert-manager and Prometheus's operator
publish pass over fields that they do not know; what they have not read of a document is therefore a fault as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import jsonschema

LOOKED_AT_ELSEWHERE = ("monitoring.coreos.com",)
"""Groups whose resources only the published models and other tests judge."""

MODULES = {
    "cert-manager.io/v1": "cloudcoil.models.cert_manager.v1",
    "monitoring.coreos.com/v1": "cloudcoil.models.prometheus_operator.v1",
}

_TEXT = {"type": "string", "minLength": 1}
_HOURS = {"type": "string", "pattern": r"^[1-9][0-9]*h$"}
_NAMES = {"type": "array", "items": {"type": "string", "pattern": r"^[a-z0-9][a-z0-9.-]*$"}, "minItems": 1}
_USAGES = {"enum": ["client auth", "server auth", "digital signature", "key encipherment", "cert sign"]}


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


SPECS: dict[tuple[str, str], dict[str, Any]] = {
    ("cert-manager.io/v1", "Issuer"): {
        "oneOf": [
            _closed({"selfSigned": _closed({})}, "selfSigned"),
            _closed({"ca": _closed({"secretName": _TEXT}, "secretName")}, "ca"),
        ]
    },
    ("cert-manager.io/v1", "Certificate"): _closed(
        {
            "isCA": {"type": "boolean"},
            "commonName": {"type": "string", "maxLength": 64},
            "secretName": _TEXT,
            "dnsNames": _NAMES,
            "usages": {"type": "array", "items": _USAGES},
            "duration": _HOURS,
            "renewBefore": _HOURS,
            "privateKey": _closed(
                {
                    "algorithm": {"enum": ["RSA", "ECDSA", "Ed25519"]},
                    "size": {"enum": [256, 384, 521]},
                    "rotationPolicy": {"enum": ["Never", "Always"]},
                }
            ),
            "issuerRef": _closed({"kind": {"enum": ["Issuer", "ClusterIssuer"]}, "name": _TEXT}, "kind", "name"),
        },
        "secretName",
        "issuerRef",
    ),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): _closed(
        {
            "parentRefs": {
                "type": "array",
                "items": _closed({"name": _TEXT, "namespace": _TEXT, "sectionName": _TEXT}, "name"),
            },
            "hostnames": _NAMES,
            "rules": {
                "type": "array",
                "items": _closed(
                    {
                        "matches": {
                            "type": "array",
                            "items": _closed({"path": _closed({"type": {"enum": ["PathPrefix"]}, "value": _TEXT})}),
                        },
                        "timeouts": _closed({"request": {"type": "string", "pattern": r"^[0-9]{1,5}s$"}}),
                        "backendRefs": {
                            "type": "array",
                            "items": _closed({"name": _TEXT, "port": {"type": "integer"}}, "name", "port"),
                        },
                    }
                ),
            },
        },
        "parentRefs",
        "rules",
    ),
}


def check_shape(document: dict[str, Any]) -> None:
    """Raises `jsonschema.ValidationError`, and `KeyError` for a kind that nobody knows."""
    if document["apiVersion"].partition("/")[0] in LOOKED_AT_ELSEWHERE:
        return
    jsonschema.validate(document["spec"], SPECS[document["apiVersion"], document["kind"]])


@cache
def _models(version: str) -> ModuleType:
    """Loaded when they are needed: that takes seconds."""
    return import_module(MODULES[version])


def check_published(document: dict[str, Any]) -> None:
    """Raises `ValueError`; whatever is of another group passes."""
    if document["apiVersion"] not in MODULES:
        return
    read = getattr(_models(document["apiVersion"]), document["kind"]).model_validate(document)
    read_back = json.loads(read.model_dump_json(by_alias=True, exclude_unset=True))
    if unknown := list(_missing(document, read_back, document["kind"])):
        raise ValueError(f"not in the published definition: {', '.join(unknown)}")


def _missing(document: Any, read_back: Any, path: str) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name not in read_back:
                yield f"{path}.{name}"
            else:
                yield from _missing(value, read_back[name], f"{path}.{name}")
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from _missing(value, read_back[number], f"{path}[{number}]")
