# SPDX-License-Identifier: Apache-2.0
"""`sealock meta`, as a process, and what the demo knows of it."""

from __future__ import annotations

import stat

import httpx2
import pytest

from sealock_devkit.emulators.meta.demo import MetaEmulator
from sealock_devkit.stack.demo_origin import demo_origin_names, load_demo_origin
from sealock_devkit.stack.process import ProcessFailed
from sealock_devkit.stack.programs import run_once

pytestmark = pytest.mark.system


@pytest.fixture
async def emulator(tmp_path):
    running = MetaEmulator()
    await running.start(tmp_path)
    yield running
    await running.stop()


async def test_it_prints_where_everything_is_and_no_secret(emulator, tmp_path):
    printed = (tmp_path / "meta.log").read_text()
    assert emulator.url in printed
    assert emulator.app_id in printed
    assert str(emulator.secret_file) in printed
    assert [secret for secret in emulator.secrets if secret in printed] == []
    assert stat.S_IMODE(emulator.secret_file.stat().st_mode) == 0o600


async def test_what_was_written_and_the_app_are_there_again_after_a_restart(emulator, tmp_path):
    records, app = await emulator.records(), emulator.app_id
    post = records["posts"][0]
    await emulator.write(post["page_id"], "Søren", target=post["id"], text="Does the ferry run?")
    await emulator.stop()
    await emulator.start(tmp_path)
    again = await emulator.records()
    assert emulator.app_id == app
    assert [comment["message"] for comment in again["comments"]] == ["Does the ferry run?"]
    assert len(again["posts"]) == len(records["posts"])


async def test_the_switches_are_off_without_faults(tmp_path):
    from sealock_devkit.emulators.meta.app import running_meta

    async with running_meta(switches=False) as site, httpx2.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{site.url}/dev/records")).status_code == 404


async def test_a_wrong_address_is_a_sentence():
    with pytest.raises(ProcessFailed, match="ended with 2\n--listen must be HOST:PORT"):
        await run_once("meta", "--listen", "nowhere")


@pytest.mark.parametrize("name", ["facebook", "instagram"])
async def test_the_demo_origins_are_played_on_it(name, tmp_path):
    assert name in demo_origin_names()
    origin = load_demo_origin(name)
    await origin.start(tmp_path)
    try:
        question = await origin.write_comment("Søren", "Does the ferry run?")
        await origin.write_comment("Søren", "With a dog.", answer_to=question)
        posts = await origin.posts()
        assert [(each.text, each.answer_to, each.by_agent) for each in posts] == [
            ("Does the ferry run?", "", False),
            ("With a dog.", question, False),
        ]
        await origin.lose_answers(1)
        options = list(origin.connector_options)
        assert "--app-id" in options
        assert [secret for secret in origin.secrets if any(secret in option for option in options)] == []
    finally:
        await origin.stop()
        await origin.stop()


def test_what_origins_share_is_none_of_the_demos_origins():
    assert "meta" not in demo_origin_names()
