# SPDX-License-Identifier: Apache-2.0
"""An author who installed `sealock-connector` and nothing else can run README's letterbox, and test it."""

from __future__ import annotations

import shutil
import signal
import subprocess
from itertools import takewhile

import pytest

from tests.dists.distributions import ROOT

TRIAL = """
import asyncio
import sys
from argparse import Namespace
from pathlib import Path

from letterbox import Letterbox
from sealock_connector.testing import network_guard, running


async def trial(folder):
    letterbox = Letterbox()
    letterbox.configure(Namespace(folder=folder))
    async with running(letterbox) as client:
        form = await client.setup()
        done = await client.setup(form.step_id, {"box": "complaints"})
        page = await client.pull(dict(done.account))
        reply = await client.channelback(dict(done.account), "We oiled it.", parent_id=page.ids[0])
    return page.ids, reply.external_id


with network_guard():
    print(*asyncio.run(trial(Path(sys.argv[1]))))
"""


@pytest.fixture
def environment(environments):
    return environments("sealock-connector")


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "docs" / "examples" / "letterbox.py", tmp_path)
    (tmp_path / "letters" / "complaints").mkdir(parents=True)
    (tmp_path / "letters" / "complaints" / "door.txt").write_text("The door squeaks.")
    return tmp_path


def test_it_is_tested_with_the_kit_that_comes_with_the_sdk(environment, folder):
    (folder / "trial.py").write_text(TRIAL)
    printed = environment.run("python", str(folder / "trial.py"), str(folder / "letters"))
    assert printed.startswith("['complaints/door.txt'] complaints/door.reply-")
    (reply,) = (folder / "letters" / "complaints").glob("door.reply-*")
    assert reply.read_text() == "We oiled it."


def test_it_runs_until_it_is_told_to_end(environment, folder):
    command = [environment.python, "letterbox.py", "--insecure", "--listen", "127.0.0.1:0", "--folder", "letters"]
    command += ["--drain-seconds", "0"]
    with subprocess.Popen(command, cwd=folder, env={}, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = list(takewhile(lambda line: '"serving"' not in line, process.stderr))
            process.send_signal(signal.SIGTERM)
            rest = process.stderr.read()
            assert process.wait(timeout=30) == 0, said
        finally:
            process.kill()
    assert '"stopping"' in rest
