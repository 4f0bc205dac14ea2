# SPDX-License-Identifier: Apache-2.0
"""What schemas cannot see: whether the documents of one overlay fit each other. Each check yields sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from tests.k8s.manifests import Document, container_of, named, of_kind, pod_of, words

LABELS_FROM_OUTSIDE = ("sealock/calls", "sealock/reaches")
"""Labels that pods and namespaces outside of the manifests are given to be let in."""
MAY_BE_ELSEWHERE = {"app.kubernetes.io/name": "valkey"}
"""Pods of a component that a place need not have."""
WORKLOADS = ("Deployment", "StatefulSet")
NOT_OUTSIDE = (
    *("0.0.0.1", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "168.63.129.16", "169.254.169.254"),
    *("172.16.0.1", "192.0.0.192", "192.168.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1", "2002:a00:1::"),
)
"""Addresses of networks that are nobody's on the internet, those of the clouds' metadata among them."""
_LABEL = re.compile(r"metadata\.labels\['(.+)'\]")
_VARIABLE = re.compile(r"\$\(([A-Z_]+)\)")


def faults(documents: list[Document]) -> list[str]:
    """Everything that does not fit."""
    checks = (selectors, services, probes, volumes, identities, restrictions, budgets, autoscalers, policies, ways_in)
    return [fault for check in checks for fault in check(documents)]


def selectors(documents: list[Document]) -> Iterator[str]:
    """A workload selects its own pods and no other's."""
    for deployment in of_kind(documents, *WORKLOADS):
        selected = [words(other) for other in _selected(documents, deployment["spec"]["selector"]["matchLabels"])]
        if selected != [words(deployment)]:
            yield f"{words(deployment)} selects the pods of {selected}"
        for spread in pod_of(deployment)["spec"].get("topologySpreadConstraints", ()):
            if spread["labelSelector"]["matchLabels"] != deployment["spec"]["selector"]["matchLabels"]:
                yield f"{words(deployment)} spreads other pods than its own"


def services(documents: list[Document]) -> Iterator[str]:
    """A Service leads to the pods of one workload, to a port that they have."""
    for service in of_kind(documents, "Service"):
        found = _selected(documents, service["spec"]["selector"])
        if len(found) != 1:
            yield f"{words(service)} leads to {len(found)} Deployments"
        for deployment in found:
            for port in service["spec"]["ports"]:
                if port["targetPort"] not in _ports(deployment):
                    yield f"{words(service)}: there is no port {port['targetPort']}"
                if service["spec"].get("clusterIP") == "None" and _ports(deployment).get(port["targetPort"]) not in (
                    port["port"],
                    None,
                ):
                    yield f"{words(service)} is headless, so that its port has to be the container's"


def probes(documents: list[Document]) -> Iterator[str]:
    """There are three probes, and they ask ports that are there."""
    for deployment in of_kind(documents, *WORKLOADS):
        ports = _ports(deployment)
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = container_of(deployment).get(kind)
            if probe is None:
                yield f"{words(deployment)} has no {kind}"
                continue
            if "exec" in probe:
                continue
            port = probe["httpGet"]["port"] if "httpGet" in probe else probe["grpc"]["port"]
            if port not in ports and port not in ports.values():
                yield f"{words(deployment)}: {kind} asks a port that is not there: {port}"


