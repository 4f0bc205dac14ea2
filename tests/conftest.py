# SPDX-License-Identifier: Apache-2.0
"""
What holds for every test: no traffic leaves this machine, and where origins are required nothing is skipped.

Tests run side by side in several processes (`make test`): a file stays together, so that it starts what it shares
once, and what waits for whole systems begins first, so that the rest fills the waiting.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

ADDRESS_EVENTS = {"socket.connect", "socket.sendto"}
NAME_EVENTS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyname_ex"}
TOGETHER = ("tests/dists/", "tests/origins/wordpress/")
"""Folders that share what takes long to make or to start: each stays in one process."""
CLUSTER = bool(os.environ.get("SEALOCK_TEST_CLUSTER"))
"""Whether the tests were given a cluster: see tests/cluster."""


class NetworkGuard:
    """
    Refuses, and remembers, every attempt to leave this machine.

    An audit hook sees what asyncio and every library do with Python's sockets, and cannot be patched away. Names
    other than `localhost` are not looked up: they do not exist, as on a machine without a network.
    """

    def __init__(self) -> None:
        self.attempts: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in ADDRESS_EVENTS:
            self._check_address(arguments[1])
        elif event in NAME_EVENTS:
            self._check_name(arguments[0])

    def _check_address(self, address: object) -> None:
        if not isinstance(address, tuple):
            return  # a Unix socket, or the kernel itself
        host = str(address[0])
        if host and not is_loopback(host) and not is_in_cluster(host):
            self.attempts.append(host)
            raise PermissionError(f"tests may connect to this machine only, not to {host}")

    def _check_name(self, host: object) -> None:
        name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
        if name not in {"", "localhost"} and not is_address(name):
            raise socket.gaierror(socket.EAI_NONAME, "names are not looked up in tests")

    def take_attempts(self) -> list[str]:
        """The attempts since the last call."""
        attempts, self.attempts = self.attempts, []
        return attempts


def is_address(host: str) -> bool:
    """Whether this is an address rather than a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a connection to this host stays on the machine."""
    if not is_address(host):
        return host == "localhost"
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_in_cluster(host: str) -> bool:
    """Whether this may be a pod or a Service of the cluster that the tests were given: no address of the internet."""
    return CLUSTER and is_address(host) and not ipaddress.ip_address(host.partition("%")[0]).is_global


GUARD = NetworkGuard()
sys.addaudithook(GUARD)


def pytest_configure() -> None:
    """
    Keep what Python compiles, even where the environment says not to: tests start hundreds of programs of ours.

    The system's authorities are not read, which takes 35 ms for each TLS context: nothing of theirs is called.
    No property has a deadline, since machines are slow at times; the profile `long` tries many more examples.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("authority_of_nobody.pem"))
    hypothesis.settings.register_profile("default", deadline=None)
    hypothesis.settings.register_profile("long", deadline=None, max_examples=2_000)
    if hypothesis.settings.get_current_profile_name() == "default":
        hypothesis.settings.load_profile("default")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits for whole systems."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


class ByFile(LoadFileScheduling):
    """
    Which tests run in one process: those of a file, or of a folder that is named above.

    The groups of pytest-xdist come as parts of ids, and pytest 9 lets nobody change an id.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Hand tests to processes in these parts."""
    return ByFile(config, log)


@pytest.fixture(autouse=True)
def _no_traffic_leaves_this_machine() -> Generator[None]:
    yield
    attempts = GUARD.take_attempts()
    if attempts:
        pytest.fail(f"the test tried to connect to {', '.join(sorted(set(attempts)))}")


def fail_instead_of_skipping(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Where origins are required, a skip is a hole in the proof."""
    if os.environ.get("SEALOCK_REQUIRE_ORIGINS") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"skipped although SEALOCK_REQUIRE_ORIGINS is set: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Apply the rule above to tests."""
    report = yield
    fail_instead_of_skipping(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Apply the rule above to whole files."""
    report = yield
    fail_instead_of_skipping(report)
    return report
