# SPDX-License-Identifier: Apache-2.0
"""The real command as a real process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx2

from sealock_devkit.stack.process import free_port
from sealock_devkit.stack.programs import UNHURRIED


def toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Tables and their settings as TOML: JSON's texts, numbers and lists are TOML's too."""
    lines = []
    for table, settings in tables.items():
        lines.append(f"[{table}]")
        lines.extend(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    return "\n".join(lines) + "\n"


class EdgeProcess:
    """`sealock edge --config ...`, waited for by its own probes, with deadlines."""

    def __init__(
        self,
        folder: Path,
        keys: Path,
        target: str,
        *,
        integration: Mapping[str, Any] | None = None,
        zendesk: Mapping[str, Any] | None = None,
        connections: Mapping[str, Any] | None = None,
        **edge: Any,
    ) -> None:
        self.port, self.internal_port = free_port(), free_port()
        self.scheme = "https" if "certificate" in edge else "http"
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self.internal = f"http://127.0.0.1:{self.internal_port}"
        self.log = folder / "edge.log"
        self._config = folder / "edge.toml"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        tables = {
            "edge": {
                "public_url": self.url,
                "listen": f"127.0.0.1:{self.port}",
                "internal_listen": f"127.0.0.1:{self.internal_port}",
                "keys": str(keys),
                "drain_seconds": 0.2,
                **UNHURRIED,
                **edge,
            },
            "edge.connections": connections or {},
            "zendesk": zendesk or {},
            "integrations.guestbook": {
                "id": "org.example.guestbook",
                "name": "Guestbook",
                "target": target,
                "insecure": True,
                **(integration or {}),
            },
        }
        self._config.write_text(toml(tables))

    async def __aenter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, stdout=log, stderr=log, env=self._environment(), start_new_session=True
            )
        await self.until_ready()
        return self

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        return {**kept, "TMPDIR": str(self.temporary)}

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            await self.process.wait()

    async def until_ready(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, verify=False) as client:
            async with asyncio.timeout(30):
                while True:
                    assert self.process.returncode is None, self.log.read_text()
                    try:
                        if (await client.get(f"{self.internal}/readyz")).status_code == 200:
                            return
                    except httpx2.TransportError:
                        pass
                    await asyncio.sleep(0.05)

    def terminate(self) -> None:
        """SIGTERM to gunicorn's master alone, as a container's runtime does."""
        self.process.send_signal(signal.SIGTERM)

    async def exit_code(self) -> int:
        async with asyncio.timeout(40):
            return await self.process.wait()

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "sealock_contract.command", "edge", "--config", str(self._config)]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]
