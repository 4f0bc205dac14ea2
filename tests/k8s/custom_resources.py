# SPDX-License-Identifier: Apache-2.0
"""The shapes of the custom resources that the manifests use, closed, so that a misspelt field is found."""

from __future__ import annotations

from typing import Any

import jsonschema

LOOKED_AT_ELSEWHERE = ("monitoring.coreos.com",)
"""Groups whose resources only the published models and other tests judge."""

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


def check(document: dict[str, Any]) -> None:
    """Raises `jsonschema.ValidationError`, and `KeyError` for a kind that nobody knows."""
    if document["apiVersion"].partition("/")[0] in LOOKED_AT_ELSEWHERE:
        return
    jsonschema.validate(document["spec"], SPECS[document["apiVersion"], document["kind"]])
