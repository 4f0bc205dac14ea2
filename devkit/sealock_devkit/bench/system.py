# SPDX-License-Identifier: Apache-2.0
"""What is measured: the edge as it is deployed, in front of the connector that costs nothing or the guestbook's."""

from __future__ import annotations

import itertools
import json
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sealock_devkit.bench import requests
from sealock_devkit.bench.processes import (
    OTHER_CORE,
    SUBJECT_CORE,
    Answered,
    cpu_seconds,
    load,
    load_command,
    pin_family,
    running,
    wait_for_port,
    wait_for_ready,
)
from sealock_devkit.stack.certificates import Authority, Trust
from sealock_devkit.stack.process import free_port
from sealock_devkit.stack.programs import Value, write_settings

OPEN_AT_ONCE = 16
MOST_CALLS = 10_000
"""So that no limit of the edge or of a connector is reached: one account may have half of the latter's places."""


@dataclass(frozen=True)
class Subject:
    """A service that answers pulls: where, with which requests, and by which process."""

    url: str
    lines: Path
    process: subprocess.Popen[bytes]
    internal_url: str = ""


def measured(
    subject: Subject, count: int, connections: int = OPEN_AT_ONCE, *, rate: float = 0.0
) -> tuple[float, Answered]:
    """Seconds of CPU that each of so many requests costs the subject, and what the load saw."""
    before = cpu_seconds(subject.process.pid)
    seen = load(load_command(subject.url, subject.lines, requests=count, connections=connections, rate=rate))
    return (cpu_seconds(subject.process.pid) - before) / count, seen


@contextmanager
def connector(
    folder: Path, *, resources: int, chars: int = 200, delay: float = 0.0, files: bool = False
) -> Iterator[str]:
    """A connector process that costs next to nothing; yields its target."""
    port = free_port()
    arguments = ["sealock_devkit.bench.connector", "--listen", f"127.0.0.1:{port}", "--resources", str(resources)]
    arguments += ["--chars", str(chars), "--delay", str(delay), *(["--files"] if files else [])]
    with running(arguments, core=OTHER_CORE, log=folder / "connector.log") as process:
        wait_for_port(port, process)
        yield f"ipv4:127.0.0.1:{port}"


def edge_settings(
    folder: Path, target: str, *, names: Sequence[str] = ("bench",), trust: Trust | None = None
) -> tuple[Path, str, str]:
    """Settings of an edge with one integration of each name; their file, and the public and the internal URL."""
    public, internal = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    url = f"{'https' if trust else 'http'}://{public}"
    edge: dict[str, Value] = {
        "public_url": url,
        "listen": public,
        "internal_listen": internal,
        "keys": str(requests.make_keys(folder)),
        "workers": 1,
        "drain_seconds": 0,
        **({"certificate": str(trust.edge.certificate), "key": str(trust.edge.key)} if trust else {}),
    }
    tables: dict[str, Mapping[str, Value]] = {
        "edge": edge,
        "edge.connections": {"most": MOST_CALLS, "most_by_address": MOST_CALLS},
    }
    for name in names:
        tables[f"integrations.{name}"] = {
            "id": requests.integration_id(name),
            "name": name.title(),
            "target": target,
            **(_mutual(trust) if trust else {"insecure": True}),
        }
    file = folder / "edge.toml"
    write_settings(file, tables)
    return file, url, f"http://{internal}"


def _mutual(trust: Trust) -> dict[str, Value]:
    pair = trust.edge
    security = {"ca": trust.authority, "certificate": pair.certificate, "key": pair.key}
    return {**{name: str(path) for name, path in security.items()}, "server_name": "connector"}


@contextmanager
def edge(
    folder: Path, target: str, *, names: Sequence[str] = ("bench",), trust: Trust | None = None
) -> Iterator[Subject]:
    """The edge as it is deployed: `sealock edge`, one worker, with a pull of one account of the first integration."""
    file, url, internal_url = edge_settings(folder, target, names=names, trust=trust)
    lines = requests.pulls(folder, integrations=names[:1])
    arguments = ["sealock_contract.command", "edge", "--config", str(file)]
    with running(arguments, core=SUBJECT_CORE, log=folder / "edge.log") as process:
        wait_for_ready(f"{internal_url}/readyz", process)
        pin_family(process.pid, SUBJECT_CORE)
        yield Subject(url, lines, process, internal_url)


