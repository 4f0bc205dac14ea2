# SPDX-License-Identifier: Apache-2.0
"""`sealock connector` serves what distributions registered, and containers' health checks say whether it serves."""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import entry_points
from types import SimpleNamespace

import pytest

from sealock_connector import Connector
from sealock_connector._command import GROUP, ORIGIN, command
from sealock_connector._serving.options import parse
from sealock_connector._serving.server import running
from sealock_contract.command import main
from tests.connector.connectors import Plain


@pytest.fixture
def served(monkeypatch):
    """What was served: the class, its options and the program's name."""
    calls = []
    monkeypatch.delenv(ORIGIN, raising=False)
    monkeypatch.setattr(
        "sealock_connector._command.serve",
        lambda connector, options, program: calls.append((type(connector), list(options), program)),
    )
    return calls


def _classes() -> dict[str, type[Connector]]:
    return {entry.name: entry.load() for entry in entry_points(group=GROUP)}


@pytest.mark.parametrize("name", sorted(entry.name for entry in entry_points(group=GROUP)))
def test_a_connector_that_a_distribution_registered_is_served_by_its_name(name, served):
    assert main(["connector", name, "--insecure", "--help"]) == 0
    assert served == [(_classes()[name], ["--insecure", "--help"], f"sealock connector {name}")]


def test_the_name_is_the_origins_own():
    assert {name: kind.origin for name, kind in _classes().items()} == {name: name for name in _classes()}


def test_the_environment_names_the_origin_of_an_image(served, monkeypatch):
    monkeypatch.setenv(ORIGIN, "guestbook")
    assert main(["connector", "--insecure"]) == 0
    assert main(["connector"]) == 0
    assert main(["connector", "wordpress"]) == 0
    assert [(kind.origin, options) for kind, options, _ in served] == [
        ("guestbook", ["--insecure"]),
        ("guestbook", []),
        ("wordpress", []),
    ]


@pytest.mark.parametrize("arguments", [["nix"], ["nix", "--insecure"], [], ["--insecure"]])
def test_without_a_name_that_is_installed_those_that_are_get_listed(arguments, served, capsys):
    assert main(["connector", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), served) == ("", 1, [])
    assert all(name in err for name in _classes())


def test_where_none_is_installed_it_is_said_where_some_are(served, monkeypatch, capsys):
    monkeypatch.setattr("sealock_connector._command.entry_points", lambda group: ())
    assert main(["connector", "facebook"]) == 2
    assert "pip install sealock-origins" in capsys.readouterr().err


def test_a_connector_that_misses_a_package_says_which_and_whose(served, monkeypatch, capsys):
    def load():
        raise ModuleNotFoundError("No module named 'nh4'", name="nh4")

    entry = SimpleNamespace(name="mine", load=load, dist=SimpleNamespace(name="my-origins"))
    monkeypatch.setattr("sealock_connector._command.entry_points", lambda group: (entry,))
    assert main(["connector", "mine"]) == 2
    told = "sealock connector: 'mine' needs nh4, which is not installed here: pip install my-origins\n"
    assert capsys.readouterr() == ("", told)


def test_help_without_a_name_lists_what_is_installed(served, capsys):
    assert main(["connector", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: sealock connector")
    assert all(name in out for name in _classes())


def test_help_of_a_connector_calls_it_as_it_was_called(capsys, monkeypatch):
    with pytest.raises(SystemExit) as ended:
        command.run_with(["guestbook", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: sealock connector guestbook ")


async def asked(*arguments: str, **environment: str) -> int:
    """The exit status."""
    program = [sys.executable, "-m", "sealock_connector.healthy", *arguments]
    process = await asyncio.create_subprocess_exec(*program, env=environment)
    return await process.wait()


@pytest.fixture
async def server():
    options = ["--insecure", "--listen=127.0.0.1:0", "--health-listen=127.0.0.1:0", "--drain-seconds=0"]
    async with running(Plain(), parse(Plain(), options)) as started:
        yield started


async def test_a_connector_that_serves_is_healthy(server):
    assert await asked(f"127.0.0.1:{server.health_port}") == 0


@pytest.mark.parametrize(("service", "status"), [("", 0), ("liveness", 0), ("no such service", 1)])
async def test_one_service_of_a_connector_is_asked_for(server, service, status):
    assert await asked(f"127.0.0.1:{server.health_port}", service) == status


async def test_the_port_is_the_one_that_the_connector_was_told(server):
    assert await asked(SEALOCK_CONNECTOR_HEALTH_LISTEN=f"0.0.0.0:{server.health_port}") == 0


async def test_where_nothing_listens_nothing_is_healthy(unused_tcp_port):
    assert await asked(f"127.0.0.1:{unused_tcp_port}") == 1
