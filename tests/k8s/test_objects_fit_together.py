# SPDX-License-Identifier: Apache-2.0
"""The documents of an overlay fit each other; and what does not fit is found, fault by fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.k8s.fitting import faults
from tests.k8s.manifests import (
    COMPONENTS,
    OVERLAYS,
    Document,
    components_of,
    container_of,
    named,
    overlay,
    pod_of,
    with_component,
)

OTHERS = sorted(set(COMPONENTS) - {"insecure", "ingress", "gateway-api", "mtls", "valkey"})


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlays_documents_fit_each_other(name):
    assert faults(overlay(name)) == []


@pytest.mark.parametrize("component", OTHERS)
def test_a_component_leaves_them_fitting(component, tmp_path):
    name = next(name for name in OVERLAYS if component not in components_of(name))
    assert faults(with_component(name, component, tmp_path)) == []


def edge(documents: list[Document]) -> Document:
    return named(documents, "Deployment", "edge")


def connector(documents: list[Document]) -> Document:
    return named(documents, "Deployment", "connector-guestbook")


def policy(documents: list[Document], name: str) -> Document:
    return named(documents, "NetworkPolicy", name)


BROKEN: dict[str, tuple[Callable[[list[Document]], object], str]] = {
    "a selector of two Deployments": (
        lambda all_: connector(all_)["spec"]["selector"]["matchLabels"].pop("app.kubernetes.io/instance"),
        "Deployment connector-guestbook selects the pods of",
    ),
    "a Service without pods": (
        lambda all_: named(all_, "Service", "edge")["spec"]["selector"].update({"app.kubernetes.io/name": "edge"}),
        "Service edge leads to 0 Deployments",
    ),
    "a port that is not there": (
        lambda all_: named(all_, "Service", "edge")["spec"]["ports"][0].update(targetPort="web"),
        "there is no port web",
    ),
    "a headless Service with another port": (
        lambda all_: named(all_, "Service", "connector-guestbook")["spec"]["ports"][0].update(port=443),
        "is headless",
    ),
    "a probe of another port": (
        lambda all_: container_of(connector(all_))["readinessProbe"]["grpc"].update(port=9443 + 1),
        "readinessProbe asks a port",
    ),
    "no probe": (lambda all_: container_of(edge(all_)).pop("startupProbe"), "has no startupProbe"),
    "a mount without a volume": (
        lambda all_: container_of(edge(all_))["volumeMounts"].append({"name": "cache", "mountPath": "/cache"}),
        "cache is not both",
    ),
    "a ConfigMap that is gone": (
        lambda all_: pod_of(edge(all_))["spec"]["volumes"][0]["configMap"].update(name="edge"),
        "there is no ConfigMap edge",
    ),
    "keys for a connector": (
        lambda all_: pod_of(connector(all_))["spec"]["volumes"][0]["secret"].update(secretName="edge-keys"),
        "has the Secret edge-keys",
    ),
    "a shared account": (
        lambda all_: pod_of(connector(all_))["spec"].update(serviceAccountName="edge"),
        "Deployments have the accounts",
    ),
    "a token": (
        lambda all_: pod_of(edge(all_))["spec"].update(automountServiceAccountToken=True),
        "gets the token",
    ),
    "a writable root": (
        lambda all_: container_of(edge(all_))["securityContext"].update(readOnlyRootFilesystem=False),
        "may do too much",
    ),
    "root": (lambda all_: pod_of(edge(all_))["spec"]["securityContext"].update(runAsUser=0), "another user"),
    "no limit": (lambda all_: container_of(edge(all_))["resources"]["limits"].pop("memory"), "what it needs"),
    "the host's network": (lambda all_: pod_of(edge(all_))["spec"].update(hostNetwork=True), "reaches into its host"),
    "a budget that lets nobody go": (
        lambda all_: named(all_, "PodDisruptionBudget", "edge")["spec"].update(maxUnavailable=0),
        "lets all pods go, or none",
    ),
    "a budget that lets all go": (
        lambda all_: named(all_, "PodDisruptionBudget", "connector-guestbook")["spec"].update(maxUnavailable=2),
        "lets all pods go, or none",
    ),
    "an autoscaler of nothing": (
        lambda all_: named(all_, "HorizontalPodAutoscaler", "edge")["spec"]["scaleTargetRef"].update(name="edges"),
        "scales nothing",
    ),
    "an autoscaled number": (lambda all_: edge(all_)["spec"].update(replicas=1), "that its autoscaler changes"),
    "a policy for nobody": (
        lambda all_: policy(all_, "edge")["spec"]["podSelector"]["matchLabels"].update({"app.kubernetes.io/name": "x"}),
        "is for no pods",
    ),
    "a policy about nobody": (
        lambda all_: policy(all_, "connectors")["spec"]["ingress"][0]["from"][0]["podSelector"]["matchLabels"].update(
            {"app.kubernetes.io/name": "x"}
        ),
        "speaks of pods that are not there",
    ),
    "a policy with another port": (
        lambda all_: policy(all_, "edge")["spec"]["egress"][0]["ports"][0].update(port=443),
        "has no port of [443]",
    ),
    "a way into private networks": (
        lambda all_: policy(all_, "connectors")["spec"]["egress"][0]["to"][0]["ipBlock"].pop("except"),
        "lets pods to 10.0.0.1",
    ),
    "a way out in plaintext": (
        lambda all_: policy(all_, "connectors")["spec"]["egress"][0]["ports"].append({"protocol": "TCP", "port": 80}),
        "lets pods out to [443, 80]",
    ),
    "the internal listener made public": (
        lambda all_: named(all_, "Service", "edge")["spec"]["ports"][0].update(targetPort="internal"),
        "does not lead to the public listener",
    ),
    "another host": (
        lambda all_: named(all_, "Ingress", "edge")["spec"]["rules"][0].update(host="other.example.com"),
        "is for another host",
    ),
    "a namespace for any pods": (
        lambda all_: named(all_, "Namespace", "sealock")["metadata"]["labels"].clear(),
        "does not ask for restricted pods",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_does_not_fit_is_found(case):
    break_it, expected = BROKEN[case]
    documents = overlay("production")
    break_it(documents)
    assert any(expected in fault for fault in faults(documents))
