# SPDX-License-Identifier: Apache-2.0
"""The published models find what is wrong with a custom resource."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.k8s import published_models
from tests.k8s.rendering import Document, named, with_component


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
    published_models.check(document)
    broken(document)
    with pytest.raises(ValueError, match=where):
        published_models.check(document)
