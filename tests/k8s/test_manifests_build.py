# SPDX-License-Identifier: Apache-2.0
"""Every overlay with every component builds, and each document is one that whoever defines its kind knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import cache
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from tests.k8s.custom_resources import check_published, check_shape
from tests.k8s.manifests import (
    COMPONENTS,
    K8S,
    ORIGINS,
    OVERLAYS,
    Document,
    build,
    components_of,
    named,
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
                check_shape(document)
                check_published(document)
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


@pytest.fixture(scope="module")
def documents(tmp_path_factory) -> list[Document]:
    return with_component("production", "monitoring", tmp_path_factory.mktemp("monitoring"))


def certificate(documents: list[Document]) -> Document:
    return named(documents, "Certificate", "edge-tls")


def monitor(documents: list[Document]) -> Document:
    return named(documents, "ServiceMonitor", "sealock-edge")


def rule(documents: list[Document]) -> Document:
    return named(documents, "PrometheusRule", "sealock")


def _changed(**values: Any) -> Callable[[Document], None]:
    return lambda document: document["spec"].update(values)


FAULTS: list[tuple[Callable[[list[Document]], Document], Callable[[Document], None], str]] = [
    (certificate, _changed(secretNam="x"), "Certificate.spec.secretNam"),
    (certificate, _changed(issuerRef={"kind": "Issuer"}), "issuerRef.name"),
    (certificate, _changed(usages=["clientauth"]), "usages"),
    (certificate, _changed(privateKey={"algorithm": "DSA"}), "privateKey.algorithm"),
    (monitor, lambda document: document["spec"]["endpoints"][0].update(intervall="15s"), "intervall"),
    (monitor, lambda document: document["spec"]["endpoints"][0].update(interval="often"), "interval"),
    (rule, lambda document: document["spec"]["groups"][0]["rules"][0].update(four="5m"), "four"),
    (rule, lambda document: document["spec"]["groups"][0].pop("name"), "name"),
]


@pytest.mark.parametrize(("chosen", "broken", "where"), FAULTS)
def test_a_fault_is_found_and_its_place_is_named(chosen, broken, where, documents):
    document = deepcopy(chosen(documents))
    check_published(document)
    broken(document)
    with pytest.raises(ValueError, match=where):
        check_published(document)
