# SPDX-License-Identifier: Apache-2.0
"""The manifests say what the programs read: options, settings, variables, files, ports, paths and times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import trustme

from sealock_connector import Connector
from sealock_connector._serving.options import PREFIX, Options, parse
from sealock_connector._serving.server import _READINESS, LIVENESS
from sealock_edge.config import Config, ConnectionsConfig, EdgeConfig, IntegrationConfig, ZendeskConfig, load
from sealock_edge.routes import minimal_edge, routes_of
from sealock_edge.server import MARGIN_SECONDS
from tests.k8s.fitting import secrets_of, settings_of
from tests.k8s.manifests import (
    K8S,
    ORIGINS,
    OVERLAYS,
    ROOT,
    Document,
    build,
    container_of,
    named,
    of_kind,
    overlay,
    pod_of,
    with_component,
    words,
)

REGISTERED = entry_points(group="sealock.origins")
VARIABLE = "SEALOCK_EDGE_"
MOUNT = "/var/run/sealock/tls"
DRAINED_SECONDS = 5.0
"""What a load balancer takes at most to notice that a pod is no longer ready: two probes, two seconds apart."""


class Pod:
    """A Deployment's files, put into a folder in place of its mounts."""

    def __init__(self, documents: list[Document], name: str, folder: Path) -> None:
        self.deployment = named(documents, "Deployment", name)
        self.container = container_of(self.deployment)
        self.spec = pod_of(self.deployment)["spec"]
        self.settings = settings_of(documents, self.deployment)
        self.folder = folder
        self._documents = documents
        self._fill()

    def _fill(self) -> None:
        sources = {volume["name"]: volume for volume in self.spec["volumes"]}
        for mount in self.container["volumeMounts"]:
            place = self.folder / mount["mountPath"].lstrip("/")
            place.mkdir(parents=True)
            source = sources[mount["name"]]
            if "configMap" in source:
                for file, text in named(self._documents, "ConfigMap", source["configMap"]["name"])["data"].items():
                    (place / file).write_text(self.moved(text))
            elif mount["mountPath"] == MOUNT:
                issued = trustme.CA().issue_cert("sealock-edge")
                (place / "tls.crt").write_bytes(issued.cert_chain_pems[0].bytes())
                (place / "tls.key").write_bytes(issued.private_key_pem.bytes())
                trustme.CA().cert_pem.write_to_path(str(place / "ca.crt"))
            else:
                for key in ("app-secret", "instagram-app-secret", "password"):
                    (place / key).write_text("not-a-secret")

    def moved(self, text: str) -> str:
        """The text with its paths in this folder."""
        return re.sub(r"(?<![\w/])/(var/run|etc)/sealock", rf"{self.folder}/\1/sealock", text)

    @property
    def environment(self) -> dict[str, str]:
        return {name: self.moved(value) for name, value in self.settings.items()}

    @property
    def arguments(self) -> list[str]:
        return [self.moved(argument) for argument in self.container.get("args", ())]

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container["ports"]}

    @property
    def stops_within(self) -> float:
        return float(self.spec["terminationGracePeriodSeconds"])


def edge_of(name: str, folder: Path) -> tuple[Pod, Config]:
    pod = Pod(overlay(name), "edge", folder)
    assert pod.arguments[:2] == ["edge", "--config"]
    return pod, load(Path(pod.arguments[2]), pod.environment)


def connectors(documents: list[Document]) -> list[str]:
    return [
        each["metadata"]["name"]
        for each in of_kind(documents, "Deployment")
        if pod_of(each)["metadata"]["labels"]["app.kubernetes.io/name"] == "sealock-connector"
    ]


def connector_of(origin: str) -> Connector:
    return REGISTERED[origin].load()()


def options_of(name: str, origin: str, folder: Path) -> tuple[Pod, Options]:
    pod = Pod(overlay(name), f"connector-{origin}", folder)
    arguments = [re.sub(r"\$\([A-Z_]+\)", "4711", argument) for argument in pod.arguments]
    return pod, parse(connector_of(origin), arguments, environ=pod.environment)


DEPLOYED = [
    (name, origin) for name in OVERLAYS for origin in ORIGINS if f"connector-{origin}" in connectors(overlay(name))
]
deployed = pytest.mark.parametrize(("name", "origin"), DEPLOYED, ids=[f"{name}-{origin}" for name, origin in DEPLOYED])


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_edge_takes_its_settings_and_listens_where_its_ports_are(name, tmp_path):
    pod, config = edge_of(name, tmp_path)
    assert {"public": config.edge.listen.port, "internal": config.edge.internal_listen.port} == pod.ports
    assert pod.settings["SEALOCK_EDGE_KEYS"] in {mount["mountPath"] for mount in pod.container["volumeMounts"]}


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_edge_has_an_integration_for_each_connector_and_calls_it_where_it_listens(name, tmp_path):
    _, config = edge_of(name, tmp_path)
    documents = overlay(name)
    assert sorted(f"connector-{path}" for path in config.integrations) == sorted(connectors(documents))
    for path, integration in config.integrations.items():
        service = named(documents, "Service", f"connector-{path}")
        assert integration.target == f"dns:///connector-{path}:{service['spec']['ports'][0]['port']}"
        assert service["spec"]["clusterIP"] == "None"


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_variable_of_the_edge_is_a_setting(name, tmp_path):
    pod, config = edge_of(name, tmp_path)
    assert set(pod.settings) <= set(variables_of(config))


def variables_of(config: Config) -> Iterator[str]:
    for tree, prefix in (
        (EdgeConfig, VARIABLE),
        (ConnectionsConfig, f"{VARIABLE}CONNECTIONS_"),
        (ZendeskConfig, f"{VARIABLE}ZENDESK_"),
    ):
        yield from (prefix + field.name.upper() for field in fields(tree))
    for path in config.integrations:
        yield from (
            f"{VARIABLE}INTEGRATIONS_{path.upper()}_{field.name.upper()}" for field in fields(IntegrationConfig)
        )


