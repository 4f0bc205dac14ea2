# SPDX-License-Identifier: Apache-2.0
"""Every overlay with every component builds, and each document is one that Kubernetes knows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache

import jsonschema
import kubernetes_validate
import pytest

from tests.k8s import custom_resources, published_models
from tests.k8s.rendering import (
    COMPONENTS,
    K8S,
    ORIGINS,
    OVERLAYS,
    Document,
    build,
    components_of,
    overlay,
    with_component,
    words,
)

VERSIONS = ("1.31", "1.37")
"""The oldest release that the manifests are written for, and the newest whose schemas there are."""

ADDITIONS = [(name, component) for name in OVERLAYS for component in COMPONENTS if component not in components_of(name)]


def faults(documents: Iterable[Document]) -> list[str]:
    return [fault for document in documents for fault in faults_of(json.dumps(document, sort_keys=True))]


@cache
def faults_of(text: str) -> list[str]:
    """What is wrong with one document. Most are the same in several overlays, and each is judged once."""
    document, found = json.loads(text), []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            try:
                custom_resources.check(document)
                published_models.check(document)
            except (jsonschema.ValidationError, KeyError, ValueError) as error:
                found.append(f"{words(document)}: {error}")
        except kubernetes_validate.ValidationError as error:
            found.append(f"{words(document)} in {version}: {error}")
    return found


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_builds_and_is_valid(name):
    assert faults(overlay(name)) == []


@pytest.mark.parametrize(("name", "component"), ADDITIONS, ids=[f"{name}+{component}" for name, component in ADDITIONS])
def test_an_overlay_with_one_component_more_builds_and_is_valid(name, component, tmp_path):
    assert faults(with_component(name, component, tmp_path)) == []


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origin_needs_few_lines(origin):
    for file in (K8S / "origins" / origin).rglob("kustomization.yaml"):
        assert len(file.read_text().splitlines()) <= 20
    assert faults(build(K8S / "origins" / origin / "connector")) == []


def test_every_overlay_and_component_is_found():
    assert {"dev", "production", "staging"} <= set(OVERLAYS)
    assert {"mtls", "network-policies", "ingress"} <= set(COMPONENTS)


@pytest.mark.parametrize("kind", ["Deployment", "Service", "Certificate", "NetworkPolicy", "Ingress"])
def test_a_misspelt_field_is_found(kind):
    documents = overlay("production")
    broken = next(each for each in documents if each["kind"] == kind)
    broken["spec"]["misspelt"] = True
    assert any(words(broken) in fault for fault in faults(documents))
