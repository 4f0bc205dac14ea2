# SPDX-License-Identifier: Apache-2.0
"""The README's first connector: the code is the example's, and the steps do what they say, with real processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from pathlib import Path
from typing import Self

import pytest

from tests.docs.pages import DOCS, ROOT, Block, blocks, section

README = ROOT / "README.md"
SECTION = "Your first connector in ten minutes"
EXAMPLE = DOCS / "examples" / "letterbox.py"
PORTS = ("8080", "9090", "9443", "8800")
DEADLINE = 30.0


def steps(*languages: str) -> list[str]:
    """The blocks of the section, in order."""
    inside = section(README, SECTION)
    return [block.code for block in blocks(*languages) if block.page == README and block.code in inside]


def test_the_class_in_the_readme_is_the_beginning_of_the_example():
    [shown] = steps("python")
    assert shown.strip() in EXAMPLE.read_text()


def test_no_line_of_the_readme_is_too_long_to_read():
    assert [line for line in README.read_text().splitlines() if len(line) > 130 and not line.startswith("|")] == []


def free_ports() -> dict[str, str]:
    """A free port for each that the README names."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PORTS]
        return {port: str(taken.getsockname()[1]) for port, taken in zip(PORTS, sockets, strict=True)}


class Shell:
    """A person's shell: takes one block after the other, and stops what it started."""

    def __init__(self, folder: Path, ports: dict[str, str]) -> None:
        self._folder = folder
        self._ports = ports

    async def __aenter__(self) -> Self:
        here = Path(sys.executable).parent
        environment = {
            "PATH": f"{here}:{os.environ['PATH']}",
            "HOME": str(self._folder),
            "SEALOCK_ZENDESK_URL": f"http://127.0.0.1:{self._ports['8800']}",
        }
        self._bash = await asyncio.create_subprocess_exec(
            "bash", "-m", cwd=self._folder, env=environment, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ConnectionError):
            await self.run("kill %1 %2 %3; wait %1 %2 %3")
        self._bash.stdin.close()
        await asyncio.wait_for(self._bash.wait(), DEADLINE)

    def adapted(self, code: str) -> str:
        """The same with ports of our own."""
        code = code.replace("sealock zendesk --interval", "sealock zendesk --listen 127.0.0.1:8800 --interval")
        for port, ours in self._ports.items():
            code = code.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ours}")
        return code

    async def run(self, code: str) -> str:
        """Type a block; what it printed."""
        self._bash.stdin.write(f"{self.adapted(code)}\necho; echo done=$?\n".encode())
        await self._bash.stdin.drain()
        lines = []
        async with asyncio.timeout(DEADLINE):
            while line := (await self._bash.stdout.readline()).decode():
                if line.startswith("done="):
                    return "".join(lines)
                lines.append(line)
        raise ConnectionError("the shell ended: " + "".join(lines))

    async def until(self, code: str, holds: str) -> str:
        """Type a block again and again until its output has these words."""
        deadline = time.monotonic() + DEADLINE
        while holds not in (printed := await self.run(code)):
            assert time.monotonic() < deadline, f"{code!r} never said {holds!r}: {printed}"
            await asyncio.sleep(0.2)
        return printed


@pytest.mark.system
async def test_the_steps_of_the_readme_lead_from_a_letter_to_a_reply_beside_it(tmp_path):
    prepare, start, install, answer = steps("sh")
    [configuration] = steps("toml")
    (tmp_path / "docs").symlink_to(DOCS)
    shell = Shell(tmp_path, free_ports())
    async with shell:
        own_set_up = ("make setup\n", ". .venv/bin/activate\n")
        assert prepare.startswith("".join(own_set_up))
        printed = await shell.run(prepare.removeprefix("".join(own_set_up)))
        assert "seals from now on" in printed
        folder = tmp_path / ".demo" / "first"
        (folder / "edge.toml").write_text(shell.adapted(configuration))
        await shell.run(start)
        await shell.until("sealock zendesk integrations; cat edge.log", "connector_ready")
        printed = await shell.run(install)
        assert "integration 1: Letterbox" in printed
        assert "account 1: complaints" in printed
        await shell.until("sealock zendesk tickets", "The door squeaks.")
        printed = await shell.run(answer)
        assert "The door squeaks." in printed
        assert "delivered" in printed
        assert "We oiled it." in printed
        [reply] = (folder / "letters" / "complaints").glob("door.reply-*")
        assert reply.read_text() == "We oiled it."
        assert "none" in await shell.run("sealock zendesk violations")


def test_every_block_of_the_section_is_followed():
    kinds: list[Block] = [block for block in blocks("sh", "toml", "python") if block.code in section(README, SECTION)]
    assert [block.language for block in kinds if block.page == README].count("sh") == 4