@deployed
def test_a_connector_takes_its_options_and_listens_where_its_ports_are(name, origin, tmp_path):
    pod, options = options_of(name, origin, tmp_path)
    assert options.listen.endswith(f":{pod.ports['grpc']}")
    assert options.health_listen is not None
    assert options.health_listen.endswith(f":{pod.ports['health']}")
    assert options.insecure == (name == "dev")
    assert options.insecure or options.tls_client_ca is not None


@deployed
def test_every_variable_of_a_connector_is_an_option(name, origin, tmp_path):
    pod, _ = options_of(name, origin, tmp_path)
    # `ORIGIN` is for other variables.
    assert set(pod.settings) - {"ORIGIN"} <= {PREFIX + each.upper() for each in Options.__slots__}


@deployed
def test_the_edge_may_call_and_knows_the_connectors_name(name, origin, tmp_path):
    _, options = options_of(name, origin, tmp_path / "connector")
    _, config = edge_of(name, tmp_path / "edge")
    integration = config.integrations[origin]
    assert integration.insecure == options.insecure
    if options.insecure:
        return
    certificates = {
        each["spec"]["secretName"]: each["spec"]["dnsNames"]
        for each in of_kind(overlay(name), "Certificate")
        if "dnsNames" in each["spec"]
    }
    assert [f"dns:{name}" for name in certificates["edge-tls"]] == [str(each) for each in options.allowed_callers]
    assert certificates[f"connector-{origin}-tls"] == [integration.target.removeprefix("dns:///").partition(":")[0]]


@deployed
def test_a_connector_is_given_the_time_that_it_takes_to_stop(name, origin, tmp_path):
    pod, options = options_of(name, origin, tmp_path / "connector")
    _, config = edge_of(name, tmp_path / "edge")
    # Calls under way, then replies that go on without their callers.
    assert pod.stops_within > options.drain_seconds + 2 * options.grace_seconds + 5
    assert options.grace_seconds >= max(config.edge.pull_seconds, config.edge.channelback_seconds)
    assert options.drain_seconds >= DRAINED_SECONDS
    assert 0 < options.max_connection_age_seconds <= 30


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_edge_is_given_the_time_that_it_takes_to_stop(name, tmp_path):
    pod, config = edge_of(name, tmp_path)
    assert pod.stops_within > config.edge.drain_seconds + config.edge.shutdown_seconds + MARGIN_SECONDS
    assert config.edge.drain_seconds >= DRAINED_SECONDS


@pytest.mark.parametrize("name", OVERLAYS)
def test_probes_ask_what_the_programs_answer(name):
    documents = overlay(name)
    paths = {route.path for route in routes_of(minimal_edge()) if route.listener == "internal"}
    edge = container_of(named(documents, "Deployment", "edge"))
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert edge[probe]["httpGet"]["path"] in paths
    assert edge["readinessProbe"]["httpGet"]["path"] == "/readyz"
    for connector in connectors(documents):
        container = container_of(named(documents, "Deployment", connector))
        assert container["livenessProbe"]["grpc"]["service"] == LIVENESS
        assert container["readinessProbe"]["grpc"].get("service", "") in _READINESS


@pytest.mark.parametrize("name", OVERLAYS)
def test_images_have_the_programs_name_and_a_version(name):
    for deployment in of_kind(overlay(name), "Deployment"):
        labels = pod_of(deployment)["metadata"]["labels"]
        wanted = "-".join(filter(None, (labels["app.kubernetes.io/name"], labels.get("app.kubernetes.io/instance"))))
        image, _, tag = container_of(deployment)["image"].partition(":")
        assert image.rpartition("/")[2] == wanted
        # A node asks for `latest` each time, and for all others once.
        assert re.fullmatch(r"\d+\.\d+\.\d+" if name != "dev" else "dev", tag)


def test_every_origin_has_its_folder():
    assert set(ORIGINS) == REGISTERED.names


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origins_certificate_is_the_one_that_its_connector_mounts(origin):
    documents = build(K8S / "origins" / origin / "connector")
    (certificate,) = of_kind(documents, "Certificate")
    assert certificate["spec"]["secretName"] in secrets_of(named(documents, "Deployment", f"connector-{origin}"))
    assert certificate["spec"]["dnsNames"] == [f"connector-{origin}"]


@pytest.mark.parametrize("component", ["insecure", "own-certificates"])
def test_certificates_can_be_ones_own_or_none(component, tmp_path):
    documents = with_component("staging", component, tmp_path)
    assert [name for name in map(words, of_kind(documents, "Certificate")) if "connector" in name] == []


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origins_folder_is_named_as_its_connector_is(origin):
    assert connector_of(origin).origin == origin
    documents = build(K8S / "origins" / origin / "connector")
    assert {each["metadata"]["labels"]["app.kubernetes.io/instance"] for each in documents} == {origin}


def test_the_dockerfiles_expose_what_the_manifests_use():
    exposed_by = {"edge": {8080, 9090}, "connector": {9443}}
    for dockerfile in ROOT.glob("Dockerfile.*"):
        text = dockerfile.read_text()
        exposed = {int(port) for line in re.findall(r"^EXPOSE (.+)$", text, re.MULTILINE) for port in line.split()}
        assert exposed_by[dockerfile.suffix[1:]] <= exposed
        assert re.search(r"^USER 10001(:10001)?$", text, re.MULTILINE)
        assert re.search(r"^ENTRYPOINT \[", text, re.MULTILINE)
