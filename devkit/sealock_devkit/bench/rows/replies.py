# SPDX-License-Identifier: Apache-2.0
"""What a reply costs by where the connector writes down what it posts, and what a file costs."""

from __future__ import annotations

import importlib
import json
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sealock_devkit.bench import requests
from sealock_devkit.bench.origin import FILE_BYTES
from sealock_devkit.bench.processes import OTHER_CORE, running, wait_for_port
from sealock_devkit.bench.report import Lines, Missing, Row, ratios
from sealock_devkit.bench.system import Cost, Guestbooks, guestbooks
from sealock_devkit.stack.process import free_port

REPLIES = 200
FILES = 200
VALKEY = "valkey-server"


def stores(folder: Path, rounds: int) -> Lines:
    """Replies by store, in turns."""
    with ExitStack() as stack:
        names = {"memory": "memory", "SQLite": f"sqlite:{folder / 'outbox.sqlite'}"}
        missing: Lines = []
        if reason := valkey_is_missing():
            missing.append(Missing("reply, outbox in Valkey", reason))
        else:
            names["Valkey"] = stack.enter_context(valkey(folder))
        books = {
            name: stack.enter_context(guestbooks(folder / f"replies-{name}", store=store))
            for name, store in names.items()
        }
        seen: dict[str, list[Cost]] = {name: [] for name in names}
        for number in range(rounds + 1):
            for name, book in books.items():
                lines = requests.replies(book.folder, REPLIES, f"{book.sites[0]}/0")
                cost = book.cost(lines, REPLIES)
                if number:
                    seen[name].append(cost)
    rows: Lines = []
    for name, costs in seen.items():
        rows.append(Row.micro(f"reply, outbox in {name}: edge and connector", [cost.both for cost in costs]))
        if name != "memory":
            to_memory = ratios([cost.both for cost in costs], [cost.both for cost in seen["memory"]])
            rows.append(Row(f"reply, outbox in {name}: to memory", to_memory, "x"))
    return rows + missing


def valkey_is_missing() -> str:
    """What an outbox in Valkey lacks here; empty if nothing."""
    try:
        importlib.import_module("valkey.asyncio")
    except ImportError as missing:
        return f"its client lacks {missing.name} on this Python"
    return "" if shutil.which(VALKEY) else "Valkey is not installed"


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey of its own that writes nothing to disk; yields its address."""
    port = free_port()
    # Its socket's and its folder's names may not be long.
    place = tempfile.mkdtemp(prefix="valkey-")
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", place]
    # As production's: what is written down is never thrown out.
    arguments += ["--maxmemory", "100mb", "--maxmemory-policy", "noeviction"]
    try:
        with running(arguments, core=OTHER_CORE, log=folder / "valkey.log", program=VALKEY) as process:
            wait_for_port(port, process)
            yield f"valkey://127.0.0.1:{port}/0"
    finally:
        shutil.rmtree(place, ignore_errors=True)


def files(folder: Path, rounds: int) -> Lines:
    """A file of an entry through edge and connector, against a pull that finds nothing."""
    with guestbooks(folder / "files") as books:
        quiet, links = books.pulls("0"), file_links(books)
        found: list[Cost] = []
        pulls: list[Cost] = []
        for number in range(rounds + 1):
            costs = books.cost(links, FILES), books.cost(quiet, FILES)
            if number:
                found.append(costs[0])
                pulls.append(costs[1])
    of = f"file of {FILE_BYTES // 1000} kB"
    return [
        Row.micro(f"{of}: edge", [cost.edge for cost in found]),
        Row.micro(f"{of}: connector", [cost.connector for cost in found]),
        Row(f"{of}: both, to a pull, nothing new", ratios([c.both for c in found], [c.both for c in pulls]), "x"),
    ]


def file_links(books: Guestbooks) -> Path:
    """A request for the file that a pull brings a link to."""
    _, path, form = books.pulls("files").read_text().split(" ")
    request = urllib.request.Request(books.edge.url + path, data=form.strip().encode())  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        resources = json.load(answer)["external_resources"]
    (link,) = [url for resource in resources for url in resource.get("file_urls", ())]
    return requests.written(books.folder, [f"GET {urlsplit(link).path}"])
