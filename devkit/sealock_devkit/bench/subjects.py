# SPDX-License-Identifier: Apache-2.0
"""What is measured: the edge in front of a connector, the bare client, and the threaded monolith."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from sealock.edge.v1.account_pb2 import Account
from sealock_devkit.bench.processes import (
    OTHER_CORE,
    SUBJECT_CORE,
    pin_family,
    running,
    wait_for_port,
    wait_for_ready,
)
from sealock_devkit.stack.process import free_port
from sealock_edge.sealing.accounts import Accounts, OpenAccount
from sealock_edge.sealing.keyring import KeyRing
from sealock_edge.sealing.sealer import Sealer

INTEGRATION_ID = "org.example.bench"
MONOLITH_THREADS = 32


def now() -> datetime:
    """The time, aware."""
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
    return Accounts(Sealer(ring, now))


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
