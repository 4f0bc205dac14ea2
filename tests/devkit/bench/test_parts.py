# SPDX-License-Identifier: Apache-2.0
"""What `make bench` measures with is there, at a fraction of its size; what is not installed is named."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import urllib.request
from argparse import ArgumentParser
from dataclasses import replace

import pytest

from sealock_devkit.bench import origin, parts, report, requests, system
from sealock_devkit.bench.processes import cpu_seconds, load, load_command
from sealock_devkit.bench.report import Missing, Row
from sealock_devkit.bench.rows import alone, edges, pulls, rates, replies
from sealock_devkit.bench.yardsticks import programs
from sealock_devkit.commands.bench import command

pytestmark = pytest.mark.system


def names(lines: report.Lines) -> list[str]:
    return [line.what for line in lines]


def resources_of(subject: system.Subject, lines) -> list[dict]:
    """What the first pull of the file brings."""
    _, path, form = lines.read_text().splitlines()[0].split(" ")
    request = urllib.request.Request(subject.url + path, data=form.encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["external_resources"]


@pytest.fixture
def nothing_installed(tmp_path, monkeypatch):
    """A machine without the yardsticks."""
    monkeypatch.setattr(programs, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(programs, "GATEWAY", tmp_path / "gateway")


def test_a_pull_brings_what_the_guestbook_has_besides_the_known_entry(tmp_path):
    with system.guestbooks(tmp_path) as books:
        assert resources_of(books.edge, books.pulls("0")) == []
        assert len(resources_of(books.edge, books.pulls("20"))) == 20
        (long,) = resources_of(books.edge, books.pulls("1-1000"))
        assert len(long["message"]) == 1000
        cost = books.cost(books.pulls("0", 3), 6)
    assert min(cost.edge, cost.connector) > 0


def test_what_many_accounts_take_is_measured_with_a_site_for_each(tmp_path, monkeypatch):
    monkeypatch.setattr(edges, "EDGES_RATE", 20)
    monkeypatch.setattr(edges, "SITES", (5,))
    assert names(edges.cores(tmp_path, 1))[-1] == "100,000 accounts, TLS, 5 sites: cores of edges and connectors"


def test_no_account_and_no_site_comes_twice_until_all_did(tmp_path):
    with system.guestbooks(tmp_path, tls=True, sites=3) as books:
        assert list(itertools.islice(books.sites_in_turn, 3)) == books.sites
        lines = [line for _ in range(2) for line in books.pulls("0", 2).read_text().splitlines()]
        assert len(set(lines)) == 4
        assert next(books.sites_in_turn) == books.sites[1]


def test_with_tls_each_account_may_have_a_site_of_its_own(tmp_path):
    with system.guestbooks(tmp_path, tls=True, sites=3) as books:
        assert {site.partition(":")[0] for site in books.sites} == {"https"}
        assert books.cost(books.pulls("0", 3), 6, rate=50).both > 0


def test_what_is_not_installed_is_named_and_not_measured(tmp_path, monkeypatch, nothing_installed):
    monkeypatch.setattr(pulls, "PULLS", {0: 5})
    lines = pulls.nothing_new(tmp_path, 1)
    missing = [line for line in lines if isinstance(line, Missing)]
    assert names(missing) == ["pull, nothing new: the Node service", "pull, nothing new: the Go gateway"]
    assert "not measured" in report.table(lines)
    assert "pull, nothing new: connector to edge" in names(lines)


@pytest.mark.skipif(bool(programs.node_is_missing()), reason=programs.node_is_missing())
@pytest.mark.parametrize("client", programs.NODE_CLIENTS)
def test_the_node_service_brings_the_same(client, tmp_path):
    with system.guestbooks(tmp_path) as books, programs.node(tmp_path, f"{books.sites[0]}/20", client) as node:
        ours, theirs = resources_of(books.edge, books.pulls("20")), resources_of(node, node.lines)
    named = ("external_id", "message", "thread_id", "created_at")
    assert [[each[name] for name in named] for each in ours] == [[each[name] for name in named] for each in theirs]


@pytest.mark.skipif(bool(programs.gateway_is_missing()), reason=programs.gateway_is_missing())
def test_the_go_gateway_brings_the_same(tmp_path):
    with (
        system.guestbooks(tmp_path) as books,
        programs.gateway(tmp_path, books.target, f"{books.sites[0]}/20") as gateway,
    ):
        ours, theirs = resources_of(books.edge, books.pulls("20")), resources_of(gateway, gateway.lines)
    named = ("external_id", "message", "thread_id", "created_at")
    assert [[each[name] for name in named] for each in ours] == [[each[name] for name in named] for each in theirs]


def test_pulls_at_low_rates_are_measured(tmp_path, monkeypatch, nothing_installed):
    monkeypatch.setattr(pulls, "PULLS", {0: 5})
    monkeypatch.setattr(pulls, "RATES", (50,))
    monkeypatch.setattr(pulls, "SECONDS", 1)
    assert names(pulls.low_rates(tmp_path, 1))[1] == "pull, nothing new, 50 a second: edge and connector to always busy"


def test_replies_are_measured_by_store(tmp_path, monkeypatch):
    monkeypatch.setattr(replies, "REPLIES", 5)
    stores = ["memory", "SQLite", *([] if replies.valkey_is_missing() else ["Valkey"])]
    found = names(replies.stores(tmp_path, 1))
    assert [f"reply, outbox in {store}: edge and connector" for store in stores] == [
        name for name in found if name.endswith("edge and connector")
    ]
    monkeypatch.setattr(replies, "VALKEY", "no-such-server")
    (tmp_path / "without").mkdir()
    assert any(isinstance(line, Missing) for line in replies.stores(tmp_path / "without", 1))


def test_files_are_measured_by_links_of_the_edge(tmp_path, monkeypatch):
    monkeypatch.setattr(replies, "FILES", 3)
    assert names(replies.files(tmp_path, 1))[0] == f"file of {origin.FILE_BYTES // 1000} kB: edge"


def test_integrations_open_pulls_accounts_and_sizes_are_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(edges, "INTEGRATIONS", (1, 3))
    monkeypatch.setattr(edges, "EVENLY_SECONDS", 1)
    monkeypatch.setattr(edges, "OPEN", {1: 2, 16: 20, 1_000_000: 1})
    monkeypatch.setattr(edges, "ORIGIN_SECONDS", 0.05)
    monkeypatch.setattr(edges, "FEW", 3)
    monkeypatch.setattr(edges, "REMEMBERED", 20)
    monkeypatch.setattr(edges, "PULLS", 10)
    monkeypatch.setattr(edges, "LONG_PULLS", 5)
    lines = [
        line
        for part in (edges.integrations, edges.open_at_once, edges.accounts, edges.sizes)
        for line in part(tmp_path, 1)
    ]
    assert "3 integrations, scraped each second: the metrics' text" in names(lines)
    assert names([line for line in lines if isinstance(line, Missing)]) == ["origin of 500 ms, 1,000,000 open: edge"]
    assert "100,000 accounts: CPU of edge and connector to one account" in names(lines)
    assert f"pull of {edges.RESOURCES} messages of 64 kB: edge" in names(lines)


def test_the_edge_is_measured_beside_the_bare_client_and_the_monolith(tmp_path, monkeypatch):
    monkeypatch.setattr(rates, "PULLS", {20: 20})
    assert "pull of 20 resources, connector at once: CPU to the monolith's" in names(rates.at_once(tmp_path, 1))


def test_a_part_that_fails_takes_none_of_the_others_with_it(tmp_path, monkeypatch):
    def fails(folder, rounds):
        raise RuntimeError("the origin ended")

    working = parts.Part("works", lambda folder, rounds: [Row("works", [1.0], "us")])
    monkeypatch.setattr(parts, "PARTS", {"broken": parts.Part("breaks", fails), "working": working})
    told = []
    assert names(parts.measure(tmp_path, ["broken", "working"], 1, told.append)) == ["breaks", "works"]
    assert "failed: the origin ended" in told


def test_a_failed_request_ends_the_measurement(tmp_path):
    with system.connector(tmp_path, resources=0) as target, system.edge(tmp_path, target) as subject:
        foreign = replace(subject, lines=requests.pulls(tmp_path, integrations=["another"]))
        with pytest.raises(RuntimeError, match="404"):
            load(load_command(subject.url, foreign.lines, requests=2, connections=1))
        with pytest.raises(RuntimeError, match=r"127\.0\.0\.1"):
            load(load_command("http://192.0.2.1:80", foreign.lines, requests=2, connections=1))


def test_the_cpu_of_a_process_is_read_with_its_children():
    work = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'sum(range(10**7)); print(); input()'])"
    command = [sys.executable, "-c", f"{work}; p.wait()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        child = max(cpu_seconds(pid) for pid in system_children(process.pid))
        assert cpu_seconds(process.pid) > child > 0
        process.communicate(b"\n")


def system_children(pid: int) -> list[int]:
    from sealock_devkit.bench.processes import family

    return family(pid)[1:]


def test_sealing_checking_and_the_start_are_measured_alone(tmp_path):
    assert alone.sealing_seconds(tmp_path, 1)[0] > 0
    assert alone.conversion_seconds(1)[0] > 0
    assert alone.cold_start(tmp_path) > 0


def test_the_command_lists_the_parts_and_refuses_unknown_ones(capsys):
    parser = ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["--only", "list"])) == 0
    assert "seldom" in capsys.readouterr().out
    assert command.run(parser.parse_args(["--only", "often"])) == 2
    assert "often" in capsys.readouterr().err


def test_a_budget_is_met_or_missed_by_the_median():
    assert Row("a", [1.0, 1.4, 9.0], "x", 1.5, at_least=False).verdict == "met"
    assert Row("a", [1.0, 1.6, 1.7], "x", 1.5, at_least=False).verdict == "missed"
    assert Row("a", [21.0], "x", 20).verdict == "met"
    assert Row.micro("a", [0.000_25]).cells()[1] == "250 us"
