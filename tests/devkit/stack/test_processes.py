# SPDX-License-Identifier: Apache-2.0
import asyncio
import os
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from sealock_devkit.stack.process import Process, ProcessFailed

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
WITH_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def python(tmp_path, program, **more):
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return Process("a program", command, log=tmp_path / "program.log", **more)


def printed(process):
    async def answers():
        return process.log.read_text() != ""

    return answers


def has_ended(pid):
    """Whether a process is gone, or ended without being asked how by its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def gone(pid, within=10):
    deadline = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < deadline:
        if has_ended(pid):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_program_that_is_asked_to_stop_stops(tmp_path):
    program = python(tmp_path, "import signal; print('up', flush=True); signal.pause()")
    await program.start()
    await program.ready(printed(program))
    assert await program.stop() == -signal.SIGTERM


async def test_a_program_that_will_not_stop_is_ended(tmp_path):
    program = python(tmp_path, STUBBORN)
    await program.start()
    await program.ready(printed(program))
    assert await program.stop(within=0.2) == -signal.SIGKILL


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_no_child_of_a_program_is_left_behind(tmp_path, end):
    program = python(tmp_path, WITH_A_CHILD)
    await program.start()
    await program.ready(printed(program))
    child = int(program.log.read_text())
    await getattr(program, end)()
    assert await gone(child)


async def test_nothing_is_left_behind_when_whoever_started_it_is_killed(tmp_path):
    starter = f"""
    import asyncio, sys
    from pathlib import Path
    from sealock_devkit.stack.process import Process

    async def main():
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        program = Process("a program", command, log=Path({str(tmp_path / "inner.log")!r}))
        await program.start()
        print(program.pid, flush=True)
        await program.wait()

    asyncio.run(main())
    """
    outer = python(tmp_path, starter)
    await outer.start()
    await outer.ready(printed(outer))
    inner = int(outer.log.read_text())
    os.kill(outer.pid, signal.SIGKILL)
    assert await gone(inner)
    await outer.kill()


async def test_a_program_that_ends_early_says_where_its_log_is(tmp_path):
    program = python(tmp_path, "print('no such setting'); raise SystemExit(2)")
    await program.start()

    async def never():
        return False

    with pytest.raises(ProcessFailed, match=r"ended with 2\n(.|\n)*program.log(.|\n)*no such setting"):
        await program.ready(never)
    await program.kill()


async def test_a_program_that_never_gets_ready_is_not_waited_for_forever(tmp_path):
    program = python(tmp_path, "import time; time.sleep(60)")
    await program.start()

    async def never():
        return False

    with pytest.raises(ProcessFailed, match=r"not ready within 0\.2 seconds"):
        await program.ready(never, within=0.2)
    await program.kill()


async def test_lines_are_shown_and_kept(tmp_path):
    lines = []
    program = python(tmp_path, "print('one'); print('twó')", echo=lines.append)
    await program.start()
    assert await program.wait() == 0
    await program.kill()
    assert lines == ["one", "twó"]
    assert program.log.read_text() == "one\ntwó\n"


async def test_a_program_can_be_started_again_and_its_log_goes_on(tmp_path):
    program = python(tmp_path, "print('here')")
    for _ in range(2):
        await program.start()
        await program.wait()
        await program.kill()
    assert program.log.read_text() == "here\nhere\n"


async def test_programs_see_nothing_of_the_starters_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SEALOCK_CANARY", "a secret")
    program = python(tmp_path, "import os; print(sorted(os.environ))", environment={"GIVEN": "1"})
    await program.start()
    await program.wait()
    await program.kill()
    assert "GIVEN" in program.log.read_text()
    assert "SEALOCK_CANARY" not in program.log.read_text()


async def test_a_program_that_was_never_started_says_so(tmp_path):
    with pytest.raises(ProcessFailed, match="never started"):
        await python(tmp_path, "").stop()
