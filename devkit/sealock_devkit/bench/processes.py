# SPDX-License-Identifier: Apache-2.0
"""The processes of a measurement: how they are started, pinned and read; what is measured, and the load."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sealock.edge.v1.account_pb2 import Account
from sealock_devkit.stack.process import free_port
from sealock_edge.sealing.accounts import Accounts, OpenAccount
from sealock_edge.sealing.keyring import KeyRing
from sealock_edge.sealing.sealer import Sealer
from sealock_edge.zendesk import ZendeskHosts

SUBJECT_CORE = 0
OTHER_CORE = 1
INTEGRATION_ID = "org.example.bench"
MONOLITH_THREADS = 32


def pinned(core: int) -> int:
    """That core, or any other one where the machine has fewer."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[core % len(cores)]


@contextmanager
def running(
    arguments: list[str], *, core: int, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m ...` on one core until the block ends; its output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *arguments],
            stdout=output,
            stderr=output,
            env={**os.environ, **(env or {})},
        )
    os.sched_setaffinity(process.pid, {pinned(core)})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """Return once something listens; raises if the process ends first."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise RuntimeError(f"a process of the measurement ended with {process.returncode}")
        time.sleep(0.01)
    raise RuntimeError("a process of the measurement does not listen")


def wait_for_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """Return once the URL answers 200."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        if process.poll() is not None:
            raise RuntimeError(f"a process of the measurement ended with {process.returncode}")
        time.sleep(0.01)
    raise RuntimeError("the edge does not get ready")


def ask(arguments: list[str], *, core: int) -> dict[str, Any]:
    """Run `python -m ...` to its end on one core; its last line of output is JSON."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *arguments],
        check=True,
        capture_output=True,
        timeout=180,
        preexec_fn=lambda: os.sched_setaffinity(0, {pinned(core)}),
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def family(pid: int) -> list[int]:
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(descendant for child in children for descendant in family(int(child)))]


def resident(pid: int) -> int:
    """Resident memory of the process and its children, in bytes."""
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/statm").read_text().split()
        total += int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that the process and its children have used, the kernel's for them included."""
    total = 0
    for member in family(pid):
        # What follows the command, which may have spaces: utime and stime are the 14th and 15th field.
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def pin_family(pid: int, core: int) -> None:
    """Keep the process's children on its core too."""
    for member in family(pid):
        os.sched_setaffinity(member, {pinned(core)})


def load_command(url: str, forms: Path, *, requests: int, connections: int, ca: Path | None = None) -> list[str]:
    """What runs it: so many pulls, with the file's forms in turn. `ca` is the authority to trust, for https."""
    arguments = ["sealock_devkit.bench.load", "http", "--url", url, "--body", str(forms)]
    arguments += ["--requests", str(requests), "--connections", str(connections)]
    return [*arguments, "--ca", str(ca)] if ca else arguments


def load_rate(arguments: list[str]) -> float:
    """Run a `load_command` to its end. Returns the pulls a second that were answered; raises if any of them failed."""
    found = ask(arguments, core=OTHER_CORE)
    if found["failures"]:
        raise RuntimeError(f"pulls failed under load: {found['failures']}")
    return float(found["rate"])


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Subject:
    """A service that answers pulls: where, with which form, and by which process."""

    url: str
    body: Path
    process: subprocess.Popen[bytes]
    internal_url: str = ""


@contextmanager
def connector(
    folder: Path, *, resources: int, chars: int = 200, delay: float = 0.0, files: bool = False
) -> Iterator[str]:
    """A connector process; yields its target."""
    port = free_port()
    arguments = ["sealock_devkit.bench.connector", "--listen", f"127.0.0.1:{port}", "--resources", str(resources)]
    arguments += ["--chars", str(chars), "--delay", str(delay), *(["--files"] if files else [])]
    with running(arguments, core=OTHER_CORE, log=folder / "connector.log") as process:
        wait_for_port(port, process)
        yield f"ipv4:127.0.0.1:{port}"


def make_keys(folder: Path) -> Path:
    """A key ring with one key, made by the command that people use."""
    keys = folder / "keys"
    if not keys.exists():
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "sealock_contract.command", "keys", "new", str(keys)],
            check=True,
            capture_output=True,
        )
    return keys


def sealing(folder: Path) -> Accounts:
    """The edge's own sealing over the folder's keys."""
    ring = KeyRing.load(make_keys(folder), now)
    return Accounts(Sealer(ring, now), ZendeskHosts())


def record() -> Account:
    """An account of ordinary size."""
    account = Account(
        account_id=secrets.token_urlsafe(16),
        subdomain="example",
        locale="en-US",
        connector_account=b'{"password":"abcd efgh ijkl mnop qrst uvwx","site":"https://blog.example","user":"agent"}',
    )
    account.create_time.GetCurrentTime()
    return account


def form(accounts: Accounts) -> str:
    """A pull's form with sealed metadata and state of an account of its own."""
    account = record()
    opened = OpenAccount(record=account, integration_id=INTEGRATION_ID, stale=False)
    return urlencode(
        {
            "metadata": accounts.seal_metadata(account, INTEGRATION_ID),
            "state": accounts.seal_state(b'{"since":"2026-01-01T00:00:00Z","ids":[1,2,3]}', opened),
        }
    )


def pull_body(folder: Path, accounts: int = 1) -> Path:
    """A file with a pull's form for each of so many accounts, one a line."""
    sealed_by = sealing(folder)
    path = folder / f"pull-forms-{accounts}"
    with path.open("w") as file:
        file.writelines(f"{form(sealed_by)}\n" for _ in range(accounts))
    return path


def edge_config(folder: Path, target: str, port: int, internal: int) -> Path:
    """The edge's configuration for one integration."""
    path = folder / "edge.toml"
    path.write_text(
        f'[edge]\npublic_url = "http://127.0.0.1:{port}"\nlisten = "127.0.0.1:{port}"\n'
        f'internal_listen = "127.0.0.1:{internal}"\nkeys = "{make_keys(folder)}"\nworkers = 1\ndrain_seconds = 0\n'
        f'[integrations.bench]\nid = "{INTEGRATION_ID}"\nname = "Bench"\ntarget = "{target}"\ninsecure = true\n'
    )
    return path


@contextmanager
def edge(folder: Path, target: str) -> Iterator[Subject]:
    """The edge as it is deployed: `sealock edge`, one worker."""
    port, internal = free_port(), free_port()
    body = pull_body(folder)
    config = edge_config(folder, target, port, internal)
    arguments = ["sealock_contract.command", "edge", "--config", str(config)]
    with running(arguments, core=SUBJECT_CORE, log=folder / "edge.log") as process:
        wait_for_ready(f"http://127.0.0.1:{internal}/readyz", process)
        pin_family(process.pid, SUBJECT_CORE)
        yield Subject(f"http://127.0.0.1:{port}/bench/pull", body, process, f"http://127.0.0.1:{internal}")


@contextmanager
def monolith(folder: Path, *, resources: int, delay: float = 0.0, threads: int = MONOLITH_THREADS) -> Iterator[Subject]:
    """The Flask service under gunicorn: one process, `threads` threads."""
    port = free_port()
    body = folder / "plain-form"
    body.write_text(urlencode({"metadata": '{"password":"secret","site":"https://blog.example"}', "state": "{}"}))
    arguments = ["gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    arguments += ["--threads", str(threads), "--worker-connections", "2000", "--keep-alive", "60"]
    arguments += ["sealock_devkit.bench.monolith:create_app()"]
    env = {"BENCH_RESOURCES": str(resources), "BENCH_DELAY": str(delay)}
    with running(arguments, core=SUBJECT_CORE, log=folder / "monolith.log", env=env) as process:
        wait_for_port(port, process)
        pin_family(process.pid, SUBJECT_CORE)
        yield Subject(f"http://127.0.0.1:{port}/bench/pull", body, process)
