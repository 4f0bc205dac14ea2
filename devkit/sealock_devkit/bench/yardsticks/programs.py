# SPDX-License-Identifier: Apache-2.0
"""Runs what the edge is compared with, where this machine has it."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from sealock_devkit.bench import requests
from sealock_devkit.bench.origin import KNOWN
from sealock_devkit.bench.processes import SUBJECT_CORE, pin_family, running, wait_for_port
from sealock_devkit.bench.system import Subject
from sealock_devkit.stack.process import free_port

MONOLITH_THREADS = 32
INSTALLED = Path(".bench")
"""Where `make yardsticks` installs, seen from where the command runs."""
NODE_MODULES = INSTALLED / "node_modules"
GATEWAY = INSTALLED / "gateway"
NODE_CLIENTS = ("fetch", "agent")
NODE_STATE = {"since": "2026-01-01T00:00:00Z", "ids": [KNOWN]}


def node_is_missing() -> str:
    """What the Node service lacks here; empty if nothing."""
    if shutil.which("node") is None:
        return "Node is not installed"
    return "" if (NODE_MODULES / "express").exists() else "Express is not installed (`make yardsticks`)"


def gateway_is_missing() -> str:
    """What the Go gateway lacks here; empty if nothing."""
    return "" if GATEWAY.exists() else "no Go gateway was built (`make yardsticks`, with Go and grpc-go)"


@contextmanager
def node(folder: Path, site: str, client: str = "fetch") -> Iterator[Subject]:
    """The Node service, with a pull of the guestbook at the site's address, which it asks by this client."""
    port = free_port()
    account = requests.guestbook_account(site).decode()
    form = urlencode({"metadata": account, "state": json.dumps(NODE_STATE)})
    lines = requests.written(folder, [f"POST /guestbook/pull {form}"])
    arguments = [str(Path(__file__).with_name("service.js")), str(port), client]
    env = {"NODE_PATH": str(NODE_MODULES.resolve()), "NODE_ENV": "production"}
    with running(arguments, core=SUBJECT_CORE, log=folder / "node.log", env=env, program="node") as process:
        wait_for_port(port, process)
        yield Subject(f"http://127.0.0.1:{port}", lines, process)


@contextmanager
def gateway(folder: Path, target: str, site: str) -> Iterator[Subject]:
    """The Go gateway in front of a connector, with a pull of the guestbook at the site's address."""
    port = free_port()
    state = base64.b64encode(requests.guestbook_state()).decode()
    form = urlencode({"metadata": requests.guestbook_account(site).decode(), "state": state})
    lines = requests.written(folder, [f"POST /guestbook/pull {form}"])
    arguments = [f"127.0.0.1:{port}", target.removeprefix("ipv4:")]
    program, env = str(GATEWAY.resolve()), {"GOMAXPROCS": "1"}
    with running(arguments, core=SUBJECT_CORE, log=folder / "gateway.log", env=env, program=program) as process:
        wait_for_port(port, process)
        yield Subject(f"http://127.0.0.1:{port}", lines, process)


@contextmanager
def monolith(folder: Path, *, resources: int, delay: float = 0.0, threads: int = MONOLITH_THREADS) -> Iterator[Subject]:
    """The Flask service under gunicorn: one process, `threads` threads."""
    port = free_port()
    form = urlencode({"metadata": '{"password":"secret","site":"https://blog.example"}', "state": "{}"})
    lines = requests.written(folder, [f"POST /bench/pull {form}"])
    arguments = ["gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    arguments += ["--threads", str(threads), "--worker-connections", "2000", "--keep-alive", "60"]
    arguments += ["sealock_devkit.bench.yardsticks.monolith:create_app()"]
    env = {"BENCH_RESOURCES": str(resources), "BENCH_DELAY": str(delay)}
    with running(arguments, core=SUBJECT_CORE, log=folder / "monolith.log", env=env) as process:
        wait_for_port(port, process)
        pin_family(process.pid, SUBJECT_CORE)
        yield Subject(f"http://127.0.0.1:{port}", lines, process)