@contextmanager
def origin(folder: Path, sites: int = 1, trust: Trust | None = None) -> Iterator[list[str]]:
    """A guestbook that costs next to nothing, at so many addresses; yields them."""
    arguments = ["sealock_devkit.bench.origin", "--sites", str(sites)]
    if trust:
        arguments += ["--certificate", str(trust.connector.certificate), "--key", str(trust.connector.key)]
    log = folder / "origin.log"
    with running(arguments, core=OTHER_CORE, log=log) as process:
        while not (said := log.read_text()).endswith("\n"):
            if process.poll() is not None:
                raise RuntimeError("the origin of the measurement ended")
            time.sleep(0.01)
        yield [f"{'https' if trust else 'http'}://127.0.0.1:{port}" for port in json.loads(said)]


@dataclass(frozen=True)
class Cost:
    """What one call cost, in seconds of CPU."""

    edge: float
    connector: float

    @property
    def both(self) -> float:
        """Edge and connector together."""
        return self.edge + self.connector


@dataclass(frozen=True)
class Guestbooks:
    """An edge, the guestbook's connector, and guestbooks that cost nothing."""

    folder: Path
    edge: Subject
    connector: subprocess.Popen[bytes]
    target: str
    sites: Sequence[str]
    sites_in_turn: Iterator[str]
    ca: Path | None

    def pulls(self, page: str, accounts: int = 1) -> Path:
        """Pulls that bring that page of the origin, of so many new accounts; their sites go on with the next one."""
        sites = itertools.islice(self.sites_in_turn, accounts)
        of = [requests.guestbook_account(f"{site}/{page}") for site in sites]
        state = requests.guestbook_state()
        return requests.pulls(self.folder, accounts, of=of, state=state, integrations=["guestbook"])

    def cost(self, lines: Path, count: int, *, rate: float = 0.0, connections: int = OPEN_AT_ONCE) -> Cost:
        """What each of so many requests costs."""
        pids = self.edge.process.pid, self.connector.pid
        before = [cpu_seconds(pid) for pid in pids]
        load(load_command(self.edge.url, lines, requests=count, connections=connections, ca=self.ca, rate=rate))
        return Cost(*((cpu_seconds(pid) - begin) / count for pid, begin in zip(pids, before, strict=True)))


@contextmanager
def guestbooks(folder: Path, *, tls: bool = False, sites: int = 1, store: str = "memory") -> Iterator[Guestbooks]:
    """
    The whole system but Zendesk. With `tls`: https at the edge and at the origin, mutual TLS between.

    `store` is the outbox's, as the connector's option has it.
    """
    folder.mkdir(exist_ok=True)
    trust = _trust(folder) if tls else None
    listen = f"127.0.0.1:{free_port()}"
    arguments = ["sealock_contract.command", "connector", "guestbook", "--listen", listen, "--store", store]
    arguments += ["--allow-network", "127.0.0.0/8", "--max-calls", str(MOST_CALLS), "--drain-seconds", "0"]
    arguments += _serving(trust) if trust else ["--insecure"]
    env = {"SSL_CERT_FILE": str(trust.authority)} if trust else {}
    with (
        origin(folder, sites, trust) as addresses,
        running(arguments, core=SUBJECT_CORE, log=folder / "guestbook.log", env=env) as process,
    ):
        wait_for_port(int(listen.rpartition(":")[2]), process)
        pin_family(process.pid, SUBJECT_CORE)
        with edge(folder, f"ipv4:{listen}", names=["guestbook"], trust=trust) as subject:
            ca = trust.authority if trust else None
            yield Guestbooks(folder, subject, process, f"ipv4:{listen}", addresses, itertools.cycle(addresses), ca)


def _trust(folder: Path) -> Trust:
    authority = Authority(folder)
    return Trust(authority.certificate, edge=authority.make("edge"), connector=authority.make("connector"))


def _serving(trust: Trust) -> list[str]:
    pair = trust.connector
    files = ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key), "--tls-client-ca", str(trust.authority)]
    return [*files, "--allowed-callers", "dns:edge"]
