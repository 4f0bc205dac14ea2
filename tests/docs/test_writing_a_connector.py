# SPDX-License-Identifier: Apache-2.0
"""What the pages for authors of connectors show works, and they name everything that the SDK exports."""

from __future__ import annotations

import asyncio
import os
import re
from argparse import ArgumentParser
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location

import pytest

import sealock_connector
from sealock_connector import Done, Form, NotFound
from sealock_connector.testing import running
from tests.docs.pages import DOCS, blocks, name_of, rows, section

EXAMPLE = DOCS / "examples" / "letterbox.py"
BOX = {"box": "complaints"}


def letter(folder, name: str, text: str, hour: int = 12) -> None:
    path = folder / "complaints" / name
    path.write_text(text)
    at = datetime(2026, 1, 2, hour, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "complaints").mkdir()
    (tmp_path / "praise").mkdir()
    return tmp_path


@pytest.fixture
async def letterbox(folder):
    spec = spec_from_file_location("letterbox", EXAMPLE)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    connector = module.Letterbox()
    parser = ArgumentParser()
    connector.add_options(parser)
    connector.configure(parser.parse_args(["--folder", str(folder)]))
    async with running(connector) as client:
        yield client


async def test_the_set_up_offers_the_boxes_and_ends_with_the_chosen_one(letterbox):
    form = await letterbox.setup()
    assert isinstance(form, Form)
    assert list(form.fields[0].options) == [("complaints", "complaints"), ("praise", "praise")]
    done = await letterbox.setup(form.step_id, BOX)
    assert isinstance(done, Done)
    assert dict(done.account) == BOX


@pytest.mark.parametrize("box", ["", "../complaints", "nowhere"])
async def test_a_box_that_is_not_there_brings_the_form_again(letterbox, box):
    assert isinstance(await letterbox.setup("box", {"box": box}), Form)


async def test_each_letter_is_pulled_once_also_when_they_share_an_instant(folder, letterbox):
    letter(folder, "first.txt", "The door squeaks.")
    letter(folder, "second.txt", "So does mine.")
    first = await letterbox.pull(BOX)
    assert first.ids == ["complaints/first.txt", "complaints/second.txt"]
    assert [each.message for each in first.resources] == ["The door squeaks.", "So does mine."]
    letter(folder, "third.txt", "Late, but at the same instant.")
    letter(folder, "fourth.txt", "An hour later.", hour=13)
    second = await letterbox.pull(BOX, first.state)
    assert second.ids == ["complaints/third.txt", "complaints/fourth.txt"]
    assert (await letterbox.pull(BOX, second.state)).ids == []


async def test_a_reply_lies_beside_its_letter_once_and_is_not_pulled(folder, letterbox):
    letter(folder, "first.txt", "The door squeaks.")
    page = await letterbox.pull(BOX)
    replies = await asyncio.gather(
        *(letterbox.channelback(BOX, "We oiled it.", key="k1", parent_id=page.ids[0]) for _ in range(3))
    )
    assert len({reply.external_id for reply in replies}) == 1
    [file] = (folder / "complaints").glob("first.reply-*")
    assert file.read_text() == "We oiled it."
    assert (await letterbox.pull(BOX, page.state)).ids == []


async def test_a_reply_to_a_letter_that_is_gone_is_refused_with_a_sentence(letterbox):
    with pytest.raises(NotFound) as caught:
        await letterbox.channelback(BOX, "Hello?", parent_id="complaints/gone.txt")
    assert caught.value.message_for_agent == "This letter is no longer in its box."


def test_the_class_is_about_thirty_lines():
    lines = EXAMPLE.read_text().splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("class Letterbox"))
    end = next(number for number, line in enumerate(lines) if line.startswith("def written_at"))
    assert sum(bool(line.strip()) for line in lines[begin:end]) <= 40


async def test_the_connector_on_the_sdk_s_own_page_passes_the_test_beside_it():
    code = [block.code for block in blocks("python") if name_of(block.page) == "connector/sdk/README.md"]
    names = {"__name__": "almanac"}
    for part in code:
        exec(compile(part, "README.md", "exec"), names)
    await names["test_a_day_comes_once"]()
    async with running(names["Almanac"]()) as client:
        assert (await client.setup()).fields[0].name == "town"
        assert await client.setup(answers={"town": "Lisbon"}, step_id="town") == Done("Lisbon", {"town": "Lisbon"})


PAGE = DOCS / "writing-a-connector.md"


def listed() -> list[str]:
    return [name for row in rows(section(PAGE, "Every public name")) for name in re.findall(r"`(\w+)`", row[1])]


def test_every_public_name_is_listed_once_and_no_other():
    assert sorted(listed()) == sorted(sealock_connector.__all__)


def test_every_capability_by_method_exists():
    methods = [row[0].strip("`") for row in rows(section(PAGE, "The class"))]
    capabilities = [value for name, value in vars(sealock_connector).items() if name in listed()]
    assert [name for name in methods if not any(hasattr(value, name) for value in capabilities)] == []