def volumes(documents: list[Document]) -> Iterator[str]:
    """What is mounted is a volume, what is a volume is mounted, and its source is there."""
    maps = {each["metadata"]["name"] for each in of_kind(documents, "ConfigMap")}
    for deployment in of_kind(documents, *WORKLOADS):
        container, spec = container_of(deployment), pod_of(deployment)["spec"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        claimed = deployment["spec"].get("volumeClaimTemplates", ())
        there = {volume["name"] for volume in spec["volumes"]} | {each["metadata"]["name"] for each in claimed}
        for name in mounted ^ there:
            yield f"{words(deployment)}: {name} is not both a volume and mounted"
        used = [source["configMapRef"]["name"] for source in container.get("envFrom", ())]
        used += [volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume]
        for name in set(used) - maps:
            yield f"{words(deployment)}: there is no ConfigMap {name}"
        for name in secrets_of(deployment):
            if name not in secrets_expected(deployment):
                yield f"{words(deployment)} has the Secret {name}, which is not its own"


def identities(documents: list[Document]) -> Iterator[str]:
    """Each workload has an account of its own, without a token."""
    accounts = {each["metadata"]["name"]: each for each in of_kind(documents, "ServiceAccount")}
    names = [pod_of(each)["spec"].get("serviceAccountName") for each in of_kind(documents, *WORKLOADS)]
    if len(set(names)) != len(names) or set(names) != set(accounts):
        yield f"Deployments have the accounts {names}, and there are {sorted(accounts)}"
    tokens = [*accounts.values(), *(pod_of(each)["spec"] for each in of_kind(documents, *WORKLOADS))]
    if any(each.get("automountServiceAccountToken") is not False for each in tokens):
        yield "a pod gets the token of its account"


def restrictions(documents: list[Document]) -> Iterator[str]:
    """The pods keep the Pod Security Standard `restricted`, and the namespace asks for it."""
    for namespace in of_kind(documents, "Namespace"):
        if namespace["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{words(namespace)} does not ask for restricted pods"
    for deployment in of_kind(documents, *WORKLOADS):
        spec, container = pod_of(deployment)["spec"], container_of(deployment)
        about_pod, about_container = spec["securityContext"], container["securityContext"]
        wanted = {"runAsNonRoot": True, "runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001}
        if not wanted.items() <= about_pod.items() or about_pod["seccompProfile"] != {"type": "RuntimeDefault"}:
            yield f"{words(deployment)} may run as another user"
        if about_container != {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }:
            yield f"{words(deployment)}: its container may do too much"
        if {"hostNetwork", "hostPID", "hostIPC"} & set(spec) or any("hostPath" in each for each in spec["volumes"]):
            yield f"{words(deployment)} reaches into its host"
        if (
            not {"cpu", "memory"} <= set(container["resources"]["requests"])
            or "memory" not in (container["resources"]["limits"])
        ):
            yield f"{words(deployment)} does not say what it needs"


def budgets(documents: list[Document]) -> Iterator[str]:
    """A budget leaves at least one pod and lets at least one go."""
    for budget in of_kind(documents, "PodDisruptionBudget"):
        found = _selected(documents, budget["spec"]["selector"]["matchLabels"])
        if len(found) != 1:
            yield f"{words(budget)} is for {len(found)} Deployments"
        for deployment in found:
            if not 0 < budget["spec"]["maxUnavailable"] < _replicas(documents, deployment):
                yield f"{words(budget)} lets all pods go, or none"


def autoscalers(documents: list[Document]) -> Iterator[str]:
    """An autoscaler scales a Deployment that does not say its own number, by what its pods request."""
    for autoscaler in of_kind(documents, "HorizontalPodAutoscaler"):
        target, spec = autoscaler["spec"]["scaleTargetRef"], autoscaler["spec"]
        found = [each for each in of_kind(documents, target["kind"]) if each["metadata"]["name"] == target["name"]]
        if not found:
            yield f"{words(autoscaler)} scales nothing"
        if spec["minReplicas"] < 2 or spec["minReplicas"] > spec["maxReplicas"]:
            yield f"{words(autoscaler)} has wrong bounds"
        for deployment in found:
            if "replicas" in deployment["spec"]:
                yield f"{words(deployment)} says a number that its autoscaler changes"


def policies(documents: list[Document]) -> Iterator[str]:
    """Policies are for pods that are there, and name ports that these have; nothing leaves but what has to."""
    for policy in of_kind(documents, "NetworkPolicy"):
        pods = _selected(documents, policy["spec"]["podSelector"].get("matchLabels", {}))
        if not pods:
            yield f"{words(policy)} is for no pods"
        for rule in policy["spec"].get("ingress", ()):
            for port in rule["ports"]:
                if any(port["port"] not in _ports(each) for each in pods):
                    yield f"{words(policy)}: there is no port {port['port']}"
        for rule in policy["spec"].get("egress", ()):
            for peer in rule["to"]:
                yield from _way_out(documents, policy, peer, [port["port"] for port in rule["ports"]])
        for peer in _peers(policy):
            labels = peer.get("podSelector", {}).get("matchLabels", {})
            known = _is_from_outside(labels) or labels == MAY_BE_ELSEWHERE or _selected(documents, labels)
            if "namespaceSelector" not in peer and labels and not known:
                yield f"{words(policy)} speaks of pods that are not there: {labels}"


def ways_in(documents: list[Document]) -> Iterator[str]:
    """The public way leads to the public listener, at the host that the edge calls its own."""
    backends = []
    for ingress in of_kind(documents, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                backends.append((ingress, service["name"], service["port"]["name"], rule["host"]))
    for route in of_kind(documents, "HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                backends += [(route, backend["name"], backend["port"], host) for host in route["spec"]["hostnames"]]
    for document, name, port, host in backends:
        ports = named(documents, "Service", name)["spec"]["ports"]
        if not any(port in (each["port"], each["name"]) and each["targetPort"] == "public" for each in ports):
            yield f"{words(document)} does not lead to the public listener"
        if (
            settings_of(documents, named(documents, "Deployment", "edge"))["SEALOCK_EDGE_PUBLIC_URL"]
            != f"https://{host}"
        ):
            yield f"{words(document)} is for another host than the edge's public URL"


def settings_of(documents: Iterable[Document], deployment: Document) -> dict[str, str]:
    """The variables of a container, those of Secrets left out, as the kubelet fills them in."""
    container, found, labels = container_of(deployment), {}, pod_of(deployment)["metadata"]["labels"]
    maps = {each["metadata"]["name"]: each.get("data", {}) for each in of_kind(documents, "ConfigMap")}
    for source in container.get("envFrom", ()):
        found |= maps[source["configMapRef"]["name"]]
    given: dict[str, str] = {}
    for each in container.get("env", ()):
        if label := _LABEL.fullmatch(each.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath", "")):
            given[each["name"]] = labels[label[1]]
        elif "value" in each:
            given[each["name"]] = _VARIABLE.sub(lambda name: given.get(name[1], name[0]), each["value"])
    return found | given


def secrets_of(deployment: Document) -> set[str]:
    """The Secrets that a pod needs, mounted or as variables."""
    mounted = {volume["secret"]["secretName"] for volume in pod_of(deployment)["spec"]["volumes"] if "secret" in volume}
    variables = container_of(deployment).get("env", ())
    taken = [
        each["valueFrom"]["secretKeyRef"]["name"] for each in variables if "secretKeyRef" in each.get("valueFrom", {})
    ]
    return mounted | set(taken)


def secrets_expected(deployment: Document) -> set[str]:
    """The Secrets that a pod may have: only the edge has the keys."""
    labels = pod_of(deployment)["metadata"]["labels"]
    if labels["app.kubernetes.io/name"] == "valkey":
        return {"valkey-tls", "valkey-users"}
    origin = labels.get("app.kubernetes.io/instance")
    if origin is None:
        return {"edge-keys", "edge-tls", "edge-valkey"}
    return {f"connector-{origin}-tls", f"connector-{origin}-valkey", f"{origin}-app"}


def _reaches(block: Document, address: str) -> bool:
    inside = [ip_address(address) in ip_network(each) for each in (block["cidr"], *block.get("except", ()))]
    return inside[0] and not any(inside[1:])


def _way_out(documents: list[Document], policy: Document, peer: Document, ports: list[Any]) -> Iterator[str]:
    if "ipBlock" in peer:
        yield from (f"{words(policy)} lets pods to {each}" for each in NOT_OUTSIDE if _reaches(peer["ipBlock"], each))
        if set(ports) != {443}:
            yield f"{words(policy)} lets pods out to {ports}"
    elif "namespaceSelector" not in peer:
        for deployment in _selected(documents, peer["podSelector"]["matchLabels"]):
            if any(port not in _ports(deployment).values() for port in ports):
                yield f"{words(policy)}: {words(deployment)} has no port of {ports}"


def _peers(policy: Document) -> Iterator[Document]:
    for rule in policy["spec"].get("ingress", ()):
        yield from rule["from"]
    for rule in policy["spec"].get("egress", ()):
        yield from rule["to"]


def _is_from_outside(labels: Mapping[str, str]) -> bool:
    return all(label in LABELS_FROM_OUTSIDE for label in labels)


def _selected(documents: Iterable[Document], labels: Mapping[str, str]) -> list[Document]:
    return [
        deployment
        for deployment in of_kind(documents, *WORKLOADS)
        if labels.items() <= pod_of(deployment)["metadata"]["labels"].items()
    ]


def _ports(deployment: Document) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in container_of(deployment)["ports"]}


def _replicas(documents: Iterable[Document], deployment: Document) -> int:
    for autoscaler in of_kind(documents, "HorizontalPodAutoscaler"):
        if autoscaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]:
            return int(autoscaler["spec"]["minReplicas"])
    return int(deployment["spec"].get("replicas", 1))
